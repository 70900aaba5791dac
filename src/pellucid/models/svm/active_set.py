"""From a rough solution of the dual to the exact one: Newton steps on the points that are free.

Given which βᵢ are at a bound, the rest solve a linear system, Kᶠᶠ βᶠ + b·1 = (y − K βᵇ)ᶠ with 1ᵀβ = 0. Then those that left the
box go to its bound, those at a bound that pull inwards become free, and again: a primal–dual active-set method (M. Hintermüller,
K. Ito, K. Kunisch, SIAM J. Optim. 13 (2002)). Near the solution the sets settle in a few rounds, and the answer is then exact.

Where Kᶠᶠ is singular (equal points, or a linear kernel with more free points than columns) or the start is far away, the sets
need not settle. Then D(β) − δ/2 ‖β − β⁰‖² is solved instead, from its solution again with a smaller δ, and so on: the proximal
point method (R. T. Rockafellar, SIAM J. Control Optim. 14 (1976)), whose fixed points are the solutions of the dual itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import Box, Solution
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Array, Floats, scipy_module

ROUNDS = 15
"""More rounds than this have not been seen to end well."""
PROXIMAL_STEPS = 100
WIDEST = 5000
"""More free points than this are left to SMO: their matrix would take 200 MB."""
EXACT = 1e-9
"""A gap that counts as none."""
WORSE = 1e-6
"""A gap below this that grows again is at the end of what rounding allows."""
FASTEST = 10.0
"""δ becomes at most so many times smaller from one step to the next."""


def finish(kernel: KernelRows, box: Box, start: Solution, tol: float, see: See = unseen) -> Solution | None:
    """The exact solution near `start`, or None where the method does not get there.

    It gives up where rows do not fit into memory, and where the sets settle for no δ, as may be with an indefinite kernel; what
    it gives back has a gap of at most `tol`.
    """
    beta, residual = start.beta.copy(), start.residual.copy()
    rounds = settle(kernel, box, beta, residual, 0.0)
    if not rounds or box.gap(beta, residual) > tol:
        beta, residual, rounds = _approach(kernel, box, start)
    if box.gap(beta, residual) > tol:
        return None
    see("free points", "F", "0 < αᵢ < Cᵢ", np.flatnonzero((beta > box.lower) & (beta < box.upper)))
    see("rounds", "", "points that changed sets, a round", rounds, note="0: the sets have settled")
    return Solution(beta, residual, start.steps, True)


def _approach(kernel: KernelRows, box: Box, start: Solution) -> tuple[Floats, Floats, list[int]]:
    """The proximal point method with δ that shrinks as fast as the sets still settle: β, its residual, and all rounds."""
    best, gap = (start.beta, start.residual), np.inf
    story: list[int] = []
    price = float((box.upper - box.lower).mean())  # C: δC is to be small beside residuals, which are about 1
    shrink, settled = FASTEST, FASTEST * 0.1 / price
    for _ in range(PROXIMAL_STEPS):
        beta, residual = best[0].copy(), best[1].copy()
        rounds = settle(kernel, box, beta, residual, settled / shrink)
        story += rounds
        if not rounds:
            shrink = np.sqrt(shrink) if shrink > 1.2 else shrink / 3  # slower; where that does not do, back
            continue
        now = box.gap(beta, residual)
        if gap < WORSE and now >= gap:
            break
        best, gap, settled = (beta, residual), now, settled / shrink
        if gap <= EXACT:
            break
        shrink = min(FASTEST, 2 * max(1, shrink))
    return *best, story


def settle(kernel: KernelRows, box: Box, beta: Floats, residual: Floats, delta: float) -> list[int]:
    """Newton steps on β (n,) and its residual (n,), in place, until no point changes sets; [] where that does not come."""
    anchor = beta.copy()
    at_lower: Array = beta <= box.lower
    at_upper: Array = beta >= box.upper
    rounds: list[int] = []
    while len(rounds) < ROUNDS:
        free = np.flatnonzero(~(at_lower | at_upper))
        moved = np.where(at_lower, box.lower, np.where(at_upper, box.upper, beta)) - beta
        leaving = np.flatnonzero(moved)
        if not (0 < len(free) <= WIDEST and kernel.hold(np.concatenate((free, leaving)))):
            return []
        beta += moved
        residual -= kernel.combine(leaving, moved[leaving])
        total = -float(beta.sum()) if box.balanced else None
        solved = _newton_step(
            kernel.block(free), residual[free] - delta * (beta - anchor)[free], total, delta
        )
        if solved is None:
            return []
        step, intercept = solved
        beta[free] += step
        residual -= kernel.combine(free, step)

        # which way each βᵢ is drawn: 0 where it is free
        pull = residual - delta * (beta - anchor) - intercept
        slack = 1e-12 * (1 + abs(intercept))
        now_lower: Array = np.where(at_lower, pull <= slack, beta <= box.lower) & ~at_upper
        now_upper: Array = np.where(at_upper, pull >= -slack, beta >= box.upper) & ~at_lower
        rounds.append(int((now_lower != at_lower).sum() + (now_upper != at_upper).sum()))
        if rounds[-1] == 0:
            return rounds
        if len(rounds) > 4 and rounds[-1] >= rounds[-5]:
            return []
        at_lower, at_upper = now_lower, now_upper
    return []


def _newton_step(K: Floats, pull: Floats, total: float | None, delta: float) -> tuple[Floats, float] | None:
    """p and b with (K + δI) p + b·1 = pull and Σp = total, by one factorization; None where it does not exist.

    With no total p is free, and b is 0.
    """
    linalg: Any = scipy_module("scipy.linalg")  # not needed before, and slow to load
    K[np.diag_indices_from(K)] += delta
    try:
        factor = linalg.cho_factor(K, lower=True, overwrite_a=True, check_finite=False)
    except linalg.LinAlgError:
        return None
    sides = np.column_stack((pull, np.ones(len(pull))))
    by_pull, by_one = linalg.cho_solve(factor, sides, overwrite_b=True, check_finite=False).T
    if total is None:
        return by_pull, 0.0
    curvature = float(by_one.sum())
    if not curvature > 0:
        return None
    intercept = (float(by_pull.sum()) - total) / curvature
    return by_pull - intercept * by_one, intercept
