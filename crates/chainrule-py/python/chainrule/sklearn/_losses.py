"""The losses, as the engine reads them."""

# The logarithm of a rate is the last layer's z, so that no logarithm of a rounded 0 is taken.
POISSON = "exp(z) - y*z"
# a is the logarithm of a softmax within each output's classes.
GROUPED_CROSS_ENTROPY = "-y*a"


def recorded(function):
    """The settings for a loss that is a function of targets and outputs."""
    from chainrule.autograd import loss_text

    return {"own_loss": loss_text(function)}
