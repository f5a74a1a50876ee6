"""Calls one after the other: warm starts and partial fits go where scikit-learn's go."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from beside import assert_agree, pair
from sklearn.exceptions import ConvergenceWarning

ALL = ["digits", "two_classes", "labels", "numbers", "several_numbers"]
SMALL = {"hidden_layer_sizes": (11,), "random_state": 2, "batch_size": 64, "max_iter": 5}


def quietly(call, *arguments, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return call(*arguments, **named)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_warm_starts(examples, solver, early_stopping):
    name, X, y = examples
    models = pair(name, solver=solver, warm_start=True, early_stopping=early_stopping, **SMALL)
    for rows in (slice(None), slice(0, 150), slice(None)):
        for model in models:
            quietly(model.fit, X[rows], y[rows])
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ["digits", "numbers"], indirect=True)
def test_a_warm_start_with_other_parameters(examples):
    name, X, y = examples
    models = pair(name, solver="sgd", warm_start=True, **SMALL)
    changes = [{}, {"alpha": 0.3}, {"learning_rate": "invscaling"}, {"solver": "adam"}, {"batch_size": 20}]
    for change in changes:
        for model in models:
            quietly(model.set_params(**change).fit, X, y)
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_partial_fits(examples, solver, learning_rate):
    name, X, y = examples
    models = pair(name, solver=solver, learning_rate=learning_rate, **SMALL)
    first = {}
    if name == "MLPClassifier":
        first["classes"] = np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])
    for rows in (slice(0, 100), slice(100, 170), slice(0, 7), slice(None)):
        for model in models:
            model.partial_fit(X[rows], y[rows], **first)
        first = {}
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ["two_classes", "numbers"], indirect=True)
def test_partial_fits_with_weights(examples):
    name, X, y = examples
    models = pair(name, **SMALL)
    weights = np.random.RandomState(0).rand(len(X))
    weights[::5] = 0
    for _ in range(3):
        for model in models:
            first = {"classes": np.unique(y)} if name == "MLPClassifier" else {}
            model.partial_fit(X, y, weights, **first)
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fits_after_a_fit_and_a_fit_after_them(examples, solver):
    name, X, y = examples
    models = pair(name, solver=solver, **SMALL)
    for method in ("fit", "partial_fit", "partial_fit", "fit", "partial_fit"):
        for model in models:
            quietly(getattr(model, method), X, y)
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ["digits", "several_numbers"], indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("copied", ["pickle", "deepcopy"])
def test_partial_fits_go_on_in_a_copy(examples, solver, copied):
    """The optimiser's memory and the random draws are part of what is copied after a partial fit."""
    name, X, y = examples
    again = {"pickle": lambda model: pickle.loads(pickle.dumps(model)), "deepcopy": copy.deepcopy}[copied]
    models = pair(name, solver=solver, **SMALL)
    first = {"classes": np.unique(y)} if name == "MLPClassifier" else {}
    for _ in range(3):
        for model in models:
            model.partial_fit(X, y, **first)
        models = [again(model) for model in models]
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ["digits", "several_numbers"], indirect=True)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_fitted_model_goes_on(examples, way):
    name, X, y = examples
    models = pair(name, **SMALL)
    for model in models:
        quietly(model.fit, X, y)
    models = [way(model) for model in models]
    for _ in range(2):
        for model in models:
            model.partial_fit(X, y)
        assert_agree(*models, X)


@pytest.mark.parametrize("examples", ["digits", "several_numbers"], indirect=True)
def test_a_pickled_model_that_was_fitted_learns_on(examples):
    """Its optimiser begins anew, since what is sent to workers shall be small."""
    name, X, y = examples
    mine, _ = pair(name, **SMALL)
    quietly(mine.fit, X, y)
    again = pickle.loads(pickle.dumps(mine))
    losses = [again.partial_fit(X, y).loss_ for _ in range(20)]
    assert losses[-1] < losses[0] < 1.1 * mine.loss_curve_[-1]


@pytest.mark.parametrize("examples", ["digits", "numbers"], indirect=True)
def test_weights_set_by_hand_are_gone_on_from(examples):
    """As scikit-learn does in a warm start: coefs_ and intercepts_ are what is trained."""
    name, X, y = examples
    models = pair(name, warm_start=True, solver="sgd", **SMALL)
    for model in models:
        quietly(model.fit, X, y)
        model.coefs_[0][:] *= 0.5  # in place
        model.intercepts_ = [np.zeros_like(it) for it in model.intercepts_]  # as a whole
        model.coefs_[1] = model.coefs_[1] + 0.01  # one of the list
    assert_agree(*models, X)
    for model in models:
        quietly(model.fit, X, y)
    assert_agree(*models, X)


def test_classes_are_told_once(two_classes):
    X, y = two_classes
    models = pair("MLPClassifier", **SMALL)
    for model in models:
        model.partial_fit(X[:50], y[:50], classes=["benign", "malignant"])
        model.partial_fit(X[50:], y[50:])
    assert_agree(*models, X)
    np.testing.assert_array_equal(models[0].classes_, models[1].classes_)
