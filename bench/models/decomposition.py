"""Principal components and the SVD against scikit-learn."""

from __future__ import annotations

import numpy as np
from sklearn import decomposition as sklearn_decomposition
from sklearn.datasets import load_digits
from sklearn.utils.extmath import randomized_svd as their_randomized_svd
from tasks import Growth, Task

from pellucid.models.decomposition import PCA, randomized_svd


def tasks() -> list[Task]:
    X = load_digits().data
    rng = np.random.default_rng(0)
    wide = rng.standard_normal((2000, 20)) @ rng.standard_normal((20, 800)) + 0.1 * rng.standard_normal(
        (2000, 800)
    )
    found = []
    for solver in ("auto", "covariance_eigh", "full"):
        ours, theirs = PCA(svd_solver=solver), sklearn_decomposition.PCA(svd_solver=solver)
        agree(ours, theirs, X)
        found.append(
            Task(f"PCA digits, {solver}", 0.8, lambda m=ours: m.fit(X), lambda m=theirs: m.fit(X), repeats=31)
        )
    ours, theirs = PCA(svd_solver="full"), sklearn_decomposition.PCA(svd_solver="full")
    found.append(
        Task(
            "PCA digits, full, fit_transform",
            0.8,
            lambda: ours.fit_transform(X),
            lambda: theirs.fit_transform(X),
            31,
        )
    )
    sides = np.linalg.svd(wide, compute_uv=False)[:10]
    np.testing.assert_allclose(randomized_svd(wide, 10, random_state=0).s, sides, rtol=1e-6)
    np.testing.assert_allclose(their_randomized_svd(wide, 10, random_state=0)[1], sides, rtol=1e-6)
    found.append(
        Task(
            "randomized SVD 2000×800, k = 10",
            None,
            lambda: randomized_svd(wide, 10, random_state=0),
            lambda: their_randomized_svd(wide, 10, random_state=0),
        )
    )
    return found


def agree(ours: PCA, theirs: sklearn_decomposition.PCA, X: np.ndarray) -> None:
    """What is compared computes the same."""
    ours.fit(X), theirs.fit(X)
    np.testing.assert_allclose(
        ours.explained_variance_, theirs.explained_variance_, atol=1e-12 * theirs.explained_variance_[0]
    )
    strong = theirs.explained_variance_ > 1e-3
    np.testing.assert_allclose(ours.components_[strong], theirs.components_[strong], atol=1e-8)


def growths() -> list[Growth]:
    def fit(n: int):
        X = np.random.default_rng(0).standard_normal((n, 64))
        return lambda: PCA().fit(X)

    return [Growth("PCA, 64 columns", fit, (10000, 20000, 40000, 80000))]
