"""Losses of one's own, as the text that a training stores."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from .._core import expression_own_loss
from .symbol import Symbol, symbol
from .text import inputs_of, written

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
        outputs and z the pre-activations of the last layer, all of them rows by outputs. It returns a
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
    count = 3 if len(places) >= 3 and (len(needed) == 3 or places[2].name == "z") else 2
    if len(places) < 2 or len(needed) > 3 or keywords:
        raise TypeError(
            "expected a loss of the arguments (y, a) or (y, a, z): targets, outputs, and "
            f"pre-activations of the last layer; found ({', '.join(map(str, parameters))})"
        )
    return count
