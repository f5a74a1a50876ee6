"""Dask: searches and cross-validation on a cluster of processes, and predictions in its arrays."""

import pickle

import joblib
import numpy as np
import pytest
from chainrule.sklearn import MLPClassifier, MLPRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score

SMALL = {"hidden_layer_sizes": (12,), "max_iter": 5, "random_state": 0}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path_factory.mktemp("dask")),
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_grid_search_on_a_cluster(client, digits):
    X, y = digits
    grid = {"alpha": [1e-4, 1e-1], "hidden_layer_sizes": [(5,), (10,)]}
    expected = GridSearchCV(MLPClassifier(**SMALL), grid, cv=3).fit(X, y)
    with joblib.parallel_backend("dask"):
        found = GridSearchCV(MLPClassifier(**SMALL), grid, cv=3).fit(X, y)
    np.testing.assert_array_equal(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    assert found.best_params_ == expected.best_params_
    np.testing.assert_array_equal(found.predict(X), expected.predict(X))


def test_cross_validation_on_a_cluster(client, numbers):
    X, y = numbers
    model = MLPRegressor(**SMALL)
    with joblib.parallel_backend("dask"):
        found = cross_val_score(model, X, y, cv=4)
    np.testing.assert_array_equal(found, cross_val_score(model, X, y, cv=4))


def test_the_workers_did_the_work(client, digits):
    """Processes of the cluster, not this one."""
    import os

    def fit(X, y):
        return os.getpid(), MLPClassifier(**SMALL).fit(X, y).loss_curve_

    X, y = digits
    futures = [
        client.submit(fit, X, y, pure=False, workers=[worker])
        for worker in client.scheduler_info()["workers"]
    ]
    found = client.gather(futures)
    assert len({pid for pid, _ in found} - {os.getpid()}) == 2
    expected = MLPClassifier(**SMALL).fit(X, y).loss_curve_
    assert all(curve == expected for _, curve in found)


def test_a_fitted_model_predicts_in_an_array(client, digits):
    import dask.array

    X, y = digits
    model = MLPClassifier(**SMALL).fit(X, y)
    rows = dask.array.from_array(X, chunks=(100, 64))
    found = rows.map_blocks(model.predict, dtype=y.dtype, drop_axis=1).compute()
    np.testing.assert_array_equal(found, model.predict(X))
    found = rows.map_blocks(model.predict_proba, dtype=float, chunks=(rows.chunks[0], (10,))).compute()
    np.testing.assert_array_equal(found, model.predict_proba(X))


def test_a_fitted_model_predicts_in_a_frame(client, numbers):
    import dask.dataframe
    import pandas as pd

    X, y = numbers
    frame = pd.DataFrame(X, columns=list("abcdefg"))
    model = MLPRegressor(**SMALL).fit(frame, y)
    parts = dask.dataframe.from_pandas(frame, npartitions=3)
    found = parts.map_partitions(
        lambda part: pd.Series(model.predict(part), part.index), meta=("y", float)
    ).compute()
    np.testing.assert_array_equal(found.to_numpy(), model.predict(frame))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_sent_is_hardly_more_than_the_weights(dtype, digits):
    X, y = digits
    model = MLPClassifier((256, 128), max_iter=2).fit(X.astype(dtype), y)
    model.predict(X)
    weights = sum(array.nbytes for array in model.coefs_ + model.intercepts_)
    assert len(pickle.dumps(model)) < 1.2 * weights + 10_000
