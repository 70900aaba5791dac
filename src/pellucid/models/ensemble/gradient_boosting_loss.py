"""What boosting descends: a loss of the raw score F, its gradient and its curvature, and the constant that it starts from.

Each loss is written per row and is halved where that makes the gradient plain: ½(y − F)² has the gradient F − y.
Friedman, *Greedy function approximation* (Annals of Statistics 29, 2001), section 4; Friedman, Hastie, Tibshirani, *Additive
logistic regression* (Annals of Statistics 28, 2000).
"""

from __future__ import annotations

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Array, Floats

TINY = float(np.finfo(np.float64).eps)


class Loss(Protocol):
    """A loss of y (n,) and the raw scores F (n, k)."""

    constant_hessian: ClassVar[bool]
    """Whether the curvature is 1 for each row, whatever F is."""
    reported: ClassVar[float]
    """What `GradientBoosting*.train_score_` multiplies this loss by: 2 gives back what was halved."""

    def start(self, y: Array, weights: Floats) -> Floats:
        """The constant raw score (k,) of least loss."""
        ...

    def gradient(self, y: Array, raw: Floats) -> Floats:
        """∂loss/∂F of each row (n, k)."""
        ...

    def hessian(self, y: Array, gradient: Floats) -> Floats:
        """∂²loss/∂F² of each row (n, k), from the gradient that was just computed."""
        ...

    def value(self, y: Array, raw: Floats, weights: Floats) -> float:
        """The weighted mean of the loss."""
        ...


class SquaredError:
    """½(y − F)²: the gradient is F − y, so each tree fits what is left of y; the curvature is 1."""

    constant_hessian: ClassVar[bool] = True
    reported: ClassVar[float] = 2.0

    def start(self, y: Array, weights: Floats) -> Floats:
        """The mean of y."""
        return np.array([np.average(y, weights=weights)])

    def gradient(self, y: Array, raw: Floats) -> Floats:
        """F − y."""
        return raw - y[:, None]

    def hessian(self, y: Array, gradient: Floats) -> Floats:
        """1."""
        return np.ones_like(gradient)

    def value(self, y: Array, raw: Floats, weights: Floats) -> float:
        """½ mean (y − F)²."""
        return 0.5 * float(np.average((y - raw[:, 0]) ** 2, weights=weights))


class BinaryLogLoss:
    """log(1 + eᶠ) − yF for y in {0, 1}, where F is the log-odds: the gradient is p − y, the curvature p(1 − p)."""

    constant_hessian: ClassVar[bool] = False
    reported: ClassVar[float] = 2.0

    def start(self, y: Array, weights: Floats) -> Floats:
        """The log-odds of the share of ones."""
        share = np.clip(np.average(y, weights=weights), TINY, 1 - TINY)
        return np.array([np.log(share / (1 - share))])

    def gradient(self, y: Array, raw: Floats) -> Floats:
        """p − y."""
        return sigmoid(raw) - y[:, None]

    def hessian(self, y: Array, gradient: Floats) -> Floats:
        """p(1 − p) = |p − y|(1 − |p − y|), since y is 0 or 1."""
        away = np.abs(gradient)
        return away * (1 - away)

    def value(self, y: Array, raw: Floats, weights: Floats) -> float:
        """Mean log(1 + eᶠ) − yF."""
        return float(np.average(np.logaddexp(0, raw[:, 0]) - y * raw[:, 0], weights=weights))


class MultinomialLogLoss:
    """log Σₖ exp Fₖ − F_y: one raw score a class; the gradient is pₖ − [y = k], the curvature's diagonal pₖ(1 − pₖ)."""

    constant_hessian: ClassVar[bool] = False
    reported: ClassVar[float] = 1.0

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def start(self, y: Array, weights: Floats) -> Floats:
        """The logarithms of the shares, with mean 0: adding a constant to all classes changes nothing."""
        shares = np.bincount(y.astype(np.intp), weights, self.classes) / weights.sum()
        logs: Floats = np.log(np.clip(shares, TINY, 1 - TINY))
        return logs - logs.mean()

    def gradient(self, y: Array, raw: Floats) -> Floats:
        """pₖ − [y = k]."""
        away = softmax(raw)
        away[np.arange(len(y)), y.astype(np.intp)] -= 1
        return away

    def hessian(self, y: Array, gradient: Floats) -> Floats:
        """pₖ(1 − pₖ)."""
        away = np.abs(gradient)
        return away * (1 - away)

    def value(self, y: Array, raw: Floats, weights: Floats) -> float:
        """Mean log Σₖ exp Fₖ − F_y."""
        highest = raw.max(axis=1)
        total = highest + np.log(np.exp(raw - highest[:, None]).sum(axis=1))
        return float(np.average(total - raw[np.arange(len(y)), y.astype(np.intp)], weights=weights))


def log_loss(classes: int) -> Loss:
    """The log loss for this many classes."""
    return BinaryLogLoss() if classes == 2 else MultinomialLogLoss(classes)


def sigmoid(raw: Floats) -> Floats:
    """1/(1 + e⁻ᶠ): the probability that belongs to log-odds F."""
    with np.errstate(over="ignore"):  # e⁻ᶠ = inf gives p = 0, which is right
        return 1 / (1 + np.exp(-raw))


def softmax(raw: Floats) -> Floats:
    """exp Fₖ/Σ exp Fⱼ by rows."""
    powers: Floats = np.exp(raw - raw.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def probabilities(raw: Floats) -> Floats:
    """Class probabilities (n, c) of raw scores (n, 1) for two classes, (n, c) for more."""
    if raw.shape[1] > 1:
        return softmax(raw)
    ones = sigmoid(raw[:, 0])
    return np.column_stack([1 - ones, ones])


def hold_out(
    fraction: float, n: int, codes: NDArray[np.intp] | None, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to watch: a share `fraction` of each class, where there are classes.

    ValueError where either would be left with no row, or a class with none to learn from.
    """
    groups = (
        [np.arange(n)] if codes is None else [np.flatnonzero(codes == k) for k in range(int(codes.max()) + 1)]
    )
    watched = [rng.permutation(group)[: max(1, round(fraction * len(group)))] for group in groups]
    watch = np.sort(np.concatenate(watched))
    learn = np.setdiff1d(np.arange(n), watch)
    if any(len(out) == len(group) for out, group in zip(watched, groups, strict=True)):
        raise ValueError(
            f"validation_fraction={fraction} of {n} rows leaves none to learn from, or a class without any: use more rows, a "
            "smaller fraction, or no early stopping."
        )
    return learn, watch
