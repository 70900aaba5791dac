"""Least squares, four ways: w and b that minimize Σ wᵢ(yᵢ − xᵢᵀw − b)². What differs is how many digits survive.

| solver | what it does | error grows with |
| --- | --- | --- |
| qr | Z = QR with columns brought to one length; Rw = Qᵀt; then refined | κ of the data's own rounding |
| svd | Z = UΣVᵀ, w = VΣ⁺Uᵀt | κ, and κ² where residuals are large |
| cholesky | ZᵀZ = LLᵀ with columns brought to one length | κ² |
| normal | w = (XᵀX)⁻¹Xᵀy with a column of ones in X, as the formula says | κ² of the columns as they come |

Z, t are X, y less their means, κ the condition number of Z. Björck, "Numerical Methods for Least Squares Problems" (1996),
chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pellucid.models.linear_model.centering import Centered
from pellucid.models.linear_model.compensated import exact_product
from pellucid.models.trace import See
from pellucid.models.validation import Array, Floats

EPS = float(np.finfo(float).eps)
TALL = 2**17
"""Elements of Z from which on `qr` first tries the Cholesky factor of ZᵀZ for its R."""
WELL_CONDITIONED = 1e3
"""κ up to which that R and one correction give what reflections give: the correction shrinks the error by κ²ε."""
EXCELLENT = 10.0
"""κ up to which κ²ε is so little that there is nothing to correct."""


class Solution(NamedTuple):
    """The coefficients, and what was learned of Z on the way."""

    W: Floats  # (d, t)
    b: Floats  # (t,)
    residuals: Floats  # √w(y − Xw − b) (n, t)
    rank: int
    singular: Floats  # singular values of Z (min(n, d),), the largest first


Solver = Callable[[Centered, See], Solution]


class Factors(NamedTuple):
    """Z = QR·diag(scale): Q (n, k) with orthonormal columns, R (k, d) upper triangular, k = min(n, d)."""

    Q: Floats
    R: Floats
    scale: Floats  # powers of two (d,), so that scaling rounds nothing


def solve_qr(data: Centered, see: See) -> Solution:
    """Orthogonal factorization; the solution of least norm where columns depend on each other.

    Reflections (Householder) and refinement, except where Z is large, tall and well conditioned: there R comes from ZᵀZ = RᵀR,
    and at most one correction with the residuals gives the same digits in a fraction of the time.
    """
    if data.X.size >= TALL and len(data.X) > 4 * data.X.shape[1]:
        solution = _solve_tall(data, see)
        if solution is not None:
            return solution
    Z, T = data.Z, data.T
    Q, R, scale = factors = factorize(Z)
    see(
        "lengths of the columns",
        "s",
        "2^round(log₂‖zⱼ‖)",
        scale,
        note="dividing by powers of two rounds nothing",
    )
    see("orthonormal columns", "Q", "Z/s = QR", Q)
    see("triangle", "R", "Z/s = QR", R)
    rotated = Q.T @ T
    see("rotated target", "c", "Qᵀt", rotated)
    U, sigma, Vt = np.linalg.svd(R, full_matrices=False)
    rank = rank_of(sigma, Z.shape)
    singular = singular_values(R * scale)
    if rank < Z.shape[1]:
        V = Vt[:rank].T
        some = V @ ((U[:, :rank].T @ rotated) / sigma[:rank, None]) / scale[:, None]
        # What lies outside the row space of Z adds length and changes no fit.
        basis = np.linalg.qr(V * scale[:, None])[0]
        W = basis @ (basis.T @ some)
        note = f"rank {rank} of {Z.shape[1]}: many w fit equally well"
        see("coefficients of least norm", "w", "Z⁺t", W, note=note)
        return _finish(data, W, rank, singular)
    first = np.linalg.solve(R, rotated) / scale[:, None]
    see("coefficients before refinement", "w", "R⁻¹c/s", first)
    refined, b, residuals = refine(data, factors, first)
    see("coefficients", "w", "refined", refined)
    return Solution(refined, b, residuals, rank, singular)


def factorize(Z: Floats) -> Factors:
    """QR of Z with its columns brought to about unit length, which is close to the best scaling (van der Sluis 1969)."""
    largest = _powers_of_two(np.abs(Z).max(axis=0))  # so that no square overflows or vanishes
    shares = Z / largest
    scale = largest * _powers_of_two(np.sqrt(np.einsum("ij,ij->j", shares, shares)))
    return Factors(*np.linalg.qr(Z / scale), scale)


def refine(data: Centered, factors: Factors, W: Floats) -> tuple[Floats, Floats, Floats]:
    """W (d, t), b (t,) and the residuals (n, t), corrected until the digits stand.

    Solves for the errors of coefficients and residuals at once, r + Aβ = y and Aᵀr = 0, with A = √w[1 X] as it was given and
    the left-over of both equations in twice the precision (Björck 1967). What remains is the rounding of the data, as long as
    κ of the centered columns is below 1/ε; centering and factors may round as they like.
    """
    A = data.with_ones()
    Q, R, scale = _with_intercept(data, factors) if data.intercept else factors
    b = data.intercepts(W, data.T - data.Z @ W)
    start = (np.vstack([b, W]) if data.intercept else W) * scale[:, None]
    pairs = [
        _refine_one(A / scale, y, Q, R, w) for y, w in zip(data.weighted(data.Y).T, start.T, strict=True)
    ]
    refined = np.column_stack([w for w, _ in pairs]) / scale[:, None]
    residuals = np.column_stack([r for _, r in pairs])
    return (refined[1:], refined[0], residuals) if data.intercept else (refined, b, residuals)


def _with_intercept(data: Centered, factors: Factors) -> Factors:
    """√w[1 X] = [q Q][√Σw, √Σw x̄ᵀ; 0, R] with q = √w/√Σw: the factors of the design that is not centered."""
    Q, R, scale = factors
    size = np.sqrt(data.total)
    q = np.ones((len(Q), 1)) if data.root is None else data.root[:, None]
    x_mean = data.x_mean.sum(axis=0) / scale
    whole = np.block([[np.full((1, 1), size), size * x_mean[None]], [np.zeros((len(R), 1)), R]])
    return Factors(np.hstack([q / size, Q]), whole, np.concatenate([[1.0], scale]))


def _refine_one(A: Floats, y: Floats, Q: Floats, R: Floats, w: Floats) -> tuple[Floats, Floats]:
    r = y - A @ w
    before = np.inf
    for _ in range(10):
        f = exact_product(np.column_stack([y, r, A]), np.concatenate([[1.0, -1.0], -w]))  # y − r − Aw
        g = exact_product(-A.T, r)  # 0 − Aᵀr
        d = Q.T @ f - np.linalg.solve(R.T, g)
        step = np.linalg.solve(R, d)
        size = float(np.linalg.norm(step))
        if not size < before / 2:  # no longer shrinking, or not a number: the former digits are the best
            break
        w, r = w + step, r + (f - Q @ d)
        before = size
        if size <= EPS * np.linalg.norm(w):
            break
    return w, r


def _solve_tall(data: Centered, see: See) -> Solution | None:
    """R from ZᵀZ = RᵀR, and a correction with the residuals (corrected seminormal equations, Björck 1987).

    None where Z is not well conditioned, so that reflections must do it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        G, moments = data.normal_equations()
    length = np.sqrt(G.diagonal())
    if not np.isfinite(length).all():
        return None  # a square that is no number
    if np.any(length <= np.sqrt(EPS * len(data.X)) * np.abs(data.share @ data.X)):
        return None  # a column whose mean hides what it has to say
    lower = _cholesky(G / length / length[:, None])
    if lower is None:
        return None
    sigma = singular_values(lower)
    if sigma[0] > WELL_CONDITIONED * sigma[-1]:
        return None
    note = "large and well conditioned: R by Cholesky"
    see("triangle", "R", "ZᵀZ = RᵀR", lower.T * length, note=note)
    root = np.linalg.inv(lower) / length
    inverse = root.T @ root  # (ZᵀZ)⁻¹
    W = inverse @ moments

    b, residuals = data.finish(W)
    if sigma[0] > EXCELLENT * sigma[-1]:
        moments = np.zeros_like(W)
        for here, block in data.blocks():
            np.add(moments, block.T @ residuals[here], out=moments)
        np.add(W, inverse @ moments, out=W)
        b, residuals = data.finish(W)
    see("coefficients", "w", "R⁻¹R⁻ᵀZᵀt, corrected", W)
    return Solution(W, b, residuals, len(W), singular_values(lower.T * length))


