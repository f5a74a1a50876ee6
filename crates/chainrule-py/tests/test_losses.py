"""Losses: the value is the formula's, the step is along its gradient, and quantiles are quantiles."""

import warnings

import numpy as np
import pytest
from chainrule.sklearn import MLPRegressor
from forward import gradient_by_differences, outputs, step_of


def huber(delta):
    return lambda y, a: np.where(
        np.abs(y - a) <= delta, (y - a) ** 2 / 2, delta * (np.abs(y - a) - delta / 2)
    )


def quantile(level):
    return lambda y, a: np.maximum(level * (y - a), (level - 1) * (y - a))


#: The loss of a number: what training minimises the mean of.
FORMULAS = {
    "squared_error": lambda y, a: (y - a) ** 2 / 2,
    "absolute_error": lambda y, a: np.abs(y - a),
    "huber": huber(1.0),
    "huber(0.25)": huber(0.25),
    "quantile": quantile(0.5),
    "quantile(0.9)": quantile(0.9),
}


def quartic(y, a):
    return (a - y) ** 4 / 4


@pytest.mark.parametrize("loss", [*FORMULAS, quartic])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_value_and_the_step(loss, weighted, numbers):
    X, y = numbers
    formula = FORMULAS.get(loss, loss) if isinstance(loss, str) else loss
    weights = np.random.RandomState(0).rand(len(y)) + 0.1 if weighted else np.ones(len(y))
    fit = {"sample_weight": weights} if weighted else {}
    model = MLPRegressor(loss, (6,), "tanh", alpha=0.0, random_state=0)
    before, taken = step_of(model, X, y, **fit)

    def value(arrays):
        a = outputs(model, X, ["tanh"], arrays[:2], arrays[2:]).ravel()
        return np.average(formula(y, a), weights=weights)

    assert model.loss_ == pytest.approx(value(before), rel=1e-9)
    for array, place, expected in gradient_by_differences(value, before):
        # Where a row crosses the kink of its loss between the two sides, the difference is between both.
        assert taken[array][place] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", quartic])
def test_of_several_outputs_the_mean(loss, several_numbers):
    """As scikit-learn reports its squared error: half of the mean square over rows and outputs."""
    X, y = several_numbers
    formula = FORMULAS.get(loss, loss) if isinstance(loss, str) else loss
    model = MLPRegressor(loss, (6,), "tanh", alpha=0.0, random_state=0)
    before, _ = step_of(model, X, y)
    a = outputs(model, X, ["tanh"], before[:2], before[2:])
    each = formula(y, a)
    assert model.loss_ == pytest.approx(
        each.mean() if isinstance(loss, str) else each.sum(axis=1).mean(), rel=1e-9
    )


def test_poisson_is_scikit_learns_half_deviance(counts):
    from beside import assert_agree, fitted

    X, y = counts
    models = fitted("MLPRegressor", X, y, loss="poisson", hidden_layer_sizes=(5,), max_iter=5, random_state=0)
    assert_agree(*models, X)
    assert np.all(models[0].predict(X) > 0)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_quantile_has_its_share_of_the_targets_below(level, solver):
    random = np.random.RandomState(0)
    X = random.rand(1500, 1)
    y = X[:, 0] + (0.5 + X[:, 0]) * random.randn(1500)
    model = MLPRegressor(
        f"quantile({level})", (10,), "tanh", solver=solver, learning_rate_init=0.01, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    assert (y <= model.predict(X)).mean() == pytest.approx(level, abs=0.04)


def test_absolute_errors_let_outliers_be(numbers):
    X, y = numbers
    wild = y.copy()
    wild[::20] += 100
    settings = dict(hidden_layer_sizes=(20,), solver="lbfgs", random_state=0, alpha=1.0, max_iter=500)
    plain = MLPRegressor("squared_error", **settings).fit(X, wild)
    robust = MLPRegressor("absolute_error", **settings).fit(X, wild)
    tame = np.arange(len(y)) % 20 != 0
    errors = [np.abs(model.predict(X) - y)[tame].mean() for model in (robust, plain)]
    assert errors[0] < errors[1] / 2


def test_ones_own_loss_for_classes(digits):
    """The cross-entropy, written out, learns as the one that is built in."""
    from chainrule import autograd
    from chainrule.sklearn import MLPClassifier

    X, y = digits
    settings = dict(hidden_layer_sizes=(8,), max_iter=5, random_state=0)
    expected = MLPClassifier(**settings).fit(X, y)
    found = MLPClassifier(loss=lambda y, a: -y * autograd.ln(a), **settings).fit(X, y)
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(found.predict_proba(X), expected.predict_proba(X), rtol=1e-4)


def test_a_loss_that_is_no_expression(numbers):
    with pytest.raises((TypeError, ValueError)):
        MLPRegressor(lambda y, a: "no expression").fit(*numbers)
    with pytest.raises(ZeroDivisionError):  # what it raises is what is raised
        MLPRegressor(lambda y, a: 1 / 0).fit(*numbers)


@pytest.mark.parametrize("wrong", ["hubr", "huber(-1)", "quantile(2)", "huber(a)", 3, None])
def test_a_wrong_loss(wrong, numbers):
    with pytest.raises(ValueError):
        MLPRegressor(wrong).fit(*numbers)
