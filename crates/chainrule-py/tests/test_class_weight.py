"""class_weight: that of each row's class, times the row's own."""

import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier
from sklearn.utils.class_weight import compute_sample_weight

SMALL = {"hidden_layer_sizes": (6,), "max_iter": 6, "random_state": 0, "batch_size": 30}


def assert_same(one, other):
    assert one.loss_curve_ == other.loss_curve_
    for found, expected in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("own", [False, True])
def test_of_two_classes(two_classes, solver, own):
    X, y = two_classes
    weights = np.random.RandomState(0).rand(len(y)) if own else None
    chosen = {"benign": 0.5, "malignant": 3.0}
    each = np.where(y == "benign", 0.5, 3.0) * (1.0 if weights is None else weights)
    found = MLPClassifier(solver=solver, class_weight=chosen, **SMALL).fit(X, y, weights)
    expected = MLPClassifier(solver=solver, **SMALL).fit(X, y, each)
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    if solver != "lbfgs":
        assert_same(found, expected)


def test_balanced(digits):
    X, y = digits
    few = (y > 2) | (np.arange(len(y)) % 4 == 0)  # the first three classes are rare
    X, y = X[few], y[few]
    found = MLPClassifier(class_weight="balanced", **SMALL).fit(X, y)
    expected = MLPClassifier(**SMALL).fit(X, y, compute_sample_weight("balanced", y))
    assert_same(found, expected)
    other = MLPClassifier(**SMALL).fit(X, y)
    assert found.loss_curve_ != other.loss_curve_


def test_classes_that_are_not_named_count_once(digits):
    X, y = digits
    found = MLPClassifier(class_weight={3: 5.0}, **SMALL).fit(X, y)
    assert_same(found, MLPClassifier(**SMALL).fit(X, y, np.where(y == 3, 5.0, 1.0)))


def test_rare_classes_are_found_more_often(two_classes):
    X, y = two_classes
    keep = (y == "benign") | (np.arange(len(y)) % 8 == 0)
    X, y = X[keep][:, :2], y[keep]
    settings = {**SMALL, "max_iter": 60}
    plain = MLPClassifier(**settings).fit(X, y).predict(X)
    balanced = MLPClassifier(class_weight="balanced", **settings).fit(X, y).predict(X)
    assert (balanced == "malignant").sum() > (plain == "malignant").sum()


def test_partial_fit(digits):
    X, y = digits
    chosen = {digit: 1.0 + digit for digit in range(10)}
    found, expected = MLPClassifier(class_weight=chosen, **SMALL), MLPClassifier(**SMALL)
    for rows in (slice(0, 100), slice(100, 400)):
        found.partial_fit(X[rows], y[rows], classes=np.arange(10))
        expected.partial_fit(X[rows], y[rows], 1.0 + y[rows], classes=np.arange(10))
        assert_same(found, expected)


def test_partial_fit_of_rows_without_a_class_that_is_named(digits):
    """A dict that names some of the classes, and a batch in which one of them does not occur."""
    X, y = digits
    chosen = {3: 5.0, 7: 2.0}
    found, expected = MLPClassifier(class_weight=chosen, **SMALL), MLPClassifier(**SMALL)
    for rows in (y != 7, y != 3, y < 9):
        weights = np.select([y == 3, y == 7], [5.0, 2.0], 1.0)[rows]
        found.partial_fit(X[rows], y[rows], classes=np.arange(10))
        expected.partial_fit(X[rows], y[rows], weights, classes=np.arange(10))
        assert_same(found, expected)


def test_mistakes(digits):
    X, y = digits
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight="heavy", **SMALL).fit(X, y)
    with pytest.raises(ValueError):
        MLPClassifier(class_weight={"eleven": 2.0}, **SMALL).fit(X, y)
