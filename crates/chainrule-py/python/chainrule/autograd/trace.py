"""Every step of an expression and of its backward pass."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from .._core import expression_draw, expression_trace
from .differentiate import prepared
from .symbol import Symbol
from .tables import derivative, shown, table

#: Products that a sum lists before the rest is only hinted at.
_SUMMANDS = 12


class Trace:
    """A computation laid open, as :func:`trace` returns it.

    Printed, it is the table of ``chainrule trace``; a notebook draws it.

    Attributes
    ----------
    steps : list of dict
        Every value in order: its ``name``, ``operation``, ``formula``, ``origin`` ("given", "number" or
        "computed"), the places of its ``inputs``, its ``value``, its ``gradient`` (the derivative of the
        result by it, or None), and its ``paths``: for each use the step ``through`` which it goes, the
        derivative ``incoming`` there, the ``local`` derivative with its ``local_formula``, and the
        ``product`` that the use contributes.
    result : int
        The place of the result among them.
    refused : str or None
        Why there are no gradients, if there are none.
    """

    def __init__(self, text: str, arrays: dict):
        self._text, self._arrays = text, arrays
        found = expression_trace(text, arrays)
        self.steps: list = found["steps"]
        self.result: int = found["result"]
        self.refused: str | None = found["refused"]
        self._trouble: str | None = found["trouble"]

    def __getitem__(self, name: str) -> dict:
        """The step of a name."""
        for step in self.steps:
            if step["name"] == name:
                return step
        known = ", ".join(step["name"] for step in self.steps if step["origin"] != "number")
        raise KeyError(f"there is no step {name!r}; there are: {known}")

    def svg(self, dark: bool = False) -> str:
        """The picture: values above the arrows, below them what flows back."""
        return expression_draw(self._text, self._arrays, dark)

    def _repr_svg_(self) -> str | None:
        # A computation of hundreds of steps is no picture; its table is shown.
        try:
            return self.svg()
        except ValueError:
            return None

    def _repr_html_(self) -> str | None:
        svg = self._repr_svg_()
        return f"<pre>{escape(str(self))}</pre>" if svg is None else f"<div>{svg}</div>"

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        parts = ["Forward\n" + self._forward()]
        if self._trouble:
            parts.append(self._trouble)
        if self.refused:
            parts.append(f"No gradients: {self.refused}")
        elif any(step["gradient"] is not None for step in self._given()):
            start = derivative(self.steps[self.result], self.steps[self.result])
            parts.append(f"Backward, from {start} = 1\n" + self._backward())
            parts.append("Result\n" + self._results())
        return "\n\n".join(parts)

    def _given(self) -> list:
        return [step for step in self.steps if step["origin"] == "given"]

    def _forward(self) -> str:
        computed = [step for step in self.steps if step["origin"] == "computed"]
        rows = []
        for step in [*self._given(), *computed]:
            formula = f"= {step['formula']}" if step["origin"] == "computed" else ""
            rows.append([step["name"], formula, f"= {shown(step['value'])}"])
        return table(rows)

    def _backward(self) -> str:
        result = self.steps[self.result]
        rows = [["step", "incoming gradient", "local gradient", "product"]]
        passes = self._passes()
        for place in reversed(range(len(self.steps))):
            step = self.steps[place]
            if step["gradient"] is None:
                continue
            name = derivative(result, step)
            if len(step["paths"]) > 1:
                rows.append(self._sum(step, name))
            title = f"{step['name']} = {step['formula']}"
            incoming = f"{name} = {shown(step['gradient'])}"
            for argument, input_ in enumerate(step["inputs"]):
                index = passes.get((place, argument))
                if index is None:
                    continue
                local, product = self._path(step, self.steps[input_], index, result)
                rows.append([title, incoming, local, product])
                title = incoming = ""
        return table(rows)

    def _passes(self) -> dict:
        """For each step and argument which of the argument's paths leads through it."""
        return {
            (path["through"], path["argument"]): index
            for step in self.steps
            for index, path in enumerate(step["paths"])
        }

    def _sum(self, step, name) -> list:
        paths = step["paths"]
        products = [shown(path["product"]) for path in paths[:_SUMMANDS]]
        if len(paths) > _SUMMANDS:
            products.append("...")
        total = " + ".join(products).replace("+ -", "- ")
        total = f"{name} = {total} = {shown(step['gradient'])}"
        return [step["name"], f"sum over {len(paths)} paths", "", total]

    def _path(self, step, value, index, result) -> tuple:
        path = value["paths"][index]
        formula = path["local_formula"]
        count = len(value["paths"])
        name = derivative(result, value) + (f", path {index + 1} of {count}" if count > 1 else "")
        if path["local"] is None:
            # A whole-matrix step: what comes back is computed from what comes in, as the formula says.
            return "", f"{name} = {formula} = {shown(path['product'])}"
        local = shown(path["local"])
        local_text = formula if local == formula else f"{formula} = {local}"
        local_text = f"{derivative(step, value)} = {local_text}"
        factor = f"({local})" if local.startswith("-") else local
        return local_text, f"{name} = {shown(path['incoming'])} * {factor} = {shown(path['product'])}"

    def _results(self) -> str:
        result = self.steps[self.result]
        rows = [[result["name"], f"= {shown(result['value'])}"]]
        for step in self._given():
            found = step["gradient"]
            found = np.zeros_like(step["value"]) if found is None else found
            rows.append([derivative(result, step), f"= {shown(found)}"])
        return table(rows)


def trace(expression: Symbol | str, /, **inputs: Any) -> Trace:
    """Follows an expression step by step, forward and back.

    Parameters
    ----------
    expression : Symbol or str
        Without a single number as its value there is no way back, and only values are shown.
    **inputs : array_like
        The value of each symbol.

    Returns
    -------
    Trace

    Examples
    --------
    >>> from chainrule.autograd import symbol, trace
    >>> x = symbol("x")
    >>> steps = trace(x**2 + (3 * x) ** 2 + 1 / (x + 1), x=2)
    >>> float(steps["x"]["gradient"]).__round__(6), len(steps["x"]["paths"])
    (39.888889, 3)
    """
    return Trace(*prepared(expression, inputs)[:2])
