"""The regressor."""

import numpy as np
from scipy.sparse import issparse
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

    hidden_layer_sizes : array-like of shape(n_layers - 2,), default=(100,)
        The ith element represents the number of neurons in the ith
        hidden layer.

    activation : str or list of str, default='relu'
        Activation function for the hidden layers; a list has one for each.

        - 'identity', no-op activation, useful to implement linear bottleneck,
          returns f(x) = x

        - 'logistic', the logistic sigmoid function,
          returns f(x) = 1 / (1 + exp(-x)).

        - 'tanh', the hyperbolic tan function,
          returns f(x) = tanh(x).

        - 'relu', the rectified linear unit function,
          returns f(x) = max(0, x)

        - also 'leaky_relu(0.01)', 'elu(1.0)', 'selu', 'gelu', 'gelu_tanh', 'mish', 'silu',
          'softplus' and 'exponential', which scikit-learn does not have; the numbers in
          brackets are the usual ones and may be left out.

    solver : {'lbfgs', 'sgd', 'adam', 'adamw', 'rmsprop', 'adagrad'}, default='adam'
        The solver for weight optimization.

        - 'lbfgs' is an optimizer in the family of quasi-Newton methods: SciPy's.

        - 'sgd' refers to stochastic gradient descent.

        - 'adam' refers to a stochastic gradient-based optimizer proposed by
          Kingma, Diederik, and Jimmy Ba

        - 'adamw' is Adam with weights that decay apart from the gradient (Loshchilov and
          Hutter, 2019); see `weight_decay`.

        - 'rmsprop' (Tieleman and Hinton, 2012) and 'adagrad' (Duchi et al., 2011) have a step
          size for each weight.

        Note: The default solver 'adam' works pretty well on relatively
        large datasets (with thousands of training samples or more) in terms of
        both training time and validation score.
        For small datasets, however, 'lbfgs' can converge faster and perform
        better.

    alpha : float, default=0.0001
        Strength of the L2 regularization term. The L2 regularization term
        is divided by the sample size when added to the loss.

    batch_size : int, default='auto'
        Size of minibatches for stochastic optimizers.
        If the solver is 'lbfgs', the estimator will not use minibatch.
        When set to "auto", `batch_size=min(200, n_samples)`.

    learning_rate : str, default='constant'
        Learning rate schedule for weight updates.

        - 'constant' is a constant learning rate given by
          'learning_rate_init'.

        - 'invscaling' gradually decreases the learning rate at each
          time step 't' using an inverse scaling exponent of 'power_t'.
          effective_learning_rate = learning_rate_init / pow(t, power_t)

        - 'adaptive' keeps the learning rate constant to
          'learning_rate_init' as long as training loss keeps decreasing.
          Each time two consecutive epochs fail to decrease training loss by at
          least tol, or fail to increase validation score by at least tol if
          'early_stopping' is on, the current learning rate is divided by 5.

        These three are scikit-learn's, which has them for `solver='sgd'` only; 'adam' leaves
        'invscaling' and 'adaptive' alone here as well. For every stochastic solver there are
        also 'cosine', 'exponential(0.95)', 'step(10, 0.1)', 'one_cycle(0.3, 25, 10000)' and
        'plateau(0.1, 10)', with the usual numbers in brackets: see chainrule's schedules.

    learning_rate_init : float, default=0.001
        The initial learning rate used. It controls the step-size
        in updating the weights. Used by the stochastic solvers.

    power_t : float, default=0.5
        The exponent for inverse scaling learning rate.
        It is used in updating effective learning rate when the learning_rate
        is set to 'invscaling'.

    max_iter : int, default=200
        Maximum number of iterations. The solver iterates until convergence
        (determined by 'tol') or this number of iterations. For stochastic
        solvers, note that this determines the number of epochs
        (how many times each data point will be used), not the number of
        gradient steps.

    shuffle : bool, default=True
        Whether to shuffle samples in each iteration. Only used by the stochastic
        solvers.

    random_state : int, RandomState instance, default=None
        Determines random number generation for weights and bias
        initialization, train-test split if early stopping is used, batch
        sampling and dropout. The same seed gives the same numbers as
        scikit-learn's. Pass an int for reproducible results across multiple
        function calls. See :term:`Glossary <random_state>`.

    tol : float, default=1e-4
        Tolerance for the optimization. When the loss or score is not improving
        by at least ``tol`` for ``n_iter_no_change`` consecutive iterations,
        unless ``learning_rate`` is set to 'adaptive', convergence is
        considered to be reached and training stops.

    verbose : bool, default=False
        Whether to print progress messages to stdout.

    warm_start : bool, default=False
        When set to True, reuse the solution of the previous
        call to fit as initialization, otherwise, just erase the
        previous solution. See :term:`the Glossary <warm_start>`.

    momentum : float, default=0.9
        Momentum for gradient descent update. Should be between 0 and 1. Only
        used when solver='sgd'.

    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum. Only used when solver='sgd' and
        momentum > 0.

    early_stopping : bool, default=False
        Whether to use early stopping to terminate training when validation
        score is not improving. If set to True, it will automatically set
        aside ``validation_fraction`` of training data as validation, unless `fit` is
        given an ``eval_set``, and terminate training when validation score is not
        improving by at least ``tol`` for ``n_iter_no_change`` consecutive epochs;
        the best weights are kept.
        Only effective with a stochastic solver.

    validation_fraction : float, default=0.1
        The proportion of training data to set aside as validation set for
        early stopping. Must be between 0 and 1.
        Only used if early_stopping is True.

    beta_1 : float, default=0.9
        Exponential decay rate for estimates of first moment vector in adam and adamw,
        should be in [0, 1).

    beta_2 : float, default=0.999
        Exponential decay rate for estimates of second moment vector in adam and adamw,
        should be in [0, 1).

    epsilon : float, default=1e-8
        Value for numerical stability in adam and adamw.

    n_iter_no_change : int or inf, default=10
        Maximum number of epochs to not meet ``tol`` improvement.
        Only effective with a stochastic solver.

    max_fun : int, default=15000
        Only used when solver='lbfgs'. Maximum number of function calls.
        The solver iterates until convergence (determined by ``tol``), number
        of iterations reaches max_iter, or this number of function calls.
        Note that number of function calls will be greater than or equal to
        the number of iterations.

    dropout : float or list of float, default=0.0
        Share of the units of the hidden layers that is dropped in each training step
        (Srivastava et al., 2014), in [0, 1); a list has one for each layer. Needs a
        stochastic solver.

    input_dropout : float, default=0.0
        Share of the inputs that is dropped in each training step.

    normalization : {'batch', 'layer'}, list or None, default=None
        What the hidden layers are normalised over before their biases are added: the batch
        (Ioffe and Szegedy, 2015) or the layer (Ba et al., 2016); a list has one for each
        layer.

    weight_decay : float, default=0.01
        How fast weights and biases decay, in units of the learning rate. Only used when
        solver='adamw'.

    warm_up : float, default=0.0
        Epochs over which the learning rate rises to its schedule.

    clip_norm : float or None, default=None
        The largest length that the gradient of a step may have; longer ones are shortened.

    clip_value : float or None, default=None
        The largest size that an element of the gradient may have.

    l1 : float, default=0.0
        Strength of the L1 regularization term, which is divided by the sample size as the L2
        term is.

    monitor : str, callable or None, default=None
        What the score on validation rows is: None for R^2, 'loss' for the loss with
        its sign changed, the name of a scorer of scikit-learn, or a function
        ``monitor(estimator, X, y)`` that returns a number, of which more is better.

    callbacks : callable, list of callable or None, default=None
        Called after each epoch as ``callback(estimator, information)``. The information is a
        dict of 'epoch', 'loss', 'learning_rate', 'seconds' and, if there are validation rows,
        'validation_loss' and 'validation_score'. The estimator predicts with the weights so
        far; what is changed in `coefs_` and `intercepts_` is taken over. Training stops if one
        of them returns something true.

    progress_bar : bool, default=False
        Whether to show a progress bar, in a terminal or in a notebook; elsewhere, a line now
        and then.

    n_threads : int or None, default=None
        Threads at most. None takes the processors that the process may use, or fewer where
        joblib, Dask or OMP_NUM_THREADS say so. The results do not depend on it.

    Attributes
    ----------
    loss_ : float
        The current loss computed with the loss function.

    best_loss_ : float or None
        The minimum loss reached by the solver throughout fitting.
        If `early_stopping=True`, this attribute is set to `None`. Refer to
        the `best_validation_score_` fitted attribute instead.
        Only accessible with a stochastic solver.

    loss_curve_ : list of shape (`n_iter_`,)
        The ith element in the list represents the loss at the ith iteration.
        Only accessible with a stochastic solver.

    learning_rate_curve_ : list of shape (`n_iter_`,)
        The learning rate of the last step of each iteration.
        Only accessible with a stochastic solver.

    validation_loss_curve_ : list of shape (`n_iter_`,) or None
        The loss of the validation rows after each iteration, without regularization
        terms. `None` where there are none.

    validation_scores_ : list of shape (`n_iter_`,) or None
        The score at each iteration on the validation rows: those held out
        by `early_stopping=True`, or the ``eval_set`` of `fit`. The score is R^2,
        or what `monitor` says. `None` where there are none.

    best_validation_score_ : float or None
        The best validation score. `None` where there are no validation rows.

    t_ : int
        The number of training samples seen by the solver during fitting.

    coefs_ : list of shape (n_layers - 1,)
        The ith element in the list represents the weight matrix corresponding
        to layer i. They may be edited: predictions and training go on with what they are.

    intercepts_ : list of shape (n_layers - 1,)
        The ith element in the list represents the bias vector corresponding to
        layer i + 1.

    n_features_in_ : int
        Number of features seen during :term:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during :term:`fit`. Defined only when `X`
        has feature names that are all strings.

    n_iter_ : int
        The number of iterations the solver has run.

    n_layers_ : int
        Number of layers.

    n_outputs_ : int
        Number of outputs.

    out_activation_ : str
        Name of the output activation function.

    See Also
    --------
    MLPClassifier : Multi-layer Perceptron classifier.

    Notes
    -----
    Each training makes new arrays of `coefs_` and `intercepts_`. Those that were asked for before a
    `partial_fit` or a warm start keep their numbers, where scikit-learn writes into them.

    With X in float32 the network is trained in float32, and targets must be within its range.
    Weights of rows must not be negative.

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
        if issparse(y):
            raise TypeError(
                "Sparse data was passed for y, but dense data is required. "
                "Use '.toarray()' to convert to a dense numpy array."
            )
        if y.dtype.kind not in "fiub":
            np.subtract(y[:1], X.dtype.type(0))  # NumPy says what is wrong, as it does to theirs
        values = y.reshape(-1, 1) if y.ndim == 1 else y
        return X, Target(values, y, values.shape[1])

    # The loss.

    def _loss_settings(self):
        # Beside a loss of one's own a named one says what targets there may be: any numbers.
        any_numbers = {"loss": "quadratic"}
        if callable(self.loss):
            return {**any_numbers, **recorded(self.loss)}
        if self.loss == "squared_error":
            return any_numbers
        if self.loss == "poisson":
            return {**any_numbers, "own_loss": POISSON}
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
