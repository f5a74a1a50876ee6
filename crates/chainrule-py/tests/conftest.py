"""Rows that the tests learn from: few, so that a training takes milliseconds."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, make_multilabel_classification


@pytest.fixture(scope="session")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:430] / 16.0, y[:430]


@pytest.fixture(scope="session")
def two_classes():
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X[:210], np.array(["benign", "malignant"])[1 - y[:210]]


@pytest.fixture(scope="session")
def labels():
    X, y = make_multilabel_classification(n_samples=170, n_features=12, n_classes=4, random_state=3)
    return X / X.max(), y


@pytest.fixture(scope="session")
def numbers():
    """One target."""
    random = np.random.RandomState(5)
    X = random.randn(230, 7)
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2] / 2 + 0.1 * random.randn(230)


@pytest.fixture(scope="session")
def several_numbers(numbers):
    """Three targets."""
    X, y = numbers
    return X, np.stack([y, X[:, 3] - y, np.abs(X[:, 4])], axis=1)


@pytest.fixture(scope="session")
def counts(numbers):
    X, y = numbers
    return X, np.random.RandomState(6).poisson(np.exp(y / 2)).astype(float)


@pytest.fixture
def examples(request):
    """The rows that a test names by its parameter, as (estimator's name, X, y)."""
    X, y = request.getfixturevalue(request.param)
    is_regression = request.param in ("numbers", "several_numbers", "counts")
    return ("MLPRegressor" if is_regression else "MLPClassifier"), X, y
