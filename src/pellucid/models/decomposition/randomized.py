"""The first singular values and vectors of a large matrix, by looking at it from a few random directions."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.decomposition.svd import SVD, svd_flip
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, check_rows, rng_of, scipy_module


def randomized_range_finder(
    A: Floats, size: int, *, n_iter: int, rng: np.random.Generator, see: See = unseen
) -> Floats:
    """Orthonormal columns Q (m, size) that hold most of what A (m, n) can reach: A ≈ QQᵀA.

    A sends random directions Ω where it is strongest; `n_iter` times AAᵀ makes the strong ones stronger still, with the columns
    pulled apart between, so that the weaker ones are not rounded away. Source: Halko, Martinsson, Tropp (2011), algorithm 4.4,
    which pulls apart by QR.
    """
    size = min(size, *A.shape)
    Omega = rng.standard_normal((A.shape[1], size))
    see("random directions", "Ω", "N(0, 1)", Omega)
    reached: Floats = A @ Omega
    for _ in range(n_iter):
        reached = A @ _apart(A.T @ _apart(reached))
    linalg: Any = scipy_module("scipy.linalg")
    Q = linalg.qr(reached, mode="economic", overwrite_a=True, check_finite=False)[0]
    see("range", "Q", "orth((AAᵀ)^q A Ω)", Q, note=f"q = {n_iter}")
    return Q


def _apart(Y: Floats) -> Floats:
    """Columns with the span of Y's that do not point the same way: L of Y = LU, at a seventh of QR's cost."""
    linalg: Any = scipy_module("scipy.linalg")
    return linalg.lu(Y, permute_l=True, check_finite=False)[0]


def randomized_svd(
    A: Any,
    n_components: int,
    *,
    n_oversamples: int = 10,
    n_iter: int | str = "auto",
    random_state: Any = None,
    see: See = unseen,
) -> SVD:
    """About the first k = `n_components` singular values and vectors of A (m, n): U (m, k), s (k,), Vt (k, n).

    `n_oversamples` directions more than asked for are followed; `n_iter` power iterations sharpen them ("auto": 7 where
    k < min(m, n)/10, else 4). With q iterations and a spectrum σ, what QQᵀA leaves of A is about σₖ₊₁ times a factor that goes to
    1 as 1/(2q + 1)-th power. Signs are `svd_flip`'s. Source: Halko, Martinsson, Tropp (2011), algorithms 4.4 and 5.1.
    """
    array = check_rows(A, name="A")
    if not 1 <= n_components <= min(array.shape):
        raise ValueError(
            f"n_components={n_components}, but A has shape {array.shape}: use a number from 1 to {min(array.shape)}."
        )
    if n_oversamples < 0 or (n_iter < 0 if isinstance(n_iter, int) else n_iter != "auto"):
        raise ValueError(
            f"n_oversamples={n_oversamples!r} and n_iter={n_iter!r} must be whole numbers from 0; n_iter may be 'auto'."
        )
    if n_iter == "auto":
        n_iter = 7 if n_components < 0.1 * min(array.shape) else 4
    if array.shape[0] < array.shape[1]:  # the taller way costs less: the small matrix then has fewer columns
        Ut, s, V = _project(array.T, n_components, n_oversamples, int(n_iter), rng_of(random_state), see)
        return svd_flip(V.T, s, Ut.T)
    return svd_flip(*_project(array, n_components, n_oversamples, int(n_iter), rng_of(random_state), see))


def _project(A: Floats, k: int, more: int, n_iter: int, rng: np.random.Generator, see: See) -> SVD:
    """The SVD of A seen through Q, cut to k."""
    Q = randomized_range_finder(A, k + more, n_iter=n_iter, rng=rng, see=see)
    B = Q.T @ A  # (k + more, n)
    see("small matrix", "B", "QᵀA", B)
    U, s, Vt = np.linalg.svd(B, full_matrices=False)
    return SVD(Q @ U[:, :k], s[:k], Vt[:k])
