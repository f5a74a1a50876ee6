"""The classifier."""

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target
from sklearn.utils.validation import check_consistent_length, validate_data

from ._estimator import MultilayerPerceptron
from ._losses import GROUPED_CROSS_ENTROPY, recorded
from ._parameters import _SHARE, set_parameters
from ._targets import (
    OneOutput,
    SeveralOutputs,
    checked_arrays,
    is_of_several_arrays,
    is_of_several_outputs,
)
from ._threads import Turns


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """Multi-layer Perceptron classifier.

    This model optimizes the log-loss function using LBFGS or stochastic
    gradient descent. It takes the place of ``sklearn.neural_network.MLPClassifier``:
    with the same parameters it gives the same results, many times faster.

    Parameters
    ----------
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

    loss : {'log_loss'} or callable, default='log_loss'
        The loss of each output unit: the log-loss, or a function ``loss(y, a)`` of symbols of
        ``chainrule.autograd``, y being 1 for the class of the row and 0 otherwise, and a the
        probability. It is called once, to be recorded.

    class_weight : dict, 'balanced' or None, default=None
        How much the rows of each class count in training. 'balanced' weighs each class by
        ``n_samples / (n_classes * np.bincount(y))``. Multiplied with `sample_weight`. With
        several outputs, as in ``sklearn.utils.class_weight.compute_sample_weight``.

    label_smoothing : float, default=0.0
        Share of the certainty of a class that is divided among all classes, in [0, 1).

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
        What the score on validation rows is: None for the accuracy, 'loss' for the loss with
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
    classes_ : ndarray or list of ndarray of shape (n_classes,)
        Class labels for each output; a list of them where y has several columns of
        classes.

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
        by `early_stopping=True`, or the ``eval_set`` of `fit`. The score is the accuracy,
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
    MLPRegressor : Multi-layer Perceptron regressor.

    Notes
    -----
    A ``y`` of several columns with classes each, which scikit-learn refuses, is learned by one network
    with a softmax for each column: `classes_` and `predict_proba` are lists then, as those of
    scikit-learn's trees.

    Each training makes new arrays of `coefs_` and `intercepts_`. Those that were asked for before a
    `partial_fit` or a warm start keep their numbers, where scikit-learn writes into them.

    Weights of rows and classes must not be negative.

    Examples
    --------
    >>> from chainrule.sklearn import MLPClassifier
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import train_test_split
    >>> X, y = make_classification(n_samples=100, random_state=1)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y,
    ...                                                     random_state=1)
    >>> clf = MLPClassifier(random_state=1, max_iter=300).fit(X_train, y_train)
    >>> clf.predict_proba(X_test[:1]).round(3)
    array([[0.038, 0.962]])
    >>> clf.predict(X_test[:5, :])
    array([1, 0, 1, 0, 1])
    >>> clf.score(X_test, y_test) > 0.8
    True

    With what scikit-learn does not have:

    >>> clf = MLPClassifier((32, 16), ["gelu", "tanh"], dropout=0.2, class_weight="balanced",
    ...                     learning_rate="cosine", max_iter=20, random_state=1, tol=0,
    ...                     n_iter_no_change=20, callbacks=lambda model, info: info["loss"] < 0.3)
    >>> clf.fit(X_train, y_train, eval_set=(X_test, y_test)).n_iter_ <= 20
    True
    """

    class_weight: dict[Any, float] | list[Any] | str | None
    label_smoothing: float
    classes_: Any

    _parameter_constraints: dict = {
        **MultilayerPerceptron._parameter_constraints,
        "loss": [StrOptions({"log_loss"}), callable],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "label_smoothing": [_SHARE],
    }

    def __init__(
        self,
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
        loss="log_loss",
        class_weight=None,
        label_smoothing=0.0,
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

    @property
    def _label_binarizer(self):
        return self._encoding.binarizer

    @property
    def _output_groups(self):
        return self._encoding.groups

    def _output_activation(self):
        return self._encoding.activation

    def _validate_input(self, X, y, incremental, reset, extra=False):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not extra:
            is_new = not self.warm_start and not incremental
            if is_new or not hasattr(self, "classes_"):
                several = is_of_several_outputs(y)
                self._encoding = SeveralOutputs(y) if several else OneOutput(y)
                self.classes_ = self._encoding.classes
            else:
                self._encoding.check(y, self.warm_start, self.classes_)
        else:
            self._encoding.check(y, False, self.classes_)
        return X, self._encoding.target(y)

    def _with_class_weights(self, target, sample_weight, incremental):
        if self.class_weight is None:
            return sample_weight
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, which does not see all "
                "rows; give the weights as a dict."
            )
        class_weight = self.class_weight
        if incremental and isinstance(class_weight, dict) and self._output_groups is None:
            # These rows need not have every class that a weight is for.
            classes = self.classes_
            for name in set(class_weight) - set(np.asarray(classes).tolist()):
                raise ValueError(f"class_weight names {name!r}, which is none of {classes}.")
            present = set(np.unique(target.labels).tolist())
            class_weight = {
                name: weight for name, weight in class_weight.items() if name in present
            }
        of_classes = compute_sample_weight(class_weight, target.labels)
        return of_classes if sample_weight is None else of_classes * sample_weight

    # The loss.

    def _loss_settings(self):
        several = self._output_groups is not None
        if self.label_smoothing and (several or callable(self.loss)):
            raise ValueError(
                "label_smoothing needs loss='log_loss' and a y of one column of classes, or of labels."
            )
        if callable(self.loss):
            if several:
                raise ValueError(
                    "A loss of one's own is not supported where y has several columns of classes."
                )
            return recorded(self.loss)
        if several:
            return {"own_loss": GROUPED_CROSS_ENTROPY}
        is_softmax = self._output_activation() == "softmax"
        return {"loss": "cross_entropy" if is_softmax else "binary_cross_entropy"}

    def _held_out_score(self, engine, held_out):
        """The accuracy: of rows where all labels or outputs are right, if there are several."""
        values, inputs = held_out.target.values, held_out.inputs
        if self._output_groups is not None:
            numbers = self._encoding.numbers
            right = (numbers(engine.predict(inputs, False)) == numbers(values)).all(axis=1)
        elif values.dtype == np.uint32:
            right = self._encoding.decided(engine.predict_classes(inputs, False)) == values
        else:
            right = ((engine.predict(inputs, False) > 0.5) == values).all(axis=1)
        return float(np.average(right, weights=held_out.weights))

    # Prediction.

    def predict(self, X):
        """Predict using the multi-layer perceptron classifier.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        y : ndarray, shape (n_samples,) or (n_samples, n_classes)
            The predicted classes.
        """
        encoding = self.__dict__.get("_encoding")
        if encoding is None or encoding.is_of_labels or encoding.groups is not None:
            return self._predict_labels(X)
        return encoding.classes[encoding.decided(self._outputs(X, "predict_classes"))]

    def _predict_labels(self, X):
        """Predictions where there are several labels for a row."""
        outputs = self._outputs(X)
        if self._output_groups is not None:
            return self._encoding.predicted(outputs)
        # With one column of labels it gives a vector, as theirs does.
        return self._label_binarizer.inverse_transform(
            outputs.ravel() if self.n_outputs_ == 1 else outputs
        )

    def predict_log_proba(self, X):
        """Return the log of probability estimates.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            The predicted log-probability of the sample for each class
            in the model, where classes are ordered as they are in
            `self.classes_`. Equivalent to `log(predict_proba(X))`. A list of them where y has
            several columns of classes.
        """
        y_prob = self.predict_proba(X)
        if isinstance(y_prob, list):
            return [np.log(of_one) for of_one in y_prob]
        return np.log(y_prob, out=y_prob)

    def predict_proba(self, X):
        """Probability estimates.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            The predicted probability of the sample for each class in the
            model, where classes are ordered as they are in `self.classes_`. A list of them
            where y has several columns of classes.
        """
        outputs = self._outputs(X)
        if self._output_groups is not None:
            return [np.exp(group) for group in self._encoding.divided(outputs)]
        if outputs.shape[1] > 1:
            return outputs
        # In scikit-learn's order in memory.
        y_prob = np.empty((2, len(outputs)), outputs.dtype)
        y_prob[1] = outputs[:, 0]
        np.subtract(1, y_prob[1], out=y_prob[0])
        return y_prob.T

    def score(self, X, y, sample_weight=None):
        """The accuracy of predictions.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Test samples.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True labels for `X`. Where there are several in a row, it counts as right if all
            are.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        score : float
            Mean accuracy of ``self.predict(X)`` w.r.t. `y`.
        """
        encoding = self.__dict__.get("_encoding")
        if encoding is None or encoding.groups is None:
            return super().score(X, y, sample_weight)
        predicted = self.predict(X)
        y = np.asarray(y, object if predicted.dtype == object else None)
        if y.shape != predicted.shape:
            raise ValueError(
                f"y must have the shape {predicted.shape}, a column for each output; got {y.shape}."
            )
        check_consistent_length(y, sample_weight)
        right = (predicted == y).all(axis=1)
        return float(np.average(right, weights=sample_weight))

    @available_if(lambda est: est._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Update the model with a single iteration over the given data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        y : array-like of shape (n_samples,)
            The target values.

        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        classes : array of shape (n_classes,) or list of such arrays, default=None
            Classes across all calls to partial_fit.
            Can be obtained via `np.unique(y_all)`, where y_all is the
            target vector of the entire dataset.
            This argument is required for the first call to partial_fit
            and can be omitted in the subsequent calls.
            Note that y doesn't need to contain all labels in `classes`. A list of
            arrays where y has several columns of classes.

        Returns
        -------
        self : object
            Trained MLP model.
        """
        with Turns.of(self):
            return self._partial_fit(X, y, sample_weight, classes)

    def _partial_fit(self, X, y, sample_weight, classes):
        before = dict(vars(self))
        try:
            self._begin_partial_fit(y, classes)
            return self._fit(X, y, sample_weight=sample_weight, incremental=True)
        except BaseException:
            # The classes are set before the fit, which undoes what it did itself.
            for name in ("classes_", "_encoding"):
                self.__dict__.pop(name, None)
                if name in before:
                    self.__dict__[name] = before[name]
            raise

    def _begin_partial_fit(self, y, classes):
        known = getattr(self, "classes_", None)
        if is_of_several_arrays(classes):
            given = checked_arrays(classes)
            if known is None:
                self._encoding = SeveralOutputs(classes=given)
                self.classes_ = self._encoding.classes
            elif len(known) != len(given) or not all(map(np.array_equal, known, given)):
                raise ValueError(
                    "`classes=%r` is not the same as on last call "
                    "to partial_fit, was: %r" % (classes, known)
                )
        elif isinstance(known, list):
            if classes is not None:
                raise ValueError(
                    "`classes=%r` is not the same as on last call "
                    "to partial_fit, was: %r" % (classes, known)
                )
        elif _check_partial_fit_first_call(self, classes):
            labels = type_of_target(y).startswith("multilabel")
            self._encoding = OneOutput(y if labels else classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
