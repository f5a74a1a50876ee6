"""Layers that scikit-learn does not have: other activations, one for each layer, dropout, normalisation."""

import pickle

import numpy as np
import pytest
from chainrule import _core
from chainrule.sklearn import MLPClassifier, MLPRegressor
from forward import ACTIVATIONS, outputs

SMALL = {"max_iter": 5, "random_state": 0}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_activation_by_its_definition(activation, digits, numbers):
    X, y = digits
    model = MLPClassifier((9, 7), activation, **SMALL).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), outputs(model, X, [activation] * 2), rtol=1e-10)
    X, y = numbers
    model = MLPRegressor("squared_error", (9,), activation, **SMALL).fit(X, y)
    np.testing.assert_allclose(
        model.predict(X), outputs(model, X, [activation]).ravel(), rtol=1e-9, atol=1e-12
    )


def test_every_activation_of_chainrule_is_among_them_or_cannot_be_trained():
    rest = set(_core.ACTIVATIONS) - set(ACTIVATIONS)
    assert rest == {"threshold", "heaviside", "softmax", "log_softmax"}


@pytest.mark.parametrize("kind", [list, tuple])
def test_one_for_each_hidden_layer(kind, digits):
    X, y = digits
    names = ["tanh", "leaky_relu(0.1)", "logistic"]
    model = MLPClassifier((9, 8, 7), kind(names), **SMALL).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), outputs(model, X, names), rtol=1e-10)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_list_of_one_kind_is_that_kind(digits):
    X, y = digits
    one = MLPClassifier((9, 8), "tanh", **SMALL).fit(X, y)
    other = MLPClassifier((9, 8), ["tanh", "tanh"], **SMALL).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize("parameter", ["activation", "dropout", "normalization"])
def test_lists_of_another_length(parameter, digits):
    value = {"activation": "relu", "dropout": 0.1, "normalization": "layer"}[parameter]
    with pytest.raises(ValueError, match=f"{parameter}.*2"):
        MLPClassifier((5, 4), **{parameter: [value] * 3}).fit(*digits)


@pytest.mark.parametrize("wrong", ["rleu", "leaky_relu(a)", "relu(3)", "leaky_relu(0.1"])
def test_a_wrong_activation(wrong, digits):
    for activation in (wrong, [wrong]):
        with pytest.raises(ValueError) as raised:
            MLPClassifier((5,), activation).fit(*digits)
        assert wrong.split("(")[0] in str(raised.value)


# Dropout.


def test_dropped_units_learn_nothing_in_a_step():
    """With one row, a unit that is dropped gets no gradient: a share `dropout` of the units, and the others
    are as much larger as there are fewer of them."""
    X, y = np.ones((1, 3)), np.array([5.0])
    settings = dict(
        hidden_layer_sizes=(2000,),
        activation="identity",
        solver="sgd",
        momentum=0.0,
        alpha=0.0,
        random_state=1,
    )
    model = MLPRegressor(dropout=0.3, learning_rate_init=1e-6, **settings)
    model.partial_fit(X, y)
    before = [array.copy() for array in model.coefs_]
    model.partial_fit(X, y)
    moved = model.coefs_[1][:, 0] != before[1][:, 0]
    assert (np.any(model.coefs_[0] != before[0], axis=0) == moved).mean() > 0.99
    assert 0.65 < moved.mean() < 0.75


def test_dropout_is_for_training_alone(digits):
    X, y = digits
    model = MLPClassifier((30,), dropout=0.5, input_dropout=0.2, **SMALL).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), outputs(model, X, ["relu"]), rtol=1e-10)


@pytest.mark.parametrize("settings", [{"dropout": 0.4}, {"dropout": [0.0, 0.4]}, {"input_dropout": 0.4}])
def test_dropout_depends_on_the_random_state_alone(settings, digits):
    X, y = digits

    def coefs(random_state, **settings):
        model = MLPClassifier((8, 8), max_iter=4, random_state=random_state, **settings)
        return model.fit(X, y).coefs_[0]

    np.testing.assert_array_equal(coefs(0, **settings), coefs(0, **settings))
    assert np.abs(coefs(0, **settings) - coefs(0)).max() > 1e-4
    # The same first weights and order of rows, but other masks.
    assert np.abs(coefs(0, **settings) - coefs(1, **settings)).max() > 1e-4


def test_dropout_of_nothing_changes_nothing(digits):
    X, y = digits
    one = MLPClassifier((8,), **SMALL).fit(X, y)
    other = MLPClassifier((8,), dropout=0.0, input_dropout=0.0, normalization=None, **SMALL).fit(X, y)
    assert one.loss_curve_ == other.loss_curve_


@pytest.mark.parametrize("wrong", [1.0, -0.1, "half", [0.5, 1.5], None])
def test_a_wrong_dropout(wrong, digits):
    with pytest.raises((ValueError, TypeError), match="dropout"):
        MLPClassifier((5, 5), dropout=wrong).fit(*digits)


# Normalisation.


@pytest.mark.parametrize("normalization", ["batch", "layer", ["layer", None], ["none", "batch"]])
def test_normalised_layers_learn_and_are_copied(normalization, digits):
    X, y = digits
    model = MLPClassifier(
        (20, 10), normalization=normalization, max_iter=30, random_state=0, learning_rate_init=0.01
    )
    model.fit(X, y)
    assert model.score(X, y) > 0.95
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    # A row's prediction does not depend on the rows beside it.
    alone = np.concatenate([model.predict_proba(X[row : row + 1]) for row in range(5)])
    np.testing.assert_allclose(alone, model.predict_proba(X)[:5], rtol=1e-12)
    more = [again.partial_fit(X, y).loss_ for _ in range(3)]
    assert more[-1] < 1.05 * model.loss_


def test_layer_normalisation_does_not_see_the_size_of_its_inputs(numbers):
    """z and 10 z have the same deviations from their mean, divided by their size."""
    X, y = numbers
    model = MLPRegressor("squared_error", (12,), "tanh", normalization="layer", **SMALL).fit(X, y)
    model.intercepts_[0][:] = 0.0
    before = model.predict(X)
    model.coefs_[0][:] *= 10
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-3, atol=1e-3)
    plain = MLPRegressor("squared_error", (12,), "tanh", **SMALL).fit(X, y)
    plain.intercepts_[0][:] = 0.0
    before = plain.predict(X)
    plain.coefs_[0][:] *= 10
    assert np.abs(plain.predict(X) - before).max() > 0.1


def test_batch_normalisation_makes_the_scale_of_columns_irrelevant(numbers):
    """Training, with full batches and without a penalty: the loss is the same up to the running means."""
    X, y = numbers
    settings = dict(normalization="batch", alpha=0.0, batch_size=len(X), shuffle=False, **SMALL)

    def first_loss(scale):
        model = MLPRegressor("squared_error", (12,), "tanh", warm_start=True, **{**settings, "max_iter": 1})
        model.fit(X, y)
        model.coefs_[0][:] *= scale
        return model.fit(X, y).loss_

    assert first_loss(10.0) == pytest.approx(first_loss(1.0), rel=1e-3)


@pytest.mark.parametrize("wrong", ["bach", 3, ["batch", "lyer"]])
def test_a_wrong_normalisation(wrong, digits):
    with pytest.raises(ValueError, match="normali"):
        MLPClassifier((5, 5), normalization=wrong).fit(*digits)
