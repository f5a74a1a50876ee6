"""What an optimiser remembers between the epochs, and scikit-learn's rules for its learning rate."""

import copy

import numpy as np

from ._parameters import RULES


class Optimizer:
    """The settings and the memory of a stochastic solver.

    The memory is in the engine while steps are taken there, and is fetched when it is asked for or
    copied. It is pickled only where ``partial_fit`` was called before: the pickle of a model that was
    fitted at once is for predictions, and would be thrice as large with Adam's memory.

    Settings are those of the time when it was made, as scikit-learn has it: ``set_params`` between two
    calls of ``partial_fit`` does not change them.

    Attributes
    ----------
    learning_rate : float
        The current learning rate; with Adam that of the last step, the corrections of its averages
        included.
    t : int
        Steps taken.
    states : list of ndarray
        What is remembered: an array of one number for each weight and bias, or two, or none.
    """

    def __init__(self, estimator):
        self.solver = estimator.solver
        self.learning_rate_init = estimator.learning_rate_init
        self.rule = estimator.learning_rate
        self.power_t = estimator.power_t
        self.momentum = estimator.momentum
        self.nesterov = estimator.nesterovs_momentum
        self.beta_1 = estimator.beta_1
        self.beta_2 = estimator.beta_2
        self.epsilon = estimator.epsilon
        self.weight_decay = estimator.weight_decay
        self.warm_up = float(estimator.warm_up)
        self.rate = float(self.learning_rate_init)
        self._t = 0
        self._states = []
        self._training = None

        self.is_streaming = False  # whether partial_fit was called

    def __getstate__(self):
        if self.is_streaming:
            self._fetch()
            return {**self.__dict__, "_training": None}
        return {**self.__dict__, "_training": None, "_t": 0, "_states": []}

    def __deepcopy__(self, known):
        return copy.copy(self)

    def __copy__(self):
        self._fetch()
        other = Optimizer.__new__(Optimizer)
        other.__dict__.update(self.__dict__)
        # A copy of its own already, or else one that nobody writes to.
        other._training, other._states = None, list(self._states)
        return other

    # The memory.

    def _fetch(self):
        if self._training is not None:
            self._t, states = self._training.states()
            # In the precision of the weights, which they were computed in.
            self._states = [state.astype(self._dtype, copy=False) for state in states]

    def drive(self, training, dtype):
        """Hands the memory over to steps that go on from here, on weights of this type."""
        if training is self._training:
            return
        self._fetch()
        if self._t > 0:
            states = [state.astype(np.float64, copy=False) for state in self._states]
            training.set_states(self._t, states)
        self._training, self._dtype, self._states = training, dtype, []

    @property
    def t(self):
        """Steps taken."""
        self._fetch()
        return self._t

    @property
    def states(self):
        """What is remembered, in the order of the engine's parameters."""
        self._fetch()
        return self._states

    # The learning rate.

    @property
    def is_by_rule(self):
        """Whether the rate of an epoch is set here, and not by a schedule of the engine."""
        return self.rule in RULES and self.warm_up == 0

    @property
    def has_rule(self):
        """Whether scikit-learn's rule applies: it leaves Adam's learning rate as it is."""
        return self.solver != "adam"

    @property
    def ends_by_plan(self):
        """Whether the schedule is over with the last epoch, so that reaching it is no failure."""
        return self.rule.split("(")[0] in ("cosine", "one_cycle")

    @property
    def learning_rate(self):
        """The current learning rate."""
        if not self.is_by_rule:
            return self.rate if self._training is None else self._training.learning_rate
        if self.solver in ("adam", "adamw") and self.t > 0:
            correction = (1 - self.beta_2**self._t) ** 0.5 / (1 - self.beta_1**self._t)
            return self.rate * correction
        return self.rate

    @learning_rate.setter
    def learning_rate(self, rate):
        self.rate = rate

    def settings(self):
        """The optimiser as the engine reads it."""
        rate = {"learning_rate": float(self.learning_rate_init)}
        adam = {
            "beta1": float(self.beta_1),
            "beta2": float(self.beta_2),
            "epsilon": float(self.epsilon),
        }
        if self.solver == "sgd" and self.momentum > 0:
            name = "nesterov_classic" if self.nesterov else "momentum_classic"
            return {"name": name, **rate, "momentum": float(self.momentum)}
        if self.solver == "adam":
            return {"name": "adam_hat", **rate, **adam}
        if self.solver == "adamw":
            decay = float(self.weight_decay)
            return {"name": "adamw", **rate, **adam, "weight_decay": decay}
        return {"name": self.solver, **rate}

    def schedule(self):
        """The engine's schedule."""
        if self.rule == "constant" or self.is_by_rule:
            return "constant"
        if self.rule == "invscaling":
            return f"inverse_scaling({float(self.power_t)!r})" if self.power_t else "constant"
        return self.rule

    def epoch_ends(self, rows_seen):
        """Sets the learning rate of the next epoch."""
        if self.rule == "invscaling" and self.has_rule and self.is_by_rule:
            rate = float(self.learning_rate_init)
            self.rate = rate / (rows_seen + 1) ** self.power_t

    def wants_to_stop(self, reason, verbose):
        """Whether training ends, there being no improvement; or else the learning rate falls."""
        lowers = self.rule == "adaptive" and self.has_rule
        if not lowers:
            ending = " Stopping."
        elif self.rate <= 1e-6:
            ending = " Learning rate too small. Stopping."
        else:
            self.rate /= 5.0
            lowers_to = " Setting learning rate to %f" % self.rate
            if verbose:
                print(reason + lowers_to)
            return False
        if verbose:
            print(reason + ending)
        return True
