"""Values and derivatives."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._core import expression_evaluate, expression_gradient
from .shapes import check_rows
from .symbol import RESERVED, Symbol, as_array, as_symbol
from .text import arguments_of, inputs_of, written


def prepared(expression: Symbol | str, inputs: dict) -> tuple:
    """The text of an expression, every array that it reads, and the dimensions of its value."""
    arrays = {name: as_array(value, f"the value of {name!r}") for name, value in inputs.items()}
    if isinstance(expression, str):
        return expression, arrays, None
    if not isinstance(expression, Symbol):
        raise TypeError(f"expected a symbol or a text as the expression, found {expression!r}")
    if arguments_of(expression):
        raise TypeError(
            f"{expression!r} reads an argument of a function that is being differentiated, so a value here "
            "would be lost to the derivative: go on with the expression itself"
        )
    read = inputs_of(expression)
    missing = [name for name in read if name not in arrays]
    if missing:
        raise TypeError(f"the expression reads {', '.join(missing)}: give each a value by its name")
    check_rows(expression, arrays)
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
        and so it does where the function reads symbols from around it, such as the arguments of a
        function that is being differentiated; so it can be differentiated again, up to five times in all.

    Examples
    --------
    >>> from chainrule.autograd import value_and_grad
    >>> value_and_grad(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 4.0)
    (array(36.), (array(24.), array(9.)))
    """
    if not callable(function):
        raise TypeError(f"expected a function to differentiate, found {function!r}")
    single, places = _places(argnums)

    def differentiated(*arguments: Any, **options: Any):
        for place in places:
            if not -len(arguments) <= place < len(arguments):
                raise TypeError(
                    f"expected an argument number {place} (counted from 0) to differentiate by, found "
                    f"{len(arguments)} arguments"
                )
        chosen = [place % len(arguments) for place in places]
        found, gradients = _derived(function, arguments, options, chosen)
        return found, (gradients[0] if single else tuple(gradients))

    differentiated.__doc__ = f"The value of {_name(function)} and its derivatives."
    return differentiated


def grad(function: Callable, argnums: int | Sequence[int] = 0) -> Callable:
    """A function that computes the derivatives of another by some of its arguments.

    As :func:`value_and_grad`, without the value. It may stand within itself, of an argument of its own
    or of one from around it; an expression holds derivatives up to the fourth order, so up to five calls
    within each other can be computed.

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


def _places(argnums) -> tuple:
    """Whether it is a single argument, and the numbers of all."""
    if _is_whole(argnums):
        return True, (int(argnums),)
    if isinstance(argnums, (Sequence, np.ndarray)) and not isinstance(argnums, (str, bytes)):
        if np.ndim(argnums) == 1 and all(map(_is_whole, argnums)):
            return False, tuple(map(int, argnums))
    raise TypeError(
        f"expected the number of an argument or a sequence of them as argnums, found {argnums!r}"
    )


def _is_whole(number) -> bool:
    return isinstance(number, numbers.Integral) and not isinstance(number, bool)


def _derived(function, arguments, options, chosen):
    names = argument_names(function, len(arguments))
    made = list(arguments)
    for place in chosen:
        made[place] = _argument(arguments[place], names[place])
    own = [made[place] for place in chosen]
    try:
        result = _result(function, made, options)
    finally:
        for each in own:
            each.options["is_open"] = False
    # What the function reads from around it is known by being there, not by how it is called: a number
    # computed now would hide from the function around that it depends on it.
    reads_more = inputs_of(result) or arguments_of(result)
    if reads_more or any(isinstance(argument, Symbol) for argument in arguments):
        return result, [Symbol("derivative", (result, each)) for each in own]
    inputs = {each.content: each.arguments[0].content for each in own}
    texts = {id(each): each.content for each in own}
    check_rows(result, {})
    dimensions = {name: array.ndim for name, array in inputs.items()}
    text = written(result, dimensions, names=texts)
    by = [each.content for each in own]
    return expression_gradient(text.text, {**inputs, **text.constants}, by, text.dimensions)


def _argument(value, name) -> Symbol:
    """A symbol of its own for an argument, so that nothing else can be taken for it."""
    if not isinstance(value, Symbol):
        value = Symbol("array", content=as_array(value, f"the value of {name!r}"))
    return Symbol("alias", (value,), name, is_open=True)


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
        while name in RESERVED or name in names or name in own[place + 1 :]:
            name += "_"
        names.append(name)
    return names


def _name(function) -> str:
    return getattr(function, "__name__", "the function")
