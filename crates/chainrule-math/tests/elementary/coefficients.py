"""Prints the polynomials of src/elementary: minimax fits by the exchange method of Remez.

Each fit minimises the largest |weight(x) (target(x) - polynomial(x))|; the weight turns the error
of the polynomial into the relative error of the function that it serves. Needs mpmath.
"""

from mpmath import cos, diff, erf, erfc, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, sqrt, tanh

mp.dps = 60


def remez(target, weight, low, high, degree):
    """The coefficients, lowest degree first, and the largest weighted error."""
    points = 40 * (degree + 2)
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * k + 1) / (2 * points)) for k in range(points)]
    values = [target(x) for x in grid]
    weights = [abs(weight(x)) for x in grid]
    count = degree + 2
    reference = [points * (2 * k + 1) // (2 * count) for k in range(count)]
    for _ in range(30):
        rows = [[grid[i] ** k for k in range(degree + 1)] + [(-1) ** j / weights[i]] for j, i in enumerate(reference)]
        solution = list(lu_solve(matrix(rows), matrix([values[i] for i in reference])))
        level, coefficients = abs(solution.pop()), solution
        errors = []
        for x, value, w in zip(grid, values, weights):
            approximation = mpf(0)
            for c in reversed(coefficients):
                approximation = approximation * x + c
            errors.append(w * (value - approximation))
        extrema = []  # the largest error of every run of one sign
        for i, error in enumerate(errors):
            if extrema and errors[extrema[-1]] * error > 0:
                if abs(error) > abs(errors[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        worst = max(abs(error) for error in errors)
        while len(extrema) > count:  # drop the smaller end, so that the signs still alternate
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < count or worst < level * mpf("1.001"):
            break
        reference = extrema
    return coefficients, worst


def show(name, digits, fit):
    coefficients, worst = fit
    print(f"// {name}: 2^{float(log(worst, 2)):.1f}")
    print(f"const {name}: &'static [f64] = &[")
    for c in coefficients:
        print(f"    {float(mp.nstr(c, digits))!r},")
    print("];")


def fits(digits, degrees, erf_limit):
    """The polynomials of one precision, in the order of the trait `Constants`."""
    ln2, third, tiny = log(mpf(2)), mpf(1) / 3, mpf("1e-12")
    tanh_switch, erf_switch = mpf("0.6"), mpf("0.9")
    half = ln2 / 2 * mpf("1.0001")  # the rounding of n may let r slip just past ln(2) / 2
    degree = iter(degrees)

    def fit(name, target, weight, low, high):
        show(name, digits, remez(target, weight, mpf(low), mpf(high), next(degree)))

    def second_order(r):
        return (expm1(r) - r) / r**2

    fit("EXP", second_order, lambda r: r**2 / exp(r), -2 * half, 2 * half)
    fit("EXPM1", second_order, lambda r: r**2 / expm1(r), -half, half)
    fit("EXP2", lambda f: 2**f, lambda f: 2**-f, -0.5, 0.5)
    fit("LN", lambda f: (log1p(f) - f) / f**2, lambda f: f**2 / log1p(f), -third, third)

    def third_order(s):
        return (tanh(sqrt(s)) / sqrt(s) - 1) / s

    fit("TANH", third_order, lambda s: s * sqrt(s) / tanh(sqrt(s)), tiny, tanh_switch**2)
    fit("ERF", lambda s: erf(sqrt(s)) / sqrt(s) - 1, lambda s: sqrt(s) / erf(sqrt(s)), tiny, erf_switch**2)
    fit("LOG2_ERFC", lambda a: log(erfc(a), 2), lambda a: ln2 * erfc(a) / erf(a), erf_switch, erf_limit)


print("// single.rs")
fits(10, [5, 5, 6, 8, 4, 5, 6], 4)
print("// double.rs")
fits(17, [11, 10, 11, 19, 10, 11, 18], 6)
