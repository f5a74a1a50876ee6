"""Values and derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._core import expression_evaluate, expression_functions, expression_gradient
from .symbol import Symbol, as_array, as_symbol, symbol
from .text import inputs_of, written

_TAKEN = {name for name, *_ in expression_functions()} | {"derivative", "pi"}


def prepared(expression: Symbol | str, inputs: dict) -> tuple:
    """The text of an expression, every array that it reads, and the dimensions of its value."""
    arrays = {name: as_array(value, f"the value of {name!r}") for name, value in inputs.items()}
    if isinstance(expression, str):
        return expression, arrays, None
    if not isinstance(expression, Symbol):
        raise TypeError(f"expected a symbol or a text as the expression, found {expression!r}")
    read = inputs_of(expression)
    missing = [name for name in read if name not in arrays]
    if missing:
        raise TypeError(f"the expression reads {', '.join(missing)}: give each a value by its name")
    text = written(expression, {name: array.ndim for name, array in arrays.items()})
    return text.text, {**arrays, **text.constants}, text.dimensions


def value(expression: Symbol | str, /, **inputs: Any) -> np.ndarray:
    """The value of an expression.

    Parameters
    ----------
    expression : Symbol or str
        Made of symbols, or typed as for ``chainrule trace``.
    **inputs : array_like
        The value of each symbol, of up to two dimensions.

    Returns
    -------
    ndarray of float64
        In the shape that numpy would give it.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.autograd import symbol, value
    >>> x = symbol("x")
    >>> value(x - x.mean(axis=0), x=[[1, 2], [3, 6]])
    array([[-1., -2.],
           [ 1.,  2.]])
    >>> value("max(x, 2)*y", x=1, y=3)
    array(6.)
    """
    text, arrays, dimensions = prepared(expression, inputs)
    return expression_evaluate(text, arrays, dimensions)


def gradient(expression: Symbol | str, by: str | Sequence[str], /, **inputs: Any):
    """The derivative of a single number by some of its inputs.

    Parameters
    ----------
    expression : Symbol or str
        An expression of one number.
    by : str or sequence of str
        The names of the inputs.
    **inputs : array_like
        The value of each symbol.

    Returns
    -------
    ndarray, or list of ndarray
        Each in the shape of its input; a single one for a single name.

    Examples
    --------
    >>> from chainrule.autograd import gradient
    >>> gradient("sum(x^2)", "x", x=[1, 2, 3])
    array([2., 4., 6.])
    """
    text, arrays, dimensions = prepared(expression, inputs)
    names = [by] if isinstance(by, str) else list(by)
    _, gradients = expression_gradient(text, arrays, names, dimensions)
    return gradients[0] if isinstance(by, str) else gradients


def value_and_grad(function: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """A function that computes another and its derivatives by some of its arguments.

    Parameters
    ----------
    function : callable
        It is called with symbols for the arguments that are differentiated by, the others as they are
        given, and returns an expression of one number.
    argnums : int or sequence of int, default=0
        Which of the arguments are differentiated by.

    Returns
    -------
    callable
        Takes the function's arguments; returns its value and the derivatives in the shapes of the
        arguments (a tuple of them if ``argnums`` is a sequence). Called with symbols it returns symbols,
        so it can be differentiated again.

    Examples
    --------
    >>> from chainrule.autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 4.0)
    (array(36.), (array(24.), array(9.)))
    """
    if not callable(function):
        raise TypeError(f"expected a function to differentiate, found {function!r}")
    single = not isinstance(argnums, Sequence)
    places = (argnums,) if single else tuple(argnums)

    def differentiated(*arguments: Any, **options: Any):
        for place in places:
            if not -len(arguments) <= place < len(arguments):
                raise TypeError(
                    f"expected an argument number {place} (counted from 0) to differentiate by, found "
                    f"{len(arguments)} arguments"
                )
        chosen = [place % len(arguments) for place in places]
        if any(isinstance(argument, Symbol) for argument in arguments):
            found, gradients = _of_symbols(function, arguments, options, chosen)
        else:
            found, gradients = _of_arrays(function, arguments, options, chosen)
        return found, (gradients[0] if single else tuple(gradients))

    differentiated.__doc__ = f"The value of {_name(function)} and its derivatives."
    return differentiated


def grad(function: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """A function that computes the derivatives of another by some of its arguments.

    As :func:`value_and_grad`, without the value.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.autograd import grad
    >>> grad(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    """
    both = value_and_grad(function, argnums)

    def derivatives(*arguments: Any, **options: Any):
        return both(*arguments, **options)[1]

    derivatives.__doc__ = f"The derivatives of {_name(function)}."
    return derivatives


def _of_symbols(function, arguments, options, chosen):
    made = list(arguments)
    for place in chosen:
        made[place] = Symbol("alias", (as_symbol(made[place]),))
    result = _result(function, made, options)
    return result, [Symbol("derivative", (result, made[place])) for place in chosen]


def _of_arrays(function, arguments, options, chosen):
    names = argument_names(function, len(arguments))
    made = list(arguments)
    inputs = {}
    for place in chosen:
        inputs[names[place]] = arguments[place]
        made[place] = symbol(names[place])
    result = _result(function, made, options)
    text, arrays, dimensions = prepared(result, inputs)
    names = [names[place] for place in chosen]
    return expression_gradient(text, arrays, names, dimensions)


def _result(function, arguments, options) -> Symbol:
    result = function(*arguments, **options)
    try:
        return as_symbol(result)
    except TypeError:
        raise TypeError(
            f"expected {_name(function)} to return an expression of its arguments, found {result!r}"
        ) from None


def argument_names(function: Callable, count: int) -> list:
    """Names for so many arguments that an expression may have: the function's own where they may be."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = [parameter.name for parameter in parameters if parameter.kind in positional]
    names: list = []
    for place in range(count):
        name = own[place] if place < len(own) else f"x{place}"
        while name in _TAKEN or name in names or name in own[place + 1 :]:
            name += "_"
        names.append(name)
    return names


def _name(function) -> str:
    return getattr(function, "__name__", "the function")
