"""Training on batches: the epochs, as scikit-learn directs them.

The engine runs an epoch at a time. What is between epochs is here: the order of the rows, early
stopping, the rules for the learning rate, what is printed, callbacks.
"""

import json
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from chainrule import _core

from ._callbacks import is_true
from ._examples import Examples
from ._held_out import HeldOut, check_monitor, split
from ._network import describe
from ._optimizer import Optimizer
from ._progress import Progress
from ._threads import threads_to_use


def fit_stochastic(estimator, X, target, weights, score_weights, eval_set, incremental):
    """Trains the estimator's network.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        With its first weights.
    X, target, weights :
        The rows; the weights are those that training uses.
    score_weights : ndarray or None
        The weights that scores use: those that were given, without those of classes.
    eval_set : tuple or None
        Rows, target and weights to validate on.
    incremental : bool
        Whether this is one more epoch of a training under way.
    """
    check_settings(estimator, incremental)
    if not incremental or not hasattr(estimator, "_optimizer"):
        estimator._optimizer = Optimizer(estimator)
        if estimator._drops_units:
            # Drawn only where it is needed, so that the stream stays scikit-learn's.
            seed = estimator._random_state.randint(np.iinfo(np.int32).max)
            estimator._optimizer.seed = int(seed)
    rows = None
    if eval_set is None and estimator.early_stopping:
        rows, eval_set = split(X, target, score_weights, estimator)
    estimator._optimizer.is_streaming |= incremental
    holder = estimator._weights
    double = holder.is_double
    dtype = np.float64 if double else np.float32
    examples = Examples(X, target, weights, dtype)
    held_out = None if eval_set is None else HeldOut(*eval_set, dtype)
    count = examples.rows if rows is None else len(rows)
    batch_size = batch_rows(estimator.batch_size, count)
    holder.prepare(
        estimator,
        describe(
            holder.units,
            estimator.activation,
            estimator._output_text(),
            holder.kinds(),
            estimator.dropout,
            estimator.input_dropout,
        ),
        double,
    )
    training = ready_training(
        estimator, batch_size, count, weights is not None, incremental
    )
    estimator._optimizer.drive(training, dtype)
    run = Run(estimator, training, examples, rows, batch_size, held_out, incremental)
    run.epochs()


def check_settings(estimator, incremental):
    """Refuses settings that do not go together."""
    check_monitor(estimator)
    # early_stopping in partial_fit doesn't make sense
    if estimator.early_stopping and incremental:
        raise ValueError("partial_fit does not support early_stopping=True")
    if estimator.warm_up > 0 and estimator.learning_rate == "adaptive":
        raise ValueError(
            "warm_up cannot be used with learning_rate='adaptive', which waits for the loss; "
            "use 'constant', 'invscaling' or one of chainrule's schedules."
        )


def batch_rows(batch_size, count):
    """Rows of a batch."""
    if isinstance(batch_size, str):  # "auto"
        return min(200, count)
    if batch_size > count:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than "
            "sample size. It is going to be clipped"
        )
    return int(np.clip(batch_size, 1, count))


def ready_training(estimator, batch_size, count, weighted, incremental):
    """The engine's steps under the estimator's settings: those of before, if they will do."""
    holder, optimizer = estimator._weights, estimator._optimizer
    settings = {
        **estimator._loss_settings(),
        "optimizer": optimizer.settings(),
        "schedule": optimizer.schedule(),
        "warm_up": optimizer.warm_up,
        "alpha": float(estimator.alpha),
        "l1": float(estimator.l1),
        "clip": {
            "norm": estimator.clip_norm and float(estimator.clip_norm),
            "value": estimator.clip_value and float(estimator.clip_value),
        },
        "label_smoothing": float(getattr(estimator, "label_smoothing", 0.0)),
        "epochs": min(int(estimator.max_iter), 1 << 62),
        "seed": getattr(optimizer, "seed", 1),
    }
    threads = threads_to_use(estimator.n_threads)
    key = (json.dumps(settings), weighted, threads)
    is_same = key == holder.training_key and optimizer._training is holder.training
    if incremental and is_same and holder.training is not None:
        planned = holder.planned_batch
        # Rows that are one batch are so in steps that were planned for more, too.
        if planned == batch_size or (batch_size >= count and planned >= count):
            return holder.training
    settings["batch_size"] = batch_size
    training = _core.Training(holder.engine, json.dumps(settings), weighted, threads)
    holder.training, holder.training_key = training, key
    holder.planned_batch = batch_size
    return training


