"""What may be done to `coefs_` and `intercepts_`: assigned, deleted, edited, shared with a copy."""

import copy

import numpy as np
import pytest
from beside import pair
from chainrule.sklearn import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).randn(40, 4)
Y = X[:, 0] - X[:, 1]
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}


def fitted(**parameters):
    return MLPRegressor(**{**SMALL, **parameters}).fit(X, Y)


def test_a_shallow_copy_shares_arrays_but_not_the_attribute():
    found = []
    for model in pair("MLPRegressor", **SMALL):
        model.fit(X, Y)
        other = copy.copy(model)
        assert other.coefs_[0] is model.coefs_[0]
        before = model.predict(X)
        np.testing.assert_array_equal(other.predict(X), before)
        other.coefs_ = [coef * 2 for coef in model.coefs_]
        np.testing.assert_array_equal(model.predict(X), before)
        assert not np.allclose(other.predict(X), before)
        model.intercepts_[1] += 1.0  # in place: both have it
        found.append((model.predict(X), other.predict(X)))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


def test_a_shallow_copy_trains_by_itself():
    model = MLPRegressor(**SMALL).partial_fit(X, Y)
    other = copy.copy(model)
    before, steps = model.predict(X), model._optimizer.t
    other.partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), before)
    assert model._optimizer.t == steps and other._optimizer.t == 2 * steps
    np.testing.assert_array_equal(model.partial_fit(X, Y).predict(X), other.predict(X))


def test_the_weights_may_be_deleted():
    model = fitted()
    del model.coefs_
    assert not hasattr(model, "coefs_") and hasattr(model, "intercepts_")
    with pytest.raises(AttributeError, match="'MLPRegressor' object has no attribute 'coefs_'"):
        model.predict(X)
    with pytest.raises(AttributeError):
        del model.coefs_
    assert model.fit(X, Y).predict(X).shape == (40,)


WRONG = {
    "too few": (lambda m: m.coefs_[:1], ValueError, "coefs_ must have 2 arrays"),
    "too many": (lambda m: m.coefs_ * 2, ValueError, "coefs_ must have 2 arrays"),
    "a number": (lambda m: 3, TypeError, "coefs_ must be a list of arrays, got 3"),
    "lists": (lambda m: [coef.tolist() for coef in m.coefs_], TypeError, r"coefs_\[0\] must be an ndarray"),
    "other units": (lambda m: [np.ones((4, 5)), np.ones((5, 1))], ValueError, r"intercepts_\[0\] must have"),
    "no chain": (lambda m: [np.ones((4, 3)), np.ones((5, 1))], ValueError, r"coefs_\[1\] .* \(3, units\)"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_weights_that_are_no_network_are_refused(wrong):
    make, error, message = WRONG[wrong]
    model = fitted(warm_start=True)
    model.coefs_ = make(model)
    for use in (lambda: model.predict(X), lambda: model.fit(X, Y)):
        with pytest.raises(error, match=message):
            use()


def test_no_weights_can_be_none():
    with pytest.raises(TypeError, match="coefs_ must be a list of arrays, got None"):
        fitted().coefs_ = None


@pytest.mark.parametrize(
    "edit",
    [
        lambda coefs: coefs.__setitem__(0, np.ones((4, 5))),
        lambda coefs: coefs.__setitem__(0, coefs[0].tolist()),
        lambda coefs: coefs.append(np.ones((1, 1))),
        lambda coefs: coefs.clear(),
        lambda coefs: coefs.__setitem__(slice(None), [np.ones((4, 5)), np.ones((5, 1))]),
    ],
)
def test_a_callback_cannot_change_shapes(edit):
    with pytest.raises(ValueError, match="A callback gave coefs_ or intercepts_ another shape"):
        fitted(callbacks=lambda model, information: edit(model.coefs_))


def test_running_statistics_are_among_what_must_be_finite():
    model = MLPClassifier(**SMALL, normalization="batch", warm_start=True).fit(X, np.arange(40) % 2)
    for array in model._weights.others.values():
        array[:] = np.nan
    model._weights.lose_engines()
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        model.set_params(max_iter=1).fit(X, np.arange(40) % 2)
