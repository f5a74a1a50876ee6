"""Solvers, learning rates and bounds on gradients, beside their formulas in NumPy."""

import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier, MLPRegressor
from forward import step_of

RATE = 0.01
FULL = dict(hidden_layer_sizes=(5,), activation="tanh", alpha=0.0, shuffle=False, random_state=0)


class Adaptive:
    """AdamW (Loshchilov and Hutter, 2019), RMSprop and Adagrad, step by step."""

    def __init__(self, solver, decay=0.0):
        self.solver, self.decay, self.step, self.memory = solver, decay, 0, {}

    def apply(self, place, weights, gradient):
        if self.solver == "adamw":
            mean, square = self.memory.get(place, (0.0, 0.0))
            mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
            self.memory[place] = mean, square
            mean, square = mean / (1 - 0.9**self.step), square / (1 - 0.999**self.step)
            return weights - RATE * self.decay * weights - RATE * mean / (np.sqrt(square) + 1e-8)
        square = self.memory.get(place, 0.0)
        square = square + gradient**2 if self.solver == "adagrad" else 0.99 * square + 0.01 * gradient**2
        self.memory[place] = square
        epsilon = 1e-10 if self.solver == "adagrad" else 1e-8
        return weights - RATE * gradient / (np.sqrt(square) + epsilon)


def gradient(model, X, y, arrays):
    """Of half the mean square, for one hidden layer of tanh."""
    first, second, biases, last = arrays
    hidden = np.tanh(X @ first + biases)
    delta = (hidden @ second + last - y[:, None]) / len(y)
    back = (delta @ second.T) * (1 - hidden**2)
    return [X.T @ back, hidden.T @ delta, back.sum(axis=0), delta.sum(axis=0)]


@pytest.mark.parametrize(
    "solver, settings", [("adamw", {"weight_decay": 0.1}), ("adamw", {}), ("rmsprop", {}), ("adagrad", {})]
)
def test_solvers_beside_their_formulas(solver, settings, numbers):
    X, y = numbers
    model = MLPRegressor(
        solver=solver, batch_size=len(X), learning_rate_init=RATE, max_iter=1, **FULL, **settings
    )
    model.partial_fit(X, y)  # a first step, to have weights; all after it are compared
    start = MLPRegressor(
        solver="sgd", momentum=0.0, learning_rate_init=1e-300, batch_size=len(X), max_iter=1, **FULL
    )
    start.partial_fit(X, y)  # the same random state, no step worth the name: the first weights
    arrays = start.coefs_ + start.intercepts_
    reference = Adaptive(solver, settings.get("weight_decay", 0.01))
    for step in range(1, 9):
        reference.step = step
        gradients = gradient(model, X, y, arrays)
        arrays = [reference.apply(place, *it) for place, it in enumerate(zip(arrays, gradients))]
        for found, expected in zip(model.coefs_ + model.intercepts_, arrays):
            np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)
        model.partial_fit(X, y)


@pytest.mark.parametrize("solver", ["adamw", "rmsprop", "adagrad"])
def test_they_learn_digits(solver, digits):
    X, y = digits
    rate = 0.05 if solver == "adagrad" else 0.01  # its steps shrink
    model = MLPClassifier((30,), solver=solver, learning_rate_init=rate, max_iter=30, random_state=0).fit(
        X, y
    )
    assert model.score(X, y) > 0.97
    assert model.loss_curve_[-1] < model.loss_curve_[0] / 3


# The learning rate.


