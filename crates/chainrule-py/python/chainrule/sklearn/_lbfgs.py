"""Training on all rows at once: SciPy's L-BFGS-B with the engine's loss and gradient."""

import json
import time
import warnings

import numpy as np
import scipy.optimize
from sklearn.utils.fixes import _get_additional_lbfgs_options_dict
from sklearn.utils.optimize import _check_optimize_result

from chainrule import _core

from ._callbacks import is_true
from ._examples import Examples
from ._held_out import HeldOut, check_monitor
from ._network import describe
from ._progress import Progress
from ._threads import threads_to_use


class Objective:
    """The loss of a network with its penalties, and the gradient, in float64.

    The numbers are packed as scikit-learn packs them: all weights, all biases, then what normalised
    layers have besides; the engine's order is that of the layers.
    """

    def __init__(self, estimator, X, values, weights):
        self._examples = Examples(X, values, weights, np.float64)
        holder = estimator._weights
        network = describe(
            holder.units,
            estimator.activation,
            estimator._output_text(),
            holder.kinds(),
        )
        self.engine = _core.Engine(network, True)
        self.engine.set_threads(threads_to_use(estimator.n_threads))
        holder.fill(self.engine)
        settings = {
            **estimator._loss_settings(),
            "alpha": float(estimator.alpha),
            "l1": float(estimator.l1),
            "label_smoothing": float(getattr(estimator, "label_smoothing", 0.0)),
            "batch_size": self._examples.rows,
            "epochs": 1,
        }
        self.training = _core.Training(
            self.engine,
            json.dumps(settings),
            weights is not None,
            threads_to_use(estimator.n_threads),
        )
        # The least loss so far and its weights, which an interruption keeps.
        self.best = None
        self._scale = estimator._loss_scale()
        constants = estimator._loss_constants(values)
        self._constant = 0.0
        if constants is not None:
            self._constant = float(np.average(constants, weights=weights))
        self._set_order()

    def _set_order(self):
        """Finds where each array is in the engine's order and in scikit-learn's."""
        names, arrays = self.engine.names, self.engine.read()
        arrays = dict(zip(names, arrays))
        learned = self.training.learned_names
        kinds = {"weight": 0, "bias": 1}
        packed = sorted(learned, key=lambda name: kinds.get(name.rsplit(".", 1)[1], 2))
        self._packed = [(name, arrays[name].shape, arrays[name].size) for name in packed]
        sizes = [arrays[name].size for name in learned]
        starts = dict(zip(learned, np.cumsum([0, *sizes])))
        # The slices of a gradient in scikit-learn's order, and of packed numbers in the engine's.
        self._to_packed = [slice(starts[n], starts[n] + size) for n, _, size in self._packed]
        starts = dict(zip(packed, np.cumsum([0, *(size for _, _, size in self._packed)])))
        self._to_learned = [
            slice(starts[name], starts[name] + size) for name, size in zip(learned, sizes)
        ]

    def start(self):
        """The numbers of the engine, packed."""
        arrays = dict(zip(self.engine.names, self.engine.read()))
        return np.hstack([arrays[name].ravel() for name, _, _ in self._packed])

    def arrays(self, packed):
        """All arrays of the engine with these numbers for those that are learned."""
        arrays = dict(zip(self.engine.names, self.engine.read()))
        at = 0
        for name, shape, size in self._packed:
            arrays[name] = np.array(packed[at : at + size]).reshape(shape)
            at += size
        return [arrays[name] for name in self.engine.names]

    def __call__(self, packed):
        """The loss and its gradient."""
        packed = np.asarray(packed, dtype=np.float64)
        learned = np.concatenate([packed[part] for part in self._to_learned])
        examples = self._examples
        data, penalty, gradient = self.training.loss_and_gradient(
            learned, examples.inputs, examples.targets, examples.weights
        )
        loss = np.float64(data * self._scale + penalty + self._constant)
        if self.best is None or loss <= self.best[0]:
            self.best = loss, packed.copy()
        return loss, np.concatenate([gradient[part] for part in self._to_packed])


