"""The functions of expressions, made from what the engine says it knows."""

from __future__ import annotations

from typing import Any

from .._core import expression_functions
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
    """Row ``index[i]`` of the table for each i."""
    return Symbol("gather_rows", (as_symbol(table), as_symbol(index)))


def scatter_add_rows(x: Any, index: Any, rows: int) -> Symbol:
    """A matrix of ``rows`` rows, to row ``index[i]`` of which row i of ``x`` is added."""
    return Symbol("scatter_add_rows", (as_symbol(x), as_symbol(index)), numbers=(float(rows),))


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


def _sum(x, axis=None, keepdims=False):
    return as_symbol(x).sum(axis, keepdims)


def _mean(x, axis=None, keepdims=False):
    return as_symbol(x).mean(axis, keepdims)


__all__ += [
    "columns",
    "concatenate",
    "derivative",
    "gather_rows",
    "log_softmax",
    "log_sum_exp",
    "matmul",
    "scatter_add_rows",
    "softmax",
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
    "square": lambda x: x**2,
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
    "sum": _sum,
    "mean": _mean,
    "where": lambda condition, yes, no: call("where", condition, yes, no),
    "transpose": transpose,
    "dot": matmul,
    "concatenate": lambda parts, axis=0: concatenate(parts, axis),
}
