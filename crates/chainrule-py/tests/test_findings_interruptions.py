"""Ctrl-C, progress that nobody sees, callbacks' answers, and fits of several threads."""

import io
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from beside import pair
from chainrule.sklearn import MLPRegressor

X = np.random.RandomState(0).randn(40, 4)
Y = np.sin(X[:, 0])
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 5, "random_state": 0}


def test_ctrl_c_with_lbfgs_keeps_the_weights_so_far():
    def interrupt(model, information):
        if information["epoch"] == 3:
            raise KeyboardInterrupt

    parameters = {**SMALL, "max_iter": 50, "solver": "lbfgs"}
    models = [MLPRegressor(**parameters, callbacks=it) for it in (None, interrupt)]
    with pytest.warns(UserWarning):
        models[0].fit(X, Y)
    with pytest.warns(UserWarning, match="Training interrupted by user."):
        models[1].fit(X, Y)
    whole, part = models
    assert part.n_iter_ == 3 < whole.n_iter_ and whole.loss_ < part.loss_ < np.var(Y)
    assert np.isfinite(part.predict(X)).all()
    penalty = part.alpha / 2 * sum((coef**2).sum() for coef in part.coefs_) / 40
    np.testing.assert_allclose(part.loss_, np.mean((part.predict(X) - Y) ** 2) / 2 + penalty)


def test_ctrl_c_within_an_evaluation(monkeypatch):
    from chainrule.sklearn import _lbfgs

    calls, compute = [], _lbfgs.Objective.__call__

    def interrupted(self, packed):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return compute(self, packed)

    monkeypatch.setattr(_lbfgs.Objective, "__call__", interrupted)
    with pytest.warns(UserWarning, match="Training interrupted by user."):
        model = MLPRegressor(**{**SMALL, "max_iter": 50}, solver="lbfgs").fit(X, Y)
    assert 0 < model.n_iter_ <= 6 and model.loss_ < np.var(Y)


def test_the_loss_of_lbfgs_has_the_type_of_theirs():
    with pytest.warns(UserWarning):
        mine, reference = [model.fit(X, Y) for model in pair("MLPRegressor", solver="lbfgs", **SMALL)]
    assert type(mine.loss_) is type(reference.loss_) is np.float64


def test_curves_of_another_solver_do_not_stay():
    model = MLPRegressor(**SMALL, early_stopping=True).fit(X, Y)
    with pytest.warns(UserWarning):
        model.set_params(solver="lbfgs").fit(X, Y)
    for name in ("validation_loss_curve_", "validation_scores_", "best_validation_score_"):
        assert not hasattr(model, name)


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError

    def isatty(self):
        return True


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("stream", [None, Broken, io.StringIO, Terminal])
def test_a_progress_bar_never_ends_a_fit(stream, solver, monkeypatch):
    shown = stream and stream()
    monkeypatch.setattr(sys, "stderr", shown)
    MLPRegressor(**SMALL, progress_bar=True, solver=solver).fit(X, Y)
    if stream is io.StringIO:
        assert "\r" not in shown.getvalue() and shown.getvalue().count("\n") == 1
    if stream is Terminal:
        assert shown.getvalue().startswith("\r") and shown.getvalue().endswith("\n")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    "answer, stops",
    [(np.zeros(3), False), (np.array([0, 1]), True), (0, False), ("yes", True)],
)
def test_answers_of_callbacks(answer, stops, solver):
    model = MLPRegressor(**SMALL, solver=solver, callbacks=lambda *_: answer).fit(X, Y)
    assert (model.n_iter_ == 1) is stops


@pytest.mark.filterwarnings("ignore")
def test_fits_of_several_threads_come_one_after_the_other():
    model, errors = MLPRegressor(**{**SMALL, "max_iter": 30}), []

    def work(method):
        try:
            for _ in range(5):
                getattr(model, method)(X, Y)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("fit", "fit", "partial_fit", "fit")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    expected = MLPRegressor(**{**SMALL, "max_iter": 30}).fit(X, Y).predict(X)
    np.testing.assert_array_equal(model.fit(X, Y).predict(X), expected)


SIGNAL = """
    import os, signal, threading, warnings
    import numpy as np
    from chainrule.sklearn import MLPClassifier

    random = np.random.RandomState(0)
    X, y = random.randn(2000, 200), random.randint(10, size=2000)
    threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    model = MLPClassifier((300, 300), solver="lbfgs", max_iter=100000, max_fun=10**9, tol=1e-30)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert [str(it.message) for it in caught] == ["Training interrupted by user."]
    assert model.n_iter_ >= 0 and np.isfinite(model.predict_proba(X)).all()
    print("good")
"""


def test_a_signal_ends_lbfgs():
    script = textwrap.dedent(SIGNAL)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert found.stdout == "good\n", found.stderr
