"""The singular value decomposition A = UΣVᵀ: a rotation, a scaling, a rotation; and what follows from it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, check_rows

EPS = float(np.finfo(np.float64).eps)
GONE = (
    1e-140  # a column this short, beside entries of 1, is what rounding left of one that the others make up
)


class SVD(NamedTuple):
    """A (m, n) = U @ diag(s) @ Vt with r = min(m, n): U (m, r) and Vt (r, n) orthonormal, s (r,) falling and not negative.

    Vt is Vᵀ: its *rows* are the right singular vectors.
    """

    U: Floats
    s: Floats
    Vt: Floats


def svd(A: Any, *, see: See = unseen) -> SVD:
    """The thin SVD by LAPACK (divide and conquer), with signs as `svd_flip` has them."""
    factors = svd_flip(*np.linalg.svd(check_rows(A, name="A"), full_matrices=False))
    _see_factors(factors, see)
    return factors


def svd_flip(U: Floats, s: Floats, Vt: Floats) -> SVD:
    """The same decomposition with signs that do not depend on the solver: each row of Vt has its largest entry positive.

    Each singular vector is known up to its sign only, and only with its partner: u and v turn together.
    """
    signs = flip_signs(Vt)
    return SVD(U * signs, s, Vt * signs[:, None])


def flip_signs(Vt: Floats) -> Floats:
    """±1 for each row of Vt (r, n), so that times it the row's entry of largest absolute value is positive (r,)."""
    largest = np.abs(Vt).argmax(axis=1)
    return np.where(Vt[np.arange(len(Vt)), largest] < 0, -1.0, 1.0)


def jacobi_svd(A: Any, *, max_sweeps: int = 60, see: See = unseen) -> SVD:
    """The thin SVD by one-sided Jacobi rotations: the readable way, and the most exact for small singular values.

    Two columns of A that are not orthogonal are turned, in their plane, until they are; a sweep does that for every pair. When no
    pair needs turning the columns are UΣ, and the turns together are V. O(n²m) a sweep, and about ten sweeps, so this is for
    small matrices. Source: Golub, Van Loan: Matrix Computations (4th edition), section 8.6.3.

    Raises ArithmeticError if `max_sweeps` are not enough, which finite entries of moderate size do not bring about.
    """
    array = check_rows(A, name="A")
    if array.shape[0] < array.shape[1]:  # AᵀA would have zeros in its spectrum: turn rows instead
        U, s, Vt = jacobi_svd(array.T, max_sweeps=max_sweeps)
        factors = svd_flip(Vt.T, s, U.T)
        _see_factors(factors, see)
        return factors
    scale = np.abs(array).max(initial=0.0) or 1.0
    # rows of W are columns of AV, and rows of V are V's columns: what is turned lies together
    W, V = np.ascontiguousarray(array.T / scale), np.eye(array.shape[1])
    for sweep in range(max_sweeps):
        turned = _sweep(W, V)
        note = f"sweep {sweep + 1}: {turned} turns"
        see("columns", "AV", "each pair of columns made orthogonal", W.T * scale, note=note)
        if not turned:
            break
    else:
        raise ArithmeticError(
            f"Jacobi's rotations did not settle in {max_sweeps} sweeps: give more max_sweeps."
        )
    lengths = np.linalg.norm(W, axis=1)
    lengths[lengths <= GONE] = 0
    order = np.argsort(-lengths, kind="stable")
    factors = svd_flip(_unit_columns(W[order], lengths[order]), lengths[order] * scale, V[order])
    _see_factors(factors, see)
    return factors


