"""Feed-forward neural networks, computed by a Rust core.

``chainrule.sklearn`` has ``MLPClassifier`` and ``MLPRegressor``, which take the place of scikit-learn's
of the same names; ``chainrule.autograd`` differentiates expressions on numpy arrays.

Both are imported when they are first used: the estimators need scikit-learn, the graph only numpy.

Examples
--------
>>> import chainrule
>>> chainrule.sklearn.MLPClassifier(max_iter=300)
MLPClassifier(max_iter=300)
"""

import importlib
from importlib import metadata as _metadata

try:
    __version__ = _metadata.version("chainrule")
except _metadata.PackageNotFoundError:  # a source tree that was not installed
    __version__ = "0.0.0"

__all__ = ["__version__", "autograd", "sklearn"]

_PARTS = ("autograd", "sklearn")


def __getattr__(name):
    if name in _PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_PARTS})