def rates(max_iter=8, **settings):
    X = np.random.RandomState(0).randn(60, 3)
    model = MLPRegressor(
        hidden_layer_sizes=(3,),
        batch_size=20,
        max_iter=max_iter,
        tol=0.0,
        n_iter_no_change=100,
        random_state=0,
        **settings,
    )
    return np.array(model.fit(X, X[:, 0]).learning_rate_curve_)


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
def test_the_curve_of_the_learning_rate(solver):
    """The rate of an epoch's last step: there are three steps in each of eight epochs."""
    settings = {"solver": solver, "learning_rate_init": 0.1}
    last = 3 * np.arange(1, 9) - 1
    np.testing.assert_allclose(rates(**settings), 0.1)
    np.testing.assert_allclose(rates(learning_rate="exponential(0.5)", **settings), 0.1 * 0.5 ** np.arange(8))
    np.testing.assert_allclose(
        rates(learning_rate="step(3, 0.2)", **settings), 0.1 * 0.2 ** (np.arange(8) // 3)
    )
    cosine = 0.1 * (1 + np.cos(np.pi * last / 24)) / 2
    np.testing.assert_allclose(rates(learning_rate="cosine", **settings), cosine)
    warm = 0.1 * np.minimum(1, (last + 1) / 12)
    np.testing.assert_allclose(rates(warm_up=4, **settings), warm)
    np.testing.assert_allclose(rates(learning_rate="cosine", warm_up=4, **settings), cosine * warm / 0.1)


def test_invscaling_is_scikit_learns():
    """1 / (rows seen + 1)^power_t from the second epoch on."""
    seen = 60 * np.arange(8)
    found = rates(solver="sgd", learning_rate="invscaling", power_t=0.3, learning_rate_init=0.1)
    np.testing.assert_allclose(found, 0.1 / (seen + 1) ** 0.3)
    # Adam's rate is left as it is, as scikit-learn leaves it.
    np.testing.assert_allclose(rates(solver="adam", learning_rate="invscaling", learning_rate_init=0.1), 0.1)


def test_the_rate_is_what_steps_are_taken_by(numbers):
    """Ten times the rate, ten times the first step."""
    X, y = numbers
    taken = []
    for rate in (1e-3, 1e-2):
        model = MLPRegressor(
            solver="sgd",
            momentum=0.0,
            batch_size=len(X),
            learning_rate="exponential(0.9)",
            learning_rate_init=rate,
            max_iter=1,
            **FULL,
        )
        start = MLPRegressor(
            solver="sgd", momentum=0.0, learning_rate_init=1e-300, batch_size=len(X), max_iter=1, **FULL
        )
        taken.append(model.fit(X, y).coefs_[0] - start.fit(X, y).coefs_[0])
    np.testing.assert_allclose(taken[1], 10 * taken[0], rtol=1e-6)


@pytest.mark.parametrize("wrong", ["cosin", "exponential(a)", "step(0)", "exponential(-1)"])
def test_a_wrong_schedule(wrong, numbers):
    with pytest.raises(ValueError):
        MLPRegressor(learning_rate=wrong).fit(*numbers)


# Gradients.


def norm(arrays):
    return np.sqrt(sum((array**2).sum() for array in arrays))


def test_clipping_by_norm(numbers):
    X, y = numbers
    settings = dict(hidden_layer_sizes=(5,), activation="tanh", alpha=0.0, random_state=0)
    _, free = step_of(MLPRegressor(**settings), X, 30 * y)
    # The first of the two steps is bounded as well: both begin elsewhere, so only the size is compared.
    _, taken = step_of(MLPRegressor(clip_norm=0.01, **settings), X, 30 * y)
    assert norm(free) > 0.1
    # As PyTorch divides: by the norm and a millionth.
    assert norm(taken) == pytest.approx(0.01 * norm(free) / (norm(free) + 1e-6), rel=1e-6)
    assert norm(taken) <= 0.01
    _, wide = step_of(MLPRegressor(clip_norm=1e9, **settings), X, 30 * y)
    for one, other in zip(wide, free):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_clipping_by_value(numbers):
    X, y = numbers
    settings = dict(hidden_layer_sizes=(5,), activation="tanh", alpha=0.0, random_state=0)
    _, taken = step_of(MLPRegressor(clip_value=0.02, **settings), X, 30 * y)
    largest = max(np.abs(array).max() for array in taken)
    assert largest == pytest.approx(0.02, rel=1e-9)
    assert sum((np.abs(array) > 0.0199).sum() for array in taken) > 5


# Penalties.


def test_l1_makes_weights_zero_and_biases_not(numbers):
    X, y = numbers
    settings = dict(hidden_layer_sizes=(20,), max_iter=300, learning_rate_init=0.01, random_state=0, tol=0.0)
    plain = MLPRegressor(**settings).fit(X, y)
    sparse = MLPRegressor(l1=1.0, **settings).fit(X, y)
    share = [np.mean(np.abs(model.coefs_[0]) < 0.02) for model in (plain, sparse)]
    assert share[1] > 2 * share[0] + 0.1


def test_label_smoothing_keeps_probabilities_from_the_ends(digits):
    X, y = digits
    settings = dict(hidden_layer_sizes=(30,), max_iter=100, learning_rate_init=0.01, random_state=0)
    plain = MLPClassifier(**settings).fit(X, y).predict_proba(X).max(axis=1)
    smooth = MLPClassifier(label_smoothing=0.2, **settings).fit(X, y).predict_proba(X).max(axis=1)
    # At its minimum the right class has 1 - 0.2 + 0.2 / 10.
    assert np.median(plain) > 0.95
    assert np.median(smooth) == pytest.approx(0.82, abs=0.04)


@pytest.mark.parametrize(
    "wrong",
    [
        {"l1": -1},
        {"label_smoothing": 1.5},
        {"label_smoothing": -0.1},
        {"clip_norm": 0},
        {"clip_value": -1},
        {"warm_up": -1},
        {"weight_decay": -0.1},
        {"n_threads": 0},
        {"n_threads": 1.5},
        {"clip_norm": "x"},
        {"monitor": "no such measure"},
        {"progress_bar": "yes"},
        {"callbacks": 3},
        {"input_dropout": 1.0},
    ],
)
def test_wrong_settings(wrong, digits):
    with pytest.raises(ValueError) as raised:
        MLPClassifier(early_stopping=True, **wrong).fit(*digits)
    assert next(iter(wrong)) in str(raised.value) or "no such measure" in str(raised.value)
