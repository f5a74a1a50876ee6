"""Parameters, attributes, copies: what an estimator looks like from outside."""

import copy
import inspect
import pickle

import chainrule.sklearn as ours
import joblib
import numpy as np
import pytest
import sklearn.neural_network as theirs
from beside import NAMES, fitted, pair
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier, is_regressor
from sklearn.neural_network._multilayer_perceptron import BaseMultilayerPerceptron
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import get_routing_for_object

ALL = ["digits", "two_classes", "labels", "numbers", "several_numbers"]


@pytest.mark.parametrize("name", NAMES)
def test_the_classes_are_estimators_of_their_own(name):
    mine = getattr(ours, name)
    assert issubclass(mine, BaseEstimator)
    assert issubclass(mine, ClassifierMixin if name == "MLPClassifier" else RegressorMixin)
    assert not issubclass(mine, BaseMultilayerPerceptron)
    assert mine.__name__ == name
    assert is_classifier(mine()) == (name == "MLPClassifier")
    assert is_regressor(mine()) == (name == "MLPRegressor")


@pytest.mark.parametrize("name", NAMES)
def test_parameters_in_scikit_learns_order_with_its_defaults(name):
    """Ours come behind theirs. The Classifier's loss is a keyword of ours and an attribute of theirs."""
    mine = inspect.signature(getattr(ours, name)).parameters
    reference = inspect.signature(getattr(theirs, name)).parameters
    assert list(mine)[: len(reference)] == list(reference)
    for parameter, expected in reference.items():
        assert mine[parameter].default == expected.default, parameter
        assert mine[parameter].kind == expected.kind, parameter
    for parameter in list(mine)[len(reference) :]:
        assert mine[parameter].kind is inspect.Parameter.KEYWORD_ONLY, parameter
    parameters, expected = getattr(ours, name)().get_params(), getattr(theirs, name)().get_params()
    assert [it for it in parameters if it in expected] == list(expected)  # sorted, as theirs
    assert {it: parameters[it] for it in expected} == expected


def test_positional_arguments():
    assert ours.MLPClassifier((5,), "tanh").hidden_layer_sizes == (5,)
    assert ours.MLPClassifier((5,), "tanh").activation == "tanh"
    assert ours.MLPRegressor("poisson", (5,), "tanh").loss == "poisson"
    assert ours.MLPRegressor("poisson", (5,), "tanh").hidden_layer_sizes == (5,)
    assert ours.MLPClassifier().loss == theirs.MLPClassifier().loss == "log_loss"
    with pytest.raises(TypeError):
        ours.MLPClassifier((5,), "tanh", "sgd")


@pytest.mark.parametrize("name", NAMES)
def test_methods_have_scikit_learns_parameters_first(name):
    methods = ["fit", "partial_fit", "predict", "score", "get_params", "set_params"]
    if name == "MLPClassifier":
        methods += ["predict_proba", "predict_log_proba"]
    for method in methods:
        mine = list(inspect.signature(getattr(getattr(ours, name)(), method)).parameters.values())
        expected = list(inspect.signature(getattr(getattr(theirs, name)(), method)).parameters.values())
        for one, other in zip(mine, expected, strict=method not in ("fit", "partial_fit")):
            assert (one.name, one.kind, one.default) == (other.name, other.kind, other.default), method


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("parameters", [{}, {"alpha": 0.1, "hidden_layer_sizes": [3, 4], "solver": "sgd"}])
def test_repr(name, parameters):
    mine, reference = pair(name, **parameters)
    assert repr(mine) == repr(reference)
    assert type(mine)(**mine.get_params()).get_params() == mine.get_params()


@pytest.mark.parametrize("name", NAMES)
def test_tags_and_routing(name):
    mine, reference = pair(name)
    assert get_tags(mine) == get_tags(reference)
    routes, expected = get_routing_for_object(mine), get_routing_for_object(reference)
    for method in ("fit", "partial_fit", "score"):
        found = getattr(routes, method).requests
        assert {key: found[key] for key in getattr(expected, method).requests} == getattr(
            expected, method
        ).requests


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("early_stopping", [False, True])
def test_public_fitted_attributes(examples, solver, early_stopping):
    """Each of theirs is there, of the same type and shape, and where theirs is not, neither is ours."""
    name, X, y = examples
    mine, reference = fitted(
        name, X, y, solver=solver, early_stopping=early_stopping, max_iter=3, hidden_layer_sizes=(5, 4)
    )
    for attribute, expected in vars(reference).items():
        if attribute.startswith("_"):
            continue
        found = getattr(mine, attribute)
        if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
            assert type(found) is type(expected) or isinstance(expected, np.floating), attribute
        else:
            assert type(found) is type(expected), attribute
        if isinstance(expected, list):
            assert [(type(it), np.shape(it)) for it in found] == [(type(it), np.shape(it)) for it in expected]
        elif isinstance(expected, np.ndarray):
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    fits = ["loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_", "classes_"]
    for attribute in [*fits, "feature_names_in_"]:
        assert hasattr(mine, attribute) == hasattr(reference, attribute), attribute


@pytest.mark.parametrize("name", NAMES)
def test_an_unfitted_estimator_has_nothing_but_parameters(name):
    estimator = getattr(ours, name)()
    assert set(vars(estimator)) - {"loss"} == set(estimator.get_params()) - {"loss"}
    assert not hasattr(estimator, "coefs_") and not hasattr(estimator, "intercepts_")


COPIES = {
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "oldest protocol": lambda model, folder: pickle.loads(pickle.dumps(model, protocol=2)),
    "copy": lambda model, folder: copy.copy(model),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "joblib": lambda model, folder: joblib.load(joblib.dump(model, folder / "model")[0]),
    "joblib, packed": lambda model, folder: joblib.load(joblib.dump(model, folder / "model", compress=3)[0]),
    "joblib, mapped": lambda model, folder: joblib.load(
        joblib.dump(model, folder / "model")[0], mmap_mode="r"
    ),
}


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("way", COPIES)
def test_copies_predict_the_same_bits(examples, way, tmp_path):
    name, X, y = examples
    model, _ = fitted(name, X, y, max_iter=3, hidden_layer_sizes=(6,), random_state=0)
    before = [model.predict(X[:5])]  # there is a compiled network by now
    again = COPIES[way](model, tmp_path)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    if name == "MLPClassifier":
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(model.predict(X[:5]), before[0])
    assert again.get_params() == model.get_params()
    assert set(vars(again)) == set(vars(model))
    if way not in ("joblib, mapped",):
        again.partial_fit(X, y)
        if way != "copy":  # which shares what it holds, as scikit-learn's does
            np.testing.assert_array_equal(model.predict(X[:5]), before[0])


@pytest.mark.parametrize("name", NAMES)
def test_clones_are_unfitted_and_equal(name, digits):
    X, y = digits
    model = getattr(ours, name)(max_iter=2, random_state=3, hidden_layer_sizes=(4,), dropout=0.25)
    model.fit(X, y)
    again = clone(model)
    assert again.get_params() == model.get_params()
    assert not hasattr(again, "coefs_")
    np.testing.assert_array_equal(again.fit(X, y).predict(X), model.predict(X))
