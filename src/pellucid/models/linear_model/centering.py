"""What every linear model does first: weigh the rows, and subtract the means, so that the intercept is out of the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.models.linear_model.compensated import exact_product
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, as_floats, check_rows, check_sample_weight, check_y, refuse_nan

EPS = float(np.finfo(float).eps)
BLOCK = 2**15  # elements of X at once, so that a block stays in cache


@dataclass(frozen=True)
class Centered:
    """Rows ready for a solver: Z = √w(X − x̄) and T = √w(y − ȳ), and what it takes to go back. Made when first asked for."""

    X: Floats  # (n, d), as given
    Y: Floats  # (n, t), a column a target
    weights: Floats | None  # (n,); None where every weight is 1
    intercept: bool

    @cached_property
    def total(self) -> float:
        """Σw."""
        return float(len(self.X)) if self.weights is None else float(self.weights.sum())

    @cached_property
    def share(self) -> Floats:
        """w/Σw (n,)."""
        return (np.ones(len(self.X)) if self.weights is None else self.weights) / self.total

    @cached_property
    def root(self) -> Floats | None:
        """√w (n,)."""
        return None if self.weights is None else np.sqrt(self.weights)

    @cached_property
    def Z(self) -> Floats:  # noqa: N802
        """The centered features (n, d)."""
        return self.weighted(self._features[0])

    @cached_property
    def T(self) -> Floats:  # noqa: N802
        """The centered targets (n, t)."""
        return self.weighted(self._targets[0])

    @property
    def x_mean(self) -> Floats:
        """x̄, and what of it a float64 could not hold (2, d)."""
        return self._features[1]

    @property
    def y_mean(self) -> Floats:
        """ȳ, and what of it a float64 could not hold (2, t)."""
        return self._targets[1]

    @cached_property
    def _features(self) -> tuple[Floats, Floats]:
        return _centered(self.X, self.share, self.intercept)

    @cached_property
    def _targets(self) -> tuple[Floats, Floats]:
        return _centered(self.Y, self.share, self.intercept)

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Z by blocks of rows, without ever holding it whole. A block is overwritten by the next."""
        n, d = self.X.shape
        rows = max(1, BLOCK // max(1, d))
        mean = self.share @ self.X if self.intercept else np.zeros(d)
        scratch = np.empty((min(rows, n), d))
        for start in range(0, n, rows):
            here = slice(start, min(start + rows, n))
            block = np.subtract(self.X[here], mean, out=scratch[: here.stop - start])
            if self.root is not None:
                np.multiply(block, self.root[here, None], out=block)
            yield here, block

    def normal_equations(self) -> tuple[Floats, Floats]:
        """ZᵀZ (d, d) and ZᵀT (d, t), by blocks."""
        d, t = len(self.X.T), len(self.Y.T)
        mean = self.share @ self.Y if self.intercept else np.zeros(t)
        targets = self.weighted(self.Y - mean)
        G, moments = np.zeros((d, d)), np.zeros((d, t))
        for here, block in self.blocks():
            np.add(G, block.T @ block, out=G)
            np.add(moments, block.T @ targets[here], out=moments)
        return G, moments

    def finish(self, W: Floats) -> tuple[Floats, Floats]:
        """b (t,) and √w(y − XW − b) (n, t), from the rows as they were given."""
        left = self.Y - self.X @ W
        b = self.share @ left if self.intercept else np.zeros(len(left.T))
        return b, self.weighted(left - b)

    def intercepts(self, W: Floats, residuals: Floats) -> Floats:
        """b = ȳ − x̄ᵀW (t,) for W (d, t).

        The mean of the residuals T − ZW takes back what the means lost in rounding.
        """
        if not self.intercept:
            return np.zeros(len(W.T))
        y_mean = np.broadcast_to(self.y_mean.T, (len(W.T), 2))
        known = np.hstack([y_mean, -W.T * self.x_mean[0], -W.T * self.x_mean[1]])  # (t, 2 + 2d)
        left = (np.ones(len(residuals)) if self.root is None else self.root) @ residuals
        return exact_product(known, np.ones(len(known.T))) + left / self.total

    def weighted(self, A: Floats) -> Floats:
        """The rows of A, times √w."""
        return A if self.root is None else self.root[:, None] * A

    def with_ones(self) -> Floats:
        """√w[1 X] (n, 1 + d), the design that is not centered; √w X (n, d) where there is no intercept."""
        return self.weighted(np.column_stack([np.ones(len(self.X)), self.X]) if self.intercept else self.X)


def check_problem(
    X: Any, y: Any, sample_weight: Any, *, min_rows: int = 1
) -> tuple[Floats, Floats, Floats | None]:
    """X (n, d), the targets as columns (n, t), and the weights (n,), None for none."""
    rows = check_rows(X, min_rows=min_rows)
    targets = check_targets(y, len(rows))
    weights = None if sample_weight is None else check_sample_weight(sample_weight, len(rows))
    return rows, targets, weights


def check_targets(y: Any, n: int) -> Floats:
    """The targets as columns (n, t): y may be (n,) or (n, t)."""
    if not is_several(y):
        return check_y(y, n)[:, None]
    targets = as_floats(y, "y")
    if len(targets) != n:
        raise ValueError(
            f"y has {len(targets)} rows, but X has {n} rows. Pass one row of targets for each row."
        )
    refuse_nan(targets, "y")
    return targets


def is_several(y: Any) -> bool:
    """Whether y has an axis for targets."""
    return y is not None and not hasattr(y, "toarray") and np.asarray(y).ndim == 2


def center(X: Floats, Y: Floats, weights: Floats | None, intercept: bool, see: See) -> Centered:
    """Subtracts the weighted means (where there is an intercept) and multiplies the rows by √w."""
    data = Centered(X, Y, weights, intercept)
    if see is unseen:
        return data
    if intercept:
        see("means of the features", "x̄", "Σwx/Σw", data.x_mean.sum(axis=0))
        see("mean of the target", "ȳ", "Σwy/Σw", data.y_mean.sum(axis=0))
    note = "√w = 1 without weights"
    see("centered features", "Z", "√w(X − x̄)" if intercept else "√w X", data.Z, note=note)
    see("centered target", "t", "√w(y − ȳ)" if intercept else "√w y", data.T)
    return data


def _centered(X: Floats, share: Floats, intercept: bool) -> tuple[Floats, Floats]:
    """X less its column means, and the means as the sum of two numbers (2, d).

    One subtraction leaves a column with the rounding error of its own mean; a second removes it. A column that is constant but
    for rounding becomes exactly zero: scaled up, its noise would pass for a feature.
    """
    if not intercept:
        return X, np.zeros((2, len(X.T)))
    mean = share @ X
    Z = X - mean
    rest = share @ Z
    np.subtract(Z, rest, out=Z)
    Z[:, np.abs(Z).max(axis=0) <= 8 * EPS * np.abs(mean)] = 0.0
    return Z, np.array([mean, rest])
