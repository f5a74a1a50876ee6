"""The examples in docstrings, the page of the book and the notebook do what they say."""

import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).parents[3] / "docs"
PAGE = DOCUMENTS / "src/12-from-scikit-learn.md"
NOTEBOOK = DOCUMENTS / "notebooks/from-scikit-learn.ipynb"


def test_examples_in_docstrings(tmp_path):
    """Those of the installed package."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--doctest-modules",
        "--pyargs",
        "chainrule",
    ]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert found.returncode == 0, found.stdout + found.stderr
    passed = re.search(r"(\d+) passed", found.stdout)
    assert passed and int(passed.group(1)) >= 3, found.stdout


def python_blocks(text):
    """The Python of a page, block after block, with the lines where they begin."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        if line == "```python":
            end = lines.index("```", number)
            found.append((number + 1, "\n".join(lines[number + 1 : end]) + "\n"))
    return found


def test_the_page_from_top_to_bottom(tmp_path, monkeypatch):
    """All blocks share their names; what is printed is what the page says is printed."""
    monkeypatch.chdir(tmp_path)
    blocks = python_blocks(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 5
    names, parser = {"__name__": "__main__"}, doctest.DocTestParser()
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    shown = []
    for line, block in blocks:
        examples = parser.get_doctest(block, names, PAGE.name, str(PAGE), line)
        assert examples.examples, f"{PAGE.name}, line {line}: a block without `>>>`"
        runner.run(examples, out=shown.append, clear_globs=False)
        names.update(examples.globs)
    assert runner.summarize(verbose=False).failed == 0, "".join(shown)


def test_the_page_names_what_there_is():
    """Every parameter of ours that scikit-learn has not is on the page, and no other."""
    import inspect

    import chainrule.sklearn as ours
    import sklearn.neural_network as theirs

    text = PAGE.read_text(encoding="utf-8")
    for name in ("MLPClassifier", "MLPRegressor"):
        mine = set(inspect.signature(getattr(ours, name)).parameters)
        further = mine - set(inspect.signature(getattr(theirs, name)).parameters)
        missing = [parameter for parameter in further if f"`{parameter}`" not in text]
        assert not missing, missing


def text_of(cell):
    """What a cell of a notebook shows as text."""
    shown = []
    for output in cell["outputs"]:
        assert output["output_type"] != "error", output
        shown.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join("".join(part) for part in shown)


def test_the_notebook_as_committed():
    """Small, without numbers of executions, and nothing in it that differs from run to run."""
    assert NOTEBOOK.stat().st_size < 100_000
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["execution_count"] is None
        if "varies" in cell["metadata"].get("tags", []):
            assert cell["outputs"] == []
        for output in cell["outputs"]:
            assert output.get("execution_count") is None
            assert all(len(str(content)) < 50_000 for content in output.get("data", {}).values())


def test_the_notebook_runs_and_shows_what_it_showed(tmp_path):
    import nbformat
    import notebook

    committed, again = nbformat.read(NOTEBOOK, as_version=4), notebook.executed(tmp_path)
    compared = 0
    for before, after in zip(committed.cells, again.cells, strict=True):
        if before.cell_type == "code" and not notebook.varies(before):
            assert text_of(after) == text_of(before), before.source
            compared += bool(before.outputs)
    assert compared >= 5
    drawn = [
        output
        for cell in again.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    assert any("image/svg+xml" in output.data or "image/png" in output.data for output in drawn)


@pytest.mark.parametrize("module", ["chainrule", "chainrule.sklearn", "chainrule.autograd"])
def test_everything_public_is_described(module):
    """Modules, classes, their methods, functions."""
    import importlib
    import inspect

    found = importlib.import_module(module)
    assert found.__doc__
    for name in found.__all__:
        member = getattr(found, name)
        if inspect.isclass(member):
            assert member.__doc__, name
            for method, function in inspect.getmembers(member, inspect.isfunction):
                if not method.startswith("_"):
                    assert function.__doc__, f"{name}.{method}"
        elif callable(member):
            assert member.__doc__, name


def test_every_parameter_is_described():
    import inspect

    import chainrule.sklearn as ours

    for estimator in (ours.MLPClassifier, ours.MLPRegressor):
        for parameter in inspect.signature(estimator).parameters:
            assert re.search(rf"^    {parameter} : ", estimator.__doc__, re.MULTILINE), parameter
