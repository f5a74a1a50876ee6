"""Validation rows: eval_set, the losses and scores on them, and what is monitored."""

import numpy as np
import pytest
from beside import pair
from chainrule.sklearn import MLPClassifier, MLPRegressor
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss, make_scorer, r2_score
from sklearn.model_selection import train_test_split

SMALL = {"hidden_layer_sizes": (10,), "max_iter": 8, "random_state": 0, "learning_rate_init": 0.01}


@pytest.fixture(scope="module")
def divided(digits):
    X, y = digits
    return train_test_split(X, y, test_size=0.3, random_state=0)


def test_an_eval_set_does_not_change_the_training(divided):
    X, X_new, y, y_new = divided
    plain = MLPClassifier(**SMALL).fit(X, y)
    watched = MLPClassifier(**SMALL).fit(X, y, eval_set=(X_new, y_new))
    assert watched.loss_curve_ == plain.loss_curve_
    np.testing.assert_array_equal(watched.predict_proba(X), plain.predict_proba(X))
    assert len(watched.validation_loss_curve_) == len(watched.validation_scores_) == 8
    assert plain.validation_loss_curve_ is None and plain.validation_scores_ is None


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_scores_of_classes(divided, weighted):
    X, X_new, y, y_new = divided
    weights = np.random.RandomState(0).rand(len(y_new)) if weighted else None
    given = (X_new, y_new, weights) if weighted else (X_new, y_new)
    for epochs in (1, 3):
        model = MLPClassifier(**{**SMALL, "max_iter": epochs}).fit(X, y, eval_set=given)
        expected = log_loss(y_new, model.predict_proba(X_new), sample_weight=weights, labels=model.classes_)
        assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)
        score = accuracy_score(y_new, model.predict(X_new), sample_weight=weights)
        assert model.validation_scores_[-1] == pytest.approx(score, rel=1e-12)
        assert type(model.validation_loss_curve_[-1]) is type(model.validation_scores_[-1]) is float


def test_losses_of_two_classes_and_of_labels(two_classes, labels):
    for X, y in (two_classes, labels):
        model = MLPClassifier(**SMALL).fit(X[40:], y[40:], eval_set=(X[:40], y[:40]))
        p = model.predict_proba(X[:40])
        if y.ndim == 1:
            expected = log_loss(y[:40], p, labels=model.classes_)
        else:
            expected = -(y[:40] * np.log(p) + (1 - y[:40]) * np.log(1 - p)).sum(axis=1).mean()
        assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("examples", ["numbers", "several_numbers"], indirect=True)
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_scores_of_numbers(examples, weighted):
    _, X, y = examples
    weights = np.random.RandomState(0).rand(60) if weighted else None
    given = (X[:60], y[:60], weights)
    model = MLPRegressor(**SMALL).fit(X[60:], y[60:], eval_set=given)
    error = (model.predict(X[:60]) - y[:60]) ** 2 / 2
    expected = np.average(error if error.ndim == 1 else error.mean(axis=1), weights=weights)
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)
    score = r2_score(y[:60], model.predict(X[:60]), sample_weight=weights)
    assert model.validation_scores_[-1] == pytest.approx(score, rel=1e-9)


def test_losses_of_counts(counts):
    """Half the Poisson deviance, as scikit-learn's loss_ is."""
    from sklearn.metrics import mean_poisson_deviance

    X, y = counts
    model = MLPRegressor("poisson", **SMALL).fit(X[60:], y[60:], eval_set=(X[:60], y[:60]))
    expected = mean_poisson_deviance(y[:60], model.predict(X[:60])) / 2
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-7)


def test_the_split_of_early_stopping_has_a_loss_curve_too(digits):
    X, y = digits
    model = MLPClassifier(early_stopping=True, **SMALL).fit(X, y)
    assert len(model.validation_loss_curve_) == len(model.loss_curve_)
    assert model.validation_loss_curve_[-1] < model.validation_loss_curve_[0]


