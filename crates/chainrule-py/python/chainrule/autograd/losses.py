"""Losses of one's own, as the text that a training stores."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from .._core import expression_own_loss
from .symbol import Symbol, symbol
from .text import arguments_of, inputs_of, written

_EXPECTED = (
    "expected a number for each row and output, such as (y - a)**2, or one for each row, such as "
    "((y - a)**2).sum(axis=1); the mean over the rows is taken by the training"
)


def loss_text(function: Callable) -> str:
    """The text of a loss, from a function of symbols.

    Parameters
    ----------
    function : callable
        ``function(y, a)`` or ``function(y, a, z)``, called once with symbols: y the targets, a the
        outputs and z the pre-activations of the last layer, all of them rows by outputs. The order
        counts, the first two may have any names, and the third must be called z. It returns a
        number for each row and output, those of a row being added up, or a number for each row.

    Returns
    -------
    str
        The expression, as a model file keeps it.

    Raises
    ------
    TypeError
        If the function takes other arguments or returns something else than an expression.
    ValueError
        If the expression is no loss: a number for all rows together, say.

    Examples
    --------
    >>> from chainrule.autograd import loss_text, log1p
    >>> loss_text(lambda y, a: log1p((y - a)**2))
    'log1p((y - a)^2)'
    """
    if not callable(function):
        raise TypeError(f"expected a function of symbols as the loss, found {function!r}")
    names = ("y", "a", "z")[: _count(function)]
    name = getattr(function, "__name__", "the loss")
    result = function(*map(symbol, names))
    if not isinstance(result, Symbol):
        raise TypeError(f"{name} returned {result!r}: {_EXPECTED}")
    others = [found for found in inputs_of(result) if found not in names]
    others += [found.content for found in arguments_of(result)]
    if others:
        raise ValueError(
            f"{name} reads {', '.join(others)}, but a loss can read the targets y, the outputs a and the "
            "pre-activations z only: put numbers in the place of other symbols"
        )
    found = written(result, dict.fromkeys(names, 2), inline=True)
    if found.dimensions == 0 or (found.dimensions == 1 and not found.column):
        what = "a single number" if found.dimensions == 0 else "a number for each output"
        raise ValueError(f"{name} returned {what} for all rows together: {_EXPECTED}")
    if not {"a", "z"} & set(inputs_of(result)):
        raise ValueError(
            f"{name} reads neither the outputs a nor the pre-activations z, so there is nothing to "
            f"learn from it: {_EXPECTED}"
        )
    if "columns(" not in found.text and "concatenate(" not in found.text:
        # Otherwise how many outputs there are decides, which only the training knows.
        expression_own_loss(found.text, 2)
    return found.text


def _count(function) -> int:
    """How many of y, a and z the function takes."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return 2
    kinds = inspect.Parameter
    places = [it for it in parameters if it.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    needed = [it for it in places if it.default is kinds.empty]
    keywords = [it for it in parameters if it.kind is kinds.KEYWORD_ONLY and it.default is kinds.empty]
    if any(it.kind is kinds.VAR_POSITIONAL for it in parameters) and len(needed) <= 2:
        return 2
    # Anything else in the third place would silently be the pre-activations.
    count = 3 if len(places) >= 3 and places[2].name == "z" else 2
    if [it.name for it in places[:2]] == ["a", "y"]:
        raise TypeError(
            "a loss takes the targets y first and the outputs a second, (y, a); found "
            f"({_listed(parameters)})"
        )
    if "z" in [it.name for it in places[:2]]:
        raise TypeError(
            "a loss takes the pre-activations z as its third argument, behind the targets y and the "
            f"outputs a, (y, a, z); found ({_listed(parameters)})"
        )
    if len(places) < 2 or len(needed) > count or keywords:
        raise TypeError(
            "expected a loss of the arguments (y, a) or (y, a, z): targets, outputs, and "
            f"pre-activations of the last layer; found ({_listed(parameters)}). Settings of a loss need "
            "a value: delta=1.0"
        )
    return count


def _listed(parameters) -> str:
    return ", ".join(map(str, parameters))
