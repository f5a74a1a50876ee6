"""Numbers and tables as the command line prints them."""

from __future__ import annotations

import numpy as np

_DIGITS = 8

#: Numbers of a matrix that are written out.
_MOST_NUMBERS = 9


def digits(number: float) -> str:
    """A number in eight significant digits, without zeros behind them."""
    number = float(number)
    if number == 0 or not np.isfinite(number):
        return "0" if number == 0 else {"nan": "NaN"}.get(str(number), str(number))
    mantissa, exponent = f"{number:.{_DIGITS - 1}e}".split("e")
    if -5 <= int(exponent) < _DIGITS:
        return _trimmed(f"{number:.{_DIGITS - 1 - int(exponent)}f}")
    return f"{_trimmed(mantissa)}e{int(exponent)}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value) -> str:
    """A number, a small matrix as it is typed, or the shape of a larger one."""
    array = np.asarray(value)
    if array.size == 1:
        return digits(array.item())
    if array.size > _MOST_NUMBERS:
        return " x ".join(map(str, array.shape)) + " numbers"
    rows = (", ".join(digits(each) for each in row) for row in np.atleast_2d(array))
    return "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def derivative(of: dict, by: dict) -> str:
    """The name of the derivative of one step by another."""
    return f"d{of['name']}/d{by['name']}"


def table(rows: list) -> str:
    """Columns side by side, two spaces apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows)
    return "\n".join(f"  {line}".rstrip() for line in lines)