def solve_svd(data: Centered, see: See) -> Solution:
    """w = VΣ⁺Uᵀt: the pseudo-inverse, so the solution of least norm where columns depend on each other."""
    U, sigma, Vt = np.linalg.svd(data.Z, full_matrices=False)
    rank = rank_of(sigma, data.Z.shape)
    see("left singular vectors", "U", "Z = UΣVᵀ", U)
    see("singular values", "σ", "Z = UΣVᵀ", sigma, note=f"{rank} above rounding")
    see("right singular vectors", "V", "Z = UΣVᵀ", Vt.T)
    W = Vt[:rank].T @ ((U[:, :rank].T @ data.T) / sigma[:rank, None])
    see("coefficients", "w", "VΣ⁺Uᵀt", W)
    return _finish(data, W, rank, np.asarray(sigma, dtype=np.float64))


def solve_cholesky(data: Centered, see: See) -> Solution:
    """ZᵀZ = LLᵀ, then two triangular solves, of columns brought to one length. ValueError where ZᵀZ is singular in float64."""
    G = data.Z.T @ data.Z
    see("gram matrix", "G", "ZᵀZ", G, note="its condition number is the square of Z's")
    length = _powers_of_two(np.sqrt(G.diagonal()))
    lower = _cholesky(G / length / length[:, None])
    if lower is None:
        raise ValueError(_SINGULAR.format("ZᵀZ has no Cholesky factor"))
    see("Cholesky factor", "L", "ZᵀZ = LLᵀ", lower * length[:, None])
    moments = data.Z.T @ data.T / length[:, None]
    W = np.linalg.solve(lower.T, np.linalg.solve(lower, moments)) / length[:, None]
    see("coefficients", "w", "L⁻ᵀL⁻¹Zᵀt", W)
    singular = singular_values(lower * length[:, None])
    return _finish(data, W, data.Z.shape[1], singular)


