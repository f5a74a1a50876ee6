"""The functions of expressions, made from what the engine says it knows."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from .._core import expression_functions
from .shapes import rows_within, whole_rows
from .symbol import Symbol, _axis, as_symbol, call

__all__ = []


def _made(name, least, most, numbers, meaning):
    """An elementwise function."""

    def function(*arguments: Any) -> Symbol:
        values = arguments
        given = ()
        if numbers and most is not None and len(arguments) > most:
            values, given = arguments[:most], arguments[most:]
        right = least <= len(values) and (most is None or len(values) <= most)
        if not right or len(given) > numbers:
            expected = str(least) if most == least else f"{least} or more"
            raise TypeError(f"{name}() takes {expected} arguments, found {len(arguments)}: {meaning}")
        for number in given:
            if isinstance(number, Symbol):
                raise TypeError(f"the last argument of {name}() must be a number, found a symbol")
        return call(name, *values, numbers=given)

    function.__name__ = function.__qualname__ = name
    setting = ", and perhaps a number behind its values" if numbers else ""
    function.__doc__ = f"``{name}``, element by element{setting}: {meaning}."
    return function


# What these do with dimensions is numpy's business and not the engine's.
_OWN = {"softmax", "log_softmax", "log_sum_exp"}

for _name, _least, _most, _, _numbers, _elementwise, _meaning in expression_functions():
    if _elementwise and _name not in _OWN:
        globals()[_name] = _made(_name, _least, _most, _numbers, _meaning)
        __all__.append(_name)

maximum = globals()["max"]
minimum = globals()["min"]
# These would hide Python's own where all is imported.
__all__ = [name for name in __all__ if name not in ("max", "min", "abs", "pow")]
__all__ += ["maximum", "minimum"]


def softmax(x: Any, axis: int = -1) -> Symbol:
    """``exp(x)`` over its sum along an axis, without overflow."""
    return Symbol("along", (as_symbol(x),), "softmax", axis=_axis(axis), keepdims=True)


def log_softmax(x: Any, axis: int = -1) -> Symbol:
    """The logarithm of the softmax, never of a probability rounded to 0."""
    return Symbol("along", (as_symbol(x),), "log_softmax", axis=_axis(axis), keepdims=True)


def log_sum_exp(x: Any, axis: int = -1, keepdims: bool = False) -> Symbol:
    """The logarithm of the sum of ``exp(x)`` along an axis, without overflow."""
    return Symbol("along", (as_symbol(x),), "log_sum_exp", axis=_axis(axis), keepdims=keepdims)


def matmul(a: Any, b: Any) -> Symbol:
    """The matrix product."""
    return Symbol("matmul", (as_symbol(a), as_symbol(b)))


def transpose(x: Any) -> Symbol:
    """The transpose."""
    return as_symbol(x).T


def concatenate(parts: Any, axis: int = -1) -> Symbol:
    """The parts side by side (axis 1, the last) or below each other (axis 0)."""
    made = tuple(as_symbol(part) for part in parts)
    if not made:
        raise ValueError("expected at least one part to concatenate, found none")
    return Symbol("concatenate", made, axis=_axis(axis))


def columns(x: Any, start: int, count: int) -> Symbol:
    """Columns ``start`` (from 0) and the following, ``count`` in all."""
    return Symbol("columns", (as_symbol(x),), numbers=(float(start), float(count)))


def gather_rows(table: Any, index: Any) -> Symbol:
    """Row ``index[i]`` of the table for each i, counted from 0; negative numbers are refused."""
    rows = as_symbol(index)
    if not isinstance(index, Symbol):
        whole_rows(index, "gather_rows()")
    return Symbol("gather_rows", (as_symbol(table), rows))


def scatter_add_rows(x: Any, index: Any, rows: int) -> Symbol:
    """A matrix of ``rows`` rows, to row ``index[i]`` of which row i of ``x`` is added."""
    if not isinstance(rows, numbers.Integral) or isinstance(rows, bool) or rows < 1:
        raise ValueError(f"scatter_add_rows() takes a number of rows of at least 1, found {rows!r}")
    added_to = as_symbol(index)
    if not isinstance(index, Symbol):
        rows_within(index, int(rows), "scatter_add_rows()")
    return Symbol("scatter_add_rows", (as_symbol(x), added_to), numbers=(float(rows),))


def derivative(of: Any, by: Symbol) -> Symbol:
    """The derivative of a single number by a symbol, as a symbol to go on with.

    Examples
    --------
    >>> from chainrule.autograd import derivative, symbol, value
    >>> x = symbol("x")
    >>> value(derivative(derivative(x**3, x), x), x=2)
    array(12.)
    """
    if not isinstance(by, Symbol):
        raise TypeError(f"expected a symbol to differentiate by, found {by!r}")
    return Symbol("derivative", (as_symbol(of), by))


def clip(x: Any, least: Any = None, most: Any = None) -> Symbol:
    """``x``, but no less than ``least`` and no more than ``most``; None sets no limit."""
    if least is None and most is None:
        return as_symbol(x)
    x = x if least is None else maximum(x, least)
    return x if most is None else minimum(x, most)


def sign(x: Any) -> Symbol:
    """1, 0 or -1, as ``x`` is above, at or below 0; its derivative is 0."""
    x = as_symbol(x)
    # The last keeps what is no number.
    return call("where", call("greater", x, 0), 1, call("where", call("less", x, 0), -1, 0 * x))


def sinh(x: Any) -> Symbol:
    """The hyperbolic sine, exact near 0 too."""
    x = as_symbol(x)
    return (call("expm1", x) - call("expm1", -x)) / 2


def cosh(x: Any) -> Symbol:
    """The hyperbolic cosine."""
    x = as_symbol(x)
    return (call("exp", x) + call("exp", -x)) / 2


def tan(x: Any) -> Symbol:
    """``sin(x) / cos(x)``."""
    x = as_symbol(x)
    return call("sin", x) / call("cos", x)


def square(x: Any) -> Symbol:
    """``x**2``."""
    return as_symbol(x) ** 2


def log2(x: Any) -> Symbol:
    """The logarithm to the base of 2."""
    return call("ln", x) / math.log(2)


def log10(x: Any) -> Symbol:
    """The logarithm to the base of 10."""
    return call("ln", x) / math.log(10)


def _sum(a, axis=None, dtype=None, out=None, keepdims=False):
    _usual("sum", dtype, out)
    return as_symbol(a).sum(axis, keepdims)


def _mean(a, axis=None, dtype=None, out=None, keepdims=False):
    _usual("mean", dtype, out)
    return as_symbol(a).mean(axis, keepdims)


def _clip(a, a_min=None, a_max=None, out=None, *, min=None, max=None):
    _usual("clip", None, out)
    return clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def _usual(name, dtype, out):
    """Refuses other numbers than float64, and a place to put them."""
    if out is not None:
        raise TypeError(f"numpy.{name} of a symbol has nothing to put into `out` yet: leave it out")
    if dtype is not None and np.dtype(dtype) != np.float64:
        raise TypeError(f"expressions compute in float64, found dtype={dtype!r} for numpy.{name}")


__all__ += [
    "clip",
    "columns",
    "concatenate",
    "cosh",
    "derivative",
    "gather_rows",
    "log2",
    "log10",
    "log_softmax",
    "log_sum_exp",
    "matmul",
    "scatter_add_rows",
    "sign",
    "sinh",
    "softmax",
    "square",
    "tan",
    "transpose",
]


def _operator(kind):
    return lambda a, b: Symbol(kind, (as_symbol(a), as_symbol(b)))


def _named(name):
    return globals()[name]


#: numpy's elementwise functions that take symbols.
UFUNCS = {
    "add": _operator("+"),
    "subtract": _operator("-"),
    "multiply": _operator("*"),
    "divide": _operator("/"),
    "power": _operator("^"),
    "float_power": _operator("^"),
    "matmul": _operator("matmul"),
    "negative": lambda x: -x,
    "positive": lambda x: x,
    "square": square,
    "sign": sign,
    "sinh": sinh,
    "cosh": cosh,
    "tan": tan,
    "log2": log2,
    "log10": log10,
    "clip": clip,
    "reciprocal": lambda x: 1 / x,
    "absolute": _named("abs"),
    "fabs": _named("abs"),
    "exp": _named("exp"),
    "expm1": _named("expm1"),
    "log": _named("ln"),
    "log1p": _named("log1p"),
    "logaddexp": lambda a, b: call("log_sum_exp", a, b),
    "sqrt": _named("sqrt"),
    "sin": _named("sin"),
    "cos": _named("cos"),
    "tanh": _named("tanh"),
    "maximum": maximum,
    "minimum": minimum,
    "erf": _named("erf"),  # of scipy.special
    "expit": _named("sigmoid"),
}

#: numpy's other functions that do.
ARRAY_FUNCTIONS = {
    "clip": _clip,
    "sum": _sum,
    "mean": _mean,
    "where": lambda condition, yes, no: call("where", condition, yes, no),
    "transpose": transpose,
    "dot": matmul,
    "concatenate": lambda parts, axis=0: concatenate(parts, axis),
}
