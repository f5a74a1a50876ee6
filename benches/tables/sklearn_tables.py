"""scikit-learn's MLP, linear model and support vector machine, with their defaults, on a table.

usage: sklearn_tables.py TABLE.csv TARGET[,TARGET..] TASK FOLDS.csv THREADS SEED [MODEL ..]

The folds are those of `chainrule compare --save-folds`: lines `row,fold`, both counted from 1. Missing
values become the median or the most frequent value with an indicator, categories are one-hot, everything
is scaled to mean 0 and deviation 1, all fitted on the rows of the other folds. One line of JSON for each
model: the score of every fold (accuracy; R2; for several labels the F1 score over all of them), the
seconds of preparing its rows, and those of fitting and of predicting prepared rows, as `chainrule
compare` counts them.
"""
import json
import os
import sys
import time
import warnings

# Read when the libraries are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = sys.argv[5]

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, r2_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

warnings.simplefilter("ignore")


def table(path, targets):
    with open(path, encoding="utf-8") as file:
        first = file.readline()
    header = None if all(cell.strip('"').replace(".", "").strip().isdigit() for cell in first.split(",")) else 0
    frame = pd.read_csv(path, sep=";" if ";" in first else ",", header=header, skipinitialspace=True, na_values=["?"])
    if header is None:
        frame.columns = [f"column{number + 1}" for number in range(frame.shape[1])]
    y = frame[targets]
    x = frame.drop(columns=targets)
    # Names of rows and free text, as chainrule leaves them out.
    for name in x.columns:
        texts = not pd.api.types.is_numeric_dtype(x[name])
        if texts and x[name].nunique() * 2 > x[name].notna().sum() or name == "PassengerId":
            x = x.drop(columns=name)
    return x, y


def preparation():
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    texts = make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        StandardScaler(),
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include=np.number)),
        (texts, make_column_selector(dtype_exclude=np.number)),
    )


class Scaled:
    """A regressor that learns targets of mean 0 and deviation 1."""

    def __init__(self, model):
        self.model = model

    def fit(self, x, y):
        self.scaler = StandardScaler().fit(y.reshape(-1, 1))
        self.model.fit(x, self.scaler.transform(y.reshape(-1, 1)).ravel())
        return self

    def predict(self, x):
        return self.scaler.inverse_transform(self.model.predict(x).reshape(-1, 1)).ravel()


def models(task, seed):
    if task == "regression":
        return {
            "dummy": DummyRegressor,
            "linear": Ridge,
            "svm": lambda: Scaled(SVR()),
            "mlp": lambda: Scaled(MLPRegressor(random_state=seed)),
        }
    for_each = OneVsRestClassifier if task == "multi-label" else lambda model: model
    return {
        "dummy": DummyClassifier,
        "linear": lambda: for_each(LogisticRegression()),
        "svm": lambda: for_each(SVC()),
        "mlp": lambda: MLPClassifier(random_state=seed),
    }


def score(task, truth, predicted):
    if task == "regression":
        return r2_score(truth, predicted)
    if task == "multi-label":
        return f1_score(truth, predicted, average="micro")
    return accuracy_score(truth, predicted)


def main():
    path, targets, task, folds = sys.argv[1:5]
    targets = targets.split(",")
    x, y = table(path, targets)
    y = y.to_numpy() if len(targets) > 1 else y[targets[0]].to_numpy()
    folds = pd.read_csv(folds).set_index("row")["fold"].reindex(range(1, len(x) + 1), fill_value=0).to_numpy()
    parts = []
    for fold in sorted(set(folds) - {0}):
        training, test = (folds != fold) & (folds != 0), folds == fold
        start = time.perf_counter()
        prepare = preparation()
        inputs = prepare.fit_transform(x[training]), prepare.transform(x[test])
        parts.append((training, test, inputs, time.perf_counter() - start))
    for name, make in models(task, seed=int(sys.argv[6])).items():
        if len(sys.argv) > 7 and name not in sys.argv[7:]:
            continue
        scores, fit_seconds, predict_seconds = [], [], []
        for training, test, (known, new), _ in parts:
            start = time.perf_counter()
            model = make().fit(known, y[training])
            fitted = time.perf_counter()
            predicted = model.predict(new)
            predict_seconds.append(time.perf_counter() - fitted)
            fit_seconds.append(fitted - start)
            scores.append(float(score(task, y[test], predicted)))
        print(json.dumps({
            "model": name,
            "scores": scores,
            "prepare_seconds": [seconds for *_, seconds in parts],
            "fit_seconds": fit_seconds,
            "predict_seconds": predict_seconds,
            "scikit_learn": sklearn.__version__,
        }), flush=True)


if __name__ == "__main__":
    main()
