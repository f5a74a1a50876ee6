"""Several columns of classes: partial_fit, mixed types, and what cannot be."""

import numpy as np
import pandas as pd
import pytest
from chainrule.sklearn import MLPClassifier

X = np.random.RandomState(0).randn(40, 4)
CLASSES = np.arange(40) % 3
COLUMNS = np.stack([CLASSES, np.arange(40) % 2], axis=1)
ALL = [np.arange(3), np.arange(2)]
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}


def model(**parameters):
    return MLPClassifier(**SMALL, **parameters)


@pytest.mark.parametrize(
    "classes",
    [ALL, [[0, 1, 2], [1, 0]], tuple(map(tuple, ALL)), [pd.Index([2, 1, 0]), [0, 1]]],
)
def test_the_classes_decide_and_not_the_first_rows(classes):
    found = model().partial_fit(X[:2], np.array([[0, 1], [1, 0]]), classes=classes)
    assert [of_one.tolist() for of_one in found.classes_] == [[0, 1, 2], [0, 1]]
    found.partial_fit(X, COLUMNS).partial_fit(X, pd.DataFrame(COLUMNS), classes=classes)
    assert found.predict(X).shape == (40, 2)


@pytest.mark.parametrize(
    "classes, y, message",
    [
        ([np.arange(3)], COLUMNS, "not a list of one array"),
        ([*ALL, [0, 1]], COLUMNS, "y must have 3 columns, one for each array of classes"),
        ([[0, 1, 2], 3], COLUMNS, r"classes\[1\] is 3"),
        ([[0, 1, 2], []], COLUMNS, r"classes\[1\] is \[\]"),
        ([[0, 1, 2], np.array(["a", 1], object)], COLUMNS, r"classes\[1\] has text and numbers"),
        (ALL, CLASSES, "y must have 2 columns"),
        ([0, 1, 2], COLUMNS, "y must be one column of classes"),
        (None, COLUMNS, "classes must be passed on the first call"),
        ([[0, 1], [0, 1]], COLUMNS, "`y` has classes not in `self.classes_`"),
    ],
)
def test_wrong_classes(classes, y, message):
    with pytest.raises(ValueError, match=message):
        model().partial_fit(X, y, classes=classes)


def test_classes_stay():
    found = model().partial_fit(X, COLUMNS, classes=ALL)
    for other in ([ALL[0], ALL[0]], [0, 1, 2], [*ALL, ALL[0]]):
        with pytest.raises(ValueError, match="is not the same as on last call to partial_fit, was"):
            found.partial_fit(X, COLUMNS, classes=other)
    one = model().fit(X, CLASSES)
    with pytest.raises(ValueError, match="y must be one column of classes"):
        one.partial_fit(X, COLUMNS)
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit, was"):
        one.partial_fit(X, COLUMNS, classes=ALL)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_numbers_beside_text(early_stopping):
    frame = pd.DataFrame({"a": CLASSES, "b": np.array(["u", "v"])[CLASSES % 2], "c": CLASSES > 0})
    found = MLPClassifier((30,), max_iter=300, random_state=0, early_stopping=early_stopping)
    found.set_params(solver="adam", learning_rate_init=0.05, n_iter_no_change=300)
    rows = np.eye(3)[CLASSES]
    found.fit(rows, frame)
    assert [of_one.tolist() for of_one in found.classes_] == [[0, 1, 2], ["u", "v"], [False, True]]
    assert found.score(rows, frame) == 1.0
    assert found.predict(rows)[1].tolist() == [1, "v", True]
    if early_stopping:
        assert found.best_validation_score_ == 1.0
    else:
        found.partial_fit(rows, frame)


def test_a_column_of_text_and_numbers():
    mixed = np.array([["a", 1], [1, 0]] * 20, dtype=object)
    with pytest.raises(TypeError, match="'<' not supported"):  # as theirs with one such column
        model().fit(X, mixed)


def test_amounts_beside_text():
    with pytest.raises(ValueError, match="Unknown label type: columns of y are continuous, multiclass"):
        model().fit(X, pd.DataFrame({"a": X[:, 0], "b": np.array(list("uvw"))[CLASSES]}))


@pytest.mark.parametrize("y", [CLASSES, np.c_[COLUMNS, CLASSES], COLUMNS[:3]])
def test_a_score_of_other_columns(y):
    with pytest.raises(ValueError, match=r"y must have the shape \(40, 2\)"):
        model().fit(X, COLUMNS).score(X, y)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"monitor": "neg_log_loss", "early_stopping": True}, "monitor='neg_log_loss' cannot be used"),
        ({"label_smoothing": 0.1}, "label_smoothing needs"),
        ({"loss": lambda y, a: (y - a) ** 2}, "loss of one's own"),
    ],
)
def test_what_is_not_for_several_columns(parameters, message):
    with pytest.raises(ValueError, match=message):
        model(**parameters).fit(X, COLUMNS)


def test_a_monitor_may_be_the_loss_or_a_function():
    for monitor in ("loss", lambda estimator, rows, y: estimator.score(rows, y)):
        found = model(monitor=monitor, early_stopping=True).fit(X, COLUMNS)
        assert len(found.validation_scores_) == 2
