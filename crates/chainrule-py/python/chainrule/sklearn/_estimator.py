"""What the classifier and the regressor have in common."""

import copy
from numbers import Real

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from ._attributes import Attributes
from ._examples import Target, engine_inputs
from ._files import save
from ._lbfgs import Objective, fit_lbfgs
from ._network import draw, normalizations, output_text
from ._parameters import CONSTRAINTS, STOCHASTIC_SOLVERS, check_parameters
from ._stochastic import fit_stochastic
from ._threads import Turns
from ._undo import Undo
from ._weights import Weights

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)


def check_not_negative(weights, name="sample_weight"):
    """Refuses weights with which a loss has no minimum."""
    if not (weights >= 0).all():
        raise ValueError(f"{name} must be numbers of at least 0, got {weights[~(weights >= 0)][0]}.")


class MultilayerPerceptron(Attributes, BaseEstimator):
    """The base class of the estimators, as scikit-learn has one; use those derived from it."""

    _parameter_constraints: dict = CONSTRAINTS

    # The weights.

    @property
    def coefs_(self) -> list:
        """list of ndarray of shape (inputs, units): the weight matrix of each layer."""
        return self._part("coefs")

    @coefs_.setter
    def coefs_(self, coefs):
        self._replace(coefs=coefs)

    @property
    def intercepts_(self) -> list:
        """list of ndarray of shape (units,): the biases of each layer."""
        return self._part("intercepts")

    @intercepts_.setter
    def intercepts_(self, intercepts):
        self._replace(intercepts=intercepts)

    @coefs_.deleter
    def coefs_(self):
        self._part("coefs")
        self._weights.replace(coefs=None)

    @intercepts_.deleter
    def intercepts_(self):
        self._part("intercepts")
        self._weights.replace(intercepts=None)

    def _part(self, name):
        weights = self.__dict__.get("_weights")
        part = None if weights is None else getattr(weights, name)
        if part is None:
            message = f"{type(self).__name__!r} object has no attribute '{name}_'"
            raise AttributeError(message, name=f"{name}_", obj=self)
        return part

    def _has_weights(self):
        weights = self.__dict__.get("_weights")
        return weights is not None and weights._coefs is not None

    def _replace(self, **parts):
        for name, arrays in parts.items():
            if arrays is None:
                raise TypeError(f"{name}_ must be a list of arrays, got None.")
        if "_weights" not in self.__dict__:
            self._weights = Weights(None, None)
        self._weights.replace(**parts)

    def __copy__(self):
        # The holder of the weights and what drives it are the copy's own, the arrays are shared: so an
        # assignment to an attribute of one leaves the other alone, as with any object.
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        for name in ("_weights", "_optimizer"):
            if name in other.__dict__:
                other.__dict__[name] = copy.copy(other.__dict__[name])
        return other

    # Training.

    def _validate_params(self):
        super()._validate_params()
        check_parameters(self)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, eval_set=None):
        """Fit the model to data matrix X and target(s) y.

        A fit that fails leaves the estimator as it was.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n_samples, n_features)
            The input data.

        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The target values (class labels in classification, real numbers in
            regression).

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        eval_set : tuple (X, y) or (X, y, sample_weight), default=None
            Rows that are not trained on. After each epoch their loss is appended to
            `validation_loss_curve_` and their score to `validation_scores_`. With
            `early_stopping=True` they take the place of the rows that would be set
            aside.

        Returns
        -------
        self : object
            Returns a trained MLP model.
        """
        return self._fit(X, y, sample_weight=sample_weight, eval_set=eval_set)

    def _fit(self, X, y, sample_weight=None, eval_set=None, incremental=False):
        with Turns.of(self), Undo(self):
            return self._fit_or_fail(X, y, sample_weight, eval_set, incremental)

    def _fit_or_fail(self, X, y, sample_weight, eval_set, incremental):
        # Make sure self.hidden_layer_sizes is a list
        hidden = self.hidden_layer_sizes
        hidden = list(hidden) if hasattr(hidden, "__iter__") else [hidden]
        if np.any(np.array(hidden) <= 0):
            raise ValueError("hidden_layer_sizes must be > 0, got %s." % hidden)
        first_pass = not self._has_weights() or (
            not self.warm_start and not incremental
        )
        X, target = self._validate_input(X, y, incremental, reset=first_pass)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
            check_not_negative(sample_weight)
        weights = self._with_class_weights(target, sample_weight, incremental)
        if weights is not sample_weight:
            check_not_negative(weights, "The weights in class_weight")
        expected = target.width if first_pass else getattr(self, "n_outputs_", target.width)
        if target.width != expected:
            raise ValueError(
                f"y must have {expected} columns as in the call before, got shape "
                f"{np.shape(target.labels)}."
            )
        if eval_set is not None:
            eval_set = self._validate_eval_set(eval_set, target.width)
        self.n_outputs_ = target.width
        self._random_state = check_random_state(self.random_state)
        if first_pass:
            self._initialize([X.shape[1], *hidden, target.width], X.dtype)
        elif self._weights.is_out:
            self._weights.check(self)
        if self.solver in STOCHASTIC_SOLVERS:
            self._start_curves(eval_set is not None)
            fit_stochastic(
                self, X, target, weights, sample_weight, eval_set, incremental
            )
        else:
            # Those of an earlier fit with batches are not of this one.
            for name in ("validation_loss_curve_", "validation_scores_", "best_validation_score_"):
                self.__dict__.pop(name, None)
            if eval_set is not None:
                self.validation_loss_curve_, self.validation_scores_ = [], []
                self.best_validation_score_ = None
            fit_lbfgs(self, X, target, weights, eval_set)
        holder = self._weights
        arrays = (*holder._coefs, *holder._intercepts, *holder.others.values())
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may"
                " contain large values and need to be preprocessed."
            )
        # Made now, so that no prediction changes the estimator.
        holder.prepare(self)
        return self

    def _initialize(self, units, dtype):
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(units)
        self.out_activation_ = self._output_activation()
        coefs, intercepts = draw(self._random_state, units, self.activation, dtype)
        kinds = normalizations(self.normalization, len(units) - 2)
        self._weights = Weights(coefs, intercepts, kinds)
        if self.solver in STOCHASTIC_SOLVERS:
            self.loss_curve_ = []
            self.learning_rate_curve_ = []
            self.validation_loss_curve_ = None
            self._no_improvement_count = 0
            if self.early_stopping:
                self.validation_scores_ = []
                self.best_validation_score_ = -np.inf
                self.best_loss_ = None
            else:
                self.best_loss_ = np.inf
                self.validation_scores_ = None
                self.best_validation_score_ = None

    def _start_curves(self, is_evaluated):
        """Makes the lists that the epochs are appended to, where an earlier fit did not."""
        if is_evaluated or self.early_stopping:
            for name in ("validation_loss_curve_", "validation_scores_"):
                if getattr(self, name, None) is None:
                    setattr(self, name, [])
        for name in ("loss_curve_", "learning_rate_curve_"):
            if not hasattr(self, name):
                setattr(self, name, [])
        for name in ("validation_scores_", "best_validation_score_", "best_loss_"):
            if not hasattr(self, name):
                setattr(self, name, None)
        for name in ("t_", "_no_improvement_count"):
            if not hasattr(self, name):
                setattr(self, name, 0)

    def _validate_eval_set(self, eval_set, width):
        is_tuple = isinstance(eval_set, (tuple, list)) and len(eval_set) in (2, 3)
        # A list of them, as other libraries take it.
        if not is_tuple or (isinstance(eval_set, list) and isinstance(eval_set[0], tuple)):
            raise ValueError(
                "eval_set must be a tuple (X, y) or (X, y, sample_weight); "
                f"got {eval_set!r:.100}."
            )
        X, y, *weights = eval_set
        try:
            X, target = self._validate_input(X, y, incremental=True, reset=False, extra=True)
            if target.width != width:
                raise ValueError(f"y must have {width} columns as in training, got shape {np.shape(y)}.")
            if not weights or weights[0] is None:
                return X, target, None
            weights = _check_sample_weight(weights[0], X)
            check_not_negative(weights)
        except (ValueError, TypeError) as error:
            kind = ValueError if isinstance(error, ValueError) else TypeError
            raise kind(f"eval_set: {error}") from error
        return X, target, weights

    def _with_class_weights(self, target, sample_weight, incremental):
        """The weights of rows for training."""
        return sample_weight

    def _loss_grad_lbfgs(
        self,
        packed_coef_inter,
        X,
        y,
        sample_weight,
        activations,
        deltas,
        coef_grads,
        intercept_grads,
    ):
        """The loss and its gradient at packed weights, with scikit-learn's signature.

        The lists are scikit-learn's room for intermediate results, which the engine does not need.
        """
        y = np.asarray(y, dtype=np.float64)
        target = Target(y, y, y.shape[1])
        return Objective(self, X, target, sample_weight)(packed_coef_inter)

    def _check_solver(self):
        if self.solver not in STOCHASTIC_SOLVERS:
            raise AttributeError(
                "partial_fit is only available for stochastic"
                " optimizers. %s is not stochastic." % self.solver
            )
        return True

    def _callback_list(self):
        if self.callbacks is None:
            return []
        return [self.callbacks] if callable(self.callbacks) else list(self.callbacks)

    @property
    def _drops_units(self):
        dropout = self.dropout
        shares = [dropout] if isinstance(dropout, Real) else dropout
        return any(share > 0 for share in (*shares, self.input_dropout))

    # The loss. Those of classes are what the engine reports.

    def _loss_scale(self):
        """What the engine's loss is multiplied by."""
        return 1.0

    def _loss_constants(self, target):
        """What is added to the engine's loss for each row, if anything."""
        return None

    def _held_out_loss(self, training, held_out):
        loss = training.loss(held_out.inputs, held_out.targets, held_out.weights)
        constants = self._loss_constants(held_out.target)
        if constants is not None:
            constants = float(np.average(constants, weights=held_out.weights))
        return loss * self._loss_scale() + (constants or 0.0)

    # Prediction.

    def _output_text(self):
        return output_text(self.out_activation_, getattr(self, "_output_groups", None))

    def _outputs(self, X, method="predict"):
        """What the engine gives for rows of inputs: the outputs of the network, or classes.

        A plain array that is as it should be is given to the engine at once, which checks that its
        numbers are finite. Everything else, and all that is wrong, is for scikit-learn's validation.
        """
        attributes = self.__dict__
        weights = attributes.get("_weights")
        if (
            type(X) is np.ndarray
            and X.ndim == 2
            and weights is not None
            and X.shape[1] == attributes.get("n_features_in_")
            and X.shape[0] > 0
            and ("feature_names_in_" not in attributes or X is weights.trusted)
        ):
            dtype = X.dtype
            if dtype is _FLOAT64 or dtype is _FLOAT32:
                double = dtype is _FLOAT64 or weights.is_double
                engine = weights.engine_of(self, double)
                flags = X.flags
                if not (flags.c_contiguous and flags.aligned):
                    X = np.require(X, None, "CA")
                if double and dtype is _FLOAT32:
                    X = X.astype(_FLOAT64)
                try:
                    return getattr(engine, method)(X)
                except ValueError:
                    pass  # not finite, which the validation says in scikit-learn's words
        check_is_fitted(self)
        if weights is None:
            self._part("coefs")  # there is no such attribute
        if X is not weights.trusted:
            X = validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)
        if X.dtype.kind not in "fiub":
            X[:1] @ weights.coefs[0]  # NumPy says what is wrong, as it does to theirs
        double = np.result_type(X.dtype, _FLOAT32) != _FLOAT32 or weights.is_double
        engine = weights.engine_of(self, double)
        inputs = engine_inputs(X, _FLOAT64 if double else _FLOAT32)
        return getattr(engine, method)(inputs, False)

    def save(self, path):
        """Writes the network into a model file, which chainrule's command line reads too.

        A loss of one's own is written as its expression. What is no plain value, such as callbacks,
        a function as the monitor, or a RandomState, is left out with a warning.

        Parameters
        ----------
        path : str or path-like
            Where to.
        """
        check_is_fitted(self)
        save(self, path)

    @classmethod
    def load(cls, path):
        """Reads an estimator from a model file: one that `save` or the command line wrote.

        Parameters
        ----------
        path : str or path-like
            Where from.

        Returns
        -------
        estimator : MLPClassifier or MLPRegressor
            Fitted, ready to predict and to go on with `partial_fit`.
        """
        from ._files import load

        estimator = load(path)
        if not isinstance(estimator, cls):
            raise ValueError(
                f"{path} has a model for {type(estimator).__name__}, not for {cls.__name__}."
            )
        return estimator

    def forget_optimizer(self):
        """Drops what the optimiser remembers, which makes pickles smaller.

        With Adam that is two numbers for each weight. A `partial_fit` to come begins with a fresh
        optimiser; predictions are the same.

        Returns
        -------
        self : object
            The estimator.
        """
        self.__dict__.pop("_optimizer", None)
        if "_weights" in self.__dict__:
            self._weights.training = self._weights.training_key = None
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

