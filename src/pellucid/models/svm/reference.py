"""The dual solved as the page has it: α, y and Q, one pair a step, nothing clever. `smo.solve` is held equal to it by tests.

Source: R.-E. Fan, P.-H. Chen, C.-J. Lin, JMLR 6 (2005), algorithm 2 (WSS 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats


def smo_reference(K: Floats, y: Floats, C: Floats, tol: float = 1e-3, max_iter: int = 100_000) -> Floats:
    """α (n,) that maximizes Σα − ½ αᵀQα, Q = yyᵀ∘K, with 0 ≤ α ≤ C and yᵀα = 0, to a KKT violation of at most `tol`.

    K (n, n), y (n,) in {−1, +1}, C (n,). RuntimeError where `max_iter` steps do not do.
    """
    Q = np.outer(y, y) * K  # (n, n)
    alpha = np.zeros(len(y))
    gradient = -np.ones(len(y))  # of ½ αᵀQα − Σα, which is minimized
    for _ in range(max_iter):
        pair = find_pair(K, y, C, alpha, gradient, tol)
        if pair is None:
            return alpha
        i, j = pair
        step = step_of(K, y, C, alpha, gradient, i, j)
        alpha[i] += y[i] * step  # yᵢαᵢ grows by what yⱼαⱼ shrinks: yᵀα stays 0
        alpha[j] -= y[j] * step
        gradient += step * (Q[:, i] * y[i] - Q[:, j] * y[j])
    raise RuntimeError(f"SMO took {max_iter} steps and is not at a violation of {tol}: scale X, or lower C.")


def find_pair(
    K: Floats, y: Floats, C: Floats, alpha: Floats, gradient: Floats, tol: float
) -> tuple[int, int] | None:
    """The pair whose step raises the dual most, i being the worst violator; None where all conditions hold within tol."""
    score = -y * gradient
    up, low = may_grow(y, C, alpha), may_grow(-y, C, alpha)
    if not up.any() or not low.any():
        return None
    i = int(np.flatnonzero(up)[np.argmax(score[up])])
    if score[i] - score[low].min() <= tol:
        return None
    best, j = -np.inf, -1
    for t in np.flatnonzero(low & (score < score[i])):
        b = score[i] - score[t]
        a = max(K[i, i] + K[t, t] - 2 * K[i, t], 1e-12)
        if b * b / a > best:
            best, j = b * b / a, int(t)
    return i, j


def may_grow(y: Floats, C: Floats, alpha: Floats) -> NDArray[np.bool_]:
    """Where yᵢαᵢ may still grow within the box (n,)."""
    return np.where(y > 0, alpha < C, alpha > 0)


def step_of(K: Floats, y: Floats, C: Floats, alpha: Floats, gradient: Floats, i: int, j: int) -> float:
    """How far yᵢαᵢ grows and yⱼαⱼ shrinks: to the best of the pair, or to the first bound."""
    best = (y[j] * gradient[j] - y[i] * gradient[i]) / max(K[i, i] + K[j, j] - 2 * K[i, j], 1e-12)
    room_i = C[i] - alpha[i] if y[i] > 0 else alpha[i]
    room_j = alpha[j] if y[j] > 0 else C[j] - alpha[j]
    return float(min(best, room_i, room_j))
