"""What a monitor may do with the estimator, and what it must return."""

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from beside import pair
from chainrule.sklearn import MLPClassifier, MLPRegressor

X = np.random.RandomState(0).randn(40, 4)
CLASSES = np.arange(40) % 3
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 3, "random_state": 0}


def with_monitor(monitor, rows=X, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MLPClassifier(**SMALL, early_stopping=True, monitor=monitor, **more).fit(rows, CLASSES)


def test_other_rows_go_the_usual_way():
    seen = []

    def monitor(model, rows, y):
        seen.append(model.predict(rows.tolist()))
        np.testing.assert_array_equal(seen[-1], model.predict(rows))
        assert model.predict(rows[:2]).shape == (2,)
        for wrong in (rows[:, :2], np.full((2, 4), np.nan), "text"):
            with pytest.raises(ValueError):
                model.predict(wrong)
        return 1.0

    with_monitor(monitor)
    assert len(seen) == 3


def test_names_of_columns_bring_no_warning_for_the_rows_that_it_was_handed():
    def monitor(model, rows, y):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.predict(rows)
        return 1.0

    with_monitor(monitor, pd.DataFrame(X, columns=list("abcd")))


def test_rows_of_another_thread_are_checked():
    errors = []

    def predict(model):
        try:
            model.predict(np.full((3, 2), np.nan))
        except ValueError as error:
            errors.append(error)

    def monitor(model, rows, y):
        thread = threading.Thread(target=predict, args=(model,))
        thread.start()
        thread.join()
        return 1.0

    with_monitor(monitor)
    assert len(errors) == 3


@pytest.mark.parametrize("answer", [float("nan"), None, "0.5", [1, 2], np.array([0.1, 0.2])])
def test_no_number_is_an_error(answer):
    with pytest.raises(ValueError, match="The monitor must return a number, got"):
        with_monitor(lambda model, rows, y: answer)


def test_the_score_of_a_single_row_says_nothing():
    model = MLPRegressor(**SMALL, early_stopping=True)
    with pytest.raises(ValueError, match="eval_set"):
        model.fit(X, X[:, 0], eval_set=(X[:1], X[:1, 0]))


@pytest.mark.parametrize("y", [np.zeros(40, int), np.full(40, "a"), np.ones((40, 1), int)])
def test_a_single_class_is_predicted_in_validation_too(y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        models = [model.fit(X, y) for model in pair("MLPClassifier", early_stopping=True, **SMALL)]
    mine, reference = models
    assert mine.best_validation_score_ == reference.best_validation_score_ == 1.0
    assert mine.validation_scores_ == reference.validation_scores_
    np.testing.assert_array_equal(mine.predict(X), reference.predict(X))
