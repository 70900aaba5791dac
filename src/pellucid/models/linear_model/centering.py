"""What every linear model does first: weigh the rows, and subtract the means, so that the intercept is out of the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.models.linear_model.compensated import exact_product
from pellucid.models.trace import See
from pellucid.models.validation import Floats, as_floats, check_rows, check_sample_weight, check_y, refuse_nan

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Centered:
    """Rows ready for a solver: √w(X − x̄) and √w(y − ȳ), and what it takes to go back."""

    X: Floats  # (n, d), as given
    Y: Floats  # (n, t), a column a target
    Z: Floats  # (n, d)
    T: Floats  # (n, t)
    x_mean: Floats  # (2, d): the mean, and what of it a float64 could not hold
    y_mean: Floats  # (2, t)
    root: Floats | None  # √w (n,); None where every weight is 1
    total: float  # Σw
    intercept: bool

    def intercepts(self, W: Floats, residuals: Floats) -> Floats:
        """b = ȳ − x̄ᵀW (t,) for W (d, t).

        The mean of the residuals T − ZW takes back what the means lost in rounding.
        """
        if not self.intercept:
            return np.zeros(len(W.T))
        known = np.hstack([self.y_mean.T, -W.T * self.x_mean[0], -W.T * self.x_mean[1]])  # (t, 2 + 2d)
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
    root = None if weights is None else np.sqrt(weights)
    total = float(len(X)) if weights is None else float(weights.sum())
    Xc, x_mean = _centered(X, weights, total) if intercept else (X, np.zeros((2, X.shape[1])))
    Yc, y_mean = _centered(Y, weights, total) if intercept else (Y, np.zeros((2, Y.shape[1])))
    if intercept:
        see("means of the features", "x̄", "Σwx/Σw", x_mean.sum(axis=0))
        see("mean of the target", "ȳ", "Σwy/Σw", y_mean.sum(axis=0))
    Z, T = (Xc, Yc) if root is None else (root[:, None] * Xc, root[:, None] * Yc)
    see("centered features", "Z", "√w(X − x̄)" if intercept else "√w X", Z, note="√w = 1 without weights")
    see("centered target", "t", "√w(y − ȳ)" if intercept else "√w y", T)
    return Centered(X, Y, Z, T, x_mean, y_mean, root, total, intercept)


def _centered(X: Floats, weights: Floats | None, total: float) -> tuple[Floats, Floats]:
    """X less its column means, and the means as the sum of two numbers (2, d).

    One subtraction leaves a column with the rounding error of its own mean; a second removes it where it is of any weight. A
    column that is constant but for rounding becomes exactly zero: scaled up, its noise would pass for a feature.
    """
    share = (np.ones(len(X)) if weights is None else weights) / total
    mean = share @ X
    Z = X - mean
    rest = share @ Z
    few = np.abs(Z[:16]).max(axis=0)  # a look at some rows spares a pass over all of them
    if np.any(np.abs(rest) > EPS * few):
        np.subtract(Z, rest, out=Z)
    else:
        rest = np.zeros_like(rest)
    noise = 8 * EPS * np.abs(mean)
    for j in np.flatnonzero(few <= 2 * noise):
        if np.abs(Z[:, j]).max() <= noise[j]:
            Z[:, j] = 0.0
    return Z, np.array([mean, rest])
