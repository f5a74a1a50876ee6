"""chainrule's estimators against scikit-learn's, in turn.

usage: compare.py [--rounds N] [--threads N] [MEASURE ..]

Four processes stay alive, one for each library and precision. For each measure and in each round every one
of them has its turn, in an order that rotates, while the others sleep; medians of the rounds count. All are
kept to the last N cores, with N threads (two). One line of JSON is printed in the end. MNIST comes from
CHAINRULE_DATA; without it what needs it is left out, and said so.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

SYSTEMS = [(library, dtype) for dtype in ("float32", "float64") for library in ("chainrule", "sklearn")]

#: What is measured: its title, whether it needs MNIST, how many times faster it shall be.
MEASURES = {
    "fit-digits": ("fit, digits, default parameters", False, 8.0),
    "fit-mnist-128": ("fit, MNIST, 128 units, 3 epochs", True, 5.0),
    "fit-mnist-512": ("fit, MNIST, 512-512, 2 epochs", True, 4.5),
    "search-warm": ("GridSearchCV, digits, 18 fits, two warm workers", False, 8.0),
    "search-cold": ("GridSearchCV, digits, 18 fits, two new workers", False, None),
    "predict-digits-1": ("predict one row, digits", False, 4.0),
    "predict-mnist-512-1": ("predict one row, 512-512", True, 2.0),
    "predict-mnist-512-10000": ("predict 10 000 rows, 512-512", True, 3.0),
    "predict-mnist-128-10000": ("predict 10 000 rows, 128 units", True, 3.0),
}

#: Microseconds that the Python layer may add to a prediction.
OVERHEAD = ("overhead", "what Python adds to predicting one row, digits", 15.0)


def driver():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("measures", nargs="*", metavar="MEASURE")
    options = parser.parse_args()
    known = [*MEASURES, OVERHEAD[0]]
    chosen = options.measures or known
    for name in chosen:
        if name not in known:
            sys.exit(f"unknown measure {name}: {', '.join(known)}")
    has_mnist = os.path.isfile(
        os.path.join(os.environ.get("CHAINRULE_DATA", ""), "mnist/train-images-idx3-ubyte.gz")
    )
    workers = {system: Worker(*system, options.threads) for system in SYSTEMS}
    found, skipped = [], []
    for name in chosen:
        if name == OVERHEAD[0]:
            continue
        title, needs_mnist, bar = MEASURES[name]
        if needs_mnist and not has_mnist:
            print(f"SKIPPED {title}: CHAINRULE_DATA does not name a folder with mnist/", file=sys.stderr)
            skipped.append(name)
            continue
        found.append(measure(workers, name, title, bar, options.rounds))
    versions = workers["chainrule", "float32"].ask("versions")
    result = {"threads": options.threads, "rounds": options.rounds, "versions": versions, "measures": found}
    if OVERHEAD[0] in chosen:
        print(OVERHEAD[1], file=sys.stderr)
        rounds = [workers["chainrule", "float64"].ask(OVERHEAD[0]) for _ in range(options.rounds)]
        middle = sorted(rounds, key=lambda it: it["microseconds"])[len(rounds) // 2]
        result["overhead"] = {"title": OVERHEAD[1], "bar": OVERHEAD[2], **middle}
    result["skipped"] = skipped
    for worker in workers.values():
        worker.close()
    print(json.dumps(result))


def measure(workers, name, title, bar, rounds):
    print(title, file=sys.stderr, flush=True)
    seconds = {system: [] for system in SYSTEMS}
    checks = {system: set() for system in SYSTEMS}
    for number in range(rounds):
        turn = number % len(SYSTEMS)
        for system in SYSTEMS[turn:] + SYSTEMS[:turn]:
            answer = workers[system].ask(name)
            seconds[system].append(answer["seconds"])
            checks[system].add(answer["check"])
    result = {"name": name, "title": title, "bar": bar}
    for dtype in ("float32", "float64"):
        ours, theirs = (statistics.median(seconds[library, dtype]) for library in ("chainrule", "sklearn"))
        result[dtype] = {
            "chainrule": ours,
            "sklearn": theirs,
            "times": theirs / ours,
            "rounds": {library: seconds[library, dtype] for library in ("chainrule", "sklearn")},
            # Epochs or scores: both did the same work.
            "checks": {library: sorted(checks[library, dtype]) for library in ("chainrule", "sklearn")},
        }
    return result


class Worker:
    """A process that measures when it is asked to."""

    def __init__(self, library, dtype, threads):
        environment = dict(os.environ)
        # Set one without the other they make NumPy slow; a machine's own settings are no part of this.
        for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            environment.pop(variable, None)
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[variable] = str(threads)
        command = [sys.executable, __file__, "--worker", library, dtype, str(threads)]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, what):
        print(what, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.process.args[2:])} ended while it measured {what}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# What a worker does.


def work(library, dtype, threads):
    import time
    import warnings

    # The last cores, since the first serves most interrupts.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])

    import numpy as np
    from sklearn.datasets import load_digits

    if library == "chainrule":
        from chainrule.sklearn import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    warnings.simplefilter("ignore")
    kept = {}

    def once(name, make):
        if name not in kept:
            kept[name] = make()
        return kept[name]

    def digits():
        X, y = load_digits(return_X_y=True)
        return X.astype(dtype), y

    def mnist(part="train"):
        X = idx(f"{part}-images-idx3-ubyte.gz").reshape(-1, 784).astype(dtype)
        return X / np.asarray(255, dtype), idx(f"{part}-labels-idx1-ubyte.gz").astype(np.int64)

    def idx(name):
        import gzip

        with gzip.open(os.path.join(os.environ["CHAINRULE_DATA"], "mnist", name)) as file:
            content = file.read()
        shape = np.frombuffer(content, ">u4", content[3], 4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)

    def timed(call):
        start = time.perf_counter()
        result = call()
        return time.perf_counter() - start, result

    def fit(data, **parameters):
        X, y = data
        seconds, model = timed(lambda: MLPClassifier(random_state=1, **parameters).fit(X, y))
        return {"seconds": seconds, "check": f"{model.n_iter_} epochs, loss {model.loss_:.3f}"}

    def whole(epochs):
        """So many epochs, whatever the loss."""
        return {"max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs}

    def search(is_warm):
        import joblib
        from joblib.externals.loky import get_reusable_executor
        from sklearn.model_selection import GridSearchCV

        X, y = once("digits", digits)
        grid = {"alpha": [1e-4, 1e-2, 1.0], "hidden_layer_sizes": [(50,), (100,)]}
        model = MLPClassifier(random_state=1, max_iter=100)
        if is_warm:
            # Each worker has loaded its library and fitted something.
            few = joblib.delayed(MLPClassifier(max_iter=2).fit)(X[:300], y[:300])
            joblib.Parallel(n_jobs=2)(few for _ in range(8))
        else:
            get_reusable_executor().shutdown(wait=True)
        seconds, done = timed(lambda: GridSearchCV(model, grid, cv=3, n_jobs=2, refit=False).fit(X, y))
        return {"seconds": seconds, "check": f"best {done.cv_results_['mean_test_score'].max():.3f}"}

    def middle(call, warm_up, count):
        for _ in range(warm_up):
            call()
        return statistics.median(timed(call)[0] for _ in range(count))

    def fitted(name):
        if name == "digits":
            return MLPClassifier(random_state=1, max_iter=20).fit(*once("digits", digits))
        X, y = once("mnist", mnist)
        units = (512, 512) if name == "512" else (128,)
        return MLPClassifier(units, random_state=1, max_iter=1).fit(X[:6000], y[:6000])

    def predict(network, rows):
        model = once(f"model {network}", lambda: fitted(network))
        X = once("digits", digits)[0] if network == "digits" else once("mnist", mnist)[0]
        X = np.ascontiguousarray(X[:rows])
        counts = (300, 2000) if rows == 1 else (3, 25)
        seconds = middle(lambda: model.predict(X), *counts)
        return {"seconds": seconds, "check": f"classes {np.bincount(model.predict(X)).tolist()[:3]}"}

    def overhead():
        """The estimator's predict and the engine's, call after call."""
        model = once("model digits", lambda: fitted("digits"))
        X = np.ascontiguousarray(once("digits", digits)[0][:1])
        model.predict(X)
        engine = model._weights.engine_of(model, dtype == "float64")
        whole, bare = [], []
        for number in range(4000):
            outer, _ = timed(lambda: model.predict(X))
            inner, _ = timed(lambda: engine.predict_classes(X))
            if number >= 500:
                whole.append(outer)
                bare.append(inner)
        whole, bare = (statistics.median(times) * 1e6 for times in (whole, bare))
        return {"microseconds": whole - bare, "estimator": whole, "engine": bare}

    def versions():
        import platform
        from importlib.metadata import version

        names = ("chainrule", "scikit-learn", "numpy", "scipy", "joblib")
        return {"python": platform.python_version(), **{name: version(name) for name in names}}

    tasks = {
        "versions": versions,
        "fit-digits": lambda: fit(once("digits", digits)),
        "fit-mnist-128": lambda: fit(once("mnist", mnist), hidden_layer_sizes=(128,), **whole(3)),
        "fit-mnist-512": lambda: fit(once("mnist", mnist), hidden_layer_sizes=(512, 512), **whole(2)),
        "search-warm": lambda: search(True),
        "search-cold": lambda: search(False),
        "predict-digits-1": lambda: predict("digits", 1),
        "predict-mnist-512-1": lambda: predict("512", 1),
        "predict-mnist-512-10000": lambda: predict("512", 10_000),
        "predict-mnist-128-10000": lambda: predict("128", 10_000),
        "overhead": overhead,
    }
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        print(json.dumps(tasks[line.strip()]()), file=answers, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        driver()
