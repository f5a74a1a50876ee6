"""Wrong parameters and rows are named as the user knows them, without words of the engine."""

import re

import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier, MLPRegressor
from sklearn.utils._param_validation import InvalidParameterError

X = np.random.RandomState(0).randn(40, 4)
CLASSES = np.arange(40) % 3
Y = X[:, 0]
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}

WRONG = [
    {"activation": ["rleu"]},
    {"activation": [3]},
    {"activation": "elu(x)"},
    {"activation": "relu(2)"},
    {"normalization": ["btch"]},
    {"normalization": [3]},
    {"normalization": "batch(x)"},
    {"normalization": "none(1)"},
    {"dropout": float("nan")},
    {"dropout": [float("nan")]},
    {"dropout": ["a"]},
    {"dropout": [1.0]},
    {"dropout": [-0.1]},
    {"learning_rate": "step(x)"},
    {"learning_rate": "cosine(3"},
    {"learning_rate": "constant(2)"},
    {"learning_rate": "adaptive(2)", "solver": "sgd"},
    {"learning_rate": "invscaling(2)"},
    {"loss": "huber(-1)"},
    {"loss": "squared_error(3)"},
    {"loss": "poisson(1)"},
    {"callbacks": [3]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_wrong_parameters_are_named(wrong):
    with pytest.raises(InvalidParameterError) as raised:
        MLPRegressor(**{**SMALL, **wrong}).fit(X, Y)
    text = str(raised.value)
    assert text.startswith(f"The {next(iter(wrong))!r} parameter of MLPRegressor ")
    assert not re.search("described|settings are wrong|column|line 1|expected|type", text)


@pytest.mark.parametrize("name", ["max_iter", "max_fun", "batch_size", "n_threads", "n_iter_no_change"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.filterwarnings("ignore")
def test_huge_numbers(name, solver):
    MLPRegressor(
        **{**SMALL, "solver": solver, "callbacks": lambda *_: True, name: 1 << 70}
    ).fit(X, Y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_weights_of_rows_must_not_be_negative(solver):
    weights = np.ones(40)
    weights[3] = -0.5
    with pytest.raises(ValueError, match="^sample_weight must be numbers of at least 0, got -0.5"):
        MLPRegressor(**SMALL, solver=solver).fit(X, Y, weights)
    with pytest.raises(ValueError, match="^sample_weight must"):
        MLPRegressor(**SMALL).partial_fit(X, Y, weights)
    for weight in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=f"class_weight must be numbers of at least 0, got {weight}"):
            MLPClassifier(**SMALL, solver=solver, class_weight={1: weight}).fit(X, CLASSES)


@pytest.mark.parametrize(
    "eval_set, message",
    [
        ([(X, Y), (X, Y)], r"^eval_set must be a tuple \(X, y\)"),
        ([(X, Y)], r"^eval_set must be a tuple \(X, y\)"),
        (X, r"^eval_set must be a tuple \(X, y\)"),
        ((X[:, :2], Y), "^eval_set: X has 2 features"),
        ((X, Y[:3]), "^eval_set: Found input variables with inconsistent"),
        ((X, X[:, :2]), "^eval_set: y must have 1 columns"),
        ((X, Y, Y[:3] + 9), r"^eval_set: sample_weight.shape == \(3,\)"),
        ((X, Y, -np.ones(40)), "^eval_set: sample_weight must be"),
        ((X, ["a"] * 40), "^eval_set: "),
    ],
)
def test_a_wrong_eval_set_is_named(eval_set, message):
    with pytest.raises((ValueError, TypeError), match=message):
        MLPRegressor(**SMALL).fit(X, Y, eval_set=eval_set)


def test_other_columns_of_targets_afterwards():
    model = MLPRegressor(**SMALL, warm_start=True).fit(X, Y)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=r"y must have 1 columns as in the call before, got shape \(40, 2\)"):
            call(X, X[:, :2])


def test_targets_beyond_float32():
    few = X.astype(np.float32)
    model = MLPRegressor(**SMALL)
    with pytest.raises(ValueError, match="y has numbers beyond the range of float32"):
        model.fit(few, Y * 1e200)
    with pytest.raises(ValueError, match="y has numbers beyond the range of float32"):
        model.fit(few, Y, eval_set=(few, Y * 1e200))
