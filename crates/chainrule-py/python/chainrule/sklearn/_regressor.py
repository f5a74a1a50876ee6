"""The regressor."""

import numpy as np
from scipy.special import xlogy
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from ._estimator import MultilayerPerceptron
from ._examples import Target
from ._held_out import r2
from ._losses import POISSON, recorded
from ._parameters import Written, set_parameters


class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """Multi-layer Perceptron regressor.

    This model optimizes the squared error, or another loss, using LBFGS or stochastic
    gradient descent. It takes the place of ``sklearn.neural_network.MLPRegressor``: with the
    same parameters it gives the same results, many times faster.

    Parameters
    ----------
    loss : str or callable, default='squared_error'
        The loss function to use when training the weights, the mean over the outputs.

        - 'squared_error' and 'poisson' are half the squared error and half the Poisson
          deviance, as scikit-learn has them; 'poisson' has the exponential as the output
          activation and requires ``y >= 0``.

        - 'absolute_error' is the absolute error.

        - 'huber' or 'huber(delta)' is half the squared error up to ``delta`` (1), and
          ``delta * (error - delta / 2)`` beyond, so that outliers do not rule.

        - 'quantile' or 'quantile(q)' is smallest at the quantile q (0.5) of the targets.

        - A function ``loss(y, a)`` of symbols of ``chainrule.autograd``, y being the target
          and a the output, is the loss of one output. It is called once, to be recorded.

    @SHARED@
    @FURTHER@

    Attributes
    ----------
    @ATTRIBUTES@

    See Also
    --------
    MLPClassifier : Multi-layer Perceptron classifier.

    Examples
    --------
    >>> from chainrule.sklearn import MLPRegressor
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.model_selection import train_test_split
    >>> X, y = make_regression(n_samples=200, n_features=20, random_state=1)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y,
    ...                                                     random_state=1)
    >>> regr = MLPRegressor(random_state=1, max_iter=2000, tol=0.1)
    >>> regr.fit(X_train, y_train)
    MLPRegressor(max_iter=2000, random_state=1, tol=0.1)
    >>> regr.predict(X_test[:2]).shape
    (2,)
    >>> regr.score(X_test, y_test) > 0.9
    True

    An upper limit that nine of ten targets stay under:

    >>> upper = MLPRegressor("quantile(0.9)", solver="lbfgs", alpha=10.0, random_state=1,
    ...                      max_iter=1000, tol=1e-3)
    >>> upper.set_params(solver="adam", max_iter=50, tol=0, n_iter_no_change=50)
    MLPRegressor(alpha=10.0, loss='quantile(0.9)', max_iter=50, n_iter_no_change=50,
                 random_state=1, tol=0)
    """

    _parameter_constraints: dict = {
        "loss": [
            Written(
                {"squared_error", "poisson", "absolute_error", "huber", "quantile"}
            ),
            callable,
        ],
        **MultilayerPerceptron._parameter_constraints,
    }

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        dropout=0.0,
        input_dropout=0.0,
        normalization=None,
        weight_decay=0.01,
        warm_up=0.0,
        clip_norm=None,
        clip_value=None,
        l1=0.0,
        monitor=None,
        callbacks=None,
        progress_bar=False,
        n_threads=None,
    ):
        set_parameters(self, locals())

    # Targets.

    def _output_activation(self):
        return "exp" if self.loss == "poisson" else "identity"

    def _validate_input(self, X, y, incremental, reset, extra=False):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        values = y.reshape(-1, 1) if y.ndim == 1 else y
        return X, Target(values, y, values.shape[1])

    # The loss.

    def _loss_settings(self):
        if callable(self.loss):
            return recorded(self.loss)
        if self.loss == "squared_error":
            return {"loss": "quadratic"}
        if self.loss == "poisson":
            return {"own_loss": POISSON}
        return {"loss": self.loss}

    def _loss_scale(self):
        # The engine sums the squares of the outputs, which the gradient is of; what scikit-learn
        # reports is their mean.
        return 1.0 / self.n_outputs_ if self.loss == "squared_error" else 1.0

    def _loss_constants(self, target):
        if self.loss != "poisson":
            return None
        y = np.asarray(target.values, dtype=np.float64)
        return (xlogy(y, y) - y).sum(axis=1)

    def _held_out_score(self, engine, held_out):
        """R^2."""
        predicted = engine.predict(held_out.inputs, False)
        if not np.isfinite(predicted).all():
            return np.nan
        return r2(held_out.target.values, predicted, held_out.weights)

    # Prediction.

    def predict(self, X):
        """Predict using the multi-layer perceptron model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        y : ndarray of shape (n_samples, n_outputs)
            The predicted values.
        """
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    @available_if(lambda est: est._check_solver)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Update the model with a single iteration over the given data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        y : ndarray of shape (n_samples,)
            The target values.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        self : object
            Trained MLP model.
        """
        return self._fit(X, y, sample_weight=sample_weight, incremental=True)
