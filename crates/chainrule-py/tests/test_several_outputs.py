"""Several columns of classes: one network, a softmax for each column."""

import pickle

import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier
from forward import softmax
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss

SMALL = {"hidden_layer_sizes": (30,), "max_iter": 80, "random_state": 0, "learning_rate_init": 0.01}


@pytest.fixture(scope="module")
def several(digits):
    """The digit, its remainder by three as text, and a column of two classes."""
    X, y = digits
    return X, np.stack([y, y % 3 + 20, (y > 4) + 0], axis=1)


def test_shapes_are_those_of_scikit_learns_trees(several):
    X, y = several
    model = MLPClassifier(**SMALL).fit(X, y)
    forest = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, y)
    assert isinstance(model.classes_, list)
    for found, expected in zip(model.classes_, forest.classes_, strict=True):
        np.testing.assert_array_equal(found, expected)
    for method in ("predict_proba", "predict_log_proba"):
        for found, expected in zip(getattr(model, method)(X), getattr(forest, method)(X), strict=True):
            assert found.shape == expected.shape
    predicted = model.predict(X)
    assert predicted.shape == y.shape and predicted.dtype == y.dtype
    assert (predicted == y).mean() > 0.97


def test_probabilities_are_a_softmax_of_each_group(several):
    X, y = several
    model = MLPClassifier(**SMALL).fit(X, y)
    hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    z = hidden @ model.coefs_[1] + model.intercepts_[1]
    for found, logits in zip(model.predict_proba(X), np.split(z, [10, 13], axis=1), strict=True):
        np.testing.assert_allclose(found, softmax(logits), rtol=1e-9)
        np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_the_loss_is_the_sum_of_the_columns(several):
    X, y = several
    model = MLPClassifier(**{**SMALL, "max_iter": 3}).fit(X, y, eval_set=(X, y))
    each = [log_loss(y[:, column], p) for column, p in enumerate(model.predict_proba(X))]
    assert model.validation_loss_curve_[-1] == pytest.approx(sum(each), rel=1e-8)


def test_texts(several):
    X, y = several
    named = np.array([[f"digit {a}", f"rest {b}"] for a, b in y[:, :2]])
    model = MLPClassifier(**SMALL).fit(X, named)
    predicted = model.predict(X)
    assert (predicted == named).mean() > 0.97
    np.testing.assert_array_equal(model.classes_[0], np.unique(named[:, 0]))


def test_copies_weights_and_early_stopping(several):
    X, y = several
    weights = np.random.RandomState(0).rand(len(X))
    model = MLPClassifier(early_stopping=True, **SMALL).fit(X, y, weights)
    assert model.n_iter_ > 3 and 0 <= model.best_validation_score_ <= 1
    again = pickle.loads(pickle.dumps(model))
    for found, expected in zip(again.predict_proba(X), model.predict_proba(X), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert not hasattr(clone(model), "classes_")


def test_partial_fit(several):
    X, y = several
    model = MLPClassifier(**SMALL)
    classes = [np.unique(y[:, column]) for column in range(3)]
    losses = [model.partial_fit(X, y, classes=classes).loss_ for _ in range(30)]
    assert losses[-1] < losses[0] / 2
    with pytest.raises(ValueError, match="classes"):
        model.partial_fit(X, y + 1)


def test_scores(several):
    X, y = several
    model = MLPClassifier(**SMALL).fit(X, y)
    rows = (model.predict(X) == y).all(axis=1)
    # scikit-learn's accuracy knows no such targets; its trees' score fails, and so may ours, but not wrongly.
    try:
        assert model.score(X, y) == pytest.approx(rows.mean())
    except ValueError as error:
        assert "multiclass-multioutput" in str(error)
