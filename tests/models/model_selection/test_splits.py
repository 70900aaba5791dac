"""Splits against scikit-learn's, row for row, and by law."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import model_selection as theirs
from sklearn.datasets import load_iris

from pellucid.models import model_selection as ours

pytestmark = pytest.mark.filterwarnings("ignore:The least populated class")
quick = settings(deadline=None, max_examples=60)
seeds = st.integers(0, 2**32 - 1)


def same_splits(mine, yours, X, y=None) -> None:
    for a, b in zip(mine.split(X, y), yours.split(X, y), strict=True):
        assert np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])


@quick
@given(st.integers(2, 40), st.integers(2, 7), st.none() | seeds)
def test_folds_are_scikit_learns(n: int, k: int, seed: int | None) -> None:
    how = {} if seed is None else {"shuffle": True, "random_state": seed}
    X = np.zeros((max(n, k), 1))
    same_splits(ours.KFold(k, **how), theirs.KFold(k, **how), X)


@quick
@given(st.integers(10, 40), st.integers(2, 5), st.integers(1, 4), st.none() | seeds, seeds, st.booleans())
def test_stratified_folds_are_scikit_learns(n, k, c, seed, draw, strings: bool) -> None:
    y = np.random.default_rng(draw).integers(0, c, n)
    y[: 2 * k] = y[0]  # one class at least fills every fold
    y = np.array(["d", "a", "c", "b"])[y] if strings else y
    how = {} if seed is None else {"shuffle": True, "random_state": seed}
    same_splits(ours.StratifiedKFold(k, **how), theirs.StratifiedKFold(k, **how), np.zeros((n, 1)), y)


@quick
@given(st.integers(12, 60), st.floats(0.1, 0.9), seeds, st.booleans())
def test_a_split_is_scikit_learns(n: int, share: float, seed: int, whole: bool) -> None:
    X, y = np.arange(2 * n).reshape(n, 2), list(range(n))
    how = {"test_size": max(1, int(share * n)) if whole else share, "random_state": seed}
    for a, b in zip(ours.train_test_split(X, y, **how), theirs.train_test_split(X, y, **how), strict=True):
        assert np.array_equal(a, b)


@quick
@given(st.integers(2, 5), st.integers(30, 80), st.sampled_from([0.2, 0.25, 0.33, 0.5, 12]), seeds)
def test_a_stratified_split_is_scikit_learns(c: int, n: int, size: float, seed: int) -> None:
    y = np.r_[np.arange(c), np.arange(c), np.random.default_rng(seed).integers(0, c, n)]
    how = {"test_size": size, "random_state": seed % 1000, "stratify": y}
    for a, b in zip(ours.train_test_split(y, **how), theirs.train_test_split(y, **how), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize(
    "how", [{}, {"train_size": 0.5}, {"train_size": 20, "test_size": 10}, {"shuffle": False}]
)
def test_sizes(how) -> None:
    X = np.arange(101)
    extra = {} if "shuffle" in how else {"random_state": 7}
    for a, b in zip(
        ours.train_test_split(X, **how, **extra), theirs.train_test_split(X, **how, **extra), strict=True
    ):
        assert np.array_equal(a, b)


@quick
@given(st.integers(2, 50), st.integers(2, 8), seeds)
def test_folds_part_the_rows(n: int, k: int, seed: int) -> None:
    n = max(n, k)
    tests = []
    for train, test in ours.KFold(k, shuffle=True, random_state=seed).split(np.zeros(n)):
        assert sorted([*train, *test]) == list(range(n))
        tests.append(test)
    assert sorted(np.concatenate(tests)) == list(range(n))
    assert max(map(len, tests)) - min(map(len, tests)) <= 1


def test_containers_stay_what_they_are() -> None:
    frame = pd.DataFrame({"a": range(8)})
    left, right, words, _ = ours.train_test_split(frame, list("abcdefgh"), random_state=0)
    assert isinstance(left, pd.DataFrame) and isinstance(words, list)
    assert len(left) == 6 and len(right) == 2 and words == ["abcdefgh"[i] for i in left["a"]]


def test_seeds_and_generators() -> None:
    X = np.arange(30)
    a = ours.train_test_split(X, random_state=np.random.default_rng(3))
    b = ours.train_test_split(X, random_state=np.random.default_rng(3))
    c = ours.train_test_split(X, random_state=np.random.RandomState(3))
    d = ours.train_test_split(X, random_state=3)
    assert np.array_equal(a[0], b[0]) and np.array_equal(c[0], d[0])


def test_shares_are_kept() -> None:
    y = load_iris().target
    for _, test in ours.StratifiedKFold(5).split(y, y):
        assert list(np.bincount(y[test])) == [10, 10, 10]


def test_too_small_a_class_warns() -> None:
    with pytest.warns(UserWarning, match="has only 1 members"):
        list(ours.StratifiedKFold(2).split(np.zeros(4), [0, 0, 0, 1]))


FAULTS = [
    (lambda: ours.KFold(1), "2 or more"),
    (lambda: ours.KFold(3, random_state=0), "shuffle=True"),
    (lambda: list(ours.KFold(5).split(np.zeros(3))), "greater than the number of samples"),
    (lambda: list(ours.StratifiedKFold(2).split(np.zeros(4))), "needs y"),
    (lambda: list(ours.StratifiedKFold(3).split(np.zeros(4), [0, 0, 1, 1])), "each class"),
    (lambda: list(ours.StratifiedKFold(2).split(np.zeros(3), [0.5, 0.2, 0.1])), "fractions"),
    (lambda: list(ours.StratifiedKFold(2).split(np.zeros(3), [0, 1])), r"shape \(3,\)"),
    (lambda: ours.train_test_split(), "At least one array"),
    (lambda: ours.train_test_split([1, 2, 3], [1, 2]), r"arrays\[0\] has 3, arrays\[1\] has 2"),
    (lambda: ours.train_test_split([1, 2, 3], test_size=1.5), "share between 0 and 1"),
    (lambda: ours.train_test_split([1, 2, 3], test_size=3), "between 1 and 2"),
    (lambda: ours.train_test_split([1, 2, 3], test_size=2, train_size=2), "there are 3"),
    (lambda: ours.train_test_split([1]), "will be empty"),
    (lambda: ours.train_test_split([1, 2, 3, 4], stratify=[0, 0, 0, 1]), "only 1 member"),
    (lambda: ours.train_test_split([1, 2, 3, 4], stratify=[0, 0, 1, 1]), "number of classes"),
    (lambda: ours.train_test_split([1, 2], shuffle=False, stratify=[0, 1]), "shuffle=False"),
]


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_faults_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_number_has_no_rows() -> None:
    with pytest.raises(TypeError, match="one entry a row"):
        ours.train_test_split(3)
