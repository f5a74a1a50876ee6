"""With the same random_state: scikit-learn's losses, weights and predictions, to 1e-9 in float64."""

import numpy as np
import pytest
import scipy.sparse
from beside import assert_agree, fitted

ALL = ["digits", "two_classes", "labels", "numbers", "several_numbers"]
SMALL = {"hidden_layer_sizes": (12, 7), "max_iter": 12, "random_state": 4}


def agree(examples, sample_weight=None, tolerance=1e-9, **parameters):
    name, X, y = examples
    models = fitted(name, X, y, sample_weight, **{**SMALL, **parameters})
    assert_agree(*models, X, tolerance)
    return models


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_every_task_solver_and_activation(examples, solver, activation):
    agree(examples, solver=solver, activation=activation, batch_size=50, learning_rate_init=0.005)


@pytest.mark.parametrize("examples", ["digits", "numbers"], indirect=True)
@pytest.mark.parametrize("momentum, nesterovs_momentum", [(0, True), (0.9, True), (0.9, False), (1, True)])
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_momentum_and_learning_rates(examples, momentum, nesterovs_momentum, learning_rate):
    agree(
        examples,
        solver="sgd",
        momentum=momentum,
        nesterovs_momentum=nesterovs_momentum,
        learning_rate=learning_rate,
        power_t=0.3,
        learning_rate_init=0.02,
    )


@pytest.mark.parametrize("examples", ["digits", "several_numbers"], indirect=True)
@pytest.mark.parametrize("batch_size", ["auto", 1, 43, 64, 215, 10_000])
@pytest.mark.filterwarnings("ignore:Got `batch_size`")
def test_batches_that_divide_the_rows_and_do_not(examples, batch_size):
    agree(examples, batch_size=batch_size, max_iter=3)


@pytest.mark.parametrize("examples", ["two_classes", "numbers"], indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("alpha", [0, 0.5, 20.0])
def test_penalties(examples, solver, alpha):
    agree(examples, solver=solver, alpha=alpha, batch_size=32)


@pytest.mark.parametrize("examples", ["labels", "numbers"], indirect=True)
def test_rows_in_their_order(examples):
    agree(examples, shuffle=False, batch_size=33)


@pytest.mark.parametrize("examples", ["digits"], indirect=True)
@pytest.mark.parametrize(
    "settings", [{"beta_1": 0.0}, {"beta_2": 0.5}, {"beta_1": 0.5, "beta_2": 0.9}, {"epsilon": 0.1}]
)
def test_settings_of_adam(examples, settings):
    agree(examples, learning_rate_init=0.01, **settings)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("hidden_layer_sizes", [(), 9, [5], (1,), (4, 3, 2, 5)])
def test_shapes(examples, hidden_layer_sizes):
    agree(examples, hidden_layer_sizes=hidden_layer_sizes, activation="tanh", max_iter=5)


@pytest.mark.parametrize("examples", ["counts"], indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_poisson(examples, solver):
    agree(examples, loss="poisson", solver=solver, learning_rate_init=0.003, batch_size=50)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("weighted", [False, True])
def test_early_stopping(examples, solver, weighted):
    _, X, _ = examples
    weights = np.random.RandomState(1).rand(len(X)) if weighted else None
    mine, _ = agree(
        examples,
        weights,
        solver=solver,
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=2,
        max_iter=40,
        learning_rate_init=0.01,
    )
    assert all(type(score) is float for score in mine.validation_scores_)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("kind", ["random", "some zero", "large"])
def test_sample_weights(examples, solver, kind):
    _, X, _ = examples
    weights = np.random.RandomState(2).rand(len(X)) + 0.1
    if kind == "some zero":
        weights[::3] = 0
    if kind == "large":
        weights *= 1e4
    agree(examples, weights, solver=solver, alpha=0.1, batch_size=40)


@pytest.mark.parametrize("examples", ["digits", "numbers"], indirect=True)
def test_stops_where_scikit_learn_stops(examples):
    mine, _ = agree(examples, tol=0.05, n_iter_no_change=2, max_iter=200, learning_rate_init=0.01)
    assert 3 < mine.n_iter_ < 200


@pytest.mark.parametrize("examples", ["digits"], indirect=True)
def test_the_adaptive_rate_falls_until_it_ends_the_training(examples):
    mine, reference = agree(
        examples,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.1,
        tol=0.2,
        n_iter_no_change=1,
        max_iter=200,
    )
    assert mine.n_iter_ < 200
    assert mine._optimizer.learning_rate == pytest.approx(reference._optimizer.learning_rate, rel=1e-12)


@pytest.mark.parametrize("examples", ["two_classes"], indirect=True)
@pytest.mark.parametrize("n_iter_no_change", [1, np.inf])
def test_patience(examples, n_iter_no_change):
    mine, _ = agree(examples, tol=1e3, n_iter_no_change=n_iter_no_change, max_iter=20)
    assert mine.n_iter_ == (20 if n_iter_no_change == np.inf else 3)


@pytest.mark.parametrize("examples", ["digits", "labels", "several_numbers"], indirect=True)
@pytest.mark.parametrize("container", ["csr_matrix", "csr_array", "csc_matrix", "csc_array"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_sparse_rows(examples, container, early_stopping):
    name, X, y = examples
    X = getattr(scipy.sparse, container)(np.where(np.abs(X) < 0.3, 0, X))
    agree((name, X, y), early_stopping=early_stopping, batch_size=60)


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_float32(examples, solver):
    """Rounded after each operation, and in another order: to about a thousand roundings."""
    name, X, y = examples
    mine, _ = agree((name, X.astype(np.float32), y), solver=solver, max_iter=5, tolerance=1e-4)
    assert all(array.dtype == np.float32 for array in mine.coefs_ + mine.intercepts_)


@pytest.mark.parametrize("examples", ["numbers"], indirect=True)
def test_float32_targets_and_other_types(examples):
    name, X, y = examples
    agree((name, X, y.astype(np.float32)))
    agree((name, (4 * X).astype(np.int64), (4 * y).astype(np.int32)), learning_rate_init=0.0005)
    agree((name, X > 0, y))


@pytest.mark.parametrize("examples", ["digits"], indirect=True)
def test_a_random_state_that_goes_on(examples):
    """The draws are NumPy's, so a generator handed in stands where it would stand after scikit-learn."""
    import beside

    name, X, y = examples
    after = []
    for model in beside.pair(name, hidden_layer_sizes=5, max_iter=3, early_stopping=True):
        random = np.random.RandomState(8)
        model.set_params(random_state=random).fit(X, y)
        after.append(random.randint(1 << 30, size=4))
    np.testing.assert_array_equal(*after)


@pytest.mark.parametrize("examples", ["digits"], indirect=True)
def test_the_defaults(examples):
    """All parameters as they come, two hundred epochs: rounding grows with the steps, so to 1e-6."""
    agree(examples, hidden_layer_sizes=(100,), max_iter=200, tolerance=1e-6)
