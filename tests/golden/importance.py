"""Permutation importance by scikit-learn of a fixed linear function, to judge ours by.

Run: python importance.py (needs numpy and scikit-learn); it writes importance.json beside itself.

    {"versions": {"python", "numpy", "sklearn"}, "repeats",
     "a": [..], "b": [..], "c": ["x" | "y" | "z", ..], "d": [..],   the columns, one value per row
     "number": [..], "class": [0 | 1, ..],                          the targets
     "r2", "accuracy": {"baseline", "columns": {NAME: {"mean", "deviation"}}}}

The function is f = 3 a - 2 b + effect(c), with effects 0, 1 and -2; d is not used. The number that is
predicted is f itself, the class whether f > 0; the targets are f and this class with noise.
"""

import json
import platform
from pathlib import Path

import numpy
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import permutation_importance

ROWS, REPEATS = 80, 4000
EFFECTS = numpy.array([0.0, 1.0, -2.0])


def value(X):
    return 3 * X[:, 0] - 2 * X[:, 1] + EFFECTS[X[:, 2].astype(int)]


class Number(RegressorMixin, BaseEstimator):
    def fit(self, X, y):
        return self

    def predict(self, X):
        return value(X)


class Class(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = numpy.array([0, 1])
        return self

    def predict(self, X):
        return (value(X) > 0).astype(int)


def main():
    random = numpy.random.default_rng(1)
    X = numpy.column_stack([
        random.normal(size=ROWS).round(3),
        random.uniform(-1, 1, size=ROWS).round(3),
        random.integers(0, 3, size=ROWS),
        random.normal(size=ROWS).round(3),
    ])
    f = value(X)
    number = (f + random.normal(size=ROWS)).round(3)
    label = (f + random.normal(size=ROWS) > 0).astype(int)

    def importance(model, y, scoring):
        model.fit(X, y)
        found = permutation_importance(model, X, y, scoring=scoring, n_repeats=REPEATS, random_state=1)
        columns = {
            name: {"mean": found.importances_mean[i], "deviation": found.importances_std[i]}
            for i, name in enumerate("abcd")
        }
        return {"baseline": model.score(X, y), "columns": columns}

    golden = {
        "versions": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "sklearn": sklearn.__version__,
        },
        "repeats": REPEATS,
        "a": X[:, 0].tolist(),
        "b": X[:, 1].tolist(),
        "c": ["xyz"[int(code)] for code in X[:, 2]],
        "d": X[:, 3].tolist(),
        "number": number.tolist(),
        "class": label.tolist(),
        "r2": importance(Number(), number, "r2"),
        "accuracy": importance(Class(), label, "accuracy"),
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")


main()
