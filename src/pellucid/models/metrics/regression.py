"""How far predicted numbers lie from true ones.

All take y_true and y_pred (n,) or (n, k), weights (n,), and for k > 1 columns `multioutput`: "uniform_average" for the mean
of the columns' values, "raw_values" for each (k,).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pellucid.models.validation import Floats, as_floats, check_sample_weight, refuse_nan

Multioutput = Literal["uniform_average", "raw_values"]


def mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Multioutput = "uniform_average"
) -> Any:
    """MSE = Σwᵢ(yᵢ − ŷᵢ)²/Σwᵢ, in y's unit squared: a residual twice as large counts four times."""
    truth, predicted, weights = _check(y_true, y_pred, sample_weight)
    return _over_columns(np.average((truth - predicted) ** 2, axis=0, weights=weights), multioutput)


def root_mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Multioutput = "uniform_average"
) -> Any:
    """RMSE = √MSE, in y's unit; for several columns the mean of their roots."""
    each = mean_squared_error(y_true, y_pred, sample_weight=sample_weight, multioutput="raw_values")
    return _over_columns(np.sqrt(each), multioutput)


def mean_absolute_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Multioutput = "uniform_average"
) -> Any:
    """MAE = Σwᵢ|yᵢ − ŷᵢ|/Σwᵢ, in y's unit: one residual far out counts no more than its size."""
    truth, predicted, weights = _check(y_true, y_pred, sample_weight)
    return _over_columns(np.average(np.abs(truth - predicted), axis=0, weights=weights), multioutput)


def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Multioutput = "uniform_average"
) -> Any:
    """R² = 1 − Σwᵢ(yᵢ − ŷᵢ)²/Σwᵢ(yᵢ − ȳ)²: 1 is perfect, 0 no better than the mean, below 0 worse.

    Where y_true does not vary it is 1 for perfect predictions and 0 for others. ValueError for one row, which has no spread.
    """
    truth, predicted, weights = _check(y_true, y_pred, sample_weight)
    if len(truth) < 2:
        raise ValueError(
            "R² is not defined for one row: it compares with the spread of y_true, so pass 2 rows or more."
        )
    left = np.average((truth - predicted) ** 2, axis=0, weights=weights)
    whole = np.average((truth - np.average(truth, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
    ratio = left / np.where(whole > 0, whole, 1)
    return _over_columns(np.where(whole > 0, 1 - ratio, np.where(left == 0, 1.0, 0.0)), multioutput)


def _check(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Floats, Floats, Floats]:
    """Both as (n, k), and weights (n,)."""
    both: list[Floats] = []
    for values, name in ((y_true, "y_true"), (y_pred, "y_pred")):
        array = as_floats(values, name)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or array.size == 0:
            raise ValueError(
                f"{name} must have shape (n,) or (n, k) with n > 0, but it has shape {array.shape}."
            )
        refuse_nan(array, name)
        both.append(array)
    truth, predicted = both
    if truth.shape != predicted.shape:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples or outputs: y_true has shape {np.shape(y_true)} and "
            f"y_pred has {np.shape(y_pred)}."
        )
    return truth, predicted, check_sample_weight(sample_weight, len(truth))


def _over_columns(each: Floats, multioutput: Multioutput) -> Any:
    if multioutput == "raw_values":
        return each
    if multioutput == "uniform_average":
        return float(each.mean())
    raise ValueError(f"multioutput must be 'uniform_average' or 'raw_values', but it is {multioutput!r}.")
