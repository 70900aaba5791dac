"""The loss of logistic and softmax regression, with its gradient and Hessian.

F(Θ) = 1/S Σ wᵢℓᵢ + 1/(2CS)‖W‖², S = Σw, where Θ stacks the coefficients W and, as its last row, the intercepts, which are not
penalized. It is scikit-learn's C Σ wᵢℓᵢ + ½‖W‖², divided by CS: the same minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pellucid.models.stats.information import softmax
from pellucid.models.validation import Floats


class Loss(Protocol):
    """What an optimizer asks of a loss over parameters Θ (p, k)."""

    @property
    def shape(self) -> tuple[int, int]:
        """(p, k)."""
        ...

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """F and ∇F (p, k)."""
        ...

    def hessian(self, theta: Floats) -> Floats:
        """∇²F (pk, pk), of Θ taken column by column; with what keeps it invertible where F does not depend on a direction."""
        ...

    def thinned(self, rows: int) -> Loss | None:
        """The same loss over about this many rows, evenly spaced; None where that would not be much less work."""
        ...

    def curvature(self) -> float:
        """A number that no eigenvalue of ∇²F exceeds, anywhere."""
        ...


BLOCK = 2**15  # elements of a block of rows, so that it stays in cache


@dataclass(frozen=True)
class LogisticLoss:
    """Two classes: ℓ = log(1 + e^z) − yz for y in {0, 1} and z = aᵀθ."""

    A: Floats  # (n, p), features and a column of ones if there is an intercept
    y: Floats  # (n,), 0 or 1
    share: Floats  # w/S (n,)
    penalty: Floats  # 1/(CS) a feature, 0 for the intercept (p,)

    @property
    def shape(self) -> tuple[int, int]:
        """(p, 1)."""
        return self.A.shape[1], 1

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """F and ∇F = Aᵀ(w ∘ (p − y)) + penalty ∘ θ. The penalty's sign is plus: it is part of what is minimized."""
        z = self.A @ theta[:, 0]
        small = np.exp(-np.abs(z))  # never overflows
        losses = np.log1p(small) + np.maximum(z, 0) - self.y * z
        errors = np.where(z >= 0, 1.0, small) / (1 + small) - self.y
        pull = self.penalty[:, None] * theta
        value = self.share @ losses + 0.5 * float(np.sum(pull * theta))
        return float(value), (self.A.T @ (self.share * errors))[:, None] + pull

    def hessian(self, theta: Floats) -> Floats:
        """Aᵀ diag(w ∘ p(1 − p)) A + diag(penalty)."""
        small = np.exp(-np.abs(self.A @ theta[:, 0]))
        root = np.sqrt(self.share * small) / (1 + small)  # √(w p(1 − p))
        H = np.diag(self.penalty)
        slices = _slices(len(self.A), len(theta))
        scratch = np.empty((slices[0].stop, len(theta)))
        for rows in slices:
            part = self.A[rows]
            block = np.multiply(root[rows, None], part, out=scratch[: len(part)])
            np.add(H, block.T @ block, out=H)
        return H

    def thinned(self, rows: int) -> LogisticLoss | None:
        """Every k-th row, their shares again summing to 1."""
        some = slice(None, None, len(self.A) // rows)
        if len(self.A) < 4 * rows or not self.share[some].any():
            return None
        share = self.share[some] / self.share[some].sum()
        return LogisticLoss(self.A[some], self.y[some], share, self.penalty)

    def curvature(self) -> float:
        """p(1 − p) is at most ¼."""
        return _largest_eigenvalue(self.A, self.share) / 4 + float(self.penalty.max())


@dataclass(frozen=True)
class SoftmaxLoss:
    """K classes: ℓ = log Σₖ e^zₖ − z_y for scores z = Θᵀa. Every class has its column: the same added to all changes nothing."""

    A: Floats  # (n, p)
    Y: Floats  # (n, K), 1 at the class
    share: Floats  # w/S (n,)
    penalty: Floats  # (p,)

    @property
    def shape(self) -> tuple[int, int]:
        """(p, K)."""
        return self.A.shape[1], self.Y.shape[1]

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """F and ∇F = Aᵀ(w ∘ (P − Y)) + penalty ∘ Θ."""
        scores = self.A @ theta  # (n, K)
        top = scores.max(axis=1, keepdims=True)
        exps = np.exp(scores - top)
        sums = exps.sum(axis=1, keepdims=True)
        losses = np.log(sums[:, 0]) + top[:, 0] - np.einsum("ik,ik->i", scores, self.Y)
        pull = self.penalty[:, None] * theta
        value = self.share @ losses + 0.5 * float(np.sum(pull * theta))
        return float(value), self.A.T @ (self.share[:, None] * (exps / sums - self.Y)) + pull

    def hessian(self, theta: Floats) -> Floats:
        """Blocks (j, k): Aᵀ diag(w ∘ pⱼ([j = k] − pₖ)) A, plus the penalty.

        F does not depend on what all classes share, so every block also gets the same positive definite matrix: steps, whose sum
        over the classes is zero, are not changed by it.
        """
        P = softmax(self.A @ theta)
        p, K = theta.shape
        H = np.diag(np.tile(self.penalty, K)).reshape(K, p, K, p)
        for rows in _slices(len(P), p * K):
            A, share, part = self.A[rows], self.share[rows], P[rows]
            both = (np.sqrt(share)[:, None, None] * part[:, :, None] * A[:, None, :]).reshape(len(A), K * p)
            np.subtract(H, (both.T @ both).reshape(H.shape), out=H)
            for k in range(K):
                H[k, :, k, :] += A.T @ ((share * part[:, k])[:, None] * A)
        size = np.einsum("ij,ij,i->j", self.A, self.A, self.share) / K**2
        return H.reshape(K * p, K * p) + np.kron(np.ones((K, K)), np.diag(size))

    def thinned(self, rows: int) -> SoftmaxLoss | None:
        """Every k-th row, their shares again summing to 1."""
        some = slice(None, None, len(self.A) // rows)
        if len(self.A) < 4 * rows or not self.share[some].any():
            return None
        share = self.share[some] / self.share[some].sum()
        return SoftmaxLoss(self.A[some], self.Y[some], share, self.penalty)

    def curvature(self) -> float:
        """diag(p) − ppᵀ has eigenvalues of at most ½ (Böhning 1992)."""
        return _largest_eigenvalue(self.A, self.share) / 2 + float(self.penalty.max())


def _slices(n: int, width: int) -> list[slice]:
    rows = max(64, BLOCK // width)
    return [slice(start, start + rows) for start in range(0, n, rows)]


def _largest_eigenvalue(A: Floats, share: Floats) -> float:
    return float(np.linalg.norm(np.sqrt(share)[:, None] * A, 2) ** 2)
