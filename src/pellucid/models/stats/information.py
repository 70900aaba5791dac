"""Logit and sigmoid, entropy, cross-entropy and divergence, each finite wherever its value is.

Probabilities are in the last axis unless said otherwise. Functions that take logits z work in logarithms throughout: σ(z) or
softmax(z) is never formed and then taken the logarithm of, for it rounds to 0 or 1 long before the loss is infinite.

    >>> from pellucid.models.stats import entropy, logit, sigmoid
    >>> float(logit(0.5)), float(sigmoid(0.0)), entropy([0.5, 0.5], base=2)
    (0.0, 0.5, 1.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pellucid.models.validation import Array, Floats

Reduction = Literal["mean", "sum", "none"]


def sigmoid(z: Any) -> Any:
    """σ(z) = 1/(1 + e⁻ᶻ), of the same shape: written with e^−|z| so that nothing overflows and tiny values keep their
    digits.
    """
    score = np.asarray(z, dtype=np.float64)
    small = np.exp(-np.abs(score))
    return np.where(score >= 0, 1.0, small) / (1 + small)


def log_sigmoid(z: Any) -> Any:
    """ln σ(z) = −ln(1 + e⁻ᶻ) = min(z, 0) − ln(1 + e^−|z|)."""
    score = np.asarray(z, dtype=np.float64)
    return np.minimum(score, 0) - np.log1p(np.exp(-np.abs(score)))


def logit(p: Any) -> Any:
    """logit(p) = σ⁻¹(p) = ln(p/(1 − p)) for p in [0, 1]: the logarithm of the odds; −∞ at 0 and ∞ at 1.

    The name is short for "logistic unit" (Berkson, 1944). ValueError outside [0, 1].
    """
    chance = np.asarray(p, dtype=np.float64)
    if ((chance < 0) | (chance > 1)).any():
        odd = chance[(chance < 0) | (chance > 1)].ravel()[0]
        raise ValueError(
            f"p must lie in [0, 1], but it holds {odd}: logit is the logarithm of the odds of a probability."
        )
    middle = np.abs(chance - 0.5) < 0.25
    with np.errstate(divide="ignore"):
        plain = np.log(chance) - np.log1p(-chance)
    offset = np.where(middle, 2 * chance - 1, 0.0)  # exact near ½, where the two logarithms would cancel
    return np.where(middle, 2 * np.arctanh(offset), plain)


def logsumexp(z: Any, axis: int = -1) -> Any:
    """ln Σ exp(zᵢ) over `axis`: the largest z goes first, so that nothing overflows."""
    scores = np.asarray(z, dtype=np.float64)
    top = _finite_top(scores, axis)
    with np.errstate(divide="ignore"):
        total = np.log(np.sum(np.exp(scores - top), axis=axis))
    return total + np.squeeze(top, axis=axis)


def log_softmax(z: Any, axis: int = -1) -> Any:
    """ln softmax(z) = z − ln Σ exp(zⱼ), of the same shape."""
    scores = np.asarray(z, dtype=np.float64)
    shifted = scores - _finite_top(scores, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def softmax(z: Any, axis: int = -1) -> Any:
    """exp(zᵢ)/Σ exp(zⱼ), of the same shape: sums to 1 over `axis`, and does not change when a constant is added to z."""
    scores = np.asarray(z, dtype=np.float64)
    weights = np.exp(scores - _finite_top(scores, axis))
    return weights / weights.sum(axis=axis, keepdims=True)


def entropy(p: Any, *, base: float | None = None, axis: int = -1) -> Any:
    """H(p) = −Σ pᵢ log pᵢ over `axis`, with 0 log 0 = 0: in nats, or in bits with base=2.

    From 0 (certain) to log c (all c classes alike). ValueError where p is no distribution; pass counts as counts /
    counts.sum().
    """
    chances = _check_distribution(p, "p", axis)
    return _scalar(-np.sum(_times_log(chances, chances), axis=axis) / _log_of(base) + 0.0)


def cross_entropy(p: Any, q: Any, *, base: float | None = None, axis: int = -1) -> Any:
    """H(p, q) = −Σ pᵢ log qᵢ: the mean length of a code made for q when p is true.

    H(p, q) = H(p) + KL(p ‖ q) ≥ H(p); ∞ where q = 0 < p.
    """
    truth, model = _check_distribution(p, "p", axis), _check_distribution(q, "q", axis)
    return _scalar(-np.sum(_times_log(truth, model), axis=axis) / _log_of(base) + 0.0)


def kl_divergence(p: Any, q: Any, *, base: float | None = None, axis: int = -1) -> Any:
    """KL(p ‖ q) = Σ pᵢ log(pᵢ/qᵢ) ≥ 0, and 0 only for p = q; ∞ where q = 0 < p. Not symmetric, so no distance.

    Each term is pᵢ log(pᵢ/qᵢ) + qᵢ − pᵢ ≥ 0, whose additions sum to nothing: so p near q loses no digits.
    """
    truth, model = _check_distribution(p, "p", axis), _check_distribution(q, "q", axis)
    return _scalar(np.sum(_kl_terms(*np.broadcast_arrays(truth, model)), axis=axis) / _log_of(base))


def binary_cross_entropy(y: Any, p: Any, *, reduction: Reduction = "mean") -> Any:
    """−[y ln p + (1 − y) ln(1 − p)] for targets y and probabilities p in [0, 1] of one shape; ∞ for a certain error.

    The negative log-likelihood of a coin with chance p. Where p comes from logits, `binary_cross_entropy_with_logits` is
    exact further out. `reduction`: "mean", "sum", or "none" for one loss each.
    """
    target, chance = _check_same(y, p, "y", "p")
    if ((chance < 0) | (chance > 1)).any():
        raise ValueError(
            "p must lie in [0, 1]. For scores before the sigmoid, use binary_cross_entropy_with_logits."
        )
    _check_unit(target)
    losses = -_times_log(target, chance) - _times_log(1 - target, chance, complement=True)
    return _reduce(losses + 0.0, reduction)


def binary_cross_entropy_with_logits(y: Any, z: Any, *, reduction: Reduction = "mean") -> Any:
    """The same loss for logits z, p = σ(z): max(z, 0) − yz + ln(1 + e^−|z|).

    Its gradient by z is σ(z) − y, for "mean" over the number of losses.
    """
    target, score = _check_same(y, z, "y", "z")
    _check_unit(target)
    return _reduce(np.maximum(score, 0) - target * score + np.log1p(np.exp(-np.abs(score))), reduction)


def categorical_cross_entropy(y: Any, P: Any, *, reduction: Reduction = "mean") -> Any:
    """−Σ_k yₖ ln Pₖ for each row of probabilities P (…, c); y are class indices (…) or one-hot or soft rows (…, c)."""
    chances = _check_distribution(P, "P", -1)
    target = _one_hot(y, chances.shape, "P")
    return _reduce(-np.sum(_times_log(target, chances), axis=-1) + 0.0, reduction)


def categorical_cross_entropy_with_logits(y: Any, Z: Any, *, reduction: Reduction = "mean") -> Any:
    """The same loss for logits Z (…, c), P = softmax(Z).

    Its gradient by Z is softmax(Z) − Y, for "mean" over the number of rows.
    """
    scores = np.asarray(Z, dtype=np.float64)
    target = _one_hot(y, scores.shape, "Z")
    logs = log_softmax(scores)
    losses = -np.sum(np.where(target == 0, 0.0, target * np.where(target == 0, 0.0, logs)), axis=-1)
    return _reduce(losses + 0.0, reduction)


@dataclass(frozen=True)
class MaskedLoss:
    """The loss of a masked language model, before anything divides it."""

    total: float
    """−Σ_B Σ_{i∈M} ln p(sᵢ | S without M), in nats."""
    sequences: int
    """|B|, how many sequences there are."""
    tokens: int
    """How many positions were masked, in all sequences together."""

    @property
    def per_sequence(self) -> float:
        """L = −1/|B| Σ_B Σ_{i∈M} ln p: each sequence counts by how much of it was masked; it grows with the length."""
        return self.total / self.sequences

    @property
    def per_token(self) -> float:
        """The mean over masked positions, what most code reports: each position counts alike, wherever it stands."""
        if self.tokens == 0:
            raise ValueError(
                "No position is masked, so there is no mean over tokens: mask one position or more."
            )
        return self.total / self.tokens

    @property
    def perplexity(self) -> float:
        """exp(loss per token): how many tokens a uniform guess would choose among."""
        return float(np.exp(self.per_token))


def masked_lm_loss(logits: Any, targets: Any, mask: Any) -> MaskedLoss:
    """L = −1/|B| Σ_B Σ_{i∈M} ln p(sᵢ | S without M) for logits (B, T, V), true tokens (B, T) and the mask M (B, T) of
    booleans.

    Positions outside the mask count for nothing, whatever their target. The two ways to divide differ by tokens/|B|, the mean
    number of masked positions, and so do their gradients (J. Devlin et al., BERT, 2019, section 3.1).
    """
    scores = np.asarray(logits, dtype=np.float64)
    truth, masked = np.asarray(targets), np.asarray(mask)
    if scores.ndim != 3 or truth.shape != scores.shape[:2] or masked.shape != truth.shape:
        raise ValueError(
            "logits must be (B, T, V), targets and mask (B, T), but they have shapes "
            f"{scores.shape}, {truth.shape} and {masked.shape}."
        )
    if masked.dtype != np.bool_:
        raise ValueError(
            f"mask must be booleans, True where a token was masked, but its dtype is {masked.dtype}."
        )
    total = float(categorical_cross_entropy_with_logits(truth[masked], scores[masked], reduction="sum"))
    return MaskedLoss(total, len(scores), int(masked.sum()))


def _finite_top(scores: Floats, axis: int) -> Floats:
    top = np.max(scores, axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0.0)


def _times_log(p: Floats, q: Floats, *, complement: bool = False) -> Floats:
    """p ln q, or p ln(1 − q) for the complement; 0 where p is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p == 0, 0.0, p * (np.log1p(-q) if complement else np.log(q)))


