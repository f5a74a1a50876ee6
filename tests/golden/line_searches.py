"""Line searches of PyTorch's L-BFGS along polynomials, to judge ours by.

Run: python line_searches.py (needs numpy and torch); it writes line_searches.json beside itself.

    {"versions": {"python", "numpy", "torch"},
     "searches": [{
        "coefficients": [..],   of the polynomial, the constant first
        "first": ..,            the length that is tried first
        "trials": [..],         all lengths that are tried
        "found": ..}]}          the length that it decides on
"""

import functools
import json
import pathlib
import platform

import numpy
import torch
from torch.optim.lbfgs import _strong_wolfe


def tensor(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def search(coefficients, first, value_of):
    """PyTorch's line search along a polynomial, whose values are found in this way: the lengths
    that it tries and, last, the one that it decides on."""
    slopes = [power * c for power, c in enumerate(coefficients)][1:]
    lengths = []

    def evaluate(_, t, __):
        lengths.append(float(t))
        return at(float(t))

    def at(t):
        return tensor(value_of(coefficients, t)), tensor([value_of(slopes, t)])

    start, slope = at(0.0)
    line = (tensor([0.0]), first, tensor([1.0]))
    found = _strong_wolfe(evaluate, *line, start, slope, slope[0], tolerance_change=0.0)[2]
    return [*lengths, float(found)]


def by_horner(coefficients, t):
    return functools.reduce(lambda value, c: value * t + c, reversed(coefficients))


def by_powers(coefficients, t):
    return sum(c * t**power for power, c in enumerate(coefficients))


def searches():
    """Searches of some length that rounding does not lead elsewhere."""
    draw = numpy.random.default_rng(28)
    found, sensitive = [], 0
    while len(found) < 60:
        # Falls at 0 with a slope of -1 and rises in the end: any terms, or any turns between.
        if len(found) % 2:
            scale = draw.choice([1.0, 10.0])
            rest = draw.normal(0.0, scale, draw.choice([3, 5])).round(4).tolist()
            coefficients = [0.0, -1.0, *rest[:-1], abs(rest[-1])]
        else:
            turns = draw.uniform(0.2, 6.0, draw.choice([3, 5]))
            slope = -numpy.polynomial.Polynomial.fromroots(turns)
            coefficients = (slope / -slope(0.0)).integ().coef.round(6).tolist()
        first = float(draw.choice([0.001, 0.03, 0.3, 1.0, 3.0, 10.0]))
        *trials, end = search(coefficients, first, by_horner)
        again = search(coefficients, first, by_powers)
        if len(trials) < 3:
            continue
        if len(again) != len(trials) + 1 or not numpy.allclose([*trials, end], again, 1e-12, 0):
            sensitive += 1
            continue
        found.append({"coefficients": coefficients, "first": first, "trials": trials, "found": end})
    longest = max(len(case["trials"]) for case in found)
    print(f"{len(found)} searches of up to {longest} trials; {sensitive} left out")
    return found


def main():
    found = searches()
    versions = {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "torch": torch.__version__,
    }
    lines = ",\n".join(map(json.dumps, found))
    text = f'{{"versions": {json.dumps(versions)},\n"searches": [\n{lines}]}}\n'
    assert json.loads(text) == {"versions": versions, "searches": found}
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


if __name__ == "__main__":
    main()
