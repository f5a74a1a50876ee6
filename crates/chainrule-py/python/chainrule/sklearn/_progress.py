"""A progress bar: a line of a terminal, or an output of a notebook that is written anew."""

import sys
import time

_CELLS = 30
_LEAST_SECONDS = 0.1  # between two states that are shown


class Progress:
    """Shows how far a training is, and its loss.

    Parameters
    ----------
    epochs : int
        Epochs, at most.
    """

    def __init__(self, epochs):
        self._epochs = epochs
        self._start = time.perf_counter()
        self._shown = 0.0
        self._last = None
        self._width = 0
        self._display = _notebook_display()

    def show(self, epoch, information):
        """Shows the state after an epoch, unless another was shown just before."""
        self._last = self._text(epoch, information)
        now = time.perf_counter()
        if now - self._shown >= _LEAST_SECONDS:
            self._shown = now
            self._write(self._last)

    def close(self):
        """Shows the last state."""
        if self._last is None:
            return
        self._write(self._last)
        if self._display is None:
            sys.stderr.write("\n")
            sys.stderr.flush()

    def _text(self, epoch, information):
        filled = _CELLS * epoch // self._epochs
        bar = "#" * filled + "-" * (_CELLS - filled)
        seconds = time.perf_counter() - self._start
        parts = [
            f"epoch {epoch}/{self._epochs} [{bar}]",
            f"loss {information['loss']:.6f}",
        ]
        if "validation_score" in information:
            parts.append(f"validation score {information['validation_score']:.4f}")
        parts.append(f"{seconds:.1f} s")
        return "  ".join(parts)

    def _write(self, text):
        if self._display is not None:
            self._display.update({"text/plain": text}, raw=True)
            return
        # What is left of a longer line before is covered.
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)


def _notebook_display():
    """The handle of an output in a notebook; nothing elsewhere."""
    # Only where IPython runs this it has been imported.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display({"text/plain": ""}, raw=True, display_id=True)
