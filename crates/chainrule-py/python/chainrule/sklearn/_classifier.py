"""The classifier."""

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target
from sklearn.utils.validation import validate_data

from ._estimator import MultilayerPerceptron
from ._losses import GROUPED_CROSS_ENTROPY, recorded
from ._parameters import _SHARE, set_parameters
from ._targets import OneOutput, SeveralOutputs, is_of_several_outputs


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """Multi-layer Perceptron classifier.

    This model optimizes the log-loss function using LBFGS or stochastic
    gradient descent. It takes the place of ``sklearn.neural_network.MLPClassifier``:
    with the same parameters it gives the same results, many times faster.

    Parameters
    ----------
    @SHARED@
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

    @FURTHER@

    Attributes
    ----------
    classes_ : ndarray or list of ndarray of shape (n_classes,)
        Class labels for each output; a list of them where y has several columns of
        classes.

    @ATTRIBUTES@

    See Also
    --------
    MLPRegressor : Multi-layer Perceptron regressor.

    Notes
    -----
    A ``y`` of several columns with classes each, which scikit-learn refuses, is learned by one network
    with a softmax for each column: `classes_` and `predict_proba` are lists then, as those of
    scikit-learn's trees.

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
        of_classes = compute_sample_weight(self.class_weight, target.labels)
        return of_classes if sample_weight is None else of_classes * sample_weight

    # The loss.

    def _loss_settings(self):
        several = self._output_groups is not None
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
            outputs = self._encoding.predicted(engine.predict(inputs, False))
            right = (outputs == held_out.target.labels).all(axis=1)
        elif values.dtype == np.uint32:
            right = engine.predict_classes(inputs, False) == values
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
        if encoding is None or encoding.groups is not None or encoding.is_of_labels:
            outputs = self._outputs(X)
            if self._output_groups is not None:
                return self._encoding.predicted(outputs)
            if self.n_outputs_ == 1:
                outputs = outputs.ravel()
            return self._label_binarizer.inverse_transform(outputs)
        classes = encoding.classes
        numbers = self._outputs(X, "predict_classes")
        if len(classes) == 1:
            return np.repeat(classes, len(numbers))
        return classes[numbers]

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
        right = (self.predict(X) == np.asarray(y)).all(axis=1)
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

        classes : array of shape (n_classes,), default=None
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
        if isinstance(getattr(self, "classes_", None), list):
            return
        if isinstance(classes, (list, tuple)) and is_of_several_outputs(np.asarray(y)):
            self._encoding = SeveralOutputs(classes=classes)
            self.classes_ = self._encoding.classes
        elif _check_partial_fit_first_call(self, classes):
            labels = type_of_target(y).startswith("multilabel")
            self._encoding = OneOutput(y if labels else classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
