"""Rows for training and validation, in the form that the engine takes."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse


def engine_inputs(X, dtype):
    """Rows of inputs for the engine: aligned and in C order, or the parts of a CSR matrix."""
    if not issparse(X):
        return np.require(X, dtype, ("C", "A"))
    X = X.tocsr()
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    data = np.require(X.data, dtype, ("C", "A"))
    return data, np.ascontiguousarray(X.indices), np.ascontiguousarray(X.indptr), X.shape[1]


@dataclass
class Target:
    """What is to be predicted.

    Attributes
    ----------
    values : ndarray
        The number of each row's class (uint32), or a matrix with a column for each unit of the output
        layer.
    labels : ndarray
        The same as it was given: classes, labels or numbers.
    width : int
        Units of the output layer.
    stratify : ndarray or None
        What a split keeps the shares of.
    """

    values: np.ndarray
    labels: np.ndarray
    width: int
    stratify: np.ndarray | None = None

    def of(self, rows):
        """That of some rows."""
        return Target(self.values[rows], self.labels[rows], self.width)

    def for_engine(self, dtype):
        """The values as the engine takes them."""
        if self.values.dtype == np.uint32:
            return np.ascontiguousarray(self.values)
        if self.values.dtype != np.float64 or dtype != np.float32:
            return np.require(self.values, dtype, ("C", "A"))
        with np.errstate(over="ignore"):
            values = np.require(self.values, dtype, ("C", "A"))
        if not np.isfinite(values).all():
            raise ValueError(
                "y has numbers beyond the range of float32, in which the network is trained since X is "
                "float32. Scale y, or give X as float64."
            )
        return values


class Examples:
    """Rows with targets, and weights if they have any.

    Parameters
    ----------
    X : ndarray or sparse matrix
        Inputs.
    target : Target
        What is to be predicted.
    weights : ndarray or None
        How much each row counts.
    dtype : dtype
        The engine's.
    """

    def __init__(self, X, target, weights, dtype):
        self.X = X
        self.target = target
        self.inputs = engine_inputs(X, dtype)
        self.targets = target.for_engine(dtype)
        self.weights = weights
        if weights is not None:
            self.weights = np.require(weights, np.float64, ("C", "A"))

    @property
    def rows(self):
        """How many there are."""
        return self.X.shape[0]
