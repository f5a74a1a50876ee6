"""Threads, forks and workers: the same bits, no deadlock, no model that is spoiled."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from chainrule import _core
from chainrule.sklearn import MLPClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

SMALL = {"hidden_layer_sizes": (20,), "max_iter": 5, "random_state": 0}


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs", "adamw"])
def test_the_number_of_threads_changes_no_bit(solver, digits):
    X, y = digits
    found = [
        MLPClassifier(
            (300, 50), solver=solver, max_iter=4, random_state=0, n_threads=threads, dropout=dropout
        ).fit(X, y)
        for dropout in ((0.0, 0.3) if solver != "lbfgs" else (0.0,))
        for threads in (1, 2, 3, None)
    ]
    for group in range(0, len(found), 4):
        expected = found[group]
        for model in found[group + 1 : group + 4]:
            assert model.loss_ == expected.loss_
            np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_available_threads():
    assert 1 <= _core.available_threads() <= os.cpu_count()


def test_several_threads_predict_with_one_model(digits):
    X, y = digits
    model = MLPClassifier(**SMALL).fit(X, y)
    model.coefs_[0][:] += 0  # handed out: each prediction looks whether it was edited
    expected = model.predict_proba(X)

    def predict(number):
        for _ in range(20):
            rows = X[number % 7 :: 1 + number % 3]
            np.testing.assert_array_equal(model.predict_proba(rows), expected[number % 7 :: 1 + number % 3])
            if number % 2:
                model.predict_proba(rows.astype(np.float32))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(predict, range(32)))


def test_several_threads_train_models_of_their_own(digits):
    X, y = digits
    expected = MLPClassifier(**SMALL).fit(X, y).loss_curve_
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: MLPClassifier(**SMALL).fit(X, y).loss_curve_, range(12)))
    assert all(curve == expected for curve in found)


def test_other_threads_run_while_one_trains(digits):
    """The interpreter's lock is released: a thread that counts goes on counting."""
    X, y = np.tile(digits[0], (20, 1)), np.tile(digits[1], 20)
    counted, stop = [0], [False]

    def count():
        while not stop[0]:
            counted[0] += 1
            time.sleep(0.001)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(count)
        start = time.perf_counter()
        MLPClassifier((400, 400), max_iter=3, n_threads=1, random_state=0).fit(X, y)
        seconds = time.perf_counter() - start
        stop[0] = True
    assert seconds > 0.05
    assert counted[0] > 100 * seconds  # at most 1000 a second; with the lock held there would be none


def in_child(work):
    """What `work` returns in a forked child, which has half a minute."""
    receiving, sending = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sending.send(work())
            code = 0
        finally:
            os._exit(code)
    sending.close()
    deadline = time.monotonic() + 30
    result = receiving.recv() if receiving.poll(30) else None
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert os.waitstatus_to_exitcode(status) == 0
            return result
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@needs_fork
def test_a_child_predicts_and_fits(digits):
    """The threads of the parent's engines are not there in the child."""
    X, y = digits
    model = MLPClassifier((300, 300), max_iter=3, random_state=0, n_threads=2).fit(X, y)
    expected = model.predict_proba(X)
    losses = MLPClassifier(n_threads=2, **SMALL).fit(X, y).loss_curve_

    def work():
        return (
            model.predict_proba(X),
            MLPClassifier(n_threads=2, **SMALL).fit(X, y).loss_curve_,
            model.partial_fit(X, y).loss_,
        )

    found, curve, _ = in_child(work)
    np.testing.assert_array_equal(found, expected)
    assert curve == losses
    # And the parent is as it was.
    np.testing.assert_array_equal(model.predict_proba(X), expected)


@needs_fork
def test_a_fork_while_another_thread_trains(digits):
    X, y = np.tile(digits[0], (10, 1)), np.tile(digits[1], 10)
    model = MLPClassifier(**SMALL).fit(*digits)
    expected = model.predict_proba(X)
    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(MLPClassifier((200,), max_iter=20, random_state=0, n_threads=2).fit, X, y)
        time.sleep(0.05)
        for _ in range(3):
            np.testing.assert_array_equal(in_child(lambda: model.predict_proba(X)), expected)
        curve = in_child(lambda: MLPClassifier(n_threads=2, **SMALL).fit(*digits).loss_curve_)
        assert training.result().n_iter_ == 20
    assert curve == MLPClassifier(n_threads=2, **SMALL).fit(*digits).loss_curve_


