"""Rows however they lie in memory, and weights that are edited in place."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from beside import assert_agree, fitted
from chainrule.sklearn import MLPClassifier, MLPRegressor

SMALL = {"hidden_layer_sizes": (9,), "max_iter": 3, "random_state": 0}


def fortran(X):
    return np.asfortranarray(X)


def every_second(X):
    wide = np.zeros((2 * X.shape[0], 3 * X.shape[1]), X.dtype)
    wide[::2, 1::3] = X
    return wide[::2, 1::3]


def backwards(X):
    return np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]


def unaligned(X):
    buffer = np.zeros(X.nbytes + 1, np.uint8)
    found = buffer[1:].view(X.dtype).reshape(X.shape)
    found[:] = X
    assert not found.flags.aligned
    return found


def read_only(X):
    found = X.copy()
    found.flags.writeable = False
    return found


def swapped(X):
    return X.astype(X.dtype.newbyteorder())


class Array:
    """What has nothing of an array but the method."""

    def __init__(self, X):
        self.X = X

    def __array__(self, dtype=None, copy=None):
        return self.X if dtype is None else self.X.astype(dtype)


LAYOUTS = [fortran, every_second, backwards, unaligned, read_only, swapped, Array]


@pytest.mark.parametrize("layout", [*LAYOUTS, list])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_do_not_depend_on_the_layout(layout, dtype, digits):
    X, y = digits
    X = np.ascontiguousarray(X, dtype)
    if dtype == np.float32 and layout in (list, swapped, Array):
        pytest.skip("scikit-learn takes what is not plainly float32 for float64")
    expected = MLPClassifier(**SMALL).fit(X, y)
    found = MLPClassifier(**SMALL).fit(layout(X), y)
    assert found.loss_curve_ == expected.loss_curve_
    np.testing.assert_array_equal(expected.predict_proba(layout(X)), expected.predict_proba(X))
    np.testing.assert_array_equal(expected.predict(layout(X)), expected.predict(X))


def test_a_read_only_memory_map(digits, tmp_path):
    X, y = digits
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    expected = MLPClassifier(**SMALL).fit(X, y)
    found = MLPClassifier(**SMALL).fit(mapped, y)
    assert found.loss_curve_ == expected.loss_curve_
    np.testing.assert_array_equal(found.predict_proba(mapped), expected.predict_proba(X))


@pytest.mark.parametrize("layout", [fortran, every_second, unaligned, read_only])
def test_targets_and_weights_however_they_lie(layout, several_numbers):
    X, y = several_numbers
    weights = np.random.RandomState(0).rand(len(X))
    expected = MLPRegressor(**SMALL).fit(X, y, weights)
    found = MLPRegressor(**SMALL).fit(X, layout(y), layout(weights[:, None])[:, 0])
    assert found.loss_curve_ == expected.loss_curve_


def test_nothing_given_is_written_to(digits):
    X, y = digits
    weights = np.ones(len(X))
    copies = X.copy(), y.copy(), weights.copy()
    model = MLPClassifier(early_stopping=True, **SMALL).fit(X, y, weights)
    model.predict_proba(X)
    for given, copied in zip((X, y, weights), copies):
        np.testing.assert_array_equal(given, copied)


def test_what_is_predicted_is_a_fresh_array(digits):
    X, y = digits
    model = MLPClassifier(**SMALL).fit(X, y)
    first = model.predict_proba(X)
    kept = first.copy()
    model.predict_proba(X[::-1])
    np.testing.assert_array_equal(first, kept)
    assert first.flags.writeable and first.flags.c_contiguous


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_give_what_dense_rows_give(index, dtype, digits):
    X, y = digits
    X = X.astype(dtype)
    sparse = scipy.sparse.csr_matrix(X)
    sparse.indices, sparse.indptr = sparse.indices.astype(index), sparse.indptr.astype(index)
    expected = MLPClassifier(**SMALL).fit(X, y)
    found = MLPClassifier(**SMALL).fit(sparse, y)
    np.testing.assert_allclose(
        found.loss_curve_, expected.loss_curve_, rtol=1e-5 if dtype == np.float32 else 1e-10
    )
    np.testing.assert_allclose(found.predict_proba(sparse), found.predict_proba(X), rtol=1e-5)


def test_sparse_rows_with_numbers_written_twice_and_out_of_order(digits):
    X, y = digits
    coo = scipy.sparse.coo_matrix(X)
    order = np.random.RandomState(0).permutation(2 * coo.nnz)
    data = np.concatenate([coo.data / 2, coo.data / 2])[order]
    places = tuple(np.concatenate([place, place])[order] for place in (coo.row, coo.col))
    rows = places[0].argsort(kind="stable")
    indptr = np.searchsorted(places[0][rows], np.arange(X.shape[0] + 1))
    doubled = scipy.sparse.csr_matrix((data[rows], places[1][rows], indptr), shape=X.shape)
    assert not doubled.has_canonical_format
    before = doubled.data.copy()
    expected = MLPClassifier(**SMALL).fit(scipy.sparse.csr_matrix(X), y)
    found = MLPClassifier(**SMALL).fit(doubled, y)
    np.testing.assert_allclose(found.loss_curve_, expected.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(expected.predict_proba(doubled), expected.predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(doubled.data, before)


LARGE = """
import resource
import numpy as np, scipy.sparse
from chainrule.sklearn import MLPClassifier

