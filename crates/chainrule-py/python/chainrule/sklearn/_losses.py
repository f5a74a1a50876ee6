"""The losses, as the engine reads them."""

import numpy as np

from chainrule import _core

# The logarithm of a rate is the last layer's z, so that no logarithm of a rounded 0 is taken.
POISSON = "exp(z) - y*z"
# a is the logarithm of a softmax within each output's classes.
GROUPED_CROSS_ENTROPY = "-y*a"


class WrittenLoss:
    """A loss of one's own as a model file has it: a parameter like the function it was written from.

    Called with arrays of targets, outputs and, if it has them, pre-activations it computes the losses.

    Parameters
    ----------
    text : str
        The expression.
    """

    def __init__(self, text):
        self.text = text

    def __call__(self, y, a, z=None):
        arrays = {"y": y, "a": a} if z is None else {"y": y, "a": a, "z": z}
        arrays = {name: np.asarray(array, np.float64) for name, array in arrays.items()}
        return _core.expression_evaluate(self.text, arrays)

    def __eq__(self, other):
        return self.text == other.text if isinstance(other, WrittenLoss) else NotImplemented

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return f"WrittenLoss({self.text!r})"


def text_of(function):
    """The expression of a loss that is a function of targets and outputs."""
    from chainrule.autograd import loss_text

    return function.text if isinstance(function, WrittenLoss) else loss_text(function)


def recorded(function):
    """The settings for a loss that is a function of targets and outputs."""
    return {"own_loss": text_of(function)}