def _score(arguments):
    settings, X, y = arguments
    return MLPClassifier(**settings).fit(X, y).loss_curve_


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_pools_of_multiprocessing(start, digits):
    X, y = digits
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip("not on this system")
    expected = MLPClassifier(**SMALL).fit(X, y).loss_curve_
    with multiprocessing.get_context(start).Pool(2) as pool:
        assert pool.map_async(_score, [(SMALL, X, y)] * 3).get(timeout=120) == [expected] * 3


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing", "sequential"])
def test_joblib(backend, digits):
    X, y = digits
    model = MLPClassifier(**SMALL)
    expected = cross_val_score(model, X, y, cv=3)
    with joblib.parallel_config(backend=backend, n_jobs=2 if backend != "sequential" else 1):
        np.testing.assert_array_equal(cross_val_score(model, X, y, cv=3), expected)
        search = GridSearchCV(model, {"alpha": [1e-4, 1.0], "hidden_layer_sizes": [(5,), (10,)]}, cv=2).fit(
            X, y
        )
    assert search.best_estimator_.predict(X).shape == y.shape
    alone = GridSearchCV(model, {"alpha": [1e-4, 1.0], "hidden_layer_sizes": [(5,), (10,)]}, cv=2).fit(X, y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])


def _threads_of_a_fit(X, y):
    """How many threads this process has after a fit, more than before."""
    before = len(os.listdir("/proc/self/task"))
    MLPClassifier((500, 500), max_iter=3, random_state=0).fit(X, y)
    return len(os.listdir("/proc/self/task")) - before


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs Linux")
def test_workers_do_not_take_more_threads_than_their_share(digits):
    """joblib gives each of as many workers as there are processors one thread."""
    X, y = np.tile(digits[0], (4, 1)), np.tile(digits[1], 4)
    jobs = os.cpu_count()
    found = joblib.Parallel(n_jobs=jobs, backend="loky")(
        joblib.delayed(_threads_of_a_fit)(X, y) for _ in range(2 * jobs)
    )
    assert max(found) == 0, found


def test_a_model_that_was_fitted_in_a_worker_comes_back(digits):
    X, y = digits
    fitted = joblib.Parallel(n_jobs=2)(joblib.delayed(MLPClassifier(**SMALL).fit)(X, y) for _ in range(2))
    expected = MLPClassifier(**SMALL).fit(X, y)
    for model in fitted:
        np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_ensembles_and_other_estimators_of_estimators(digits):
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import BaggingClassifier, VotingClassifier
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.neural_network import MLPClassifier as Theirs

    def outers(kind):
        model = kind(**{**SMALL, "max_iter": 30})
        tiny = kind((5,), max_iter=5, random_state=1)
        return (
            BaggingClassifier(model, n_estimators=3, n_jobs=2, random_state=0),
            VotingClassifier([("a", model), ("b", tiny)], voting="soft"),
            OneVsRestClassifier(model, n_jobs=2),
            CalibratedClassifierCV(model, cv=2),
        )

    X, y = digits
    for outer, expected in zip(outers(MLPClassifier), outers(Theirs)):
        predicted = outer.fit(X, y).predict(X)
        assert np.mean(predicted == expected.fit(X, y).predict(X)) > 0.99
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(outer)).predict(X), predicted)


# Ctrl-C.

INTERRUPTED = """
    import os, signal, sys, threading, time, warnings
    import numpy as np
    from chainrule.sklearn import MLPClassifier, MLPRegressor

    random = np.random.RandomState(0)
    X, y = random.randn(4000, 300), random.randint(10, size=4000)
    many = np.tile(X, (80, 1))
    model = MLPClassifier((600, 600), max_iter=100000, tol=0, n_iter_no_change=100000, random_state=0, {settings})
    pid = os.getpid()
    threading.Timer({delay}, lambda: os.kill(pid, signal.SIGINT)).start()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        model.{call}
        seconds = time.perf_counter() - start
    texts = [(it.category.__name__, str(it.message)) for it in caught]
    assert texts == [("UserWarning", "Training interrupted by user.")], texts
    assert seconds < {delay} + 2, seconds
    assert all(np.isfinite(array).all() for array in model.coefs_)
    assert model.predict_proba(X[:10]).shape == (10, 10)
    assert len(model.loss_curve_) == model.n_iter_
    model.set_params(max_iter=1, warm_start=True).fit(X, y)  # it goes on
    print("good", seconds)
"""


@pytest.mark.parametrize(
    "settings, call",
    [
        ("", "fit(X, y)"),
        ("n_threads=1", "fit(X, y)"),
        ("batch_size=4000", "fit(X, y)"),
        ("early_stopping=True", "fit(X, y)"),
        ("", "partial_fit(many, np.tile(y, 80), classes=np.arange(10))"),
    ],
)
def test_an_interrupt_ends_the_training_and_leaves_a_model(settings, call):
    script = textwrap.dedent(INTERRUPTED).format(settings=settings, call=call, delay=1.0)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert found.returncode == 0 and found.stdout.startswith("good"), found.stderr


def test_a_script_that_is_ended_while_it_trains_dies_at_once():
    """SIGTERM needs no help of Python's."""
    script = textwrap.dedent("""
        import numpy as np
        from chainrule.sklearn import MLPRegressor
        X = np.random.RandomState(0).randn(4000, 300)
        print("begun", flush=True)
        MLPRegressor(hidden_layer_sizes=(600, 600), max_iter=100000, tol=0, n_iter_no_change=100000).fit(X, X[:, 0])
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "begun\n"
        time.sleep(0.5)
        child.terminate()
        assert child.wait(timeout=10) == -signal.SIGTERM