def fit_lbfgs(estimator, X, target, weights, eval_set):
    """Trains the estimator's network."""
    check_settings(estimator)
    objective = Objective(estimator, X, target, weights)
    holder = estimator._weights
    after = AfterIteration(estimator, objective, eval_set)
    options = {
        "maxfun": estimator.max_fun,
        "maxiter": estimator.max_iter,
        "gtol": estimator.tol,
        **_get_additional_lbfgs_options_dict("iprint", 1 if estimator.verbose else -1),
    }
    try:
        result = scipy.optimize.minimize(
            objective,
            objective.start(),
            method="L-BFGS-B",
            jac=True,
            options=options,
            callback=after if after.is_needed else after.count,
        )
    except KeyboardInterrupt:
        if objective.best is None:
            raise
        warnings.warn("Training interrupted by user.")
        loss, packed = objective.best
        result = scipy.optimize.OptimizeResult(fun=loss, x=packed, nit=after.iteration)
        after.has_stopped = True
    finally:
        after.close()
    estimator.n_iter_ = (
        min(result.nit, estimator.max_iter)
        if after.has_stopped
        else _check_optimize_result("lbfgs", result, estimator.max_iter)
    )
    estimator.loss_ = np.float64(result.fun)  # which theirs is
    holder.set_arrays(objective.engine.names, objective.arrays(result.x))
    holder.lose_engines()


def check_settings(estimator):
    """Refuses settings that only steps on batches have."""
    check_monitor(estimator)
    if estimator._drops_units:
        raise ValueError(
            "dropout and input_dropout need a stochastic solver: solver='lbfgs' compares losses, "
            "which chance must not change."
        )
    if estimator.clip_norm is not None or estimator.clip_value is not None:
        raise ValueError("clip_norm and clip_value need a stochastic solver, not 'lbfgs'.")
    if "batch" in {kind.split("(")[0] for kind in estimator._weights.kinds()}:
        raise ValueError(
            "normalization='batch' needs a stochastic solver: its running statistics follow the "
            "batches; use 'layer' with solver='lbfgs'."
        )


class AfterIteration:
    """What is done after each iteration: validation, callbacks, the progress bar."""

    def __init__(self, estimator, objective, eval_set):
        self._estimator = estimator
        self._objective = objective
        self._held_out = None
        if eval_set is not None:
            self._held_out = HeldOut(*eval_set, np.float64)
        self._callbacks = estimator._callback_list()
        self._progress = None
        if estimator.progress_bar:
            self._progress = Progress(estimator.max_iter)
        self.is_needed = bool(
            self._held_out is not None or self._callbacks or self._progress is not None
        )
        self.has_stopped = False
        self.iteration = 0
        self._start = time.perf_counter()

    def count(self, _):
        """What is done where nothing else is."""
        self.iteration += 1

    def __call__(self, intermediate_result):
        estimator, holder = self._estimator, self._estimator._weights
        objective = self._objective
        self.iteration += 1
        estimator.n_iter_ = self.iteration
        estimator.loss_ = np.float64(intermediate_result.fun)
        arrays = objective.arrays(intermediate_result.x)
        holder.set_arrays(objective.engine.names, arrays)
        holder.lose_engines()
        information = {
            "epoch": self.iteration,
            "loss": estimator.loss_,
            "seconds": time.perf_counter() - self._start,
        }
        self._start = time.perf_counter()
        if self._held_out is not None:
            holder.prepare(estimator)
            objective.engine.write(arrays)
            loss, score = self._held_out.measure(estimator, objective.training)
            estimator.validation_loss_curve_.append(loss)
            estimator.validation_scores_.append(score)
            best = estimator.best_validation_score_
            if best is None or score > best:
                estimator.best_validation_score_ = score
            information["validation_loss"], information["validation_score"] = loss, score
        if self._progress is not None:
            self._progress.show(self.iteration, information)
        answers = [callback(estimator, information) for callback in self._callbacks]
        if any(map(is_true, answers)):
            self.has_stopped = True
            raise StopIteration
        if holder.is_out and not objective.engine.holds(holder.arrays(objective.engine.names)):
            warnings.warn(
                "solver='lbfgs' goes on from its own weights: what a callback changes in coefs_ or "
                "intercepts_ is lost. Use a stochastic solver to change them.",
                stacklevel=2,
            )

    def close(self):
        """Ends the progress bar."""
        if self._progress is not None:
            self._progress.close()
