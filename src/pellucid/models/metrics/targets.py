"""What comes into a metric: targets and predictions of one length, weights, labels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pellucid.models.validation import (
    Array,
    Floats,
    as_floats,
    check_sample_weight,
    refuse_nan,
    refuse_sparse,
)


class UndefinedMetricWarning(UserWarning):
    """A metric divides by nothing, and a stated value stands in its place."""


def warn_undefined(what: str) -> None:
    """Warns that `what` is not defined."""
    warnings.warn(UndefinedMetricWarning(what), stacklevel=4)


def check_labels(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Array, Array, Floats]:
    """True and predicted labels (n,) of one kind, and weights (n,)."""
    truth, predicted = _column(y_true, "y_true"), _column(y_pred, "y_pred")
    check_length(truth, predicted, "y_pred")
    if (truth.dtype.kind in "US") != (predicted.dtype.kind in "US"):
        raise ValueError(
            f"y_true holds {truth.dtype} and y_pred holds {predicted.dtype}: labels must be of one kind, strings or numbers."
        )
    for labels, name in ((truth, "y_true"), (predicted, "y_pred")):
        if labels.dtype.kind == "f" and not np.all(labels == np.floor(labels)):
            raise ValueError(
                f"{name} holds fractions, but this metric compares labels. Cut scores at a threshold first."
            )
    return truth, predicted, check_sample_weight(sample_weight, len(truth))


def check_binary(
    y_true: Any, y_score: Any, sample_weight: Any, pos_label: Any, name: str = "y_score"
) -> tuple[Floats, Floats, Floats]:
    """Targets as 0 and 1 (n,), scores (n,) and weights (n,)."""
    truth = _column(y_true, "y_true")
    score = as_floats(_column(y_score, name), name)
    check_length(truth, score, name)
    refuse_nan(score, name)
    positive = positive_label(np.unique(truth), pos_label)
    return (truth == positive).astype(np.float64), score, check_sample_weight(sample_weight, len(truth))


def positive_label(classes: Array, pos_label: Any) -> Any:
    """`pos_label`, or 1 where the labels are of {0, 1} or {−1, 1}; ValueError for other labels without it, and for 3 or
    more.
    """
    if len(classes) > 2:
        raise ValueError(
            f"y_true has {len(classes)} classes, and this metric is for two. Compare one class with all others."
        )
    if pos_label is not None:
        return pos_label
    if classes.dtype.kind not in "biuf" or not (set(classes) <= {0, 1} or set(classes) <= {-1, 1}):
        raise ValueError(
            f"y_true takes value in {classes.tolist()}: say which is the positive one with pos_label."
        )
    return 1


def _column(values: Any, name: str) -> Array:
    refuse_sparse(values, name)
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.ravel()
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(
            f"{name} must be one value a row, shape (n,) with n > 0, but it has shape {array.shape}."
        )
    if array.dtype.kind == "f":
        refuse_nan(array.astype(np.float64), name)
    return array


def check_length(truth: Array, other: Array, name: str) -> None:
    """ValueError unless y_true and the argument called `name` have one entry for each row."""
    if len(truth) != len(other):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: y_true has {len(truth)} values and {name} "
            f"has {len(other)}."
        )