def _sweep(W: Floats, V: Floats) -> int:
    """Turns every pair of rows of W (n, m), and of V (n, n) along, until they are orthogonal. How many needed it."""
    turned = 0
    close = EPS * W.shape[1]  # a sum of m products is not more exact
    for p in range(len(W) - 1):
        for q in range(p + 1, len(W)):
            alpha, beta, gamma = W[p] @ W[p], W[q] @ W[q], W[p] @ W[q]
            if min(alpha, beta) <= GONE**2 or abs(gamma) <= close * np.sqrt(alpha) * np.sqrt(beta):
                continue
            turned += 1
            zeta = (beta - alpha) / (2 * gamma)  # cot 2θ
            t = (1.0 if zeta >= 0 else -1.0) / (abs(zeta) + np.hypot(1, zeta))  # tan θ, the smaller angle
            c = 1 / np.hypot(1, t)
            turn = np.array([[c, -c * t], [c * t, c]])
            W[[p, q]] = turn @ W[[p, q]]
            V[[p, q]] = turn @ V[[p, q]]
    return turned


def _unit_columns(W: Floats, lengths: Floats) -> Floats:
    """U (m, n) from rows of length σ: divided by it, and where σ is 0, any directions that complete the others."""
    rank = int(np.count_nonzero(lengths > 0))
    U = (W[:rank] / lengths[:rank, None]).T
    if rank == len(W):
        return U
    full: Floats = np.linalg.qr(U, mode="complete")[0]
    return np.concatenate([U, full[:, rank : len(W)]], axis=1)


def _see_factors(factors: SVD, see: See) -> None:
    see("left singular vectors", "U", "AVΣ⁻¹", factors.U, note="columns; AAᵀ's eigenvectors")
    see("singular values", "σ", "√λ(AᵀA)", factors.s)
    see("right singular vectors", "Vᵀ", "rows; AᵀA's eigenvectors", factors.Vt)


def matrix_rank(A: Any, *, tol: float | None = None) -> int:
    """How many singular values are above `tol`, by default max(m, n)·ε·σ₁: what is smaller is rounding."""
    array = check_rows(A, name="A")
    s = np.linalg.svd(array, compute_uv=False)
    return int(np.count_nonzero(s > (max(array.shape) * EPS * s.max(initial=0.0) if tol is None else tol)))


def pseudo_inverse(A: Any, *, tol: float | None = None, see: See = unseen) -> Floats:
    """A⁺ = VΣ⁺Uᵀ (n, m): A⁺b is the shortest x for which ‖Ax − b‖ is least. Singular values up to `tol` count as 0."""
    array = check_rows(A, name="A")
    U, s, Vt = svd(array, see=see)
    kept = s > (max(array.shape) * EPS * s.max(initial=0.0) if tol is None else tol)
    inverse = (Vt[kept].T / s[kept]) @ U[:, kept].T
    see("pseudo-inverse", "A⁺", "VΣ⁺Uᵀ", inverse, note=f"rank {int(kept.sum())}")
    return inverse


def low_rank(A: Any, k: int, *, see: See = unseen) -> Floats:
    """The matrix of rank at most k nearest to A (m, n): the first k terms of Σᵢ σᵢuᵢvᵢᵀ.

    Nearest both in the spectral norm, at distance σₖ₊₁, and in the Frobenius norm, at distance √(σₖ₊₁² + …).
    Source: Eckart, Young (1936); Mirsky (1960) for every norm that rotations leave as it is.
    """
    array = check_rows(A, name="A")
    if not 0 <= k <= min(array.shape):
        raise ValueError(f"k={k}, but A has shape {array.shape}: use a rank from 0 to {min(array.shape)}.")
    U, s, Vt = svd(array, see=see)
    nearest = (U[:, :k] * s[:k]) @ Vt[:k]
    see("low-rank approximation", "Aₖ", "Σᵢ≤ₖ σᵢuᵢvᵢᵀ", nearest, note=f"k = {k}")
    see(
        "what it leaves",
        "‖A − Aₖ‖",
        "(σₖ₊₁, √Σᵢ>ₖ σᵢ²)",
        [s[k] if k < len(s) else 0.0, float(np.linalg.norm(s[k:]))],
    )
    return nearest
