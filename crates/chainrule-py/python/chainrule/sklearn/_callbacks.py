"""What callbacks answer."""

import numpy as np


def is_true(answer):
    """Whether a callback's answer ends the training: anything true, or in an array."""
    return bool(np.any(answer)) if hasattr(answer, "__array__") else bool(answer)
