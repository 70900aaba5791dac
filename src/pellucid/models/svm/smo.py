"""Sequential minimal optimization with second-order working sets, finished by Newton steps on the active set.

SMO: J. Platt, "Fast training of support vector machines using sequential minimal optimization" (1998); the pair by R.-E. Fan,
P.-H. Chen, C.-J. Lin, "Working set selection using second order information for training SVM", JMLR 6 (2005), WSS 2.
SMO finds out soon which points are free, and then takes long to balance them; a linear system balances them at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.models.svm.active_set import finish
from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import Box, Solution
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats

ROUGH = ((0.3, 1), (0.03, 8))
"""When the active set is tried, before SMO goes on to `tol`: at this gap, or after so many steps for each point."""
TAU = 1e-12
"""Least curvature of a pair: equal points have 0, and an indefinite kernel less."""
BATCH = 4
"""Rows that are computed together when one is missing: more would be cheaper each, and more of them in vain."""


def solve(kernel: KernelRows, box: Box, tol: float, max_iter: int = -1, see: See = unseen) -> Solution:
    """The greatest D(β) over the box, to a gap of at most `tol`. `max_iter` bounds the steps of SMO, −1 does not."""
    state = Smo(kernel, box, story=None if see is unseen else [])
    limit = np.inf if max_iter < 0 else max_iter
    for goal, patience in (*ROUGH, (tol, np.inf)):
        state.run(max(goal, tol), min(limit, patience * kernel.n))
        if state.steps >= limit:
            break
        found = finish(kernel, box, state.solution(), tol, see)
        if found is not None:
            state.tell(see)
            return found
    state.tell(see)
    last = state.solution()
    return replace(last, converged=box.gap(last.beta, last.residual) <= tol)


class Smo:
    """The state of SMO: β, and its residual twice, each where it counts.

    `up` holds rᵢ where βᵢ may grow and −∞ elsewhere, `low` holds rⱼ where βⱼ may shrink and +∞ elsewhere: so that the best
    of either is one argmax, and a step changes two entries of the masks.
    """

    def __init__(self, kernel: KernelRows, box: Box, story: list[tuple[float, ...]] | None = None):
        self.kernel = kernel
        self.box = box
        self.beta = [0.0] * len(box.y)  # a list: single numbers are read and written
        self.up = np.where(box.upper > 0, box.y, -np.inf)
        self.low = np.where(box.lower < 0, box.y, np.inf)
        self.steps = 0
        self.story = story

    def run(self, goal: float, limit: float) -> None:
        """Steps until the gap is at most `goal` or `limit` steps were taken in all."""
        kernel, up, low, beta = self.kernel, self.up, self.low, self.beta
        lower, upper = self.box.lower.tolist(), self.box.upper.tolist()
        half = kernel.diagonal / 2
        difference, curvature, gain = np.empty((3, kernel.n))
        while True:
            i = int(up.argmax())
            high = float(up[i])
            np.subtract(high, low, out=difference)  # rᵢ − rⱼ, −∞ where βⱼ may not shrink
            if np.maximum.reduce(difference) <= goal or self.steps >= limit:
                return
            row = self._row(i)
            np.subtract(half, row, out=curvature)
            curvature += half[i]  # ½‖φ(xᵢ) − φ(xⱼ)‖²
            np.maximum(curvature, TAU, out=curvature)
            np.maximum(difference, 0, out=difference)
            np.multiply(difference, difference, out=gain)
            gain /= curvature
            j = int(gain.argmax())
            other = self._row(j)

            # βᵢ += t, βⱼ −= t keeps Σβ = 0; D rises by t (rᵢ − rⱼ) − t² ½‖φᵢ − φⱼ‖²
            best = float(difference[j]) / (2 * float(curvature[j]))
            t = min(best, upper[i] - beta[i], beta[j] - lower[j])
            if self.story is not None:
                rise = t * float(difference[j]) - t * t * float(curvature[j])
                self.story.append((i, j, t, float(difference.max()), rise))
            beta[i] = upper[i] if t == upper[i] - beta[i] else min(beta[i] + t, upper[i])
            beta[j] = lower[j] if t == beta[j] - lower[j] else max(beta[j] - t, lower[j])
            np.subtract(row, other, out=curvature)
            curvature *= t
            up -= curvature
            low -= curvature
            ri, rj = float(up[i]), float(low[j])
            low[i] = ri  # βᵢ has grown: it may shrink again
            up[j] = rj
            if beta[i] == upper[i]:
                up[i] = -np.inf
            if beta[j] == lower[j]:
                low[j] = np.inf
            self.steps += 1

    def _row(self, i: int) -> Floats:
        """Row i, valid until two more were asked for: the newest is the last to give way."""
        kernel = self.kernel
        slot = kernel.slot.item(i)
        if slot < 0:
            self._load(i)
            slot = kernel.slot.item(i)
        kernel.clock += 1
        kernel.last_use[slot] = kernel.clock
        return kernel.rows[slot]

    def _load(self, i: int) -> None:
        """Row i, and with it those of other points that the next steps are likely to ask for: one product for all."""
        middle = (self.up.max() + self.low.min()) / 2
        violation = np.maximum(self.up - middle, middle - self.low)
        violation[self.kernel.slot >= 0] = -np.inf
        violation[i] = np.inf
        size = min(BATCH, len(violation), self.kernel.capacity // 4)
        likely = np.argpartition(violation, -size)[-size:]
        self.kernel.load(likely[violation[likely] > -np.inf])

    def solution(self) -> Solution:
        """Where SMO stands."""
        residual = np.where(np.isfinite(self.up), self.up, self.low)
        return Solution(self.box.snap(np.array(self.beta)), residual, self.steps, converged=False)

    def tell(self, see: See) -> None:
        """What each step did."""
        if not self.story:
            return
        columns: list[Any] = [np.array(column) for column in zip(*self.story, strict=True)]
        pairs = np.column_stack(columns[:2]).astype(np.intp)
        see(
            "working sets",
            "B",
            "(i, j) of each step",
            pairs,
            note="i: largest r that may grow; j: largest gain",
        )
        see("steps", "t", "(rᵢ − rⱼ)/‖φᵢ − φⱼ‖², clipped to the box", columns[2])
        see("violation", "m − M", "max r↑ − min r↓ before each step", columns[3])
        see("dual objective", "D", "Σ t(rᵢ − rⱼ) − ½t²‖φᵢ − φⱼ‖²", np.cumsum(columns[4]))