class Run:
    """The epochs of one call of ``fit`` or ``partial_fit``."""

    def __init__(
        self, estimator, training, examples, rows, batch_size, held_out, incremental
    ):
        self.estimator = estimator
        self.training = training
        self.examples = examples
        self.rows = rows
        self.count = examples.rows if rows is None else len(rows)
        self.batch_size = batch_size
        self.held_out = held_out
        self.incremental = incremental
        self.optimizer = estimator._optimizer
        self.holder = estimator._weights
        # The best weights: where there are none better than those it began with, in a first fit they
        # are what early stopping returns to. scikit-learn's are then whatever a warm start ended with.
        self.best = None
        if estimator.early_stopping and estimator.validation_scores_ == []:
            self.best = self.holder.engine.read()
        # scikit-learn's `shuffle` of the indices of the epoch before, without its checks.
        self.order = np.arange(self.count)
        self.schedule_has_ended = False
        self.scale = estimator._loss_scale()
        self.constants = Constants(
            estimator._loss_constants(examples.target), examples.weights, batch_size
        )

    def epochs(self):
        """Runs them."""
        estimator, holder = self.estimator, self.holder
        callbacks = estimator._callback_list()
        progress = Progress(estimator.max_iter) if estimator.progress_bar else None
        try:
            estimator.n_iter_ = 0
            for _ in range(estimator.max_iter):
                start = time.perf_counter()
                self._epoch()
                self._after_epoch()
                if progress is not None:
                    progress.show(estimator.n_iter_, self._information(start))
                is_last = self._has_converged()
                if callbacks and self._call(callbacks, start):
                    break
                if is_last or self.incremental:
                    break
                is_all = estimator.n_iter_ == estimator.max_iter
                if is_all and not self.optimizer.ends_by_plan:
                    warnings.warn(
                        "Stochastic Optimizer: Maximum iterations (%d) "
                        "reached and the optimization hasn't converged yet."
                        % estimator.max_iter,
                        ConvergenceWarning,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.")
        finally:
            if progress is not None:
                progress.close()
        if estimator.early_stopping and self.best is not None:
            holder.put(self.best)
        holder.read()

    def _epoch(self):
        estimator, optimizer = self.estimator, self.optimizer
        if estimator.shuffle:
            drawn = np.arange(self.count)
            estimator._random_state.shuffle(drawn)
            self.order = self.order[drawn]
        order = self.order if self.rows is None else self.rows[self.order]
        rate = optimizer.rate if optimizer.is_by_rule else None
        examples = self.examples
        self.holder.has_moved()
        data, penalty = self.training.epoch(
            examples.inputs, examples.targets, examples.weights, order, rate
        )
        loss = (data * self.scale + penalty) / self.count + self.constants.of(order)
        loss = np.float64(loss)  # which theirs is
        self.rate = self.training.learning_rate if rate is None else rate
        estimator.n_iter_ += 1
        estimator.loss_ = loss
        estimator.t_ += self.count
        estimator.loss_curve_.append(loss)
        estimator.learning_rate_curve_.append(self.rate)
        if estimator.verbose:
            print("Iteration %d, loss = %.8f" % (estimator.n_iter_, loss))

    def _after_epoch(self):
        estimator = self.estimator
        if self.held_out is not None:
            self._validate()
        if not estimator.early_stopping:
            # There is no best loss yet where the fits before stopped early.
            best = np.inf if estimator.best_loss_ is None else estimator.best_loss_
            self._count(estimator.loss_ > best - estimator.tol)
            estimator.best_loss_ = min(best, estimator.loss_)
        self.optimizer.epoch_ends(estimator.t_)
        if not self.optimizer.is_by_rule:
            loss = None
            if self.held_out is not None:
                loss = estimator.validation_loss_curve_[-1]
            self.schedule_has_ended = self.training.epoch_ended(estimator.loss_, loss)

    def _validate(self):
        estimator = self.estimator
        loss, score = self.held_out.measure(estimator, self.training)
        estimator.validation_loss_curve_.append(loss)
        estimator.validation_scores_.append(score)
        if estimator.verbose:
            print("Validation score: %f" % score)
        best = estimator.best_validation_score_
        best = -np.inf if best is None else best
        if estimator.early_stopping:
            self._count(score < best + estimator.tol)
        if score > best:
            best = score
            if estimator.early_stopping:
                self.best = self.holder.engine.read()
        estimator.best_validation_score_ = best

    def _count(self, is_no_better):
        estimator = self.estimator
        estimator._no_improvement_count = (
            estimator._no_improvement_count + 1 if is_no_better else 0
        )

    def _has_converged(self):
        """Whether there was no improvement for too long, and the learning rate cannot fall."""
        estimator = self.estimator
        if self.schedule_has_ended:
            return True
        if not estimator._no_improvement_count > estimator.n_iter_no_change:
            return False
        measure = "Validation score" if estimator.early_stopping else "Training loss"
        reason = "%s did not improve more than tol=%f for %d consecutive epochs." % (
            measure,
            estimator.tol,
            estimator.n_iter_no_change,
        )
        if self.optimizer.wants_to_stop(reason, estimator.verbose):
            return True
        estimator._no_improvement_count = 0
        return False

    def _information(self, start):
        estimator = self.estimator
        information = {
            "epoch": estimator.n_iter_,
            "loss": estimator.loss_,
            "learning_rate": self.rate,
            "seconds": time.perf_counter() - start,
        }
        if self.held_out is not None:
            information["validation_loss"] = estimator.validation_loss_curve_[-1]
            information["validation_score"] = estimator.validation_scores_[-1]
        return information

    def _call(self, callbacks, start):
        """Calls them all; whether one of them stops the training."""
        estimator, holder = self.estimator, self.holder
        information = self._information(start)
        answers = [callback(estimator, information) for callback in callbacks]
        if holder.is_out and not holder.take_edits():
            raise ValueError(
                "A callback gave coefs_ or intercepts_ another shape or dtype, which a "
                "training cannot go on with."
            )
        return any(map(is_true, answers))


class Constants:
    """The part of a loss that does not depend on the network, which the engine leaves out.

    scikit-learn reports the mean over the batches, each batch's being weighted by its rows' weights.
    """

    def __init__(self, of_rows, weights, batch_size):
        self._of_rows = of_rows
        self._weights = weights
        self._batch_size = batch_size

    def of(self, order):
        """The constant of an epoch."""
        if self._of_rows is None:
            return 0.0
        of_rows = self._of_rows[order]
        if self._weights is None:
            return float(of_rows.mean())
        starts = np.arange(0, len(order), self._batch_size)
        weights = self._weights[order]
        sums = np.add.reduceat(weights * of_rows, starts)
        means = sums / np.add.reduceat(weights, starts)
        rows = np.diff(np.append(starts, len(order)))
        return float(means @ rows) / len(order)