def solve_normal(data: Centered, see: See) -> Solution:
    """β = (AᵀA)⁻¹Aᵀy with A = [1 X], as it is written in books and should not be computed. ValueError without an inverse."""
    A, targets = data.with_ones(), data.weighted(data.Y)
    G = A.T @ A
    see("gram matrix", "G", "AᵀA", G, note="A = [1 X]; the condition number of G is the square of A's")
    try:
        inverse = np.linalg.inv(G)
    except np.linalg.LinAlgError:
        raise ValueError(_SINGULAR.format("AᵀA has no inverse")) from None
    see("inverse", "G⁻¹", "(AᵀA)⁻¹", inverse)
    B = inverse @ (A.T @ targets)
    see("coefficients", "β", "(AᵀA)⁻¹Aᵀy", B)
    b, W = (B[0], B[1:]) if data.intercept else (np.zeros(B.shape[1]), B)
    singular = np.sqrt(np.maximum(np.linalg.eigvalsh(data.Z.T @ data.Z)[::-1], 0))
    return Solution(W, b, targets - A @ B, len(W), singular)


SOLVERS: dict[str, Solver] = {
    "qr": solve_qr,
    "svd": solve_svd,
    "cholesky": solve_cholesky,
    "normal": solve_normal,
}

_SINGULAR = (
    "{} in float64: columns of X depend on each other. Use solver='qr' or 'svd', or Ridge with alpha above 0."
)


def singular_values(A: Floats) -> Floats:
    """The singular values of A, the largest first."""
    return np.asarray(np.linalg.svd(A, compute_uv=False), dtype=np.float64)


def rank_of(sigma: Array, shape: tuple[int, ...]) -> int:
    """How many singular values stand above what rounding alone would leave: max(n, d)·ε of the largest."""
    return int(np.sum(sigma > max(shape) * EPS * sigma[0])) if sigma.size and sigma[0] > 0 else 0


def _finish(data: Centered, W: Floats, rank: int, singular: Floats) -> Solution:
    residuals = data.T - data.Z @ W
    return Solution(W, data.intercepts(W, residuals), residuals, rank, singular)


def _cholesky(G: Floats) -> Floats | None:
    try:
        return np.asarray(np.linalg.cholesky(G), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def _powers_of_two(length: Floats) -> Floats:
    return np.where(length > 0, np.exp2(np.round(np.log2(np.where(length > 0, length, 1.0)))), 1.0)
