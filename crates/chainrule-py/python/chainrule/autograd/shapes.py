"""Shapes, as far as they are known before anything is computed, and the numbers of rows that must fit."""

from __future__ import annotations

import numpy as np

from .symbol import Symbol
from .text import in_order


def whole_rows(index, what: str) -> np.ndarray:
    """Numbers of rows, which must be whole and at least 0."""
    found = np.asarray(index)
    if found.dtype.kind == "b":
        raise TypeError(f"{what} takes the numbers of rows, found True and False: use numpy.flatnonzero")
    wrong = ~(np.isfinite(found) & (found == np.floor(found)))
    if wrong.any():
        raise ValueError(f"{what} takes whole numbers of rows, found {found[wrong].flat[0]:g}")
    if (found < 0).any():
        raise IndexError(
            f"{what} counts rows from 0, found {found[found < 0].flat[0]:g}: add the number of rows to it"
        )
    return found


def rows_within(index, rows: int, what: str) -> None:
    """Numbers of rows that must be there."""
    found = whole_rows(index, what)
    if (found >= rows).any():
        first = found[found >= rows].flat[0]
        raise IndexError(f"{what} has no row {first:g}: there are {rows}, counted from 0")


def check_rows(expression: Symbol, arrays: dict) -> None:
    """Refuses numbers of rows that are not there, where both are known: the engine would take NaN for
    them, or leave them out."""
    order = in_order(expression)
    if not any(found.kind in ("gather_rows", "scatter_add_rows") for found in order):
        return
    shapes: dict = {}
    for found in order:
        parts = [shapes[id(argument)] for argument in found.arguments]
        if found.kind in ("gather_rows", "scatter_add_rows"):
            index = _known(found.arguments[1], arrays)
            what = f"{found.kind}()"
            scatters = found.kind == "scatter_add_rows"
            rows = int(found.options["numbers"][0]) if scatters else (parts[0] or (None,))[0]
            if index is not None:
                whole_rows(index, what) if rows is None else rows_within(index, rows, what)
        shapes[id(found)] = None if None in parts else _shape(found, parts, arrays)


def _known(symbol, arrays):
    """The value of a symbol that nothing is computed for."""
    while symbol.kind == "alias":
        (symbol,) = symbol.arguments
    if symbol.kind in ("number", "array"):
        return np.asarray(symbol.content)
    return arrays.get(symbol.content) if symbol.kind == "input" else None


def _shape(symbol, parts, arrays):
    """The shape of a value whose parts have these, or None where it is not known."""
    kind = symbol.kind
    if kind == "input":
        return arrays[symbol.content].shape if symbol.content in arrays else None
    if kind in ("number", "array"):
        return np.shape(symbol.content)
    try:
        if kind in ("+", "-", "*", "/", "^", "call"):
            return np.broadcast_shapes(*parts)
        if kind in ("negate", "alias"):
            return parts[0]
        if kind == "along" and symbol.content != "log_sum_exp":
            return parts[0]
        if kind == "derivative":
            return parts[1]
        # The others as numpy has them, of arrays that take no memory.
        values = [np.broadcast_to(0.0, part) for part in parts]
        axis, keep = symbol.options.get("axis"), symbol.options.get("keepdims")
        if kind in ("sum", "mean", "along"):
            return np.sum(values[0], axis=axis, keepdims=keep).shape
        if kind == "transpose":
            return values[0].T.shape
        if kind == "matmul":
            return parts[0][:-1] + parts[1][1:]
        if kind == "concatenate":
            return np.concatenate(values, axis).shape
        if kind == "columns":
            return (*parts[0][:-1], int(symbol.options["numbers"][1]))
        if kind == "gather_rows":
            return (int(np.prod(parts[1])), *parts[0][1:])
        if kind == "scatter_add_rows":
            return (int(symbol.options["numbers"][0]), *parts[0][1:])
    except (ValueError, TypeError):
        # What does not go together is said by the engine.
        return None
    return None
