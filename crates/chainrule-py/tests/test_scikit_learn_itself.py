"""scikit-learn's own tests of its MLP, unmodified, on chainrule's classes; and its checks of estimators."""

import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

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


#: Checks that skip themselves, for scikit-learn's own estimators as for these.
SKIPPED = {
    ("MLPClassifier", "check_array_api_input"),
    ("MLPClassifier", "check_classifiers_multilabel_output_format_decision_function"),
    ("MLPRegressor", "check_array_api_input"),
}


def named(check):
    return getattr(check, "func", check).__name__


@parametrize_with_checks([ours.MLPClassifier(), ours.MLPRegressor()])
def test_checks_of_estimators(estimator, check):
    try:
        check(estimator)
    except SkipTest:
        assert (type(estimator).__name__, named(check)) in SKIPPED
        raise


@pytest.mark.parametrize("name, number", [("MLPClassifier", 67), ("MLPRegressor", 60)])
def test_the_checks_are_those_of_scikit_learns_own(name, number):
    """None is left out or skipped that is not with theirs; one more is for what has a class_weight."""

    def names(module):
        checks = estimator_checks_generator(getattr(module, name)(), legacy=True, mark="skip")
        return [named(check) for _, check in checks]

    mine = names(ours)
    if name == "MLPClassifier":
        mine.remove("check_class_weight_classifiers")
    assert len(mine) == number
    assert mine == names(theirs)


@pytest.mark.parametrize("name, skipped", sorted(SKIPPED))
def test_what_is_skipped_is_skipped_by_scikit_learn_for_its_own(name, skipped):
    checks = estimator_checks_generator(getattr(theirs, name)(), legacy=True, mark="skip")
    found = [(estimator, check) for estimator, check in checks if named(check) == skipped]
    assert found
    for estimator, check in found:
        with pytest.raises(SkipTest):
            check(estimator)
