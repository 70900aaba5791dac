"""The linear soft-margin classifier, without a kernel and in the primal."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.models.estimator import Classifier
from pellucid.models.svm.parameters import check_positive, class_weights_of
from pellucid.models.svm.primal import hinge_newton, squared_hinge_newton
from pellucid.models.trace import See
from pellucid.models.validation import (
    Array,
    Floats,
    check_classes,
    check_rows,
    check_sample_weight,
    kind_also_of,
    rng_of,
)


class LinearSVC(Classifier):
    """Linear support vector classifier: minimize ½(‖w‖² + (b/s)²) + Σ Cᵢ ℓ(yᵢ(w·xᵢ + b)), ℓ the hinge or its square.

    As in scikit-learn, the intercept is the weight of a constant column `intercept_scaling` = s, and so it is penalised too; a
    large s frees it. `SVC(kernel="linear")` does not penalise it. More than two classes: each against the rest.

    `loss` "squared_hinge" is solved by Newton's method; "hinge" in the dual, by coordinate descent in an order drawn from
    `random_state` and Newton steps. Both are within `tol` at the end, and as a rule exact to rounding, unless `max_iter` steps or
    passes do not do.

    Learned: `coef_` (1, d) for two classes, else (c, d); `intercept_`; `n_iter_`, the most of any class.
    """

    def __init__(
        self,
        loss: str = "squared_hinge",
        *,
        tol: float = 1e-4,
        C: float = 1.0,
        fit_intercept: bool = True,
        intercept_scaling: float = 1.0,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: Any = None,
        max_iter: int = 1000,
    ):
        self.loss = loss
        self.tol = tol
        self.C = C
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.max_iter = max_iter

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X)
        self._check_parameters()
        classes, codes = check_classes(y, len(rows))
        if len(classes) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {len(classes)} class: y is {classes[0]!r} in every row."
            )
        weights = check_sample_weight(sample_weight, len(rows))
        penalties = self.C * weights * class_weights_of(self.class_weight, classes, codes, weights)
        self._learn_features(X, rows)
        self.classes_ = classes
        scale = float(self.intercept_scaling)
        columns = (
            np.column_stack((rows, np.full(len(rows), scale))) if self.fit_intercept else rows
        )  # (n, d + 1)
        rng = rng_of(self.random_state)
        solved: list[tuple[Floats, int, bool]] = []
        for positive in [1] if len(classes) == 2 else range(len(classes)):
            signs = np.where(codes == positive, 1.0, -1.0)
            see("signs", "y", "+1 for the class, −1 for the rest", signs, note=f"{classes[positive]!r} is +1")
            if self.loss == "hinge":
                solved += [hinge_newton(columns, signs, penalties, self.tol, self.max_iter, rng, see)]
            else:
                solved += [squared_hinge_newton(columns, signs, penalties, self.tol, self.max_iter, see)]
        if not all(converged for *_, converged in solved):
            self._warn()
        W = np.array([w for w, *_ in solved])  # (1 or c, d + 1)
        d = rows.shape[1]
        self.coef_ = W[:, :d]
        self.intercept_ = scale * W[:, d] if self.fit_intercept else np.zeros(len(W))
        self.n_iter_ = max(steps for _, steps, _ in solved)

    def _check_parameters(self) -> None:
        if self.loss not in ("hinge", "squared_hinge"):
            raise ValueError(f"loss is {self.loss!r}: use 'hinge' or 'squared_hinge'.")
        check_positive(self, "C", "tol", "intercept_scaling", "max_iter")

    def _warn(self) -> None:
        kind = kind_also_of(UserWarning, "ConvergenceWarning")
        advice = "Standardize X, lower C, or raise max_iter."
        warnings.warn(
            kind(f"max_iter={self.max_iter} was reached before tol={self.tol}. {advice}"), stacklevel=5
        )

    def decision_function(self, X: Any) -> Floats:
        """w·x + b: (m,) for two classes, above 0 for the second; else (m, c)."""
        rows = self._check_again(X, fitted="coef_")
        decisions = rows @ self.coef_.T + self.intercept_
        return decisions[:, 0] if len(self.classes_) == 2 else decisions

    def predict(self, X: Any) -> Array:
        """A label for each row (m,)."""
        decisions = self.decision_function(X)
        codes = (decisions > 0).astype(np.intp) if decisions.ndim == 1 else decisions.argmax(axis=1)
        return self.classes_[codes]
