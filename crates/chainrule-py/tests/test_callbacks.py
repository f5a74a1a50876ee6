"""Callbacks after each epoch, and the progress bar."""

import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier, MLPRegressor

SMALL = {"hidden_layer_sizes": (10,), "max_iter": 6, "random_state": 0}


def test_each_epoch_is_told(digits):
    X, y = digits
    told = []
    model = MLPClassifier(callbacks=lambda estimator, info: told.append((estimator, info)), **SMALL).fit(X, y)
    assert [info["epoch"] for _, info in told] == [1, 2, 3, 4, 5, 6]
    assert [info["loss"] for _, info in told] == model.loss_curve_
    assert all(estimator is model for estimator, _ in told)
    assert all(info["learning_rate"] == 0.001 and info["seconds"] >= 0 for _, info in told)
    assert "validation_loss" not in told[0][1]


def test_validation_is_told_too(digits):
    X, y = digits
    told = []
    model = MLPClassifier(callbacks=[lambda _, info: told.append(info)], **SMALL)
    model.fit(X, y, eval_set=(X[:50], y[:50]))
    assert [info["validation_loss"] for info in told] == model.validation_loss_curve_
    assert [info["validation_score"] for info in told] == model.validation_scores_


def test_listening_changes_nothing(digits):
    X, y = digits
    plain = MLPClassifier(**SMALL).fit(X, y)
    heard = MLPClassifier(callbacks=[lambda *_: None, lambda *_: False], **SMALL).fit(X, y)
    looked = MLPClassifier(callbacks=lambda model, _: model.coefs_[0].sum() and None, **SMALL).fit(X, y)
    for model in (heard, looked):
        assert model.loss_curve_ == plain.loss_curve_
        np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))


def test_true_ends_the_training(digits):
    X, y = digits
    model = MLPClassifier(callbacks=lambda _, info: info["epoch"] == 3, **SMALL).fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 3
    other = MLPClassifier(**{**SMALL, "max_iter": 3}).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), other.predict_proba(X))


def test_all_callbacks_are_called_though_the_first_ends_the_training(digits):
    X, y = digits
    told = []
    MLPClassifier(callbacks=[lambda *_: True, lambda _, info: told.append(info)], **SMALL).fit(X, y)
    assert len(told) == 1


def test_the_model_predicts_with_the_weights_so_far(digits):
    X, y = digits
    seen = []
    MLPClassifier(callbacks=lambda model, _: seen.append(model.predict_proba(X)), **SMALL).fit(X, y)
    for epochs in (1, 4):
        model = MLPClassifier(**{**SMALL, "max_iter": epochs}).fit(X, y)
        np.testing.assert_array_equal(seen[epochs - 1], model.predict_proba(X))


def test_weights_that_a_callback_keeps_are_those_of_its_epoch(digits):
    """They do not move on with the training."""
    X, y = digits
    kept = []
    model = MLPClassifier(callbacks=lambda model, _: kept.append(model.coefs_[0]), **SMALL).fit(X, y)
    first = MLPClassifier(**{**SMALL, "max_iter": 1}).fit(X, y)
    np.testing.assert_array_equal(kept[0], first.coefs_[0])
    np.testing.assert_array_equal(kept[-1], model.coefs_[0])


@pytest.mark.parametrize("way", ["in place", "list", "whole"])
def test_edits_are_gone_on_from(way, numbers):
    """Weights held at zero: nothing comes through that layer's inputs."""
    X, y = numbers

    def hold(model, _):
        mask = np.ones((7, 1))
        mask[2:5] = 0
        if way == "in place":
            model.coefs_[0] *= mask
        if way == "list":
            model.coefs_[0][2:5] = 0.0
        if way == "whole":
            model.coefs_ = [model.coefs_[0] * mask, *model.coefs_[1:]]

    model = MLPRegressor(callbacks=hold, **SMALL).fit(X, y)
    assert np.all(model.coefs_[0][2:5] == 0) and np.all(model.coefs_[0][:2] != 0)
    other = X.copy()
    other[:, 2:5] = 7.0
    np.testing.assert_array_equal(model.predict(other), model.predict(X))
    plain = MLPRegressor(**SMALL).fit(X, y)
    # The next epochs begin with what was left.
    assert np.abs(np.array(model.loss_curve_[1:]) - plain.loss_curve_[1:]).max() > 1e-6


def test_errors_of_callbacks_arrive(digits):
    def fails(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        MLPClassifier(callbacks=fails, **SMALL).fit(*digits)


def test_callbacks_in_partial_fit(digits):
    X, y = digits
    told = []
    model = MLPClassifier(callbacks=lambda _, info: told.append(info["loss"]), **SMALL)
    for _ in range(3):
        model.partial_fit(X, y, classes=np.arange(10))
    assert told == model.loss_curve_


def test_the_progress_bar(digits, capsys):
    X, y = digits
    MLPClassifier(progress_bar=True, **SMALL).fit(X, y)
    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.rstrip("\n").split("\r")[-1]
    assert "6/6" in last and "loss" in last and printed.err.endswith("\n")
    MLPClassifier(**SMALL).fit(X, y)
    assert capsys.readouterr().err == ""


def test_the_progress_bar_ends_its_line_when_training_fails(digits, capsys):
    X, y = digits

    def fails(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError):
        MLPClassifier(progress_bar=True, callbacks=fails, **SMALL).fit(X, y)
    assert capsys.readouterr().err.endswith("\n")
