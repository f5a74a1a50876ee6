"""save and load: the same file as the command line's, to the last bit of the predictions."""

import csv
import os
import subprocess

import chainrule.sklearn as ours
import numpy as np
import pytest
from beside import pair

ALL = ["digits", "two_classes", "labels", "numbers", "several_numbers"]
SMALL = {"hidden_layer_sizes": (9, 6), "max_iter": 6, "random_state": 0}

PROGRAM = os.environ.get("CHAINRULE_PROGRAM")


@pytest.mark.parametrize("examples", ALL, indirect=True)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("way", ["module", "class"])
def test_what_is_loaded_predicts_the_same_bits(examples, dtype, way, tmp_path):
    name, X, y = examples
    X = X.astype(dtype)
    model = getattr(ours, name)(**SMALL).fit(X, y)
    path = tmp_path / "model.safetensors"
    model.save(path)
    again = ours.load(path) if way == "module" else getattr(ours, name).load(str(path))
    assert type(again) is type(model)
    if name == "MLPClassifier":
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(again.classes_, model.classes_)
        assert again.classes_.dtype == model.classes_.dtype
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.predict(X).dtype == model.predict(X).dtype
    for found, expected in zip(again.coefs_ + again.intercepts_, model.coefs_ + model.intercepts_):
        np.testing.assert_array_equal(found, expected)
    assert again.get_params() == model.get_params()


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": ["tanh", "leaky_relu(0.2)"]},
        {"normalization": "layer"},
        {"normalization": ["batch", None], "dropout": 0.2},
        {"solver": "adamw", "learning_rate": "cosine", "class_weight": {1: 3.0}},
    ],
)
def test_further_settings_come_back(settings, digits, tmp_path):
    X, y = digits
    model = ours.MLPClassifier(**SMALL, **settings).fit(X, y)
    model.save(tmp_path / "model")
    again = ours.load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.get_params() == model.get_params()
    again.partial_fit(X, y)


def test_names_of_columns_come_back(numbers, tmp_path):
    import pandas as pd

    X, y = numbers
    frame = pd.DataFrame(X, columns=list("abcdefg"))
    model = ours.MLPRegressor(**SMALL).fit(frame, y)
    model.save(tmp_path / "model")
    again = ours.load(tmp_path / "model")
    np.testing.assert_array_equal(again.feature_names_in_, model.feature_names_in_)
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


def test_files_that_are_no_models(tmp_path, digits):
    with pytest.raises((ValueError, OSError)):
        ours.load(tmp_path / "missing")
    (tmp_path / "text").write_text("no model")
    with pytest.raises(ValueError):
        ours.load(tmp_path / "text")
    model = ours.MLPClassifier(**SMALL)
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        model.save(tmp_path / "unfitted")
    model.fit(*digits).save(tmp_path / "classes")
    with pytest.raises((ValueError, TypeError)):
        ours.MLPRegressor.load(tmp_path / "classes")
    with pytest.raises(OSError):
        model.save(tmp_path / "no such folder" / "model")


def table(path, names, rows, targets=None):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *(["wanted"] if targets is not None else [])])
        for number, row in enumerate(rows):
            writer.writerow([*map(repr, row.tolist()), *([targets[number]] if targets is not None else [])])


def run(*arguments):
    found = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.skipif(not PROGRAM, reason="the program is not built: CHAINRULE_PROGRAM names none")
@pytest.mark.parametrize("examples", ["two_classes", "digits", "numbers"], indirect=True)
def test_the_program_predicts_with_a_model_of_python(examples, tmp_path):
    import pandas as pd

    name, X, y = examples
    names = [f"column{number}" for number in range(X.shape[1])]
    model = getattr(ours, name)(**SMALL).fit(pd.DataFrame(X, columns=names), y)
    model.save(tmp_path / "model.safetensors")
    table(tmp_path / "rows.csv", names, X)
    printed = run("predict", tmp_path / "model.safetensors", tmp_path / "rows.csv")
    shown = list(csv.reader(printed.splitlines()))[1:]
    assert len(shown) == len(X)
    predicted = model.predict(pd.DataFrame(X, columns=names))
    if name == "MLPClassifier":
        assert [row[0] for row in shown] == [str(it) for it in predicted]
    else:
        np.testing.assert_allclose([float(row[0]) for row in shown], predicted, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(not PROGRAM, reason="the program is not built: CHAINRULE_PROGRAM names none")
@pytest.mark.parametrize("examples", ["two_classes", "numbers"], indirect=True)
def test_python_predicts_with_a_model_of_the_program(examples, tmp_path):
    name, X, y = examples
    names = [f"column{number}" for number in range(X.shape[1])]
    table(tmp_path / "rows.csv", names, X, y)
    model = tmp_path / "model.safetensors"
    run("train", tmp_path / "rows.csv", "--target", "wanted", "--epochs", 5, "--output", model)
    table(tmp_path / "new.csv", names, X)
    shown = list(csv.reader(run("predict", model, tmp_path / "new.csv").splitlines()))[1:]
    import pandas as pd

    predicted = ours.load(model).predict(pd.DataFrame(X, columns=names))
    if name == "MLPClassifier":
        assert [row[0] for row in shown] == [str(it) for it in predicted]
    else:
        np.testing.assert_allclose([float(row[0]) for row in shown], predicted, rtol=1e-4, atol=1e-5)


def test_scikit_learn_is_not_needed_to_say_what_a_file_holds(digits, tmp_path):
    """The file is safetensors: the weights can be read by anything that reads those."""
    model, _ = pair("MLPClassifier", **SMALL)
    model.fit(*digits).save(tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    import json

    header = json.loads(content[8 : 8 + length])
    assert header["layers.0.weight"]["shape"] == [64, 9]
    start, end = header["layers.0.weight"]["data_offsets"]
    weights = np.frombuffer(content[8 + length :][start:end], np.float64).reshape(64, 9)
    np.testing.assert_array_equal(weights, model.coefs_[0])
