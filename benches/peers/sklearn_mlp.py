"""scikit-learn's MLPClassifier: sklearn_mlp.py FOLDER [THREADS|default] [float64|float32]"""

import common

workload, dtype = common.arguments(["float64", "float32"])

import time
import warnings

import numpy  # after the environment is set
import sklearn
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
system, version = f"sklearn {dtype}", sklearn.__version__
x, y = workload.data(dtype)
initial = {}  # by the hidden layers


class Same(MLPClassifier):
    """From the initial weights that all systems have."""

    def _initialize(self, *arguments):
        super()._initialize(*arguments)
        layers = initial[self.hidden_layer_sizes]
        self.coefs_ = [weights.astype(dtype) for weights, _ in layers]
        self.intercepts_ = [biases.astype(dtype) for _, biases in layers]


class Whole(Same):
    """Without a stop before the last epoch."""

    def _update_no_improvement_count(self, *_):
        pass


def fitted(epochs):
    initial[tuple(workload.widths[1:-1])] = workload.initial()
    model = Whole(
        hidden_layer_sizes=tuple(workload.widths[1:-1]),
        activation="tanh" if workload.is_tanh else "relu",
        solver="adam",
        alpha=0.0,
        batch_size=workload.batch,
        learning_rate_init=workload.learning_rate,
        max_iter=epochs,
        random_state=1,
    )
    return model.fit(x, y)


def search():
    """The grid search. Its processes are started before the clock."""
    import joblib
    from sklearn.model_selection import GridSearchCV, PredefinedSplit, StratifiedKFold

    folds = workload.numbers("folds.u32", "<u4").astype("int64")
    for fold, (_, judged) in enumerate(StratifiedKFold(3).split(x, y)):
        assert (numpy.flatnonzero(folds == fold) == judged).all(), "other folds than StratifiedKFold"
    hidden = [tuple(units) for units in workload.read["hidden"]]
    grid = {"alpha": workload.read["alphas"], "hidden_layer_sizes": hidden}
    inputs, outputs = workload.widths
    for number, units in enumerate(hidden):
        widths = [inputs, *units, outputs]
        initial[units] = workload.initial(f"initial-{number}.f32", widths)
    model = Same(batch_size=workload.batch, max_iter=workload.epochs, random_state=1)
    jobs = workload.threads or -1
    joblib.Parallel(n_jobs=jobs)(joblib.delayed(time.sleep)(0.1) for _ in range(8))
    start = time.perf_counter()
    search = GridSearchCV(model, grid, cv=PredefinedSplit(folds), n_jobs=jobs, refit=False)
    search.fit(x, y)
    seconds = time.perf_counter() - start
    best = float(search.cv_results_["mean_test_score"].max())
    workload.report(system, version, seconds=seconds, best_accuracy=best)


if workload.name == "W7":
    search()
elif workload.name == "W6":
    model = fitted(1)
    first = x[:1]
    workload.predict(
        system, version, lambda: model.predict_proba(first), lambda: model.predict_proba(x)
    )
else:
    workload.train(system, version, lambda epochs: fitted(epochs).loss_)
