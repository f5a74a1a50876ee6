"""What the parameters of the estimators may be."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from chainrule import _core

STOCHASTIC_SOLVERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
"""The solvers that take steps on batches."""

RULES = ("constant", "invscaling", "adaptive")
"""scikit-learn's rules for the learning rate, which are applied from epoch to epoch."""

# Names that the engine reads as well, scikit-learn's own among them.
_OTHER_ACTIVATIONS = {"identity", "logistic", "tanh", "relu", "linear", "swish", "exp"}


class Written(StrOptions):
    """A name out of several, perhaps with settings in brackets: ``relu``, ``elu(0.5)``.

    The settings are read by the engine, which says what is wrong with them.
    """

    def is_satisfied_by(self, val):
        return isinstance(val, str) and val.split("(", 1)[0].strip() in self.options


_SHARE = Interval(Real, 0, 1, closed="left")
_POSITIVE = Interval(Real, 0, None, closed="neither")
_NOT_NEGATIVE = Interval(Real, 0, None, closed="left")

CONSTRAINTS = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [Written({*_core.ACTIVATIONS, *_OTHER_ACTIVATIONS}), list, tuple],
    "solver": [StrOptions({"lbfgs", *STOCHASTIC_SOLVERS})],
    "alpha": [_NOT_NEGATIVE],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [Written({*RULES, *_core.SCHEDULES})],
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
    "normalization": [Written({"none", "batch", "layer"}), list, tuple, None],
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