def _kl_terms(p: Floats, q: Floats) -> Floats:
    """p ln(p/q) + q − p; by the series of t − ln(1 + t) where p and q are near."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.where(p > 0, (q - p) / p, 0.0)
        near = np.abs(t) < 0.01
        u = np.where(near, t, 0.0)
        series = u**2 * (1 / 2 - u * (1 / 3 - u * (1 / 4 - u * (1 / 5 - u * (1 / 6 - u * (1 / 7 - u / 8))))))
        plain = np.where(p > 0, p * (np.log(p) - np.log(q)) + q - p, q)
    return np.where(near & (p > 0), p * series, plain)


def _log_of(base: float | None) -> float:
    if base is None:
        return 1.0
    if not base > 1:
        raise ValueError(f"base must be above 1 (2 for bits, None for nats), but it is {base}.")
    return float(np.log(base))


def _check_distribution(p: Any, name: str, axis: int) -> Floats:
    chances = np.asarray(p, dtype=np.float64)
    if chances.ndim == 0:
        raise ValueError(
            f"{name} must be a list of probabilities, but it is the number {chances}: pass [p, 1 - p] for a coin."
        )
    sums = chances.sum(axis=axis)
    if not (np.all(chances >= 0) and np.all(np.abs(sums - 1) < 1e-8)):
        raise ValueError(
            f"{name} must not be negative and must sum to 1 over axis {axis}, but its least value is {chances.min():g} and its "
            f"sums reach from {sums.min():g} to {sums.max():g}. For counts, divide by their sum."
        )
    return chances


def _check_same(first: Any, second: Any, first_name: str, second_name: str) -> tuple[Floats, Floats]:
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.shape != right.shape:
        raise ValueError(
            f"{first_name} has shape {left.shape} and {second_name} has shape {right.shape}: they must be equal."
        )
    return left, right


def _check_unit(target: Floats) -> None:
    if ((target < 0) | (target > 1)).any():
        raise ValueError(
            "y must be 0 or 1 (or a probability between): recode labels such as −1 and 1 with (y + 1) / 2."
        )


def _one_hot(y: Any, shape: tuple[int, ...], name: str) -> Floats:
    target = np.asarray(y)
    if target.shape == shape:
        return _check_distribution(target, "y", -1) if target.size else target.astype(np.float64)
    if target.shape != shape[:-1]:
        raise ValueError(
            f"y must be class indices of shape {shape[:-1]} or rows of shape {shape} for {name} of shape {shape}, but it has "
            f"shape {target.shape}."
        )
    _check_indices(target, shape[-1])
    return np.eye(shape[-1])[target.astype(np.intp)]


def _check_indices(target: Array, classes: int) -> None:
    if target.dtype.kind not in "iub" or (target.size and (target.min() < 0 or target.max() >= classes)):
        raise ValueError(
            f"y must hold class indices 0 … {classes - 1} as integers, but it holds {target.ravel()[:5]} …."
        )


def _reduce(losses: Floats, reduction: Reduction) -> Any:
    if reduction == "none":
        return losses
    if reduction == "sum":
        return float(losses.sum())
    if reduction == "mean":
        return float(losses.mean())
    raise ValueError(f"reduction must be 'mean', 'sum' or 'none', but it is {reduction!r}.")


def _scalar(value: Any) -> Any:
    return value if np.ndim(value) else float(value)
