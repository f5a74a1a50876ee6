"""Writes reference.csv: elementary functions to 50 digits, at special, chosen and random points.

A row holds the function, the bits of x, the bits of the nearest number y to the true value, and
what y lacks of the true value in units of its last place. Needs mpmath.
"""

import pathlib
import random
import struct

import mpmath
from mpmath import mp, mpf

mp.dps = 50
random.seed(20)

# Format of the bits, digits of the significand, smallest and largest exponent.
PRECISIONS = {"single": (">I", ">f", 24, -126, 127), "double": (">Q", ">d", 53, -1022, 1023)}
NAN, INFINITY = float("nan"), float("inf")

# Beside the points that all have: where the values end, and where the formulas change.
CHOSEN = {
    "exp": [88.72, 88.722, -87.34, -103.2, -103.97, -104.1, 89.1, 709.78, 709.782, -708.4, -744.4, -745.13, -746.1],
    "ln": [2 / 3, 4 / 3, 0.99, 1.01, 1.5, 2.0, 3.0],
    "expm1": [88.72, 709.78, -16.0, -17.3, -17.5, -36.0, -37.4, -37.6, 0.3465, 0.3466, -0.3465, -0.3466, 90.0, 711.0],
    "log1p": [-0.999, -1 / 3, 1 / 3, -0.5, 2.0, 1e7, 2.0**24, 2.0**25, 2.0**53, 2.0**64, 2.0**126, 2.0**127],
    "tanh": [0.5, 0.5999, 0.6, 0.6001, 9.0, 9.01, 9.02, 10.1, 19.0, 19.1, 22.0],
    "erf": [0.8999, 0.9, 0.9001, 3.8, 3.83, 3.9, 4.1, 5.8, 5.9, 5.93, 6.1],
    "sin": [1.57079632679, 3.14159265359, 1e5, 1e10],
    "cos": [1.57079632679, 3.14159265359, 1e5, 1e10],
}
# Uniform random points are taken from here; half of the random points.
RANGES = {
    "exp": (-104, 89),
    "ln": (0, 3),
    "expm1": (-18, 10),
    "log1p": (-1, 3),
    "tanh": (-10, 10),
    "erf": (-6, 6),
    "sin": (-20, 20),
    "cos": (-20, 20),
}


def true_value(name, x):
    if x != x:
        return NAN
    if name in ("sin", "cos") and abs(x) == INFINITY:
        return NAN
    pole = {"ln": 0, "log1p": -1}.get(name, -INFINITY)
    if x <= pole and pole > -INFINITY:
        return -INFINITY if x == pole else NAN
    if x == 0 and name not in ("exp", "ln", "cos"):
        return x  # mpmath has no -0
    return getattr(mp, {"ln": "log"}.get(name, name))(mpf(x))


def spacing(value, digits, smallest):
    return mpf(2) ** (max(mpmath.frexp(value)[1] - 1, smallest) - digits + 1)


def rounded(value, digits, smallest, largest):
    """The nearest number, and what it lacks in units of its last place."""
    if value != value or abs(value) == INFINITY or value == 0:
        return float(value), 0.0
    unit = spacing(value, digits, smallest)
    y = mpmath.nint(value / unit) * unit
    if abs(y) >= mpf(2) ** (largest + 1):
        return INFINITY if y > 0 else -INFINITY, 0.0
    return float(y), float((value - y) / spacing(y or unit, digits, smallest))


with open(pathlib.Path(__file__).with_name("reference.csv"), "w") as file:
    for integer, real, digits, smallest, largest in PRECISIONS.values():
        greatest = (2.0 - 2.0 ** (1 - digits)) * 2.0**largest
        for name in CHOSEN:
            common = [0.0, INFINITY, greatest, 2.0**smallest, 2.0 ** (smallest - digits + 1), 3.3 * 2.0 ** (smallest - 5), 1.0, 0.5, 1e-3, 1e-5, 1e-8]
            points = [NAN] + common + [-x for x in common] + CHOSEN[name]
            points += [random.uniform(*RANGES[name]) for _ in range(80)]
            for _ in range(40):
                points.append(random.choice([1, -1]) * 2.0 ** random.uniform(-20, 10))
            for _ in range(40):
                points.append(random.choice([1, -1]) * 2.0 ** random.uniform(smallest - digits, largest))
            if name == "exp":
                points += [x * (largest / 127) for x in points if abs(x) < 105]
            for x in points:
                x = struct.unpack(real, struct.pack(real, x))[0]
                y, lacking = rounded(true_value(name, x), digits, smallest, largest)
                width = 2 * struct.calcsize(integer)
                bits = [f"{struct.unpack(integer, struct.pack(real, v))[0]:0{width}x}" for v in (x, y)]
                file.write(f"{name},{bits[0]},{bits[1]},{lacking:.3f}\n")
