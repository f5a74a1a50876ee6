"""chainrule's estimators beside scikit-learn's: the same call on both, and what must be equal."""

import contextlib
import io
import warnings

import chainrule.sklearn as ours
import numpy as np
import sklearn.neural_network as theirs
from sklearn.exceptions import ConvergenceWarning

NAMES = ["MLPClassifier", "MLPRegressor"]

#: What the fitted estimators of scikit-learn show, beside weights and curves.
NUMBERS = ["n_iter_", "t_", "n_layers_", "n_outputs_", "n_features_in_", "out_activation_"]


def pair(name, **parameters):
    """The same estimator twice: chainrule's and scikit-learn's."""
    return getattr(ours, name)(**parameters), getattr(theirs, name)(**parameters)


def fitted(name, X, y, sample_weight=None, **parameters):
    """Both, fitted to the same rows."""
    models = pair(name, **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for model in models:
            model.fit(X, y, sample_weight=sample_weight)
    return models


def assert_close(found, expected, tolerance=1e-9, what=""):
    """Equal in shape and type, and to `tolerance` of the largest number in size."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, what
    assert found.dtype == expected.dtype, what
    scale = np.abs(expected).max(initial=0.0)
    difference = np.abs(found - expected).max(initial=0.0)
    assert difference <= tolerance * scale, f"{what}: {difference / scale:.3g} of the largest"


def assert_curves_agree(found, expected, tolerance=1e-9, what=""):
    """Lists of numbers, each to `tolerance` of itself; or None on both sides."""
    if expected is None or found is None:
        assert found is None and expected is None, what
        return
    assert isinstance(found, list) and len(found) == len(expected), what
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=0, err_msg=what)


def assert_agree(mine, reference, X, tolerance=1e-9):
    """The whole state of two fitted models, and what they predict."""
    for name in NUMBERS:
        assert getattr(mine, name) == getattr(reference, name), name
        assert type(getattr(mine, name)) is type(getattr(reference, name)), name
    assert_curves_agree([mine.loss_], [reference.loss_], tolerance, "loss_")
    for name in ["loss_curve_", "validation_scores_"]:
        assert hasattr(mine, name) == hasattr(reference, name), name
        if hasattr(reference, name):
            assert_curves_agree(getattr(mine, name), getattr(reference, name), tolerance, name)
    for name in ["best_loss_", "best_validation_score_"]:
        assert hasattr(mine, name) == hasattr(reference, name), name
        if hasattr(reference, name):
            values = [getattr(model, name) for model in (mine, reference)]
            assert_curves_agree(
                *([value] if value is not None else None for value in values), tolerance, name
            )
    for name in ["coefs_", "intercepts_"]:
        found, expected = getattr(mine, name), getattr(reference, name)
        assert type(found) is list and len(found) == len(expected), name
        for layer, (one, other) in enumerate(zip(found, expected)):
            assert type(one) is np.ndarray
            assert_close(one, other, tolerance, f"{name}[{layer}]")
    if hasattr(reference, "predict_proba"):
        assert_close(mine.predict_proba(X), reference.predict_proba(X), tolerance, "predict_proba")
        with np.errstate(divide="ignore"):
            np.testing.assert_array_equal(mine.predict_log_proba(X), np.log(mine.predict_proba(X)))
        np.testing.assert_array_equal(mine.predict(X), reference.predict(X))
        assert mine.predict(X).dtype == reference.predict(X).dtype
    else:
        assert_close(mine.predict(X), reference.predict(X), tolerance, "predict")


def told(call):
    """What a call returned, what it raised, what it warned of and what it printed."""
    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            result, error = call(), None
        except Exception as exception:  # whatever it is, it is compared
            result, error = None, exception
    # NumPy's own words on overflow come from its operations, which chainrule does not use.
    shown = [(it.category, str(it.message)) for it in caught if it.category is not RuntimeWarning]
    return result, error, shown, printed.getvalue()


def assert_same_words(call):
    """`call(module)` raises, warns and prints the same with chainrule's module as with scikit-learn's.
    Returns what the two calls returned."""
    mine, my_error, my_warnings, my_text = told(lambda: call(ours))
    reference, error, shown, text = told(lambda: call(theirs))
    assert (type(my_error), str(my_error)) == (type(error), str(error))
    assert my_warnings == shown
    assert my_text == text
    return mine, reference
