"""Rows divided into those to learn from and those to be judged by.

An int as `random_state` gives scikit-learn's splits, row for row: its generator (NumPy's RandomState) is asked in the same
order.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from math import ceil, floor
from typing import Any

import numpy as np

from pellucid.models.model_selection.rows import check_lengths, count_rows, take_rows
from pellucid.models.validation import Array

Split = tuple[Array, Array]


class KFold:
    """k folds of nearly equal size: each is the test set once, the others together its training set.

    Without `shuffle` the folds are runs of neighbouring rows, which is wrong where rows are sorted and right where time must
    not be mixed.
    """

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None) -> None:
        if n_splits < 2:
            raise ValueError(
                f"n_splits must be 2 or more, but it is {n_splits}: one fold leaves nothing to learn from."
            )
        if not shuffle and random_state is not None:
            raise ValueError(
                "random_state has no effect without shuffle: pass shuffle=True too, or leave it out."
            )
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """k, whatever the data are."""
        return self.n_splits

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """The places of the training rows and of the test rows, both rising, for each fold. `groups` are not looked at."""
        n = count_rows(X)
        if n < self.n_splits:
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number of samples: n_samples={n}."
            )
        fold = self._folds(n, y)  # (n,)
        for k in range(self.n_splits):
            yield np.flatnonzero(fold != k), np.flatnonzero(fold == k)

    def _folds(self, n: int, y: Any) -> Array:
        """The fold in which each row is tested (n,)."""
        order = np.arange(n)
        if self.shuffle:
            stream_of(self.random_state).shuffle(order)
        sizes = np.full(self.n_splits, n // self.n_splits)
        sizes[: n % self.n_splits] += 1
        fold = np.empty(n, dtype=np.intp)
        fold[order] = np.repeat(np.arange(self.n_splits), sizes)
        return fold

    def __repr__(self) -> str:
        how = f", shuffle=True, random_state={self.random_state!r}" if self.shuffle else ""
        return f"{type(self).__name__}(n_splits={self.n_splits}{how})"


class StratifiedKFold(KFold):
    """k folds in each of which the classes of y have nearly the same shares as in the whole."""

    def _folds(self, n: int, y: Any) -> Array:
        if y is None:
            raise ValueError(
                "StratifiedKFold needs y, the classes whose shares it keeps. KFold does without."
            )
        codes = codes_by_appearance(y, n)
        counts = np.bincount(codes)
        if (counts < self.n_splits).all():
            raise ValueError(
                f"n_splits={self.n_splits} cannot be greater than the number of members in each class: "
                f"the greatest has {counts.max()}."
            )
        if counts.min() < self.n_splits:
            warnings.warn(
                f"The least populated class in y has only {counts.min()} members, which is less than n_splits={self.n_splits}: "
                "some folds have none of it.",
                UserWarning,
                stacklevel=4,
            )
        dealt = np.sort(codes)  # dealing it out like cards gives each fold its number of each class
        fold = np.empty(n, dtype=np.intp)
        stream = stream_of(self.random_state) if self.shuffle else None
        shares = np.array(
            [np.bincount(dealt[k :: self.n_splits], minlength=len(counts)) for k in range(self.n_splits)]
        )
        for code in range(len(counts)):
            folds = np.repeat(np.arange(self.n_splits), shares[:, code])
            if stream is not None:
                stream.shuffle(folds)
            fold[codes == code] = folds
        return fold


def train_test_split(
    *arrays: Any,
    test_size: float | None = None,
    train_size: float | None = None,
    random_state: Any = None,
    shuffle: bool = True,
    stratify: Any = None,
) -> list[Any]:
    """Each array (n, …) as two: the training rows, the test rows; [X_train, X_test, y_train, y_test] for X and y.

    Sizes are shares (floats in (0, 1)) or numbers of rows (ints); a quarter is for testing where neither is given. `stratify`
    (n,) are classes whose shares both parts keep. What is learned from the data, a scaler's mean too, is learned from the
    training part alone.
    """
    if not arrays:
        raise ValueError("At least one array required as input: train_test_split(X, y).")
    n = check_lengths({f"arrays[{i}]": array for i, array in enumerate(arrays)})
    n_train, n_test = _sizes(n, test_size, train_size)
    if not shuffle:
        if stratify is not None:
            raise ValueError(
                "Stratified train/test split is not implemented for shuffle=False: leave out one of the two."
            )
        train, test = np.arange(n_train), np.arange(n_train, n_train + n_test)
    elif stratify is not None:
        train, test = _stratified(stratify, n, n_train, n_test, stream_of(random_state))
    else:
        order = stream_of(random_state).permutation(n)
        train, test = order[n_test : n_test + n_train], order[:n_test]
    return [take_rows(array, places) for array in arrays for places in (train, test)]


def _sizes(n: int, test_size: float | None, train_size: float | None) -> tuple[int, int]:
    test = _size(test_size, n, "test_size", ceil)
    train = _size(train_size, n, "train_size", floor)
    if test is None:
        test = ceil(0.25 * n) if train is None else n - train
    if train is None:
        train = n - test
    if train + test > n:
        raise ValueError(
            f"train_size and test_size ask for {train} + {test} rows, but there are {n}: make one smaller."
        )
    if train == 0 or test == 0:
        empty = "training" if train == 0 else "test"
        raise ValueError(
            f"With n_samples={n}, the resulting {empty} set will be empty: change test_size or train_size."
        )
    return train, test


def _size(size: float | None, n: int, name: str, rounded: Any) -> int | None:
    if size is None:
        return None
    if isinstance(size, (int, np.integer)) and not isinstance(size, bool):
        if not 0 < size < n:
            raise ValueError(f"{name}={size} should be between 1 and {n - 1}, the number of rows less one.")
        return int(size)
    if not 0 < size < 1:
        raise ValueError(f"{name}={size} should be a share between 0 and 1, or a whole number of rows.")
    return int(rounded(size * n))


def _stratified(stratify: Any, n: int, n_train: int, n_test: int, stream: Any) -> Split:
    _, codes = np.unique(_labels(stratify, n, "stratify"), return_inverse=True)
    counts = np.bincount(codes)
    if counts.min() < 2:
        raise ValueError(
            "The least populated classes in stratify have only 1 member: 2 are needed, one for each part."
        )
    for size, name in ((n_train, "train_size"), (n_test, "test_size")):
        if size < len(counts):
            raise ValueError(
                f"The {name} = {size} should be greater or equal to the number of classes = {len(counts)}."
            )
    for_train = _deal(counts, n_train, stream)
    for_test = _deal(counts - for_train, n_test, stream)
    train: list[Array] = []
    test: list[Array] = []
    for code, count in enumerate(counts):
        members = np.flatnonzero(codes == code)[stream.permutation(count)]
        train.append(members[: for_train[code]])
        test.append(members[for_train[code] : for_train[code] + for_test[code]])
    return stream.permutation(np.concatenate(train)), stream.permutation(np.concatenate(test))


def _deal(counts: Array, total: int, stream: Any) -> Array:
    """How many of `total` rows come from each class (c,): the whole part of its share, then one more by the largest
    fractions.

    Among classes with equal fractions the lot decides.
    """
    share = counts / counts.sum() * total
    dealt = np.floor(share)
    fraction = share - dealt
    left = int(total - dealt.sum())
    for value in np.unique(fraction)[::-1]:
        if left == 0:
            break
        tied = np.flatnonzero(fraction == value)
        lucky = stream.choice(tied, size=min(len(tied), left), replace=False)
        dealt[lucky] += 1
        left -= len(lucky)
    return dealt.astype(np.intp)


def codes_by_appearance(y: Any, n: int) -> Array:
    """Each row's class as a number (n,), 0 for the class that comes first."""
    _, first, codes = np.unique(_labels(y, n, "y"), return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes]


def _labels(values: Any, n: int, name: str) -> Array:
    labels = np.asarray(values)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.ravel()
    if labels.shape != (n,):
        raise ValueError(f"{name} must be one class a row, shape ({n},), but it has shape {labels.shape}.")
    if labels.dtype.kind == "f" and not np.all(labels == np.floor(labels)):
        raise ValueError(
            f"{name} holds fractions, which are no classes: without shares to keep, use KFold, or cut {name} into classes."
        )
    return labels


def stream_of(random_state: Any) -> Any:
    """The random numbers that `random_state` stands for: a seed, None for a fresh one, or a RandomState or Generator as it
    is.
    """
    if isinstance(random_state, (np.random.RandomState, np.random.Generator)):
        return random_state
    return np.random.RandomState(random_state)
