"""Linear regression: ŷ = Xw + b with the least sum of squared residuals."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.models.estimator import Regressor
from pellucid.models.linear_model.centering import center, check_problem, is_several
from pellucid.models.linear_model.least_squares import SOLVERS
from pellucid.models.trace import See
from pellucid.models.validation import Array, Floats

if TYPE_CHECKING:
    from pellucid.models.linear_model.diagnostics import Diagnostics


class LinearPredictor(Regressor):
    """What least squares, ridge and lasso share: ŷ = Xw + b, for one target or several."""

    coef_: Floats  # (d,), or (t, d) for several targets
    intercept_: Any  # a number, or (t,)

    def predict(self, X: Any) -> Floats:
        """Xw + b (n,), or (n, t) for several targets."""
        return self._check_again(X) @ self.coef_.T + self.intercept_

    def _learn(self, W: Floats, intercepts: Floats, y: Any) -> None:
        """Keeps W (d, t) and the intercepts (t,) in the shape that y had."""
        one = not is_several(y)
        self.coef_ = W[:, 0].copy() if one else W.T.copy()
        self.intercept_ = float(intercepts[0]) if one else intercepts


class LinearRegression(LinearPredictor):
    """Least squares: w and b that minimize Σ wᵢ(yᵢ − xᵢᵀw − b)².

    Where columns depend on each other (rank below d), infinitely many w fit equally well: 'qr' and 'svd' take the one of least
    norm ‖w‖, the pseudo-inverse's, and say so by a RankWarning; 'cholesky' and 'normal' refuse. The intercept has no part in
    the norm.

    Parameters
    ----------
    fit_intercept : whether there is a b; False when X has its own column of ones, or no such term is meant.
    solver : 'qr' (columns scaled, refined), 'svd', 'cholesky', 'normal'; see `least_squares`.

    Attributes
    ----------
    coef_ : w (d,), or (t, d) for targets y (n, t). intercept_ : b, or (t,).
    rank_ : rank of the centered X. singular_ : its singular values.

    Example
    -------
    >>> LinearRegression().fit([[1], [2], [3]], [1, 2, 2]).coef_
    array([0.5])
    """

    rank_: int
    singular_: Floats

    def __init__(self, *, fit_intercept: bool = True, solver: str = "qr") -> None:
        self.fit_intercept = fit_intercept
        self.solver = solver

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"solver={self.solver!r} is none of {', '.join(map(repr, SOLVERS))}.")
        rows, targets, weights = check_problem(X, y, sample_weight)
        self._learn_features(X, rows)
        data = center(rows, targets, weights, self.fit_intercept, see)
        solution = SOLVERS[self.solver](data, see)
        self.rank_, self.singular_ = solution.rank, solution.singular
        if self.rank_ < rows.shape[1]:
            warnings.warn(_say_rank(self.rank_, rows.shape), np.exceptions.RankWarning, stacklevel=3)
        see("intercept", "b", "ȳ − x̄ᵀw" if self.fit_intercept else "0", solution.b)
        see("residuals", "e", "√w(y − Xw − b)", solution.residuals)
        self._learn(solution.W, solution.b, y)

    def diagnose(self, X: Any, y: Any, *, level: float = 0.95) -> Diagnostics:
        """Standard errors, tests, influence of each row: `diagnostics.diagnose` with this model's `fit_intercept`.

        It fits X (n, d) and y (n,) anew, every row counting the same.
        """
        from pellucid.models.linear_model.diagnostics import diagnose

        self._check_again(X)
        return diagnose(X, y, fit_intercept=self.fit_intercept, level=level)

    def __sklearn_tags__(self) -> Any:
        """Several targets are fine."""
        return tags_of_several_targets(super().__sklearn_tags__())


def tags_of_several_targets(tags: Any) -> Any:
    """scikit-learn's tags of a model that takes y (n, t) too."""
    tags.target_tags.multi_output = True
    return tags


def _say_rank(rank: int, shape: tuple[int, ...]) -> str:
    n, d = shape
    why = f"{n} rows cannot tell {d} columns apart" if n <= d else "some columns are combinations of others"
    return (
        f"X has rank {rank} but {d} columns ({why}): infinitely many coefficients fit equally well, and these are the ones of "
        "least norm. Drop columns, or use Ridge."
    )


def check_alpha(alpha: Array | float, name: str = "alpha") -> float:
    """A penalty as a number, 0 or above."""
    if not np.isscalar(alpha) or isinstance(alpha, str) or not 0 <= float(alpha) < np.inf:  # pyright: ignore[reportArgumentType]
        raise ValueError(f"{name}={alpha!r} must be one number, 0 or above: it multiplies the penalty.")
    return float(alpha)  # pyright: ignore[reportArgumentType]
