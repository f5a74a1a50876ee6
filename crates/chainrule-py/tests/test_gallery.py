"""What scikit-learn's gallery shows of its MLP works on chainrule's, with the import line changed.

The same data, parameters and uses of the fitted models as in plot_mlp_alpha.py,
plot_mlp_training_curves.py and plot_mnist_filters.py, without the drawing.
"""

import gzip
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
from beside import pair
from chainrule.sklearn import MLPClassifier
from sklearn.datasets import load_digits, load_iris, make_circles, make_classification, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler


def separable():
    X, y = make_classification(
        n_features=2, n_redundant=0, n_informative=2, random_state=0, n_clusters_per_class=1
    )  # fmt: skip
    return X + 2 * np.random.RandomState(2).uniform(size=X.shape), y


PLANES = {
    "moons": lambda: make_moons(noise=0.3, random_state=0),
    "circles": lambda: make_circles(noise=0.2, factor=0.5, random_state=1),
    "separable": separable,
}


@pytest.mark.parametrize("plane", PLANES)
def test_varying_regularisation(plane):
    X, y = PLANES[plane]()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
    corners = [np.linspace(X[:, axis].min() - 0.5, X[:, axis].max() + 0.5, 30) for axis in (0, 1)]
    mesh = np.stack([axis.ravel() for axis in np.meshgrid(*corners)], axis=1)
    shares = []
    for alpha in np.logspace(-1, 1, 5):
        models = pair(
            "MLPClassifier",
            solver="lbfgs",
            alpha=alpha,
            random_state=1,
            max_iter=2000,
            early_stopping=True,
            hidden_layer_sizes=[10, 10],
        )
        mine, reference = (make_pipeline(StandardScaler(), model).fit(X_train, y_train) for model in models)
        assert not hasattr(mine, "decision_function")
        surface = mine.predict_proba(mesh)[:, 1]
        assert surface.shape == (900,) and np.all((surface >= 0) & (surface <= 1))
        # Two rows of forty: where the penalty is small there are several minima.
        assert abs(mine.score(X_test, y_test) - reference.score(X_test, y_test)) <= 0.05
        shares.append(surface.std())
    assert shares[-1] < shares[0], "a larger alpha makes the surface flatter"


CURVES = [
    {"solver": "sgd", "learning_rate": "constant", "momentum": 0, "learning_rate_init": 0.2},
    {
        "solver": "sgd",
        "learning_rate": "constant",
        "momentum": 0.9,
        "nesterovs_momentum": False,
        "learning_rate_init": 0.2,
    },
    {
        "solver": "sgd",
        "learning_rate": "constant",
        "momentum": 0.9,
        "nesterovs_momentum": True,
        "learning_rate_init": 0.2,
    },
    {"solver": "sgd", "learning_rate": "invscaling", "momentum": 0, "learning_rate_init": 0.2},
    {
        "solver": "sgd",
        "learning_rate": "invscaling",
        "momentum": 0.9,
        "nesterovs_momentum": False,
        "learning_rate_init": 0.2,
    },
    {
        "solver": "sgd",
        "learning_rate": "invscaling",
        "momentum": 0.9,
        "nesterovs_momentum": True,
        "learning_rate_init": 0.2,
    },
    {"solver": "adam", "learning_rate_init": 0.01},
]

SETS = {
    "iris": (lambda: load_iris(return_X_y=True), 400),
    "digits": (lambda: load_digits(return_X_y=True), 15),
    "circles": (PLANES["circles"], 400),
    "moons": (PLANES["moons"], 400),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("parameters", CURVES)
def test_training_curves(name, parameters):
    make, max_iter = SETS[name]
    X, y = make()
    X = MinMaxScaler().fit_transform(X)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ConvergenceWarning)
        models = [
            model.fit(X, y)
            for model in pair("MLPClassifier", random_state=0, max_iter=max_iter, **parameters)
        ]
    mine, reference = models
    # Rounding grows with the steps; these rates are large, so the curves part late if they part.
    begin = 15
    np.testing.assert_allclose(mine.loss_curve_[:begin], reference.loss_curve_[:begin], rtol=1e-6)
    assert mine.score(X, y) == pytest.approx(reference.score(X, y), abs=0.02)
    assert len(mine.loss_curve_) == pytest.approx(len(reference.loss_curve_), rel=0.2)


def idx(path):
    """The array of a file in the format of MNIST."""
    with gzip.open(path) as file:
        content = file.read()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def test_filters_of_mnist(monkeypatch, capsys):
    folder = Path(os.environ.get("CHAINRULE_DATA", ""), "mnist")
    if not (folder / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip("CHAINRULE_DATA does not name a folder with mnist/")

    def fetch(name, *, version, return_X_y, as_frame):
        assert (name, version, return_X_y, as_frame) == ("mnist_784", 1, True, False)
        images = [idx(folder / f"{part}-images-idx3-ubyte.gz").reshape(-1, 784) for part in ("train", "t10k")]
        digits = [idx(folder / f"{part}-labels-idx1-ubyte.gz") for part in ("train", "t10k")]
        # OpenML's classes are texts.
        return np.concatenate(images).astype(np.int64), np.concatenate(digits).astype(str).astype(object)

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    X, y = sklearn.datasets.fetch_openml("mnist_784", version=1, return_X_y=True, as_frame=False)
    X = X / 255.0
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, test_size=0.7)
    model = MLPClassifier(
        hidden_layer_sizes=(40,),
        max_iter=8,
        alpha=1e-4,
        solver="sgd",
        verbose=10,
        random_state=1,
        learning_rate_init=0.2,
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(X_train, y_train)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8 and lines[0].startswith("Iteration 1, loss = 0.4")
    assert model.score(X_train, y_train) > 0.97
    assert model.score(X_test, y_test) > 0.94
    low, high = model.coefs_[0].min(), model.coefs_[0].max()
    assert low < 0 < high
    assert [weights.reshape(28, 28).shape for weights in model.coefs_[0].T[:16]] == [(28, 28)] * 16
