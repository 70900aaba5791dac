"""Logistic and softmax regression: probabilities of classes from linear scores.

Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", section 4.4; Albert and Anderson (1984) on separation.
"""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from pellucid.models.estimator import Classifier
from pellucid.models.linear_model.log_loss import LogisticLoss, SoftmaxLoss
from pellucid.models.linear_model.optimizers import OPTIMIZERS
from pellucid.models.stats.information import log_sigmoid, log_softmax, sigmoid, softmax
from pellucid.models.trace import See
from pellucid.models.validation import (
    Array,
    Floats,
    check_classes,
    check_rows,
    check_sample_weight,
    kind_also_of,
    scipy_module,
)

FAR = 15.0
"""A score beyond which the data may be separable: probabilities there differ from 0 or 1 by 3e-7."""


class LogisticRegression(Classifier):
    """Minimizes C Σ wᵢℓᵢ + ½‖W‖²: ℓ = log(1 + e^z) − yz for two classes, log Σₖe^zₖ − z_y for more; intercepts are free.

    C multiplies the sum of losses, so a large C is a weak penalty and C=inf none. Without a penalty, classes that a plane
    separates have no best coefficients: they grow for ever. That is said by a ConvergenceWarning, and the coefficients are those
    where the search stopped. With three classes or more, the coefficients are the ones that sum to zero over the classes.

    Parameters
    ----------
    C : inverse of the penalty, above 0; inf for none.
    fit_intercept : whether there is a b.
    class_weight : None, 'balanced' (every class counts the same), or {class: weight}.
    solver : 'newton-cholesky' (IRLS), 'lbfgs', 'gradient-descent' (step 1/L; needs a far larger max_iter).
    tol : stops where no component of the gradient of the mean loss is above it.
    max_iter : steps at most; a ConvergenceWarning where they do not suffice.

    Attributes
    ----------
    classes_ (K,). coef_ : (1, d) for two classes, the score being that of classes_[1]; else (K, d). intercept_ : (1,) or (K,).
    n_iter_ : steps (1,).
    """

    coef_: Floats
    intercept_: Floats
    n_iter_: NDArray[np.int32]

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        class_weight: Any = None,
        solver: str = "newton-cholesky",
        tol: float = 1e-8,
        max_iter: int = 100,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        if not isinstance(self.C, Real) or not self.C > 0:
            raise ValueError(
                f"C={self.C!r} must be a number above 0: it multiplies the loss. No penalty is C=np.inf."
            )
        if self.solver not in OPTIMIZERS:
            raise ValueError(f"solver={self.solver!r} is none of {', '.join(map(repr, OPTIMIZERS))}.")
        rows = check_rows(X)
        classes, codes = check_classes(y, len(rows))
        if len(classes) < 2:
            raise ValueError(
                f"This solver needs samples of at least 2 classes in the data, but y has only one class: {classes[0]!r}."
            )
        weights = check_sample_weight(sample_weight, len(rows))
        weights = weights * class_weights(self.class_weight, classes, codes, weights)
        self._learn_features(X, rows)
        self.classes_ = classes
        loss = loss_of(rows, codes, weights, float(self.C), self.fit_intercept)
        see("design", "A", "[X 1]" if self.fit_intercept else "X", loss.A)
        found = OPTIMIZERS[self.solver](loss, self.tol, self.max_iter, see)
        theta, d = found.theta, rows.shape[1]
        see("coefficients", "W", "argmin F", theta[:d])
        see("intercepts", "b", "argmin F", theta[d:], note="not penalized")
        self.coef_ = np.ascontiguousarray(theta[:d].T)
        self.intercept_ = theta[d].copy() if self.fit_intercept else np.zeros(theta.shape[1])
        self.n_iter_ = np.array([found.steps], dtype=np.int32)
        self._warn(loss, found.converged, theta, codes)

    def _warn(
        self, loss: LogisticLoss | SoftmaxLoss, converged: bool, theta: Floats, codes: NDArray[np.intp]
    ) -> None:
        kind = kind_also_of(UserWarning, "ConvergenceWarning")
        if (
            np.isinf(self.C)
            and np.abs(loss.A @ theta).max() > FAR
            and is_separable(loss.A[loss.share > 0], codes[loss.share > 0])
        ):
            warnings.warn(
                kind(
                    "The classes are separable: a plane parts them, so without a penalty (C=inf) no finite coefficients are "
                    "best, and these are only where the search stopped. Set C, for example C=1.0."
                ),
                stacklevel=4,
            )
        elif not converged:
            warnings.warn(
                kind(
                    f"{self.solver} did not converge: after max_iter={self.max_iter} steps some component of the gradient is "
                    f"above tol={self.tol}. Standardize the features, raise max_iter, or use solver='newton-cholesky'."
                ),
                stacklevel=4,
            )

    def decision_function(self, X: Any) -> Floats:
        """The scores z = XW + b: (n,) for two classes, that of classes_[1]; else (n, K)."""
        scores = self._check_again(X) @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class (n, K), in the order of `classes_`."""
        scores = self.decision_function(X)
        return np.column_stack([sigmoid(-scores), sigmoid(scores)]) if scores.ndim == 1 else softmax(scores)

    def predict_log_proba(self, X: Any) -> Floats:
        """Logarithms of the probabilities (n, K), finite where the probability itself would round to 0."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.column_stack([log_sigmoid(-scores), log_sigmoid(scores)])
        return log_softmax(scores)

    def predict(self, X: Any) -> Array:
        """The most probable class of each row (n,)."""
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)]


