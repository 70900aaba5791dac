"""Linear models beside scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from sklearn import linear_model as theirs
from sklearn.datasets import make_classification
from tasks import Growth, Task

from pellucid.models import linear_model as ours


def regression(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    return X, X @ rng.standard_normal(d) + rng.standard_normal(n)


def classification(n: int, d: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, d))
    scores = X @ rng.standard_normal((d, classes)) + rng.gumbel(size=(n, classes))
    return X, scores.argmax(axis=1)


def least_squares() -> list[Task]:
    X, y = regression(20_000, 50)
    mine, other = ours.LinearRegression().fit(X, y), theirs.LinearRegression().fit(X, y)
    assert np.abs(mine.coef_ - other.coef_).max() < 1e-12
    found = [
        Task(
            "least squares 20000×50, qr (default)",
            0.3,
            lambda: ours.LinearRegression().fit(X, y),
            lambda: theirs.LinearRegression().fit(X, y),
            repeats=21,
        )
    ]
    found += [
        Task(
            f"least squares 20000×50, {solver}",
            None,
            lambda solver=solver: ours.LinearRegression(solver=solver).fit(X, y),
            lambda: theirs.LinearRegression().fit(X, y),
        )
        for solver in ("cholesky", "normal", "svd")
    ]
    return found


def ridge() -> Task:
    X, y = regression(20_000, 50)
    assert np.abs(ours.Ridge().fit(X, y).coef_ - theirs.Ridge().fit(X, y).coef_).max() < 1e-12
    return Task("ridge 20000×50", None, lambda: ours.Ridge().fit(X, y), lambda: theirs.Ridge().fit(X, y))


def ridge_path() -> Task:
    X, y = regression(20_000, 50)
    alphas = np.geomspace(1e-3, 1e5, 100)
    path = ours.ridge_path(X, y, alphas)
    last = theirs.Ridge(alpha=alphas[70]).fit(X, y)
    assert np.abs(path.coefs[:, 70] - last.coef_).max() < 1e-12
    return Task(
        "ridge path, 100 λ, 20000×50",
        0.1,
        lambda: ours.ridge_path(X, y, alphas),
        lambda: [theirs.Ridge(alpha=alpha).fit(X, y) for alpha in alphas],
        repeats=5,
    )


def lasso_path() -> Task:
    X, y = regression(2000, 100)
    X, y = X - X.mean(axis=0), y - y.mean()
    mine = ours.lasso_path(X, y, tol=1e-8)
    _, coefs, _ = theirs.lasso_path(X, y, tol=1e-8, alphas=mine.alphas, max_iter=10_000)
    assert np.abs(mine.coefs - coefs).max() < 1e-5
    return Task(
        "lasso path, 100 λ, 2000×100, gap 1e-8",
        None,
        lambda: ours.lasso_path(X, y, tol=1e-8),
        lambda: theirs.lasso_path(X, y, tol=1e-8, alphas=100, max_iter=10_000),
        repeats=5,
    )


def logistic(name: str, X: np.ndarray, y: np.ndarray, target: float, tol: float) -> Task:
    """Ours by its default, whose gradient is below 1e-8; theirs by lbfgs to `tol`."""

    def gradient(model: object) -> float:
        loss = ours.logistic.loss_of(X, y, np.ones(len(y)), 1.0, True)
        theta = np.vstack([model.coef_.T, model.intercept_])  # type: ignore[attr-defined]
        return float(np.abs(loss.value_and_gradient(theta)[1]).max())

    def fit_theirs() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return theirs.LogisticRegression(tol=tol, max_iter=1000).fit(X, y)

    mine, other = gradient(ours.LogisticRegression().fit(X, y)), gradient(fit_theirs())
    assert mine < 1e-8
    return Task(
        f"{name}, largest ∂F {mine:.0e} against {other:.0e}",
        target,
        lambda: ours.LogisticRegression().fit(X, y),
        fit_theirs,
        repeats=11,
    )


def tasks() -> list[Task]:
    correlated = make_classification(5000, 30, n_informative=10, n_redundant=5, random_state=0)
    return [
        *least_squares(),
        ridge(),
        ridge_path(),
        lasso_path(),
        logistic("logistic 5000×30", *correlated, 0.5, 1e-8),
        logistic("logistic 5000×30", *correlated, 0.5, 1e-4),
        logistic("logistic 5000×30, independent features", *classification(5000, 30, 2), 0.5, 1e-8),
        logistic("softmax of 4, 5000×30", *classification(5000, 30, 4), None, 1e-8),
    ]


def growths() -> list[Growth]:
    def grow(model: Callable[[], object]) -> Callable[[int], Callable[[], object]]:
        def run(n: int) -> Callable[[], object]:
            X, y = regression(n, 50)
            return lambda: model().fit(X, y)  # type: ignore[attr-defined]

        return run

    def grow_logistic(n: int) -> Callable[[], object]:
        X, y = classification(n, 30, 2)
        return lambda: ours.LogisticRegression().fit(X, y)

    return [
        Growth("least squares, 50 columns", grow(ours.LinearRegression), (5000, 10_000, 20_000, 40_000)),
        Growth("ridge, 50 columns", grow(ours.Ridge), (5000, 10_000, 20_000, 40_000)),
        Growth("logistic, 30 columns", grow_logistic, (2500, 5000, 10_000, 20_000)),
    ]
