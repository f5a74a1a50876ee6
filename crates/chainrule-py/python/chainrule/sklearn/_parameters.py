"""What the parameters of the estimators may be."""

import json
import re
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
)

from chainrule import _core

STOCHASTIC_SOLVERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
"""The solvers that take steps on batches."""

RULES = ("constant", "invscaling", "adaptive")
"""scikit-learn's rules for the learning rate, which are applied from epoch to epoch."""

# Names that the engine reads as well, scikit-learn's own among them.
_OTHER_ACTIVATIONS = {"identity", "logistic", "tanh", "relu", "linear", "swish", "exp"}


# Losses of the regressor without settings.
_PLAIN_LOSSES = ("squared_error", "poisson", "absolute_error")


class Written(StrOptions):
    """A name out of several, perhaps with settings in brackets: ``relu``, ``elu(0.5)``.

    The settings are read by the engine, which says what is wrong with them.
    """

    def is_satisfied_by(self, val):
        return isinstance(val, str) and val.split("(", 1)[0].strip() in self.options


# Names that need no trial.
_NAMES = {
    "activation": {*_core.ACTIVATIONS, *_OTHER_ACTIVATIONS},
    "normalization": {"none", "batch", "layer"},
    "learning_rate": {*RULES, *_core.SCHEDULES},
    "loss": {"log_loss", "huber", "quantile", *_PLAIN_LOSSES},
}

_SHARE = Interval(Real, 0, 1, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")

CONSTRAINTS = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [Written(_NAMES["activation"]), list, tuple],
    "solver": [StrOptions({"lbfgs", *STOCHASTIC_SOLVERS})],
    "alpha": [_NOT_NEGATIVE],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Written(_NAMES["learning_rate"])],
    "learning_rate_init": [_POSITIVE],
    "power_t": [_NOT_NEGATIVE],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [_NOT_NEGATIVE],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [_SHARE],
    "beta_1": [_SHARE],
    "beta_2": [_SHARE],
    "epsilon": [_POSITIVE],
    "n_iter_no_change": [
        Interval(Integral, 1, None, closed="left"),
        Options(Real, {np.inf}),
    ],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    # From here on what scikit-learn does not have.
    "dropout": [_SHARE, list, tuple],
    "input_dropout": [_SHARE],
    "normalization": [Written(_NAMES["normalization"]), list, tuple, None],
    "weight_decay": [_NOT_NEGATIVE],
    "warm_up": [_NOT_NEGATIVE],
    "clip_norm": [_POSITIVE, None],
    "clip_value": [_POSITIVE, None],
    "l1": [_NOT_NEGATIVE],
    "monitor": [str, callable, None],
    "callbacks": [list, tuple, callable, None],
    "progress_bar": ["boolean"],
    "n_threads": [Interval(Integral, 1, None, closed="left"), None],
}
"""The constraints that both estimators share."""


def check_parameters(estimator):
    """Refuses what the constraints do not see: settings in brackets, and what is in lists."""
    for parameter in ("activation", "normalization", "learning_rate", "loss"):
        for value in _items(getattr(estimator, parameter)):
            if callable(value) or (value is None and parameter == "normalization"):
                continue
            if not isinstance(value, str):
                _refuse(estimator, parameter, value, "it must be a str")
            _check_text(estimator, parameter, value)
    for share in _items(estimator.dropout):
        if not _SHARE.is_satisfied_by(share):
            _refuse(estimator, "dropout", share, f"it must be {_SHARE}")
    if not callable(estimator.callbacks):
        for callback in estimator.callbacks or ():
            if not callable(callback):
                _refuse(estimator, "callbacks", callback, "it must be callable")


def _items(value):
    return value if isinstance(value, (list, tuple)) else [value]


def _refuse(estimator, parameter, value, reason):
    is_one_of_several = value is not getattr(estimator, parameter)
    raise InvalidParameterError(
        f"The {parameter!r} parameter of {type(estimator).__name__} cannot "
        f"{'have' if is_one_of_several else 'be'} {value!r}: {reason}."
    )


def _check_text(estimator, parameter, value):
    """Tries a text with settings on an engine of its own, which says what is wrong with it."""
    name = value.split("(", 1)[0].strip()
    if name in (*RULES, *_PLAIN_LOSSES):
        if value != name:
            _refuse(estimator, parameter, value, f"{name!r} has no settings")
        return
    if value in _NAMES[parameter]:
        return
    layer = {"units": 1, "activation": "identity"}
    hidden = {**layer, parameter: value} if parameter in ("activation", "normalization") else layer
    network = {"inputs": 1, "input_dropout": 0.0, "layers": [hidden, layer]}
    try:
        engine = _core.Engine(json.dumps(network), True)
        if hidden is layer:
            key = {"learning_rate": "schedule"}.get(parameter, parameter)
            _core.Training(engine, json.dumps({key: value}), False, 1)
    except ValueError as error:
        text = re.sub(r"^the (network is described wrongly|settings are wrong): ", "", str(error))
        text = re.sub(r" at line \d+ column \d+$", "", text)
        _refuse(estimator, parameter, value, text)


def set_parameters(estimator, arguments):
    """Stores the arguments of an ``__init__`` under their names, and nothing else."""
    for name, value in arguments.items():
        if name != "self":
            setattr(estimator, name, value)


def for_each(value, count, parameter):
    """The value of a parameter for each of ``count`` hidden layers: one for all, or a list of them."""
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{parameter} must have one value for each hidden layer, of which there are {count}; "
            f"got {len(value)} values."
        )
    return list(value)
