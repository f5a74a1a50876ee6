"""Frames of pandas and polars: their names are kept, and wrong ones are told of as scikit-learn does."""

import numpy as np
import pandas as pd
import polars
import pytest
from beside import assert_same_words
from chainrule.sklearn import MLPClassifier

SMALL = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
NAMES = list("abcdefg")

FRAMES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "pandas, of several types": lambda X: pd.DataFrame(X, columns=NAMES).astype(
        {"a": "float32", "b": "Float64"}
    ),
    "pandas, of arrow": lambda X: pd.DataFrame(X, columns=NAMES).astype("double[pyarrow]"),
    "polars": lambda X: polars.DataFrame(X, schema=NAMES),
}
SERIES = {"pandas": pd.Series, "polars": polars.Series}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_frames_are_scikit_learns(kind, name, numbers):
    X, y = numbers
    y = (y > 0).astype(int) if name == "MLPClassifier" else y
    wanted = SERIES["polars" if kind == "polars" else "pandas"](y)

    def fit(module):
        model = getattr(module, name)(**SMALL).fit(FRAMES[kind](X), wanted)
        assert model.n_features_in_ == 7
        return model.loss_curve_, model.predict(FRAMES[kind](X)), list(model.feature_names_in_)

    mine, reference = assert_same_words(fit)
    np.testing.assert_allclose(mine[0], reference[0], rtol=1e-9)
    np.testing.assert_allclose(mine[1], reference[1], rtol=1e-9)
    assert mine[2] == reference[2] == NAMES


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score", "partial_fit"])
@pytest.mark.parametrize(
    "wrong", ["no names", "another order", "another name", "one more", "one less", "names where none were"]
)
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_wrong_names(method, wrong, kind, numbers):
    X, y = numbers
    y = (y > 0).astype(int)
    frame = FRAMES[kind](X)

    def renamed():
        names = ["A", *NAMES[1:]]
        return pd.DataFrame(X, columns=names) if kind == "pandas" else polars.DataFrame(X, schema=names)

    given = {
        "no names": lambda: X,
        "another order": lambda: frame[NAMES[::-1]],
        "another name": renamed,
        "one more": lambda: frame.assign(h=1.0) if kind == "pandas" else frame.with_columns(h=1.0),
        "one less": lambda: frame[NAMES[:-1]],
        "names where none were": lambda: frame,
    }[wrong]()

    def use(module):
        model = module.MLPClassifier(**SMALL).fit(X if wrong == "names where none were" else frame, y)
        more = (y,) if method in ("score", "partial_fit") else ()
        found = getattr(model, method)(given, *more)
        return None if method == "partial_fit" else found

    mine, reference = assert_same_words(use)
    if reference is not None:
        np.testing.assert_allclose(mine, reference, rtol=1e-9)


def test_names_that_are_no_texts(numbers):
    X, y = numbers
    for columns in (range(7), ["a", "b", "c", "d", "e", "f", 7]):
        frame = pd.DataFrame(X, columns=columns)
        assert_same_words(lambda module, frame=frame: module.MLPRegressor(**SMALL).fit(frame, y) and None)


def test_set_output_and_pipelines(numbers):
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    X, y = numbers
    frame = pd.DataFrame(X, columns=NAMES).assign(place=np.where(X[:, 0] > 0, "here", "there"))
    prepare = make_column_transformer(
        (StandardScaler(), NAMES), (OneHotEncoder(sparse_output=False), ["place"])
    )
    prepare.set_output(transform="pandas")

    def fit(module):
        return make_pipeline(prepare, module.MLPRegressor(**SMALL)).fit(frame, y).predict(frame)

    mine, reference = assert_same_words(fit)
    np.testing.assert_allclose(mine, reference, rtol=1e-9)


def test_frames_lie_in_columns_and_are_read_as_such(digits):
    """pandas and polars give arrays in Fortran order, without a copy of their own."""
    X, y = digits
    names = [f"pixel{number}" for number in range(64)]
    model = MLPClassifier(**SMALL).fit(pd.DataFrame(X, columns=names), y)
    expected = MLPClassifier(**SMALL).fit(X, y)
    assert model.loss_curve_ == expected.loss_curve_
