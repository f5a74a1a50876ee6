"""Scores of scikit-learn's models on fixed folds, for tests/baselines.rs.

    CHAINRULE_DATA=... python reference.py > reference.json

Row i (counted from 0) is in fold i % 5. Numbers are scaled to mean 0 and standard deviation 1 and
categories made one-hot by what the training rows of each fold hold; the target of a regression is
scaled likewise (an epsilon of 0.1 means nothing otherwise). All settings are scikit-learn's defaults.
Forests are the mean over several seeds, since one seed's scores move by more than they should be met by.
"""

import json
import os
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, r2_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

warnings.filterwarnings("ignore")
FOLDS = 5
SEEDS = 5
TABULAR = os.path.join(os.environ["CHAINRULE_DATA"], "tabular")


def table(name, **options):
    return pd.read_csv(os.path.join(TABULAR, name), **options)


def data_sets():
    """Name, task, inputs, targets."""
    iris = table("iris.csv")
    yield "iris", "classes", iris.drop(columns="species"), iris["species"]
    digits = load_digits(as_frame=True)
    yield "digits", "classes", digits.data, digits.target
    cancer = table("breast_cancer_wisconsin.csv")
    yield "breast_cancer", "classes", cancer.drop(columns="diagnosis"), cancer["diagnosis"]
    titanic = table("titanic.csv")
    columns = ["Pclass", "Sex", "SibSp", "Parch", "Fare"]
    yield "titanic", "classes", titanic[columns], titanic["Survived"]
    wine = table("winequality-red.csv", sep=";")
    yield "wine_red", "regression", wine.drop(columns="quality"), wine["quality"]
    houses = table("california_housing.csv").iloc[::10]
    unused = ["median_house_value", "total_bedrooms"]
    yield "california", "regression", houses.drop(columns=unused), houses["median_house_value"]
    emotions = table("emotions.csv")
    yield "emotions", "labels", emotions.iloc[:, :-6], emotions.iloc[:, -6:]


def models(task):
    """Name, what to score by each seed, seeds."""
    scaled = lambda model: TransformedTargetRegressor(model, transformer=StandardScaler())
    for_each = lambda model: MultiOutputClassifier(model) if task == "labels" else model
    if task == "regression":
        yield "dummy", lambda seed: DummyRegressor(), 1
        yield "linear", lambda seed: scaled(Ridge()), 1
        yield "svm", lambda seed: scaled(SVR()), 1
        yield "forest", lambda seed: scaled(RandomForestRegressor(random_state=seed)), SEEDS
    else:
        yield "dummy", lambda seed: for_each(DummyClassifier()), 1
        yield "linear", lambda seed: for_each(LogisticRegression(max_iter=10_000)), 1
        yield "svm", lambda seed: for_each(SVC()), 1
        yield "forest", lambda seed: for_each(RandomForestClassifier(random_state=seed)), SEEDS


def score(task, truth, predicted):
    if task == "regression":
        return {"r2": r2_score(truth, predicted)}
    if task == "labels":
        return {
            "subset_accuracy": accuracy_score(truth, predicted),
            "f1_micro": f1_score(truth, predicted, average="micro", zero_division=0),
        }
    return {"accuracy": accuracy_score(truth, predicted)}


def main():
    found = {"scikit-learn": sklearn.__version__, "folds": FOLDS, "scores": {}}
    for name, task, inputs, targets in data_sets():
        numbers = inputs.select_dtypes("number").columns
        categories = inputs.columns.difference(numbers, sort=False)
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        fold = np.arange(len(inputs)) % FOLDS
        scores = found["scores"][name] = {}
        for kind, model, seeds in models(task):
            of_folds = []
            for test in range(FOLDS):
                learned = fold != test
                for seed in range(seeds):
                    steps = [("n", StandardScaler(), numbers), ("c", encoder, categories)]
                    pipeline = make_pipeline(ColumnTransformer(steps), model(seed))
                    pipeline.fit(inputs[learned], targets[learned])
                    predicted = pipeline.predict(inputs[~learned])
                    of_folds.append(score(task, targets[~learned], predicted))
            means = pd.DataFrame(of_folds).groupby(np.arange(len(of_folds)) // seeds).mean()
            scores[kind] = {
                measure: {"mean": means[measure].mean(), "folds": list(means[measure])}
                for measure in means
            }
            print(name, kind, {m: scores[kind][m]["mean"] for m in means}, file=sys.stderr)
    json.dump(found, sys.stdout, indent=1)
    print()


main()
