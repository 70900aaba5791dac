import numpy as np
import pytest
from hypothesis import strategies as st

from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import Box
from pellucid.models.svm.kernels import Kernel
from pellucid.models.svm.smo import solve


@st.composite
def _problems(draw):
    """X (n, d), y in {−1, +1} with both signs, C (n,): tiny, tied, repeated, weighted, far from scale."""
    n, d = draw(st.integers(2, 40)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X = rng.normal(size=(n, d))
    kind = draw(st.sampled_from(["plain", "tied", "repeated", "apart"]))
    if kind == "tied":
        X = np.round(X)
    if kind == "repeated":
        X = X[rng.integers(0, n, n)]
    y = np.where(X[:, 0] + draw(st.sampled_from([0, 0.5, 3])) * rng.normal(size=n) > 0, 1.0, -1.0)
    y[0], y[-1] = 1.0, -1.0
    if kind == "apart":
        X[:, 0] += 10 * y
    C = draw(st.sampled_from([0.01, 1.0, 100.0])) * np.ones(n)
    if draw(st.booleans()):
        C *= rng.integers(1, 4, n)
    return X, y, C


@pytest.fixture(scope="session")
def problems():
    return _problems()


@pytest.fixture(scope="session")
def kernels():
    return [Kernel("linear"), Kernel("poly", 0.5, 2, 1.0), Kernel("rbf", 0.7)]


@pytest.fixture(scope="session")
def solved():
    """The fast solution of a dual given by its whole matrix."""

    def run(K, y, C, tol=1e-3, megabytes=200.0, **options):
        box = Box.of(y, C)
        rows = KernelRows(lambda points: K[points], K.diagonal().copy(), megabytes)
        return box, solve(rows, box, tol, **options)

    return run
