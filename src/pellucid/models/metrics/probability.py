"""How good predicted probabilities and margins are, not only the labels that follow from them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pellucid.models.metrics.targets import check_binary, check_length
from pellucid.models.validation import Array, Floats, as_floats, check_sample_weight, refuse_nan


def log_loss(
    y_true: Any, y_proba: Any, *, normalize: bool = True, sample_weight: Any = None, labels: Any = None
) -> float:
    """−Σwᵢ ln p(yᵢ)/Σwᵢ for probabilities y_proba (n, c), or (n,) of the greater of two labels, in nats.

    The cross-entropy of the predictions. Columns stand for the classes in sorted order: those in `labels`, or in y_true. As
    in scikit-learn p is kept 2e-16 away from 0 and 1, so a certain error costs 36 and not infinity
    (`stats.categorical_cross_entropy` has ∞).
    """
    rows = as_floats(y_proba, "y_proba")
    refuse_nan(rows, "y_proba")
    rows = np.c_[1 - rows, rows] if rows.ndim == 1 or rows.shape[1] == 1 else rows  # (n, c)
    codes = _codes(y_true, labels, rows.shape[1], "y_proba")
    check_length(codes, rows, "y_proba")
    if (rows < 0).any() or (rows > 1).any():
        raise ValueError(
            f"y_proba must hold probabilities in [0, 1], but it holds values from {rows.min():g} to {rows.max():g}."
        )
    sums = rows.sum(axis=1)
    if (np.abs(sums - 1) > 1e-7).any():
        place = int(np.argmax(np.abs(sums - 1)))
        raise ValueError(
            f"The y_proba values do not sum to one: row {place} sums to {sums[place]:g}. Divide rows by their sums."
        )
    epsilon = np.finfo(np.float64).eps
    losses = -np.log(np.clip(rows[np.arange(len(rows)), codes], epsilon, 1 - epsilon))
    return _total(losses, check_sample_weight(sample_weight, len(rows)), normalize)


def brier_score_loss(y_true: Any, y_proba: Any, *, sample_weight: Any = None, pos_label: Any = None) -> float:
    """Σwᵢ(pᵢ − yᵢ)²/Σwᵢ for two classes, y_proba (n,) the probability of the positive one: 0 is perfect, ¼ is always saying
    ½.

    It rewards both calibration and telling the classes apart (G. W. Brier, Monthly Weather Review 78(1), 1950).
    """
    truth, chance, weights = check_binary(y_true, y_proba, sample_weight, pos_label, "y_proba")
    _check_chance(chance)
    return _total((chance - truth) ** 2, weights, True)


def hinge_loss(y_true: Any, pred_decision: Any, *, labels: Any = None, sample_weight: Any = None) -> float:
    """Σwᵢ max(0, 1 − mᵢ)/Σwᵢ, m the margin: 0 only where every row is right by 1 or more.

    For two classes pred_decision is (n,), above 0 for the greater label, and m = ±f. For more it is (n, c), a column for each
    class in sorted order (those in `labels`, or in y_true), and m = f_y − max over other classes (K. Crammer & Y. Singer,
    JMLR 2, 2001).
    """
    scores = as_floats(pred_decision, "pred_decision")
    refuse_nan(scores, "pred_decision")
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores.ravel()
    c = 2 if scores.ndim == 1 else scores.shape[-1]
    codes = _codes(y_true, labels, c, "pred_decision")
    check_length(codes, scores, "pred_decision")
    if scores.ndim == 1:
        margins = np.where(codes == 1, scores, -scores)
    else:
        own = np.eye(c, dtype=bool)[codes]  # (n, c)
        margins = scores[own] - np.where(own, -np.inf, scores).max(axis=1)
    return _total(np.maximum(0, 1 - margins), check_sample_weight(sample_weight, len(codes)), True)


def calibration_curve(
    y_true: Any,
    y_prob: Any,
    *,
    pos_label: Any = None,
    n_bins: int = 5,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> tuple[Floats, Floats]:
    """The share of positives, and the mean predicted probability, in each bin that is not empty: equal where predictions are
    calibrated.

    Bins are equally wide ("uniform") or hold about as many rows each ("quantile").
    """
    truth, chance, _ = check_binary(y_true, y_prob, None, pos_label, "y_prob")
    _check_chance(chance)
    if n_bins < 1:
        raise ValueError(f"n_bins must be 1 or more, but it is {n_bins}.")
    edges = np.linspace(0, 1, n_bins + 1)
    if strategy == "quantile":
        edges = np.percentile(chance, edges * 100)
    elif strategy != "uniform":
        raise ValueError(f"strategy must be 'uniform' or 'quantile', but it is {strategy!r}.")
    place = np.searchsorted(edges[1:-1], chance)
    count, positives, total = (
        np.bincount(place, weights=each, minlength=n_bins) for each in (None, truth, chance)
    )
    filled = count > 0
    return positives[filled] / count[filled], total[filled] / count[filled]


def _codes(y_true: Any, labels: Any, c: int, name: str) -> Array:
    """The column of each row's class (n,)."""
    truth = np.asarray(y_true)
    classes = np.unique(truth if labels is None else labels)
    if len(classes) != c:
        hint = "" if labels is not None else " Pass labels where y_true does not have every class."
        raise ValueError(f"There are {len(classes)} classes, but {name} is for {c}.{hint}")
    if not np.isin(truth, classes).all():
        raise ValueError(f"y_true has labels that are not in labels, which are {classes.tolist()}.")
    return np.searchsorted(classes, truth)


def _check_chance(chance: Floats) -> None:
    if (chance < 0).any() or (chance > 1).any():
        raise ValueError(
            f"Probabilities must lie in [0, 1], but they reach from {chance.min():g} to {chance.max():g}."
        )


def _total(losses: Floats, weights: Floats, normalize: bool) -> float:
    return float(np.average(losses, weights=weights)) if normalize else float(weights @ losses)
