"""How well a score puts the positive rows before the negative ones, at every threshold at once.

>>> from pellucid.models.metrics import roc_auc_score
>>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])  # of the 4 pairs, 3 are in the right order
0.75
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pellucid.models.metrics.targets import check_binary
from pellucid.models.validation import Floats, as_floats


def roc_curve(
    y_true: Any,
    y_score: Any,
    *,
    pos_label: Any = None,
    sample_weight: Any = None,
    drop_intermediate: bool = True,
) -> tuple[Floats, Floats, Floats]:
    """False positive rate, true positive rate and threshold (k,) of the rule score ≥ threshold, thresholds falling from ∞.

    `drop_intermediate` leaves out points on a straight line between their neighbours. ValueError where one class is missing.
    """
    false, true, thresholds = _counts(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(thresholds) > 2:
        corner = (np.diff(false, 2) != 0) | (np.diff(true, 2) != 0)
        kept = np.r_[True, corner, True]
        false, true, thresholds = false[kept], true[kept], thresholds[kept]
    false, true = np.r_[0.0, false], np.r_[0.0, true]
    if false[-1] == 0 or true[-1] == 0:
        missing = "negative" if false[-1] == 0 else "positive"
        raise ValueError(
            f"y_true has no {missing} row, so the rate among them, and the ROC curve, is not defined."
        )
    return false / false[-1], true / true[-1], np.r_[np.inf, thresholds]


def auc(x: Any, y: Any) -> float:
    """The area beneath the points (x, y) by trapezoids, for x (k,) that only rises or only falls."""
    across, up = as_floats(x, "x"), as_floats(y, "y")
    if across.ndim != 1 or across.shape != up.shape or len(across) < 2:
        raise ValueError(
            f"x and y must be 2 or more points (k,), but their shapes are {across.shape} and {up.shape}."
        )
    steps = np.diff(across)
    if (steps < 0).any() and (steps > 0).any():
        raise ValueError("x is neither increasing nor decreasing: sort the points along the curve.")
    area = float(steps @ (up[1:] + up[:-1])) / 2
    return -area if (steps < 0).any() else area


def roc_auc_score(
    y_true: Any,
    y_score: Any,
    *,
    average: Literal["macro", "weighted"] = "macro",
    sample_weight: Any = None,
    multi_class: Literal["raise", "ovr"] = "raise",
    labels: Any = None,
) -> float:
    """The area beneath the ROC curve: the probability that a positive row scores higher than a negative one, a tie counting
    half.

    For two classes y_score is (n,), higher for the greater label. For more, y_score is (n, c) and `multi_class`="ovr"
    compares each class with all others, then takes the plain mean ("macro") or the mean by the classes' frequency
    ("weighted").
    """
    truth = np.asarray(y_true)
    classes = np.unique(truth if labels is None else labels)
    scores = as_floats(y_score, "y_score")
    if len(classes) == 1:
        raise ValueError(
            f"Only one class, {classes[0]!r}, is present in y_true: the ROC curve is not defined."
        )
    if len(classes) == 2 and scores.ndim == 1:
        false, true, _ = roc_curve(truth, scores, pos_label=classes[1], sample_weight=sample_weight)
        return auc(false, true)
    if multi_class != "ovr":
        raise ValueError(
            f"There are {len(classes)} classes: multi_class must be 'ovr', but it is {multi_class!r}."
        )
    if scores.shape != (len(truth), len(classes)):
        raise ValueError(
            f"y_score must be a column for each class, {(len(truth), len(classes))}, but its shape is {scores.shape}."
        )
    weights = np.ones(len(truth)) if sample_weight is None else as_floats(sample_weight, "sample_weight")
    own = truth[:, None] == classes  # (n, c)
    areas = [roc_auc_score(own[:, k], scores[:, k], sample_weight=sample_weight) for k in range(len(classes))]
    if average == "macro":
        return float(np.mean(areas))
    if average == "weighted":
        return float(np.average(areas, weights=weights @ own))
    raise ValueError(f"average must be 'macro' or 'weighted', but it is {average!r}.")


def precision_recall_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None
) -> tuple[Floats, Floats, Floats]:
    """Precision and recall (k + 1,) of the rule score ≥ threshold, and the thresholds (k,), rising; the last point is (1, 0).

    Where positives are rare it shows what the ROC curve hides: how many of those found are false. ValueError without a
    positive row.
    """
    false, true, thresholds = _counts(y_true, y_score, pos_label, sample_weight)
    if true[-1] == 0:
        raise ValueError("y_true has no positive row, so recall is not defined.")
    found = true + false
    precision = np.where(found == 0, 0.0, true / np.where(found == 0, 1, found))
    recall = true / true[-1]
    return np.r_[precision[::-1], 1.0], np.r_[recall[::-1], 0.0], thresholds[::-1]


def average_precision_score(
    y_true: Any, y_score: Any, *, pos_label: Any = 1, sample_weight: Any = None
) -> float:
    """Σ (Rₖ − Rₖ₋₁)Pₖ: the mean of the precision over steps of recall, without a line between the points."""
    precision, recall, _ = precision_recall_curve(
        y_true, y_score, pos_label=pos_label, sample_weight=sample_weight
    )
    return float(-np.diff(recall) @ precision[:-1])


def _counts(y_true: Any, y_score: Any, pos_label: Any, sample_weight: Any) -> tuple[Floats, Floats, Floats]:
    """The weight of false and of true positives at each score that occurs (k,), and these scores, falling."""
    truth, score, weights = check_binary(y_true, y_score, sample_weight, pos_label)
    counted = weights > 0
    truth, score, weights = truth[counted], score[counted], weights[counted]
    order = np.argsort(-score, kind="stable")
    truth, score, weights = truth[order], score[order], weights[order]
    last = np.r_[np.flatnonzero(np.diff(score)), len(score) - 1]  # equal scores pass a threshold together
    return np.cumsum(weights * (1 - truth))[last], np.cumsum(weights * truth)[last], score[last]
