"""Runs the notebook of docs/notebooks and writes its outputs into it, but for cells that are marked "varies"."""

import json
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[3] / "docs/notebooks/from-scikit-learn.ipynb"


def varies(cell):
    """Whether what a cell shows differs from machine to machine."""
    return "varies" in cell.metadata.get("tags", [])


def executed(folder):
    """The notebook after it was run in a folder, by this Python whatever kernels are installed beside it."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    kernels = Path(folder, "kernels/here")
    kernels.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernels / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "here", "language": "python"})
    )
    specifications = KernelSpecManager(kernel_dirs=[str(kernels.parent)])
    manager = AsyncKernelManager(kernel_name="here", kernel_spec_manager=specifications)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, km=manager, timeout=120, resources=resources).execute()
    return notebook


def main():
    with tempfile.TemporaryDirectory() as folder:
        notebook = executed(folder)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        # Numbers and times of executions are new each time.
        cell.execution_count = None
        cell.metadata.pop("execution", None)
        if varies(cell):
            cell.outputs = []
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = None
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel})
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
