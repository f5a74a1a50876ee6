"""A pytest plugin under which scikit-learn's own test module tests chainrule's classes.

`sklearn.neural_network` gives chainrule's MLPClassifier and MLPRegressor to whoever imports them, and what
scikit-learn's own would compute with raises, so that nothing of it can be behind a test that passes.
"""

import chainrule.sklearn as ours
import sklearn.neural_network as package
from sklearn.neural_network import _multilayer_perceptron as theirs

INTERNALS = [
    "_backprop",
    "_fit_stochastic",
    "_fit_lbfgs",
    "_forward_pass",
    "_forward_pass_fast",
    "_compute_loss_grad",
]


def raising(name):
    def raises(*_, **__):
        raise AssertionError(f"scikit-learn's own {name} was called")

    return raises


for _internal in INTERNALS:
    assert hasattr(theirs.BaseMultilayerPerceptron, _internal)
    setattr(theirs.BaseMultilayerPerceptron, _internal, raising(_internal))
for _name in ("MLPClassifier", "MLPRegressor"):
    _mine = getattr(ours, _name)
    assert not issubclass(_mine, theirs.BaseMultilayerPerceptron)
    setattr(package, _name, _mine)
    setattr(theirs, _name, _mine)


def pytest_collection_modifyitems(items):
    """The module under test has imported the substitutes."""
    modules = {item.module for item in items}
    assert modules, "nothing was collected"
    for module in modules:
        assert module.MLPClassifier is ours.MLPClassifier
        assert module.MLPRegressor is ours.MLPRegressor
