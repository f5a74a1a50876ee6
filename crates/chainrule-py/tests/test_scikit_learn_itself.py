"""scikit-learn's own tests of its MLP, unmodified, on chainrule's classes; and its checks of estimators."""

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import chainrule.sklearn as ours
import pytest
import sklearn
import sklearn.neural_network as theirs
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

HERE = Path(__file__).parent
PACKAGE = Path(sklearn.__file__).parent
MODULE = PACKAGE / "neural_network/tests/test_mlp.py"


def test_its_test_module_passes_whole():
    """59 tests in scikit-learn 1.9.1. The substitution is in `substitute.py`."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "substitute", "-p", "no:cacheprovider"]
    command += [f"--confcutdir={PACKAGE}", str(MODULE)]  # its conftest.py has fixtures
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    found = subprocess.run(
        command, env=environment, cwd=MODULE.parent, text=True, capture_output=True, timeout=200
    )
    last = found.stdout.strip().splitlines()[-1] if found.stdout.strip() else found.stderr
    assert found.returncode == 0 and re.match(r"59 passed( in|,)", last), found.stdout + found.stderr
    assert "skipped" not in last and "failed" not in last and "xfailed" not in last


@parametrize_with_checks([ours.MLPClassifier(), ours.MLPRegressor()])
def test_checks_of_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name, number", [("MLPClassifier", 67), ("MLPRegressor", 60)])
def test_the_checks_are_those_of_scikit_learns_own(name, number):
    """None is left out or skipped that is not with theirs; one more is for what has a class_weight."""

    def named(module):
        checks = estimator_checks_generator(getattr(module, name)(), legacy=True, mark="skip")
        return [getattr(check, "func", check).__name__ for _, check in checks]

    mine = named(ours)
    if name == "MLPClassifier":
        mine.remove("check_class_weight_classifiers")
    assert len(mine) == number
    assert mine == named(theirs)


def test_what_is_skipped_is_skipped_by_scikit_learn_for_its_own():
    """Two checks of the Classifier and one of the Regressor skip themselves."""
    from sklearn.exceptions import SkipTestWarning
    from sklearn.utils.estimator_checks import check_estimator

    def skipped(estimator):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SkipTestWarning)
            found = check_estimator(estimator, on_fail=None)
        assert all(it["status"] in ("passed", "skipped") for it in found)
        return sorted(it["check_name"] for it in found if it["status"] == "skipped")

    for name in ("MLPClassifier", "MLPRegressor"):
        assert skipped(getattr(ours, name)()) == skipped(getattr(theirs, name)())
