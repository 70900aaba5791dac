"""Data for trees: scikit-learn's bundled sets and made ones, as pairs (X, y)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets

LABELLED = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: tuple(each[:600] for each in datasets.load_digits(return_X_y=True)),
    "made": lambda: datasets.make_classification(300, 8, n_informative=5, n_classes=4, random_state=3),
    "rounded": lambda: tied(datasets.make_classification(200, 5, flip_y=0.2, random_state=1)),
}
NUMBERED = {
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True, scaled=False),
    "friedman": lambda: datasets.make_friedman1(200, noise=0.5, random_state=0),
    "rounded": lambda: tied(datasets.make_friedman1(150, noise=0.5, random_state=1)),
}


def tied(data: tuple[Any, Any]) -> tuple[Any, Any]:
    X, y = data
    return np.round(X * 2), y


@pytest.fixture(params=LABELLED, scope="session")
def labelled(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return as_both_hold_it(LABELLED[request.param])


@pytest.fixture(params=NUMBERED, scope="session")
def numbered(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return as_both_hold_it(NUMBERED[request.param])


def as_both_hold_it(load: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    """scikit-learn's trees round X to float32; rounded here, both see the same values."""
    X, y = load()
    return np.asarray(X, dtype=np.float32).astype(np.float64), y
