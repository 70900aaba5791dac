"""The soft-margin classifier with kernels, by its dual."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.estimator import Classifier
from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import KKT, Box, intercept_of, report
from pellucid.models.svm.kernels import NAMES, Kernel, gamma_of, gram_of, refuse_overflow
from pellucid.models.svm.one_vs_one import one_vs_rest, pairs_of, votes_of
from pellucid.models.svm.parameters import check_positive, class_weights_of
from pellucid.models.svm.smo import solve
from pellucid.models.trace import See, unseen
from pellucid.models.validation import (
    Array,
    Floats,
    check_classes,
    check_rows,
    check_sample_weight,
    kind_also_of,
)

CELLS = 4_000_000
"""Numbers of a kernel matrix that prediction holds at once: 32 MB."""


class SVC(Classifier):
    """Support vector classifier: minimize ½‖w‖² + Σ Cᵢ max(0, 1 − yᵢ(w·φ(xᵢ) + b)) by its dual.

    `C` is the price of falling short of the margin; with `sample_weight` and `class_weight` (a mapping, or "balanced") it is
    multiplied for each row. `kernel` is "linear", "poly", "rbf", "sigmoid", "precomputed" (X holds K itself: (n, n) to fit,
    (m, n) to predict) or a function of two sets of rows that gives their matrix. `gamma` is "scale" = 1/(d Var X), "auto" = 1/d
    or a number; Var X counts sample weights, so that weight 2 is as good as the row twice.

    The dual is solved to a violation of at most `tol`, as a rule to rounding: SMO finds which points are free, Newton steps do
    the rest. `max_iter` bounds the steps of SMO for each pair of classes; −1 does not. `cache_size` is in MB, for rows of K.

    More than two classes are learned in pairs. `decision_function_shape` "ovr" gives a score a class, "ovo" one a pair.
    `predict` goes by votes, the first class winning ties; with `break_ties` by the "ovr" score.

    Learned: `support_` (rows that are support vectors, by class), `support_vectors_`, `n_support_` (a class), `dual_coef_`
    (c − 1, SVs) = yα, `intercept_` (pairs,), `coef_` (pairs, d) for a linear kernel, `n_iter_` (pairs,), and `kkt_`, a report for
    each pair. scikit-learn's layouts throughout.

    Sources: C. Cortes, V. Vapnik, "Support-vector networks", Machine Learning 20 (1995); `smo.py`, `active_set.py`.
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        kernel: str | Callable[[Floats, Floats], Any] = "rbf",
        degree: int = 3,
        gamma: float | str = "scale",
        coef0: float = 0.0,
        tol: float = 1e-3,
        cache_size: float = 200,
        class_weight: Mapping[Any, float] | str | None = None,
        max_iter: int = -1,
        decision_function_shape: str = "ovr",
        break_ties: bool = False,
    ):
        self.C = C
        self.kernel = kernel
        self.degree = degree
        self.gamma = gamma
        self.coef0 = coef0
        self.tol = tol
        self.cache_size = cache_size
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.decision_function_shape = decision_function_shape
        self.break_ties = break_ties

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X)
        self._check_parameters()
        if self.kernel == "precomputed" and rows.shape[0] != rows.shape[1]:
            raise ValueError(
                f"X has shape {rows.shape}, but with kernel='precomputed' it must be a square matrix (n, n) of all pairs of rows."
            )
        classes, codes = check_classes(y, len(rows))
        if len(classes) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {len(classes)} class: y is {classes[0]!r} in every row."
            )
        weights = check_sample_weight(sample_weight, len(rows))
        penalties = self.C * weights * class_weights_of(self.class_weight, classes, codes, weights)  # (n,)
        self._learn_features(X, rows)
        self.classes_ = classes
        self._kernel = self._kernel_of(rows, weights)

        machines = [self._fit_pair(rows, codes, penalties, pair, see) for pair in self._signed_pairs()]
        self.n_iter_ = np.array([steps for *_, steps in machines], dtype=np.int32)
        self.intercept_ = np.array([intercept for _, intercept, _, _ in machines])
        self.kkt_: tuple[KKT, ...] = tuple(kkt for _, _, kkt, _ in machines)
        self._keep_support(rows, codes, np.array([beta for beta, *_ in machines]))
        see("support vectors", "S", "αᵢ > 0", self.support_, note=f"{len(self.support_)} of {len(rows)} rows")

    def _check_parameters(self) -> None:
        check_positive(self, "C", "tol", "cache_size")
        if not callable(self.kernel) and self.kernel not in (*NAMES, "precomputed"):
            raise ValueError(
                f"kernel is {self.kernel!r}: use one of {', '.join(NAMES)}, precomputed, or a function."
            )
        if self.decision_function_shape not in ("ovr", "ovo"):
            raise ValueError(
                f"decision_function_shape is {self.decision_function_shape!r}: use 'ovr' or 'ovo'."
            )
        if self.break_ties and self.decision_function_shape == "ovo":
            raise ValueError(
                "break_ties must be False when decision_function_shape is 'ovo': ties are broken by the 'ovr' score."
            )

    def _kernel_of(self, rows: Floats, weights: Floats) -> Kernel | None:
        """The named kernel with its numbers; None for a function and for a matrix."""
        if callable(self.kernel) or self.kernel == "precomputed":
            return None
        return Kernel(self.kernel, gamma_of(self.gamma, rows, weights), self.degree, self.coef0)

    def _signed_pairs(self) -> list[tuple[int, int]]:
        """Each pair as (the class with y = +1, the class with y = −1): the second of two classes, the first of a pair of more."""
        return [(1, 0)] if len(self.classes_) == 2 else pairs_of(len(self.classes_))

    def _fit_pair(
        self, rows: Floats, codes: NDArray[np.intp], penalties: Floats, pair: tuple[int, int], see: See
    ) -> tuple[Floats, float, KKT, int]:
        """β (n,) with zeros for other classes, b, the report with rows of X, and the steps taken."""
        plus, minus = pair
        here = np.flatnonzero(((codes == plus) | (codes == minus)) & (penalties > 0))
        signs = np.where(codes[here] == plus, 1.0, -1.0)
        if abs(signs.sum()) == len(signs):
            raise ValueError(
                "Invalid input - all samples with positive weights belong to the same class: give some row of each of "
                f"{self.classes_[plus]!r} and {self.classes_[minus]!r} a weight above 0."
            )
        kernel = self._rows_of_kernel(rows[here] if len(here) < len(rows) else rows, here)
        box = Box.of(signs, penalties[here])
        if see is not unseen:
            note = f"{self.classes_[plus]!r} is +1, {self.classes_[minus]!r} is −1"
            see("signs", "y", "±1 for the pair", signs, note=note)
            if kernel.hold(np.arange(kernel.n)):
                see("kernel matrix", "K", "k(xᵢ, xⱼ)", kernel.block(np.arange(kernel.n)))
        solution = solve(kernel, box, self.tol, self.max_iter, see)
        if not solution.converged:
            warnings.warn(
                kind_also_of(UserWarning, "ConvergenceWarning")(
                    f"SMO ended after max_iter={self.max_iter} steps with a violation above tol={self.tol}. Consider "
                    "standardizing X, or raise max_iter."
                ),
                stacklevel=5,
            )
        intercept = intercept_of(box, solution)
        local = report(box, solution, intercept)
        kkt = replace(local, free=here[local.free], bounded=here[local.bounded])
        beta = np.zeros(len(rows))
        beta[here] = solution.beta
        see("dual coefficients", "β", "αᵢyᵢ", beta)
        see("intercept", "b", "mean of yᵢ − (Kβ)ᵢ over free i", intercept)
        see(
            "KKT",
            "D, P, P − D",
            "dual, primal, gap",
            (kkt.dual_objective, kkt.primal_objective, kkt.gap),
            note=str(kkt),
        )
        return beta, intercept, kkt, solution.steps

    def _rows_of_kernel(self, rows: Floats, here: NDArray[np.intp]) -> KernelRows:
        if self._kernel is not None:
            diagonal = self._kernel.diagonal(rows)
            refuse_overflow(diagonal)  # no other entry is larger than the largest here
            compute = self._kernel.against(rows)
            return KernelRows(lambda points: compute(rows[points]), diagonal, float(self.cache_size))
        K = rows[:, here] if not callable(self.kernel) else gram_of(self.kernel, rows, rows)
        return KernelRows(lambda points: K[points], K.diagonal().copy(), float(self.cache_size))

    def _keep_support(self, rows: Floats, codes: NDArray[np.intp], betas: Floats) -> None:
        """`support_` and what goes with it, from β of all pairs (pairs, n)."""
        support = np.flatnonzero((betas != 0).any(axis=0))
        support = support[np.argsort(codes[support], kind="stable")]
        self.support_ = support.astype(np.int32)
        self.n_support_ = np.bincount(codes[support], minlength=len(self.classes_)).astype(np.int32)
        self.support_vectors_ = np.empty((0, 0)) if self.kernel == "precomputed" else rows[support]
        self._pair_coef = betas[:, support]  # (pairs, SVs)
        self.dual_coef_ = _by_class(self._pair_coef, codes[support], self._signed_pairs(), len(self.classes_))
        if self.kernel == "linear":
            self.coef_ = self._pair_coef @ self.support_vectors_  # (pairs, d)
        elif hasattr(self, "coef_"):
            del self.coef_

    def _decisions(self, X: Any) -> Floats:
        """f of each pair for each row (m, pairs)."""
        rows = self._check_again(X, fitted="dual_coef_")
        if self.kernel == "precomputed":
            return rows[:, self.support_] @ self._pair_coef.T + self.intercept_
        if callable(self.kernel):
            return gram_of(self.kernel, rows, self.support_vectors_) @ self._pair_coef.T + self.intercept_
        against = _only(self._kernel).against(self.support_vectors_)
        decisions = np.empty((len(rows), len(self.intercept_)))
        size = max(1, CELLS // max(1, len(self.support_)))
        for begin in range(0, len(rows), size):
            part = slice(begin, begin + size)
            decisions[part] = against(rows[part]) @ self._pair_coef.T
        return decisions + self.intercept_

    def decision_function(self, X: Any) -> Floats:
        """f(x) = Σ βᵢ k(xᵢ, x) + b: (m,) for two classes, above 0 for the second; else (m, c) "ovr" or (m, c(c − 1)/2) "ovo"."""
        decisions = self._decisions(X)
        if len(self.classes_) == 2:
            return decisions[:, 0]
        return (
            one_vs_rest(decisions, len(self.classes_)) if self.decision_function_shape == "ovr" else decisions
        )

    def predict(self, X: Any) -> Array:
        """A label for each row (m,)."""
        decisions = self._decisions(X)
        count = len(self.classes_)
        if count == 2:
            return self.classes_[(decisions[:, 0] > 0).astype(np.intp)]
        scores = one_vs_rest(decisions, count) if self.break_ties else votes_of(decisions, count)
        return self.classes_[scores.argmax(axis=1)]

    def __sklearn_tags__(self) -> Any:
        """As every classifier's; `precomputed` takes pairs."""
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags


def _by_class(coef: Floats, codes: NDArray[np.intp], pairs: list[tuple[int, int]], classes: int) -> Floats:
    """β of all pairs (pairs, SVs) as scikit-learn lays them out (c − 1, SVs): for a vector of class k, row by row, its β in
    the pairs of k with the other classes in order.
    """
    laid = np.zeros((classes - 1, coef.shape[1]))
    for row, (plus, minus) in enumerate(pairs):
        for own, other in ((plus, minus), (minus, plus)):
            laid[other - (other > own), codes == own] = coef[row, codes == own]
    return laid


def _only(kernel: Kernel | None) -> Kernel:
    assert kernel is not None
    return kernel