def loss_of(
    X: Floats, codes: NDArray[np.intp], weights: Floats, C: float, fit_intercept: bool
) -> LogisticLoss | SoftmaxLoss:
    """The loss for X (n, d) and class numbers (n,): logistic for two classes, softmax for more."""
    total = float(weights.sum())
    A = np.column_stack([X, np.ones(len(X))]) if fit_intercept else X
    penalty = np.full(A.shape[1], 1 / (C * total))
    penalty[X.shape[1] :] = 0.0
    K = int(codes.max()) + 1
    if K == 2:
        return LogisticLoss(A, codes.astype(np.float64), weights / total, penalty)
    return SoftmaxLoss(A, np.eye(K)[codes], weights / total, penalty)


def class_weights(class_weight: Any, classes: Array, codes: NDArray[np.intp], weights: Floats) -> Floats:
    """The weight of each row's class (n,); 'balanced' gives every class the same sum, counting rows by their `weights` (n,)."""
    if class_weight is None:
        return np.ones(len(codes))
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"class_weight={class_weight!r} must be None, 'balanced', or a dict of weights.")
        sums = np.bincount(codes, weights)
        return (weights.sum() / (len(classes) * np.where(sums > 0, sums, 1.0)))[codes]
    given = cast(dict[Any, float], class_weight)
    return np.array([given.get(each, 1.0) for each in classes.tolist()], dtype=np.float64)[codes]


def is_separable(A: Floats, codes: NDArray[np.intp]) -> bool:
    """Whether some Θ ≠ 0 gives no row a higher score for a wrong class than for its own, and some row a lower one.

    A linear program: maximize the sum of margins, each at least 0, with Θ in a box. It is 0 exactly where a best finite Θ
    exists (Albert and Anderson 1984), so complete and quasi-complete separation are both found.
    """
    linprog: Any = scipy_module("scipy.optimize").linprog

    n, p = A.shape
    K = int(codes.max()) + 1
    size = np.abs(A).max(axis=0)
    unit = A / np.where(size > 0, size, 1.0)
    margins = np.zeros((K, n, K, p))  # of a row's own class over class k, as a function of Θ
    for k in range(K):
        margins[k, np.arange(n), codes] = unit
        margins[k, :, k] -= unit
    others = np.arange(K)[:, None] != codes  # (K, n)
    M = margins[others].reshape(-1, K * p)[:, p:]  # only differences matter, so the first class's θ is 0
    found: Any = linprog(-M.sum(axis=0), A_ub=-M, b_ub=np.zeros(len(M)), bounds=(-1, 1), method="highs")
    return bool(found.status == 0 and -found.fun > 1e-7)