random = np.random.default_rng(0)
X = scipy.sparse.random_array((10_000, 20_000), density=1e-3, format="csr", rng=random)
y = random.integers(2, size=10_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = MLPClassifier((4,), max_iter=1, batch_size=100, random_state=0).fit(X, y)
assert model.predict(X).shape == (10_000,)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts kibibytes as Linux does")
def test_large_sparse_rows_are_never_dense_all_at_once():
    """They would be 1600 MB."""
    found = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=200)
    assert found.returncode == 0, found.stderr
    assert float(found.stdout) < 300


# Shapes at the ends.


@pytest.mark.parametrize("rows", [1, 2, 3, 15, 16, 17, 199, 200, 201])
def test_few_rows(rows, digits):
    X, y = digits
    assert_agree(*fitted("MLPRegressor", X[:rows], y[:rows], **SMALL), X)


@pytest.mark.parametrize("columns", [1, 2, 15, 17])
def test_few_columns(columns, digits):
    X, y = digits
    assert_agree(*fitted("MLPClassifier", X[:, 20 : 20 + columns], y, **SMALL), X[:, 20 : 20 + columns])


def test_one_row_at_a_time_is_the_same_as_all(digits):
    X, y = digits
    model = MLPClassifier(**SMALL).fit(X, y)
    each = np.concatenate([model.predict_proba(row[None]) for row in X])
    np.testing.assert_allclose(each, model.predict_proba(X), rtol=1e-12)
    np.testing.assert_array_equal(np.concatenate([model.predict(row[None]) for row in X]), model.predict(X))


def test_rows_of_another_precision_than_the_weights(digits):
    """The type of what is predicted is scikit-learn's, by the rows and the weights."""
    X, y = digits
    for fit_type in (np.float32, np.float64):
        mine, reference = fitted("MLPRegressor", X.astype(fit_type), y, **SMALL)
        for dtype in (np.float32, np.float64):
            found, expected = mine.predict(X.astype(dtype)), reference.predict(X.astype(dtype))
            assert found.dtype == expected.dtype, (fit_type, dtype)
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("large", [1e30, 1e150, 1e300])
def test_huge_numbers_saturate_as_scikit_learns_do(large, digits):
    X, y = digits
    mine, reference = fitted("MLPClassifier", X, y, **SMALL)
    with np.errstate(all="ignore"):
        expected = reference.predict_proba(X[:5] * large)
        np.testing.assert_allclose(mine.predict_proba(X[:5] * large), expected, rtol=1e-6)


# In-place edits.


def test_edits_of_the_weights_are_seen_by_predictions(numbers):
    X, y = numbers
    mine, reference = fitted("MLPRegressor", X, y, **SMALL)
    mine.predict(X)
    for model in (mine, reference):
        model.coefs_[0][0, :] = 0.0
        model.intercepts_[1][0] += 1.0
    np.testing.assert_allclose(mine.predict(X), reference.predict(X), rtol=1e-9)
    weights = mine.coefs_[1]
    mine.predict(X)
    weights *= -1  # through a name that was taken long ago
    reference.coefs_[1] *= -1
    np.testing.assert_allclose(mine.predict(X), reference.predict(X), rtol=1e-9)
    np.testing.assert_allclose(mine.predict(X.astype(np.float32)), reference.predict(X), rtol=1e-3, atol=1e-4)


def test_weights_of_another_shape_make_another_network(numbers):
    X, y = numbers
    mine, reference = fitted("MLPRegressor", X, y, **SMALL)
    for model in (mine, reference):
        model.coefs_ = [model.coefs_[0][:, :4], model.coefs_[1][:4]]
        model.intercepts_ = [model.intercepts_[0][:4], model.intercepts_[1]]
    np.testing.assert_allclose(mine.predict(X), reference.predict(X), rtol=1e-9)


def test_weights_that_are_no_numbers(numbers):
    X, y = numbers
    mine, reference = fitted("MLPRegressor", X, y, **SMALL)
    for model in (mine, reference):
        model.coefs_[0][0, 0] = np.nan
    np.testing.assert_array_equal(np.isnan(mine.predict(X)), np.isnan(reference.predict(X)))
