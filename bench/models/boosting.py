"""Histogram boosting beside scikit-learn's: 5000 × 20, 50 rounds; the training losses are compared first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import datasets, ensemble
from sklearn.metrics import log_loss, mean_squared_error
from tasks import Growth, Task

from pellucid.models.ensemble.histogram_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

ROUNDS = 50


def tasks() -> list[Task]:
    X, y = numbers(5000)
    labels = named(5000)
    regression = (
        HistGradientBoostingRegressor(max_iter=ROUNDS),
        ensemble.HistGradientBoostingRegressor(max_iter=ROUNDS),
    )
    classes = (
        HistGradientBoostingClassifier(max_iter=ROUNDS),
        ensemble.HistGradientBoostingClassifier(max_iter=ROUNDS),
    )
    one, other = (mean_squared_error(y, model.fit(X, y).predict(X)) for model in regression)
    assert abs(one - other) < 1e-6 * other, (one, other)
    one, other = (log_loss(labels[1], model.fit(*labels).predict_proba(labels[0])) for model in classes)
    assert abs(one - other) < 1e-6, (one, other)
    return [
        compared("histogram boosting, numbers, 5000 × 20, 50 rounds", regression, X, y),
        compared("histogram boosting, two classes, 5000 × 20, 50 rounds", classes, *labels),
        Task(
            "predict, two classes, 5000 × 20, 50 rounds",
            None,
            lambda: classes[0].predict(labels[0]),
            lambda: classes[1].predict(labels[0]),
        ),
    ]


def compared(name: str, models: tuple, X: np.ndarray, y: np.ndarray) -> Task:
    ours, theirs = models
    return Task(name, 1.0, lambda: ours.fit(X, y), lambda: theirs.fit(X, y))


def growths() -> list[Growth]:
    return [Growth("histogram boosting, n × 20, 10 rounds", fit_rows, (5000, 10_000, 20_000, 40_000))]


def fit_rows(n: int) -> Callable[[], object]:
    X, y = numbers(n)
    return lambda: HistGradientBoostingRegressor(max_iter=10, early_stopping=False).fit(X, y)


def numbers(n: int) -> tuple[np.ndarray, np.ndarray]:
    return datasets.make_friedman1(n, n_features=20, noise=1.0, random_state=0)


def named(n: int) -> tuple[np.ndarray, np.ndarray]:
    return datasets.make_classification(n, n_features=20, n_informative=8, flip_y=0.05, random_state=0)
