"""What a model file must hold of ordinary models, and what a damaged one brings."""

import json
import os
import warnings

import chainrule.sklearn as ours
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

X = np.random.RandomState(0).randn(40, 4)
CLASSES = np.arange(40) % 3
SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}
DAYS = np.array(["2020-01-01", "2020-01-02", "2021-05-05"], "datetime64[D]")


def again(model, path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(path)
    return ours.load(path)


@pytest.mark.parametrize(
    "y",
    [np.zeros(40, int), np.full(40, "a"), DAYS[CLASSES], CLASSES.astype("timedelta64[s]"), CLASSES > 0],
    ids=["one class", "one text", "days", "durations", "bool"],
)
def test_classes_come_back(y, tmp_path):
    model = ours.MLPClassifier(**SMALL).fit(X, y)
    loaded = again(model, tmp_path / "model")
    assert loaded.classes_.dtype == model.classes_.dtype
    np.testing.assert_array_equal(loaded.classes_, model.classes_)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    loaded.partial_fit(X, y)


@pytest.mark.parametrize("y", [X[:, 0], X[:, :2]])
def test_columns_may_be_called_as_targets_are(y, tmp_path):
    frame = pd.DataFrame(X, columns=["y", "y1", "y_", "x"])
    model = ours.MLPRegressor(**SMALL).fit(frame, y)
    loaded = again(model, tmp_path / "model")
    np.testing.assert_array_equal(loaded.feature_names_in_, frame.columns)
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))


def test_a_path_of_bytes(tmp_path):
    path = os.fsencode(tmp_path / "model")
    model = ours.MLPRegressor(**SMALL).fit(X, X[:, 0])
    np.testing.assert_array_equal(again(model, path).predict(X), model.predict(X))


def test_a_loss_of_ones_own_comes_back(tmp_path):
    scale = 3.0
    model = ours.MLPRegressor(**SMALL, loss=lambda y, a: scale * (y - a) ** 4).fit(X, X[:, 0])
    loaded = again(model, tmp_path / "model")
    assert "a" in repr(loaded.loss) and str(loaded).startswith("MLPRegressor(")
    copy = clone(loaded)
    assert copy.get_params() == loaded.get_params()
    np.testing.assert_array_equal(copy.fit(X, X[:, 0]).predict(X), model.predict(X))
    model.forget_optimizer()
    np.testing.assert_array_equal(loaded.partial_fit(X, X[:, 0]).coefs_[0].shape, model.coefs_[0].shape)
    np.testing.assert_allclose(loaded.loss(np.ones((2, 1)), np.zeros((2, 1))), 3.0)
    once_more = again(loaded, tmp_path / "second")
    assert once_more.loss == loaded.loss


def test_what_a_file_cannot_hold_is_told(tmp_path):
    model = ours.MLPRegressor(**{**SMALL, "random_state": np.random.RandomState(0)})
    model.set_params(callbacks=[lambda *_: None]).fit(X, X[:, 0])
    with pytest.warns(UserWarning, match="cannot hold callbacks=.*random_state="):
        model.save(tmp_path / "model")
    assert ours.load(tmp_path / "model").callbacks is None


def change(path, edit):
    """Edits the estimator's settings within a file."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = header["__metadata__"]
    (name,) = [key for key, value in metadata.items() if "scikit-learn" in value]
    whole = json.loads(metadata[name])

    def walk(value):
        if isinstance(value, dict):
            if "scikit-learn" in value:
                value["scikit-learn"] = edit(value["scikit-learn"])
                return
            for item in value.values():
                walk(item)

    walk(whole)
    metadata[name] = json.dumps(whole)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])


@pytest.mark.parametrize(
    "edit",
    [
        lambda settings: {**settings, "labels": [{"dtype": "<i8", "values": [0, 1]}]},
        lambda settings: {**settings, "labels": []},
        lambda settings: {**settings, "labels": [{"dtype": "what", "values": [0, 1, 2]}]},
        lambda settings: {**settings, "parameters": {"alpha": {"odd": 1, "more": 2}}},
        lambda settings: {**settings, "parameters": 3},
        lambda settings: {**settings, "n_iter": "many"},
        lambda settings: "text",
        lambda settings: [1],
    ],
)
def test_a_damaged_file(edit, tmp_path):
    path = tmp_path / "model"
    ours.MLPClassifier(**SMALL).fit(X, CLASSES).save(path)
    change(path, lambda settings: settings)
    ours.load(path)
    change(path, edit)
    with pytest.raises(ValueError, match="is damaged"):
        ours.load(path)
