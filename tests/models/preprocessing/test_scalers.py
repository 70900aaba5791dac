"""Scalers against scikit-learn's, on good and odd columns, whole and in batches."""

from __future__ import annotations

import doctest
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import preprocessing as theirs
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.preprocessing import MinMaxScaler, StandardScaler, standard

numbers = st.floats(-1e4, 1e4).map(lambda x: round(x, 4))
tables = st.tuples(st.integers(1, 8), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=numbers)
)
CANCER = load_breast_cancer().data


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [
            StandardScaler(),
            StandardScaler(with_mean=False, with_std=False),
            MinMaxScaler(),
            MinMaxScaler((-2, 3), clip=True),
        ]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_scikit_learns_contract(estimator, check) -> None:
    check(estimator)


def equal(ours: StandardScaler, other: theirs.StandardScaler, X: np.ndarray) -> None:
    for name in ("mean_", "var_", "scale_"):
        mine, yours = getattr(ours, name), getattr(other, name)
        assert (mine is None) == (yours is None), name
        if mine is not None:
            assert np.allclose(mine, yours, rtol=1e-10, atol=1e-12), name
    assert ours.n_samples_seen_ == pytest.approx(other.n_samples_seen_)
    assert np.allclose(ours.transform(X), other.transform(X), rtol=1e-9, atol=1e-9)
    assert np.allclose(ours.inverse_transform(ours.transform(X)), X, rtol=1e-9, atol=1e-9)


@settings(deadline=None, max_examples=80)
@given(tables, st.booleans(), st.integers(0, 2**32 - 1))
def test_standardization(X: np.ndarray, weighted: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.choice([0.0, 0.5, 1.0, 3.0], len(X)) if weighted else None
    assume(weights is None or weights.sum() > 0)
    spread = np.ptp(X if weights is None else X[weights > 0], axis=0)
    assume(np.all((spread == 0) | (spread > 1e-3)))
    equal(
        StandardScaler().fit(X, sample_weight=weights),
        theirs.StandardScaler().fit(X, sample_weight=weights),
        X,
    )


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_each_setting(with_mean: bool, with_std: bool) -> None:
    ours = StandardScaler(with_mean=with_mean, with_std=with_std).fit(CANCER)
    other = theirs.StandardScaler(with_mean=with_mean, with_std=with_std).fit(CANCER)
    assert np.allclose(ours.transform(CANCER), other.transform(CANCER), rtol=1e-12, atol=1e-12)
    assert np.allclose(ours.inverse_transform(ours.transform(CANCER)), CANCER, rtol=1e-12)
    assert (ours.var_ is None) == (other.var_ is None) and (ours.mean_ is None) == (other.mean_ is None)


@settings(deadline=None, max_examples=50)
@given(tables, st.integers(1, 7), st.booleans())
def test_batches_give_what_the_whole_gives(X: np.ndarray, cut: int, weighted: bool) -> None:
    assume(cut < len(X))
    weights = np.arange(1.0, len(X) + 1) if weighted else None
    whole = StandardScaler().fit(X, sample_weight=weights)
    assume(np.all((whole.var_ == 0) | (whole.var_ > 1e-4)))
    parts = StandardScaler()
    for rows in (slice(0, cut), slice(cut, None)):
        parts.partial_fit(X[rows], sample_weight=None if weights is None else weights[rows])
    assert np.allclose(parts.mean_, whole.mean_, rtol=1e-10, atol=1e-10)
    assert np.allclose(parts.var_, whole.var_, rtol=1e-9, atol=1e-9)
    assert parts.n_samples_seen_ == pytest.approx(whole.n_samples_seen_)


def test_partial_statistics_can_be_read() -> None:
    scaler = StandardScaler().partial_fit([[0.0], [2.0]])
    assert (scaler.mean_[0], scaler.var_[0], scaler.n_samples_seen_) == (1, 1, 2)
    scaler.partial_fit([[4.0]])
    assert scaler.mean_[0] == 2 and scaler.var_[0] == pytest.approx(8 / 3) and scaler.n_samples_seen_ == 3


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e8 + 0.1, -1e-12, np.pi * 1e15])
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_a_constant_column_becomes_zero(value: float, n: int) -> None:
    X = np.c_[np.full(n, value), np.arange(n)]
    ours, other = StandardScaler().fit(X), theirs.StandardScaler().fit(X)
    assert np.array_equal(ours.scale_ == 1, other.scale_ == 1)
    assert np.allclose(ours.transform(X)[:, 0], 0, atol=1e-6)


def test_weights_are_repeated_rows() -> None:
    X, weights = load_iris().data, np.arange(150) % 4
    weighted = StandardScaler().fit(X, sample_weight=weights)
    repeated = StandardScaler().fit(np.repeat(X, weights, axis=0))
    assert np.allclose(weighted.mean_, repeated.mean_, rtol=1e-13) and np.allclose(
        weighted.var_, repeated.var_, rtol=1e-12
    )


def test_a_large_mean_keeps_the_variance() -> None:
    x = 1e9 + np.array([[4.0], [7.0], [13.0], [16.0]])
    assert StandardScaler().fit(x).var_[0] == 22.5


def test_the_test_set_is_moved_by_the_training_set() -> None:
    train, test = np.array([[0.0], [2.0]]), np.array([[10.0], [12.0]])
    scaler = StandardScaler().fit(train)
    assert list(scaler.transform(test).ravel()) == [9, 11]  # its own mean and deviation would give −1 and 1


def test_data_frames_keep_their_names() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 5.0]})
    scaler = StandardScaler().fit(frame)
    assert list(scaler.get_feature_names_out()) == ["a", "b"]
    with pytest.raises(ValueError, match="same order"):
        scaler.transform(frame[["b", "a"]])
    assert list(MinMaxScaler().fit(frame.to_numpy()).get_feature_names_out()) == ["x0", "x1"]


@settings(deadline=None, max_examples=50)
@given(tables, tables, st.booleans())
def test_ranges(X: np.ndarray, other_rows: np.ndarray, clip: bool) -> None:
    assume(other_rows.shape[1] == X.shape[1])
    ours, other = MinMaxScaler((-1, 2), clip=clip).fit(X), theirs.MinMaxScaler((-1, 2), clip=clip).fit(X)
    assert np.allclose(ours.transform(other_rows), other.transform(other_rows), rtol=1e-9, atol=1e-9)
    assert np.allclose(ours.inverse_transform(ours.transform(X)), X, rtol=1e-9, atol=1e-9)


def test_a_range_must_go_up() -> None:
    with pytest.raises(ValueError, match="feature_range must go"):
        MinMaxScaler((1, 1)).fit([[1.0]])


def test_the_trace_is_the_fit() -> None:
    records = {record.name: record.value for record in StandardScaler().trace(CANCER)}
    scaler = StandardScaler().fit(CANCER)
    assert list(records) == ["mean of the batch", "variance", "scale"]
    assert np.array_equal(records["mean of the batch"], scaler.mean_)
    assert np.array_equal(records["scale"], scaler.scale_)


def test_examples_print_what_they_say() -> None:
    assert doctest.testmod(standard).failed == 0
