"""solver="lbfgs": scipy's minimiser on chainrule's loss and gradient finds scikit-learn's minimum."""

import warnings

import numpy as np
import pytest
from beside import assert_close, fitted, pair, told
from sklearn.exceptions import ConvergenceWarning

ALL = ["digits", "two_classes", "labels", "numbers", "several_numbers"]
SMALL = {"solver": "lbfgs", "hidden_layer_sizes": (6,), "activation": "tanh", "random_state": 1}


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_first_steps_are_scikit_learns(examples, weighted):
    name, X, y = examples
    weights = np.random.RandomState(0).rand(len(X)) if weighted else None
    mine, reference = fitted(name, X, y, weights, alpha=0.1, max_iter=8, **SMALL)
    assert mine.n_iter_ == reference.n_iter_ == 8
    assert type(mine.n_iter_) is type(reference.n_iter_)
    assert mine.loss_ == pytest.approx(reference.loss_, rel=1e-8)
    for found, expected in zip(mine.coefs_ + mine.intercepts_, reference.coefs_ + reference.intercepts_):
        assert_close(found, expected, 1e-6)


@pytest.mark.parametrize("examples", ALL, indirect=True)
def test_the_minimum_is_scikit_learns(examples):
    """With a penalty that leaves one minimum nearby; either may stop a little earlier."""
    name, X, y = examples
    mine, reference = fitted(name, X, y, alpha=5.0, max_iter=4000, max_fun=10**6, tol=1e-9, **SMALL)
    assert mine.loss_ == pytest.approx(reference.loss_, rel=1e-6)
    assert mine.n_iter_ < 4000
    assert mine.t_ == reference.t_
    assert not hasattr(mine, "loss_curve_")


def test_poisson(counts):
    X, y = counts
    mine, reference = fitted(
        "MLPRegressor", X, y, loss="poisson", alpha=1.0, max_iter=2000, tol=1e-9, **SMALL
    )
    assert mine.loss_ == pytest.approx(reference.loss_, rel=1e-6)


@pytest.mark.parametrize("examples", ["digits", "numbers"], indirect=True)
def test_float32_is_trained_in_float64(examples):
    name, X, y = examples
    mine, reference = fitted(name, X.astype(np.float32), y, max_iter=3, **SMALL)
    for found, expected in zip(mine.coefs_ + mine.intercepts_, reference.coefs_ + reference.intercepts_):
        assert found.dtype == expected.dtype == np.float64
    assert mine.predict(X.astype(np.float32)).dtype == reference.predict(X.astype(np.float32)).dtype
    assert mine.loss_ == pytest.approx(reference.loss_, rel=1e-4)


@pytest.mark.parametrize("examples", ["digits", "several_numbers"], indirect=True)
@pytest.mark.parametrize("limit", [{"max_iter": 3}, {"max_fun": 5}, {"tol": 1e3}])
def test_where_it_ends_and_what_it_says(examples, limit):
    name, X, y = examples
    ends = []
    for model in pair(name, **SMALL, **limit):
        _, error, shown, _ = told(lambda model=model: model.fit(X, y) and None)
        assert error is None
        ends.append((model.n_iter_, shown))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("examples", ["digits"], indirect=True)
def test_warm_starts(examples):
    name, X, y = examples
    models = pair(name, warm_start=True, max_iter=4, alpha=0.1, **SMALL)
    for _ in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for model in models:
                model.fit(X, y)
        assert models[0].loss_ == pytest.approx(models[1].loss_, rel=1e-6)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_and_gradient_are_scikit_learns(examples, weighted):
    """`_loss_grad_lbfgs` is what scipy is given, and what scikit-learn's own test calls."""
    name, X, y = examples
    mine, reference = fitted(name, X, y, max_iter=2, alpha=0.3, **SMALL)
    if name == "MLPClassifier":
        wanted = reference._label_binarizer.transform(y)
    else:
        wanted = y.reshape(len(y), -1)
    weights = np.random.RandomState(0).rand(len(X)) if weighted else None
    packed = np.hstack([array.ravel() for array in reference.coefs_ + reference.intercepts_])
    found = []
    for model in (mine, reference):
        layers = model.n_layers_ - 1
        lists = [X, *[None] * layers], [None] * layers, [None] * layers, [None] * layers
        found.append(model._loss_grad_lbfgs(packed.copy(), X, wanted, weights, *lists))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-12)
    assert_close(found[0][1], found[1][1], 1e-12)
