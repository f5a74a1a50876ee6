"""Where Rust and Python meet: panics, wrong arguments, and the names that the stubs promise."""

import ast
import subprocess
import sys
from pathlib import Path

import chainrule
import numpy as np
import pytest
from chainrule import _core

NETWORK = (
    '{"inputs": 3, "layers": [{"units": 4, "activation": "relu"}, {"units": 2, "activation": "softmax"}]}'
)


def test_a_panic_is_an_exception():
    # Not a BaseException, as PyO3 would make of it, which `except Exception` lets through.
    with pytest.raises(RuntimeError, match="fault of its own; please report it"):
        _core.panic()
    # And nothing is spoiled.
    engine = _core.Engine(NETWORK, True)
    assert engine.predict(np.ones((2, 3))).shape == (2, 2)


def test_an_engine_computes_what_it_was_given():
    engine = _core.Engine(NETWORK, True)
    assert engine.names == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    random = np.random.RandomState(0)
    arrays = [random.randn(3, 4), random.randn(4), random.randn(4, 2), random.randn(2)]
    engine.write(arrays)
    for found, expected in zip(engine.read(), arrays):
        np.testing.assert_array_equal(found, expected)
    assert engine.holds(arrays)
    X = random.randn(7, 3)
    z = np.maximum(X @ arrays[0] + arrays[1], 0) @ arrays[2] + arrays[3]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(engine.predict(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(engine.predict_classes(X), expected.argmax(axis=1))
    arrays[1][0] += 1e-12
    assert not engine.holds(arrays)


@pytest.mark.parametrize("double", [False, True])
def test_wrong_arguments_of_an_engine(double):
    engine = _core.Engine(NETWORK, double)
    right, wrong = (np.float64, np.float32) if double else (np.float32, np.float64)
    assert engine.dtype == right
    for rows in (
        np.ones((2, 4), right),
        np.ones(3, right),
        np.ones((2, 3, 1), right),
        np.ones((2, 3), wrong),
        np.ones((2, 3), int),
        [[1.0, 2.0, 3.0]],
        None,
        "rows",
        (
            np.ones(1, right),
            np.array([7], np.int32),
            np.array([0, 1], np.int32),
            3,
        ),  # a column that is not there
        (np.ones(1, right), np.array([-1], np.int32), np.array([0, 1], np.int32), 3),
        (np.ones(1, right), np.array([0], np.int32), np.array([0, 9], np.int32), 3),  # more than there is
        (np.ones(2, right), np.array([0, 1], np.int32), np.array([0, 2, 1], np.int32), 3),
        (np.ones(1, right), np.array([0], np.int32), np.array([], np.int32), 3),
        (np.ones(1, right), np.array([0], np.int32)),
    ):
        with pytest.raises((ValueError, TypeError)):
            engine.predict(rows)
    with pytest.raises(ValueError, match="finite"):
        engine.predict(np.full((2, 3), np.nan, right))
    assert np.isnan(engine.predict(np.full((2, 3), np.nan, right), False)).any()
    assert engine.predict(np.ones((0, 3), right)).shape == (0, 2)
    for arrays in (
        [],
        [np.ones(3)] * 4,
        [np.ones((4, 3)), np.ones(4), np.ones((4, 2)), np.ones(2)],
        [None] * 4,
    ):
        with pytest.raises((ValueError, TypeError)):
            engine.write(arrays)


@pytest.mark.parametrize(
    "network",
    [
        "",
        "{}",
        "[]",
        '{"inputs": 0, "layers": []}',
        NETWORK.replace("relu", "rleu"),
        NETWORK.replace("4", "0"),
        NETWORK.replace("4", "-4"),
    ],
)
def test_wrong_networks(network):
    with pytest.raises(ValueError):
        _core.Engine(network, True)


def test_a_misspelled_activation_is_answered():
    with pytest.raises(ValueError, match='did you mean "relu"'):
        _core.Engine(NETWORK.replace("relu", "rleu"), True)


def training(**settings):
    import json

    engine = _core.Engine(NETWORK, True)
    usual = {
        "loss": "cross_entropy",
        "optimizer": {"name": "adam", "learning_rate": 0.01},
        "batch_size": 4,
        "epochs": 2,
    }
    return _core.Training(engine, json.dumps({**usual, **settings}), False, 1)


def test_wrong_arguments_of_a_training():
    X, y = np.ones((6, 3)), np.zeros(6, np.uint32)
    for rows, wanted, weights, order in (
        (X[:, :2], y, None, None),
        (X.astype(np.float32), y, None, None),
        (X, y[:5], None, None),
        (X, y + 7, None, None),  # classes that the network has not
        (X, y.astype(float), None, None),
        (X, None, None, None),
        (X, y, np.ones(5), None),
        (X, y, None, np.array([0, 6])),  # a row that is not there
        (X, y, None, np.array([-1])),
        (X, y, None, np.array([0.5])),
    ):
        with pytest.raises((ValueError, TypeError, IndexError)):
            training().epoch(rows, wanted, weights, order)
    for settings in (
        {"loss": "hinge"},
        {"optimizer": {"name": "adamm"}},
        {"batch_size": 0},
        {"schedule": "cosin"},
        {"alpha": -1},
    ):
        with pytest.raises(ValueError):
            training(**settings).epoch(X, y, None, None)


def test_every_name_of_the_stubs_is_there_and_none_is_missing():
    stubs = Path(chainrule.__file__).parent / "_core.pyi"
    promised = {}
    for node in ast.parse(stubs.read_text()).body:
        if isinstance(node, ast.ClassDef):
            members = [it for it in node.body if isinstance(it, (ast.FunctionDef, ast.AnnAssign))]
            promised[node.name] = {getattr(it, "name", None) or it.target.id for it in members} - {
                "__init__",
                "__new__",
            }
        elif isinstance(node, ast.FunctionDef):
            promised[node.name] = set()
        elif isinstance(node, ast.AnnAssign):
            promised[node.target.id] = set()
    there = {name for name in dir(_core) if not name.startswith("_")}
    assert {name for name in promised if not name.startswith("_")} == there
    for name, members in promised.items():
        if isinstance(getattr(_core, name), type):
            found = {member for member in vars(getattr(_core, name)) if not member.startswith("_")}
            assert {member for member in members if not member.startswith("_")} == found, name


def test_mypy_finds_the_stubs_and_the_module_alike(tmp_path):
    found = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "chainrule._core", "--ignore-disjoint-bases"],
        capture_output=True, text=True, cwd=tmp_path, timeout=200,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    assert (Path(chainrule.__file__).parent / "py.typed").is_file()


def test_the_package_says_its_version():
    from importlib.metadata import version

    assert chainrule.__version__ == version("chainrule")
