"""Values and slopes of the activation functions, to judge ours by.

Run: python activations.py (needs mpmath, and torch for a second opinion); it writes
activations.json beside itself.

    {NAME: {"x": [..], "value": [..], "slope": [..]}}    float64; value and slope at each x

Each number is the float64 nearest to the true one: computed with many digits from the definition,
the slope by numerical differentiation with as many, so that no formula of a slope is trusted. What
is below the smallest float64 is written as a zero; the sign of a zero judges nothing. At a kink the
slope is by convention the one of the side below 0.
"""

import json
import math
import pathlib

import mpmath
import torch
from mpmath import mp

# The slope of a function that is 1 to within e^-600 is still found to many digits.
mp.dps = 400
# How far PyTorch may be from the truth, in units of rounding of max(1, |x|, |true|): it computes
# the far tails as differences, of which only the absolute error is small.
UNITS = 4

STEPS = [
    1e-8, 1e-3, 0.1, 0.25, 0.5, 0.7, 1.0, 1.5, 2.0, 2.5,
    3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.5, 16.0, 20.0, 1e4,
]  # fmt: skip
POINTS = [*(-step for step in reversed(STEPS)), -0.0, 0.0, *STEPS]


def selu_constants():
    """Alpha and scale of SELU, solved for (Klambauer et al., 2017), not copied from a program."""
    below = mpmath.erfc(1 / mpmath.sqrt(2)) * mpmath.exp(0.5)
    alpha = mpmath.sqrt(2 / mpmath.pi) / (1 - below)
    scale = (1 - below) * mpmath.sqrt(2 * mpmath.pi)
    scale /= mpmath.sqrt(
        2 * mpmath.erfc(mpmath.sqrt(2)) * mpmath.exp(2)
        + mpmath.pi * below**2
        - 2 * (2 + mpmath.pi) * below
        + mpmath.pi
        + 2
    )
    return alpha, scale


SELU_ALPHA, SELU_SCALE = selu_constants()
# A setting is the float64 that a program is given, not the decimal that it was written as.
LEAK = mpmath.mpf(0.01)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def gelu_tanh(x):
    inner = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)
    return x * sigmoid(2 * inner)  # (1 + tanh u) / 2 = sigmoid(2 u), without the cancellation


def mish(x):
    grown = mpmath.exp(x)
    return x * grown * (grown + 2) / (grown * (grown + 2) + 2)  # likewise


# The function above 0, the function at 0 and below, PyTorch's. Two functions where there is a kink:
# each side is differentiated as if it went on.
ACTIVATIONS = {
    "identity": (lambda x: x, None, lambda x: x * 1),
    "sigmoid": (sigmoid, None, torch.sigmoid),
    "tanh": (mpmath.tanh, None, torch.tanh),
    "relu": (lambda x: x, lambda x: 0 * x, torch.relu),
    "leaky_relu": (
        lambda x: x,
        lambda x: LEAK * x,
        lambda x: torch.nn.functional.leaky_relu(x, 0.01),
    ),
    "elu": (lambda x: x, mpmath.expm1, torch.nn.functional.elu),
    "selu": (
        lambda x: SELU_SCALE * x,
        lambda x: SELU_SCALE * SELU_ALPHA * mpmath.expm1(x),
        torch.nn.functional.selu,
    ),
    "gelu": (
        lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
        None,
        torch.nn.functional.gelu,
    ),
    "gelu_tanh": (gelu_tanh, None, lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
    "mish": (mish, None, torch.nn.functional.mish),
    "silu": (lambda x: x * sigmoid(x), None, torch.nn.functional.silu),
    "softplus": (softplus, None, torch.nn.functional.softplus),
}


def nearest(number):
    """As float64, with nothing in the range where it has fewer digits, which would be no judge."""
    result = float(number)
    assert result == 0 or abs(result) >= 2.0**-1022
    return result


def main():
    table, report = {}, {}
    for name, (above, below, torch_function) in ACTIVATIONS.items():
        values, slopes = [], []
        for point in POINTS:
            function = above if below is None or point > 0 else below
            values.append(nearest(function(mpmath.mpf(point))))
            slopes.append(nearest(mpmath.diff(function, mpmath.mpf(point))))
        x = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
        y = torch_function(x)
        (gradient,) = torch.autograd.grad(y.sum(), x)
        for what, ours, theirs in (("value", values, y), ("slope", slopes, gradient)):
            report[name, what] = max(
                abs(one - other) / max(1, abs(point), abs(one)) / 2**-52
                for point, one, other in zip(POINTS, ours, theirs.tolist())
            )
        print(f"{name:10} PyTorch's value within {report[name, 'value']:.2f} units, "
              f"slope within {report[name, 'slope']:.2f}")
        table[name] = {"x": POINTS, "value": values, "slope": slopes}
    assert all(math.isfinite(units) and units <= UNITS for units in report.values())
    # One line per list: readable in a diff, yet not one number a line.
    text = ",\n".join(
        f'"{name}": {{\n'
        + ",\n".join(f'  "{key}": {json.dumps(numbers)}' for key, numbers in entry.items())
        + "}"
        for name, entry in table.items()
    )
    text = f"{{{text}}}\n"
    assert json.loads(text) == table
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
