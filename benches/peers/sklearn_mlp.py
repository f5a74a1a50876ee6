"""scikit-learn's MLPClassifier: sklearn_mlp.py <W1..W5> [threads] [float64|float32]"""

import common

workload, threads, dtype = common.arguments(["float64", "float32"])

import time
import warnings

import numpy  # after the environment is set
import sklearn
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore", message="Stochastic Optimizer: Maximum iterations")
_, widths, batch, epochs = common.WORKLOADS[workload]


class Timed(MLPClassifier):
    """Notes the clock at the end of every epoch, where scikit-learn calls this hook."""

    def _update_no_improvement_count(self, *_):
        # It replaces the test for stopping early, so that every run has all its epochs.
        self.stamps = [*getattr(self, "stamps", []), time.perf_counter()]


model = Timed(
    hidden_layer_sizes=tuple(widths[1:-1]),
    activation="tanh" if widths[-1] == 1 else "relu",
    solver="adam",
    batch_size=batch,
    learning_rate_init=1e-3,
    max_iter=epochs + 1,  # the first warms up: its end starts the clock
    random_state=1,
)
model.fit(*common.data(workload, dtype))
seconds = numpy.diff(model.stamps).tolist()
common.report(f"sklearn {dtype}", sklearn.__version__, workload, threads, seconds, model.loss_)
