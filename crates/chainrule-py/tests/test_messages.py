"""Errors, warnings and printed text are scikit-learn's, in type and words: the same call on both."""

import chainrule.sklearn as ours
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from beside import NAMES, assert_same_words, told
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

X = np.random.RandomState(0).randn(40, 4)
CLASSES = np.arange(40) % 3
TARGETS = {"MLPClassifier": CLASSES, "MLPRegressor": X[:, 0] - X[:, 1]}
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}


def changed(values, place, value):
    values = np.array(values, dtype=object if isinstance(value, str) else None)
    values[place] = value
    return values


WRONG_PARAMETERS = {
    "no units": {"hidden_layer_sizes": (0,)},
    "negative units": {"hidden_layer_sizes": [3, -1]},
    "units as text": {"hidden_layer_sizes": "many"},
    "no number of units": {"hidden_layer_sizes": 0},
    "a half layer": {"hidden_layer_sizes": 2.5},
    "alpha": {"alpha": -1e-3},
    "alpha as text": {"alpha": "small"},
    "batch": {"batch_size": 0},
    "batch as text": {"batch_size": "automatic"},
    "a part of a row": {"batch_size": 1.5},
    "rate": {"learning_rate_init": 0},
    "power": {"power_t": -0.1},
    "no epochs": {"max_iter": 0},
    "half an epoch": {"max_iter": 0.5},
    "shuffle": {"shuffle": "yes"},
    "random state": {"random_state": "seed"},
    "negative seed": {"random_state": -1},
    "tol": {"tol": -1e-4},
    "verbose": {"verbose": "loud"},
    "warm": {"warm_start": "yes"},
    "momentum": {"momentum": 1.5},
    "nesterov": {"nesterovs_momentum": 2.5},
    "early": {"early_stopping": "soon"},
    "all rows set aside": {"early_stopping": True, "validation_fraction": 1.0},
    "negative fraction": {"validation_fraction": -0.1},
    "beta_1": {"beta_1": 1.0},
    "beta_2": {"beta_2": -0.1},
    "epsilon": {"epsilon": 0.0},
    "patience": {"n_iter_no_change": 0},
    "half an epoch of patience": {"n_iter_no_change": 1.5},
    "functions": {"max_fun": 0},
    "none": {"alpha": None},
    "too few rows set aside": {"early_stopping": True, "validation_fraction": 0.01},
    "no rows set aside": {"early_stopping": True, "validation_fraction": 0.0},
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", WRONG_PARAMETERS)
def test_wrong_parameters(name, wrong):
    parameters = {**SMALL, **WRONG_PARAMETERS[wrong]}
    assert_same_words(lambda module: getattr(module, name)(**parameters).fit(X, TARGETS[name]) and None)
    result = told(lambda: getattr(ours, name)(**parameters).fit(X, TARGETS[name]))
    assert result[1] is not None, "scikit-learn refuses it"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("parameter", ["activation", "solver", "learning_rate"])
@pytest.mark.parametrize("value", ["other", 3, None, object()])
def test_wrong_choices_among_more_than_scikit_learn_has(name, parameter, value):
    """The type of the error is scikit-learn's, and so is its beginning; there is more to choose from."""
    estimator = getattr(ours, name)(**{**SMALL, parameter: value})
    with pytest.raises(ValueError) as raised:
        estimator.fit(X, TARGETS[name])
    if not isinstance(value, str):
        assert type(raised.value) is InvalidParameterError
    if type(raised.value) is InvalidParameterError:
        assert str(raised.value).startswith(f"The '{parameter}' parameter of {name} must be ")
    assert str(value) in str(raised.value)


def test_an_unknown_loss():
    with pytest.raises(ValueError, match="loss"):
        ours.MLPRegressor("mean_cube").fit(X, TARGETS["MLPRegressor"])


@pytest.mark.parametrize("name", NAMES)
def test_unknown_parameters(name):
    for call in (
        lambda module: getattr(module, name)(learning_rat=0.1),
        lambda module: getattr(module, name)().set_params(learning_rat=0.1),
    ):
        mine, my_error, *_ = told(lambda call=call: call(ours))
        import sklearn.neural_network as theirs

        _, error, *_ = told(lambda call=call: call(theirs))
        assert type(my_error) is type(error)
        assert str(my_error).split("Valid parameters")[0] == str(error).split("Valid parameters")[0]


ROWS = {
    "nan": changed(X, (3, 1), np.nan),
    "inf": changed(X, (3, 1), np.inf),
    "minus inf": changed(X, (3, 1), -np.inf),
    "nan in float32": changed(X, (3, 1), np.nan).astype(np.float32),
    "too large for float32": changed(X, (3, 1), 1e300).astype(object),
    "text": changed(X, (3, 1), "three"),
    "one dimension": X[:, 0],
    "three dimensions": X[:, :, None],
    "a number": 3.0,
    "nothing": None,
    "no rows": X[:0],
    "no columns": X[:, :0],
    "complex": X * 1j,
    "ragged": [[1, 2], [3]],
    "fewer rows than targets": X[:-1],
    "sparse with nan": scipy.sparse.csr_matrix(changed(X, (3, 1), np.nan)),
    "sparse of another kind": scipy.sparse.coo_array(X),
    "sparse without rows": scipy.sparse.csr_matrix((0, 4)),
    "dates": X.astype("datetime64[s]"),
    "a frame with text": pd.DataFrame(X).assign(name="a"),
    "a frame with missing numbers": pd.DataFrame(changed(X, (3, 1), np.nan)),
    "a dictionary": {"a": 1},
    "a set": {1, 2},
    "whole numbers": (X * 10).astype(int),
    "lists": X.tolist(),
    "objects that are numbers": X.astype(object),
    "bytes": (X * 10).astype(np.uint8),
    "half": X.astype(np.float16),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", ROWS)
def test_odd_rows_in_fit(name, rows):
    y = TARGETS[name]

    def fit(module):
        return getattr(module, name)(**SMALL).fit(ROWS[rows], y).loss_curve_

    mine, reference = assert_same_words(fit)
    if reference is not None:
        np.testing.assert_allclose(mine, reference, rtol=1e-9 if rows != "half" else 1e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [*ROWS, "other columns"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "partial_fit", "score"])
def test_odd_rows_afterwards(name, rows, method):
    if name == "MLPRegressor" and "proba" in method:
        pytest.skip("a regressor has no probabilities")
    given = ROWS.get(rows, X[:, :3])

    def use(module):
        model = getattr(module, name)(**SMALL).fit(X, TARGETS[name])
        more = (TARGETS[name],) if method in ("partial_fit", "score") else ()
        found = getattr(model, method)(given, *more)
        return None if method == "partial_fit" else found

    mine, reference = assert_same_words(use)
    if reference is not None:
        np.testing.assert_allclose(mine, reference, rtol=1e-8)


WANTED = {
    "nothing": None,
    "fewer": CLASSES[:-1],
    "nan": changed(CLASSES.astype(float), 3, np.nan),
    "inf": changed(CLASSES.astype(float), 3, np.inf),
    "amounts": X[:, 0],
    "text": np.array(["a", "b"] * 20),
    "objects": np.array(["a", "b"] * 20, dtype=object),
    "text and numbers": np.array(["a", 1] * 20, dtype=object),
    "a missing text": np.array(["a", None] * 20, dtype=object),
    "one column": CLASSES[:, None],
    "two columns of classes": np.stack([CLASSES, CLASSES], axis=1),
    "three dimensions": CLASSES[:, None, None],
    "one class": np.zeros(40),
    "two classes": CLASSES % 2,
    "bool": CLASSES > 0,
    "labels": np.stack([CLASSES > 0, CLASSES > 1], axis=1).astype(int),
    "sparse labels": scipy.sparse.csr_matrix(np.stack([CLASSES > 0, CLASSES > 1], axis=1).astype(int)),
    "complex": CLASSES * 1j,
    "lists of lists": [[1], [0, 2]] * 20,
    "large": CLASSES + 10**12,
    "a number": 2,
    "a series": pd.Series(CLASSES),
    "categories": pd.Series(CLASSES.astype(str)).astype("category"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_odd_targets(name, wanted, early_stopping):
    if name == "MLPClassifier" and wanted == "two columns of classes":
        pytest.skip("chainrule learns several columns of classes: test_several_outputs.py")
    if name == "MLPRegressor" and wanted == "sparse labels":
        # scikit-learn's fails somewhere within scipy; this says what is wrong.
        with pytest.raises(TypeError, match="[Ss]parse"):
            ours.MLPRegressor(early_stopping=early_stopping, **SMALL).fit(X, WANTED[wanted])
        return

    def fit(module):
        model = getattr(module, name)(early_stopping=early_stopping, **SMALL)
        found = model.fit(X, WANTED[wanted]).predict(X)
        return found.toarray() if scipy.sparse.issparse(found) else found

    mine, reference = assert_same_words(fit)
    if reference is not None:
        assert mine.dtype == reference.dtype and mine.shape == reference.shape
        if name == "MLPClassifier":
            np.testing.assert_array_equal(mine, reference)
        else:
            np.testing.assert_allclose(mine, reference, rtol=1e-9)


WEIGHTS = {
    "fewer": np.ones(39),
    "two columns": np.ones((40, 2)),
    "nan": changed(np.ones(40), 3, np.nan),
    "inf": changed(np.ones(40), 3, np.inf),
    "text": np.array(["a"] * 40),
    "a number": 2.0,
    "whole numbers": np.ones(40, dtype=int),
    "a list": [1.0] * 40,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_odd_weights(name, weights):
    def fit(module):
        return getattr(module, name)(**SMALL).fit(X, TARGETS[name], WEIGHTS[weights]).loss_curve_

    mine, reference = assert_same_words(fit)
    if reference is not None:
        np.testing.assert_allclose(mine, reference, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "score"])
def test_not_fitted_yet(name, method):
    more = (TARGETS[name],) if method == "score" else ()
    assert_same_words(lambda module: getattr(getattr(module, name)(), method)(X, *more))
    if "proba" not in method:
        with pytest.raises(NotFittedError):
            getattr(getattr(ours, name)(), method)(X, *more)


@pytest.mark.parametrize("name", NAMES)
def test_partial_fit(name):
    y = TARGETS[name]
    first = {"classes": [0, 1, 2]} if name == "MLPClassifier" else {}

    def model(module, **parameters):
        return getattr(module, name)(**{**SMALL, **parameters})

    calls = [
        lambda module: hasattr(model(module, solver="lbfgs"), "partial_fit"),
        lambda module: model(module, solver="lbfgs").partial_fit(X, y, **first) and None,
        lambda module: model(module, early_stopping=True).partial_fit(X, y, **first) and None,
        lambda module: model(module, early_stopping=True).fit(X, y).partial_fit(X, y) and None,
        lambda module: model(module).partial_fit(X, y, **first).partial_fit(X[:, :2], y) and None,
        lambda module: model(module, max_iter=1).partial_fit(X, y, **first).n_iter_,  # warns of nothing
    ]
    if name == "MLPClassifier":
        calls += [
            lambda module: model(module).partial_fit(X, y) and None,
            lambda module: model(module).partial_fit(X, y, classes=[0, 1]) and None,
            lambda module: model(module).partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y + 1) and None,
            lambda module: (
                model(module).partial_fit(X, y, **first).partial_fit(X, y, classes=[0, 1, 3]) and None
            ),
            lambda module: (
                model(module).partial_fit(X, y, **first).partial_fit(X, np.array(["a"] * 40)) and None
            ),
        ]
    for call in calls:
        mine, reference = assert_same_words(call)
        assert mine == reference


def test_a_warm_start_with_other_classes():
    def twice(module, second):
        model = module.MLPClassifier(warm_start=True, **SMALL).fit(X, CLASSES)
        return model.fit(X, second) and None

    for second in (CLASSES + 1, np.where(CLASSES == 2, 1, CLASSES), np.array(["a", "b"] * 20)):
        assert_same_words(lambda module, second=second: twice(module, second))


@pytest.mark.parametrize("name", NAMES)
def test_a_warm_start_with_other_columns(name):
    def twice(module):
        model = getattr(module, name)(warm_start=True, **SMALL).fit(X, TARGETS[name])
        return model.fit(X[:, :2], TARGETS[name]) and None

    assert_same_words(twice)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "parameters",
    [
        {"batch_size": 41},
        {"batch_size": 41, "early_stopping": True},
        {"max_iter": 1},
        {"solver": "lbfgs", "max_iter": 1},
        {"solver": "lbfgs", "max_fun": 2, "max_iter": 50},
        {"early_stopping": True, "max_iter": 3},
    ],
)
def test_warnings(name, parameters):
    def fit(module):
        model = getattr(module, name)(**{**SMALL, **parameters}).fit(X, TARGETS[name])
        return model.n_iter_

    mine, reference = assert_same_words(fit)
    assert mine == reference
    shown = told(lambda: fit(ours))[2]
    assert shown and all(category in (ConvergenceWarning, UserWarning) for category, _ in shown)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("learning_rate", ["constant", "adaptive"])
@pytest.mark.parametrize("verbose", [True, 1, 2])
def test_what_a_verbose_training_prints(name, solver, early_stopping, learning_rate, verbose):
    parameters = dict(
        solver=solver,
        early_stopping=early_stopping,
        learning_rate=learning_rate,
        verbose=verbose,
        max_iter=30,
        tol=0.5,
        n_iter_no_change=1,
        random_state=1,
        hidden_layer_sizes=(4,),
    )
    assert_same_words(lambda module: getattr(module, name)(**parameters).fit(X, TARGETS[name]) and None)
    text = told(lambda: getattr(ours, name)(**parameters).fit(X, TARGETS[name]))[3]
    assert text.startswith("Iteration 1, loss = ")
    assert "did not improve more than tol=0.500000 for 1 consecutive epochs." in text


def test_weights_that_are_not_finite():
    rows = 1e12 * X

    def fit(module):
        model = module.MLPRegressor(solver="sgd", learning_rate_init=1.0, max_iter=5, random_state=0)
        return model.fit(rows, TARGETS["MLPRegressor"]) and None

    assert_same_words(fit)
    assert isinstance(told(lambda: fit(ours))[1], ValueError)


def test_negative_counts():
    """scikit-learn takes negative targets for Poisson's loss without a word."""
    assert_same_words(
        lambda module: module.MLPRegressor("poisson", **SMALL).fit(X, TARGETS["MLPRegressor"]) and None
    )
