"""A progress bar: a line of a terminal, or an output of a notebook that is written anew.

Elsewhere, such as in a file, there are whole lines, but few. What cannot be shown is not: a training does
not end because nobody looks.
"""

import sys
import time

_CELLS = 30
_LEAST_SECONDS = 0.1  # between two states that are shown
_LEAST_SECONDS_OF_LINES = 30.0


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
        self._last = None
        self._width = 0
        self._is_broken = False
        self._display = self._try(_notebook_display)
        self._is_terminal = self._display is None and bool(self._try(lambda: sys.stderr.isatty()))
        self._is_rewritten = self._is_terminal or self._display is not None
        # The first state is shown at once where it does not stay.
        self._shown = 0.0 if self._is_rewritten else self._start

    def show(self, epoch, information):
        """Shows the state after an epoch, unless another was shown just before."""
        self._last = self._text(epoch, information)
        now = time.perf_counter()
        least = _LEAST_SECONDS if self._is_rewritten else _LEAST_SECONDS_OF_LINES
        if now - self._shown >= least:
            self._shown = now
            self._try(self._write)

    def close(self):
        """Shows the last state."""
        if self._last is not None:
            self._try(self._write, "\n")

    def _try(self, call, *arguments):
        """Calls something that shows; nothing is shown any more once that failed."""
        if self._is_broken:
            return None
        try:
            return call(*arguments)
        except Exception:  # no stream, a closed one, a notebook that went away
            self._is_broken = True
            return None

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

    def _write(self, ending=""):
        text = self._last
        if self._display is not None:
            self._display.update({"text/plain": text}, raw=True)
            return
        if self._is_terminal:
            # What is left of a longer line before is covered.
            sys.stderr.write("\r" + text.ljust(self._width) + ending)
        else:
            sys.stderr.write(text + "\n")
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
