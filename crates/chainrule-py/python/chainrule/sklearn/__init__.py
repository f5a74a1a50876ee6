"""Drop-in replacements for scikit-learn's multi-layer perceptrons.

Change ``from sklearn.neural_network import MLPClassifier`` into ``from chainrule.sklearn import
MLPClassifier``: parameters, attributes, warnings and, with the same ``random_state``, results stay what
they are; training and prediction become many times faster. What is more than scikit-learn has are
further keyword parameters, which change nothing unless they are given.
"""

from ._classifier import MLPClassifier
from ._files import load
from ._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "load"]