def test_early_stopping_on_an_eval_set_trains_on_all_rows(divided):
    X, X_new, y, y_new = divided
    settings = {**SMALL, "max_iter": 200, "n_iter_no_change": 3}
    model = MLPClassifier(early_stopping=True, **settings).fit(X, y, eval_set=(X_new, y_new))
    assert model.n_iter_ < 200
    assert model.t_ == model.n_iter_ * len(X)
    assert model.best_validation_score_ == max(model.validation_scores_)
    # The best epoch's weights are kept.
    assert model.score(X_new, y_new) == pytest.approx(model.best_validation_score_)
    # The same draws as without early stopping: there is no split to be drawn.
    plain = MLPClassifier(**SMALL).fit(X, y)
    np.testing.assert_allclose(model.loss_curve_[:8], plain.loss_curve_[: len(model.loss_curve_)], rtol=1e-12)


def test_lbfgs_judges_an_eval_set(divided):
    X, X_new, y, y_new = divided
    model = MLPClassifier(**{**SMALL, "solver": "lbfgs"}).fit(X, y, eval_set=(X_new, y_new))
    expected = log_loss(y_new, model.predict_proba(X_new), labels=model.classes_)
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "monitor", ["loss", "f1_macro", "balanced_accuracy", "neg_log_loss", "scorer", "function"]
)
def test_what_is_monitored(monitor, divided):
    X, X_new, y, y_new = divided

    def function(model, rows, wanted):
        return f1_score(wanted, model.predict(rows), average="micro")

    chosen = {"scorer": make_scorer(balanced_accuracy_score), "function": function}.get(monitor, monitor)
    model = MLPClassifier(early_stopping=True, monitor=chosen, **SMALL)
    model.fit(X, y, eval_set=(X_new, y_new))
    p, predicted = model.predict_proba(X_new), model.predict(X_new)
    loss = log_loss(y_new, p, labels=model.classes_)
    expected = {
        "loss": -loss,
        "neg_log_loss": -loss,
        "f1_macro": f1_score(y_new, predicted, average="macro"),
        "balanced_accuracy": balanced_accuracy_score(y_new, predicted),
        "scorer": balanced_accuracy_score(y_new, predicted),
        "function": accuracy_score(y_new, predicted),
    }[monitor]
    assert max(model.validation_scores_) == pytest.approx(expected, rel=1e-9)
    if monitor == "loss":
        np.testing.assert_array_equal(model.validation_scores_, -np.array(model.validation_loss_curve_))
        assert model.best_validation_score_ == -min(model.validation_loss_curve_)


def test_monitoring_accuracy_is_what_scikit_learn_does(digits):
    X, y = digits
    settings = {**SMALL, "early_stopping": True}
    mine, reference = pair("MLPClassifier", **settings)
    mine.set_params(monitor="accuracy").fit(X, y)
    assert mine.validation_scores_ == pytest.approx(reference.fit(X, y).validation_scores_)


def test_a_frame_s_names_are_no_warning_while_monitoring(divided):
    import warnings

    import pandas as pd

    X, X_new, y, y_new = divided
    names = [f"pixel {number}" for number in range(X.shape[1])]
    frames = [pd.DataFrame(rows, columns=names) for rows in (X, X_new)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", "Stochastic Optimizer")
        MLPClassifier(monitor="f1_macro", **SMALL).fit(frames[0], y, eval_set=(frames[1], y_new))


@pytest.mark.parametrize(
    "wrong, error",
    [
        ("rows", ValueError),
        (([[1.0]],), ValueError),
        (lambda X, y: (X[:, :3], y), ValueError),
        (lambda X, y: (X, y[:-1]), ValueError),
        (lambda X, y: (X * np.nan, y), ValueError),
        (lambda X, y: (X, y + 100), ValueError),
        (lambda X, y: (X, y, np.ones(3)), ValueError),
    ],
)
def test_wrong_eval_sets(wrong, error, divided):
    X, X_new, y, y_new = divided
    given = wrong(X_new, y_new) if callable(wrong) else wrong
    with pytest.raises(error):
        MLPClassifier(**SMALL).fit(X, y, eval_set=given)
