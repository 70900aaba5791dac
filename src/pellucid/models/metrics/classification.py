"""How often predicted labels are right, and how they are wrong.

>>> from pellucid.models.metrics import confusion_matrix, f1_score
>>> confusion_matrix([0, 0, 1, 1, 1], [0, 1, 1, 1, 0])  # a row for each true class
array([[1, 1],
       [1, 2]])
>>> round(f1_score([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]), 4)
0.6667
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Unpack

import numpy as np

from pellucid.models.metrics.targets import check_labels, warn_undefined
from pellucid.models.validation import Array, Floats

Average = Literal["binary", "micro", "macro", "weighted"]
ZeroDivision = Literal["warn", 0, 1]
Scores = tuple[Any, Any, Any, Any]


def accuracy_score(y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None) -> float:
    """The share of right labels, or their number (or weight) without `normalize`. With rare classes, guessing the common one
    scores high.
    """
    truth, predicted, weights = check_labels(y_true, y_pred, sample_weight)
    right = float(weights @ (truth == predicted))
    return right / float(weights.sum()) if normalize else right


def confusion_matrix(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    normalize: Literal["true", "pred", "all"] | None = None,
) -> Array:
    """C (c, c): Cᵢⱼ counts rows of true class i that were predicted as j, classes sorted or as in `labels`.

    `normalize` divides by the sum of each row ("true"), of each column ("pred") or of all; where the sum is 0, so is the
    share.
    """
    truth, predicted, weights = check_labels(y_true, y_pred, sample_weight)
    classes = known_classes(truth, predicted, labels)
    counts = _count_pairs(truth, predicted, weights, classes)
    if normalize is None:
        return counts if sample_weight is not None else counts.astype(np.int64)
    if normalize not in ("true", "pred", "all"):
        raise ValueError(f"normalize must be 'true', 'pred', 'all' or None, but it is {normalize!r}.")
    axis = {"true": 1, "pred": 0, "all": None}[normalize]
    sums = counts.sum(axis=axis, keepdims=True)
    return counts / np.where(sums == 0, 1, sums)


def precision_recall_fscore_support(
    y_true: Any,
    y_pred: Any,
    *,
    beta: float = 1.0,
    labels: Any = None,
    pos_label: Any = 1,
    average: Average | None = None,
    sample_weight: Any = None,
    zero_division: ZeroDivision = "warn",
) -> Scores:
    """Precision, recall, F and support of each class (c,), or averaged; the support of an average is None.

    precision = TP/(TP + FP), of what was predicted so, the share that is; recall = TP/(TP + FN), of what is so, the share
    that was found; F = (1 + β²)TP/((1 + β²)TP + β²FN + FP), their weighted harmonic mean; support is the number of rows of
    the class.

    `average`: "binary" for the class `pos_label`, "micro" counts all classes together, "macro" is the plain mean of the
    classes, "weighted" the mean by support. Where a quotient is 0/0, `zero_division` stands: 0 or 1, or "warn" for 0 with a
    warning.
    """
    if average not in (None, "binary", "micro", "macro", "weighted"):
        raise ValueError(
            f"average must be 'binary', 'micro', 'macro', 'weighted' or None, but it is {average!r}."
        )
    if beta < 0:
        raise ValueError(f"beta must not be negative, but it is {beta}.")
    truth, predicted, weights = check_labels(y_true, y_pred, sample_weight)
    every = known_classes(truth, predicted, None)
    if average == "binary":
        labels = [_check_binary(every, pos_label)]
    classes = every if labels is None else np.asarray(labels)
    hits, guesses, support = (
        _weight_of(classes, values, weights * kept)
        for values, kept in ((truth, truth == predicted), (predicted, 1.0), (truth, 1.0))
    )
    if average == "micro":
        hits, guesses, support = (each.sum(keepdims=True) for each in (hits, guesses, support))
    precision = _divide(hits, guesses, "Precision", zero_division)
    recall = _divide(hits, support, "Recall", zero_division)
    fscore = _divide((1 + beta**2) * hits, beta**2 * support + guesses, "F-score", zero_division)
    if average is None:
        return precision, recall, fscore, support if sample_weight is not None else support.astype(np.int64)
    shares = support if average == "weighted" and support.sum() > 0 else None
    means = [float(np.average(each, weights=shares)) for each in (precision, recall, fscore)]
    return means[0], means[1], means[2], None


class Averaging(TypedDict, total=False):
    """What `precision_score` and its kin take by name, as in `precision_recall_fscore_support`; `average` is "binary" by
    default.
    """

    labels: Any
    pos_label: Any
    average: Average | None
    sample_weight: Any
    zero_division: ZeroDivision


def precision_score(y_true: Any, y_pred: Any, **options: Unpack[Averaging]) -> Any:
    """TP/(TP + FP): of the rows that were predicted positive, the share that is."""
    return _scores(y_true, y_pred, 1.0, options)[0]


def recall_score(y_true: Any, y_pred: Any, **options: Unpack[Averaging]) -> Any:
    """TP/(TP + FN): of the positive rows, the share that was found."""
    return _scores(y_true, y_pred, 1.0, options)[1]


def f1_score(y_true: Any, y_pred: Any, **options: Unpack[Averaging]) -> Any:
    """2TP/(2TP + FN + FP), the harmonic mean of precision and recall."""
    return _scores(y_true, y_pred, 1.0, options)[2]


def fbeta_score(y_true: Any, y_pred: Any, *, beta: float, **options: Unpack[Averaging]) -> Any:
    """The weighted harmonic mean of precision and recall, in which recall counts β times as much."""
    return _scores(y_true, y_pred, beta, options)[2]


def _scores(y_true: Any, y_pred: Any, beta: float, options: Averaging) -> Scores:
    settings: Averaging = {"average": "binary", **options}
    return precision_recall_fscore_support(y_true, y_pred, beta=beta, **settings)


def known_classes(truth: Array, predicted: Array, labels: Any) -> Array:
    """`labels`, or every label that is in either (c,), sorted. ValueError where none of `labels` is in y_true."""
    if labels is None:
        return np.unique(np.concatenate([truth, predicted]))
    classes = np.asarray(labels)
    if not np.isin(classes, truth).any():
        raise ValueError(
            f"At least one label specified must be in y_true, but labels are {classes.tolist()}."
        )
    return classes


def _count_pairs(truth: Array, predicted: Array, weights: Floats, classes: Array) -> Array:
    order = np.argsort(classes)
    kept = np.isin(truth, classes) & np.isin(predicted, classes)
    i, j = (order[np.searchsorted(classes[order], labels[kept])] for labels in (truth, predicted))
    c = len(classes)
    return np.bincount(i * c + j, weights=weights[kept], minlength=c * c).reshape(c, c)


def _weight_of(classes: Array, labels: Array, weights: Floats) -> Floats:
    """The total weight of the rows of each class (c,)."""
    return np.array([weights[labels == label].sum() for label in classes])


def _check_binary(classes: Array, pos_label: Any) -> Any:
    if len(classes) > 2:
        raise ValueError(
            "Target is multiclass but average='binary'. Choose another average: 'micro', 'macro', 'weighted' or None."
        )
    if pos_label not in classes.tolist() and len(classes) == 2:
        raise ValueError(
            f"pos_label={pos_label!r} is not a valid label: it should be one of {classes.tolist()}."
        )
    return pos_label


def _divide(above: Floats, below: Floats, what: str, zero_division: ZeroDivision) -> Floats:
    if zero_division not in ("warn", 0, 1):
        raise ValueError(f"zero_division must be 'warn', 0 or 1, but it is {zero_division!r}.")
    nothing = below == 0
    if nothing.any() and zero_division == "warn":
        warn_undefined(
            f"{what} is ill-defined: 0/0 is set to 0. Say what should stand there with zero_division."
        )
    return np.where(nothing, float(zero_division == 1), above / np.where(nothing, 1, below))
