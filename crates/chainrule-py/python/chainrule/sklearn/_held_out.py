"""Rows that are not trained on, which tell how well the network does."""

from inspect import Parameter, signature

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

from ._examples import Examples


class HeldOut(Examples):
    """Validation rows with what is measured on them."""

    def measure(self, estimator, training):
        """The loss on these rows and their score, of which more is better."""
        loss = estimator._held_out_loss(training, self)
        monitor = estimator.monitor
        if monitor is None:
            engine = estimator._weights.engine
            score = estimator._held_out_score(engine, self)
            if np.isnan(score) and self.rows < 2:
                raise ValueError("eval_set must have two rows at least, for R^2 to be defined.")
            return loss, score
        if monitor == "loss":
            return loss, -loss
        score = get_scorer(monitor) if isinstance(monitor, str) else monitor
        options = {}
        if self.weights is not None and _takes_weights(score):
            options["sample_weight"] = self.weights
        # The rows were validated, and without the names of their columns they would bring a warning.
        with estimator._weights.trusting(self.X):
            return loss, _number(score(estimator, self.X, self.target.labels, **options))


def _number(score):
    """A score as a number. One that is none would never be better, and the first weights the best."""
    try:
        number = np.nan if isinstance(score, str) else float(score)
    except (TypeError, ValueError):
        number = np.nan
    if np.isnan(number):
        raise ValueError(f"The monitor must return a number, got {score!r}.")
    return number


def check_monitor(estimator):
    """Refuses the name of a scorer that there is not, or that cannot be used."""
    monitor = estimator.monitor
    if not isinstance(monitor, str) or monitor == "loss":
        return
    get_scorer(monitor)
    if getattr(estimator, "_output_groups", None) is not None:
        raise ValueError(
            f"monitor={monitor!r} cannot be used where y has several columns of classes, which "
            "scikit-learn's scorers do not take; use None, 'loss' or a function."
        )


def _takes_weights(score):
    """Whether a scorer, or a function of one's own, can be given the weights of rows."""
    try:
        parameters = signature(score).parameters
    except (TypeError, ValueError):  # of one that is not written in Python
        return False
    return "sample_weight" in parameters or any(
        parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters.values()
    )


def split(X, target, weights, estimator):
    """Divides rows as scikit-learn's early stopping does.

    Returns
    -------
    rows : ndarray
        The rows to train on, in their order.
    held_out : tuple
        The others, their target and their weights.
    """
    rows, others = train_test_split(
        np.arange(X.shape[0]),
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=target.stratify,
    )
    if len(others) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    of_others = None if weights is None else weights[others]
    return rows, (X[others], target.of(others), of_others)


def r2(y, predicted, weights):
    """The coefficient of determination, the mean over the outputs, as ``r2_score`` has it.

    Computed here since the checks of ``r2_score`` would take longer than an epoch on small data.
    """
    if len(y) < 2:
        return float("nan")
    weight = 1.0 if weights is None else weights[:, np.newaxis]
    unexplained = np.sum(weight * (y - predicted) ** 2, axis=0)
    mean = np.average(y, axis=0, weights=weights)
    total = np.sum(weight * (y - mean) ** 2, axis=0)
    scores = np.ones(y.shape[1])
    varies = total != 0
    scores[varies] = 1 - unexplained[varies] / total[varies]
    scores[~varies & (unexplained != 0)] = 0.0
    return float(np.average(scores))
