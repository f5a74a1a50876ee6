"""Linear, logistic and softmax regression by scikit-learn, and verdicts on separability by
scikit-learn's Perceptron and SciPy's linear programmes, to judge the single neurons by.

Run: python neurons.py (needs numpy, scipy and scikit-learn); it writes neurons.json beside itself.

    {"versions": {"python", "numpy", "scipy", "sklearn"},
     "linear":   {"x": [[..], ..], "y": [[..], ..], "weights": [[..], ..], "biases": [..]},
     "logistic": the same with "y": [class, ..], one output; "probabilities": [..] of class 1
     "softmax":  the same with three classes; "probabilities": [[..], ..]
     "verdicts": [{"x": [[..], ..], "y": [class, ..], "separable": bool}, ..]}

Weights are inputs x outputs. No penalty anywhere; the classes overlap, so that a minimum exists. The
weights of the softmax are those of scikit-learn, whose mean over the classes is zero. A set of rows is
separable if the programme "maximise t with s_i (w . x_i + b) >= t, |w_j| <= 1, |b| <= 20" finds t > 0; its
numbers are small and whole, so that t is far from rounding. Where it is, the Perceptron must find a line.
"""

import json
import pathlib
import platform

import numpy
import scipy
import sklearn
from scipy.optimize import linprog
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron

random = numpy.random.default_rng(4)


def linear():
    x = random.normal(size=(40, 3)) * [1, 10, 0.1] + [0, 5, -1]
    y = x @ random.normal(size=(3, 2)) + random.normal(size=(40, 2)) + [3, -2]
    model = LinearRegression().fit(x, y)
    return {"x": x, "y": y, "weights": model.coef_.T, "biases": model.intercept_}


def classes(count):
    x = random.normal(size=(60, 2)) * [1, 3]
    scores = x @ random.normal(size=(2, count)) + random.gumbel(size=(60, count))
    y = scores.argmax(axis=1)
    model = LogisticRegression(C=numpy.inf, tol=1e-12, max_iter=100_000).fit(x, y)
    p = model.predict_proba(x)
    return {
        "x": x,
        "y": y,
        "weights": model.coef_.T,
        "biases": model.intercept_,
        "probabilities": p if count > 2 else p[:, 1],
    }


def is_separable(x, y):
    signs = numpy.where(y == 1, 1, -1)[:, None]
    rows = numpy.hstack([-signs * x, -signs, numpy.ones((len(x), 1))])
    width = x.shape[1]
    bounds = [(-1, 1)] * width + [(-20, 20), (None, 1)]
    found = linprog([0] * (width + 1) + [-1], A_ub=rows, b_ub=numpy.zeros(len(x)), bounds=bounds)
    return bool(found.x[-1] > 1e-6)


def verdicts():
    cases = []
    while len(cases) < 40:
        width = int(random.integers(1, 5))
        x = random.integers(-4, 5, size=(12, width)).astype(float)
        noise = 0 if len(cases) % 2 else 3
        scores = x @ random.normal(size=width) + noise * random.normal(size=12)
        y = (scores > numpy.median(scores)).astype(int)
        separable = is_separable(x, y)
        if separable:
            model = Perceptron(max_iter=100_000, tol=None, shuffle=False).fit(x, y)
            assert model.score(x, y) == 1.0
        cases.append({"x": x, "y": y, "separable": separable})
    assert 10 < sum(case["separable"] for case in cases) < 30
    return cases


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, numpy.ndarray) else value


def main():
    found = {
        "versions": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "sklearn": sklearn.__version__,
        },
        "linear": linear(),
        "logistic": classes(2),
        "softmax": classes(3),
        "verdicts": verdicts(),
    }
    path = pathlib.Path(__file__).with_name("neurons.json")
    path.write_text(json.dumps(plain(found)) + "\n")


main()
