"""Derivatives beside differences."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .._core import expression_check_gradient
from .differentiate import prepared
from .symbol import Symbol
from .text import inputs_of


class Checked(NamedTuple):
    """One derivative, found in two ways."""

    name: str
    row: int
    column: int
    gradient: float
    differences: float
    relative_error: float
    kink: bool


class GradientCheck(NamedTuple):
    """What :func:`check_gradient` found."""

    elements: list
    tolerance: float

    @property
    def passes(self) -> bool:
        """Whether no relative error exceeds the tolerance."""
        return all(each.relative_error <= self.tolerance for each in self.elements)

    def __str__(self) -> str:
        lines = [
            f"{each.name}[{each.row}, {each.column}]: {each.gradient:.8g} by the graph, "
            f"{each.differences:.8g} by differences, relative error {each.relative_error:.1e}"
            + (", at a kink" if each.kink else "")
            for each in self.elements
        ]
        verdict = "agree" if self.passes else "DIFFER"
        return "\n".join([*lines, f"They {verdict} to {self.tolerance:g}."])


def check_gradient(
    expression: Symbol | str, /, tolerance: float = 1e-6, **inputs: Any
) -> GradientCheck:
    """Compares the derivatives of a single number with central differences.

    Parameters
    ----------
    expression : Symbol or str
        An expression of one number.
    tolerance : float, default=1e-6
        The largest relative error that passes.
    **inputs : array_like
        The value of each symbol; up to 100 elements of each are checked.

    Returns
    -------
    GradientCheck
        Every element checked, and whether all pass.

    Examples
    --------
    >>> from chainrule.autograd import check_gradient
    >>> check_gradient("sum(tanh(x))", x=[0.5, -1.0]).passes
    True
    """
    read = expression if isinstance(expression, str) else " ".join(inputs_of(expression))
    if re.search(r"\btolerance\b", read):
        raise ValueError(
            "an input of an expression to be checked cannot be called `tolerance`, which says how closely "
            "the derivatives must agree: give it another name"
        )
    text, arrays, _ = prepared(expression, inputs)
    found = expression_check_gradient(text, arrays, list(inputs))
    return GradientCheck([Checked(*each) for each in found], float(tolerance))
