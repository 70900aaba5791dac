"""Trees, forests and AdaBoost beside scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import ensemble as their_ensemble
from sklearn import tree as their_tree
from sklearn.datasets import load_digits, make_classification, make_friedman1
from tasks import Growth, Task

from pellucid.models.ensemble import AdaBoostClassifier, RandomForestClassifier, RandomForestRegressor
from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor


def data(n: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(2 * n, 20, n_informative=8, flip_y=0.02, random_state=0)
    return X.astype(np.float32).astype(np.float64), y


def tasks() -> list[Task]:
    X, y = data(2000)
    X, new, y, truth = X[:2000], X[2000:], y[:2000], y[2000:]
    ours = RandomForestClassifier(100, random_state=0)
    theirs = their_ensemble.RandomForestClassifier(100, random_state=0, n_jobs=1)
    check_alike("random forest", ours.fit(X, y).score(new, truth), theirs.fit(X, y).score(new, truth), 0.015)
    made, number = make_friedman1(2000, n_features=10, noise=1, random_state=0)
    our_numbers = RandomForestRegressor(20, random_state=0)
    their_numbers = their_ensemble.RandomForestRegressor(20, random_state=0, n_jobs=1)
    half = slice(None, None, 2), slice(1, None, 2)
    scores = [
        each.fit(made[half[0]], number[half[0]]).score(made[half[1]], number[half[1]])
        for each in (our_numbers, their_numbers)
    ]
    check_alike("forest for numbers", *scores, 0.02)
    digits, digit = load_digits(return_X_y=True)
    our_tree, their_one = DecisionTreeClassifier(), their_tree.DecisionTreeClassifier(random_state=0)
    check_alike("tree", our_tree.fit(X, y).tree_.impurity[0], their_one.fit(X, y).tree_.impurity[0], 1e-12)
    our_mean, their_mean = DecisionTreeRegressor(), their_tree.DecisionTreeRegressor(random_state=0)
    our_boost = AdaBoostClassifier(n_estimators=50, random_state=0)
    their_boost = their_ensemble.AdaBoostClassifier(n_estimators=50, random_state=0)
    check_alike(
        "AdaBoost",
        our_boost.fit(X, y).estimator_weights_,
        their_boost.fit(X, y).estimator_weights_,
        1e-10,
    )
    return [
        Task(
            "random forest fit 2000×20, 100 trees", 0.6, lambda: ours.fit(X, y), lambda: theirs.fit(X, y), 9
        ),
        Task(
            "random forest predict 2000 rows, 100 trees",
            1.0,
            lambda: ours.predict(new),
            lambda: theirs.predict(new),
            31,
        ),
        Task(
            "random forest for numbers, fit 2000×10, 20 trees",
            None,
            lambda: our_numbers.fit(made, number),
            lambda: their_numbers.fit(made, number),
            3,
        ),
        Task("decision tree 2000×20", None, lambda: our_tree.fit(X, y), lambda: their_one.fit(X, y), 7),
        Task(
            "decision tree, digits",
            None,
            lambda: our_tree.fit(digits, digit),
            lambda: their_one.fit(digits, digit),
            5,
        ),
        Task(
            "decision tree for numbers 2000×10",
            None,
            lambda: our_mean.fit(made, number),
            lambda: their_mean.fit(made, number),
            7,
        ),
        Task(
            "AdaBoost, 50 stumps, 2000×20",
            None,
            lambda: our_boost.fit(X, y),
            lambda: their_boost.fit(X, y),
            5,
        ),
    ]


def check_alike(name: str, ours: object, theirs: object, within: float) -> None:
    apart = float(np.max(np.abs(np.subtract(ours, theirs))))
    if apart > within:
        raise SystemExit(f"{name}: ours and the library's differ by {apart:.3g}, more than {within:g}")


def growths() -> list[Growth]:
    def forest(n: int) -> Callable[[], object]:
        X, y = data(n)
        return lambda: RandomForestClassifier(50, random_state=0).fit(X[:n], y[:n])

    def walk(n: int) -> Callable[[], object]:
        X, y = data(n)
        model = RandomForestClassifier(50, random_state=0).fit(X[:1000], y[:1000])
        return lambda: model.predict(X[:n])

    def single(n: int) -> Callable[[], object]:
        X, y = data(n)
        return lambda: DecisionTreeClassifier().fit(X[:n], y[:n])

    return [
        Growth("random forest fit, 50 trees, by rows", forest, (1000, 2000, 4000, 8000)),
        Growth("random forest predict, 50 trees, by rows", walk, (1000, 2000, 4000, 8000)),
        Growth("decision tree fit, by rows", single, (1000, 2000, 4000, 8000)),
    ]
