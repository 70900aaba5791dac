"""What comes into a model: lists, arrays and data frames become float64 arrays, and what cannot is refused by name.

Each error names the argument, what is wrong with it (shape, place), and what to do. Where scikit-learn is loaded too, errors and
warnings are also of its classes, so that code that catches its kinds catches these.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = NDArray[Any]


class NotFittedError(ValueError, AttributeError):
    """A model was asked for what only `fit` computes."""


def not_fitted(model: object) -> NotFittedError:
    """The error for a model that has seen no data yet."""
    kind = kind_also_of(NotFittedError, "NotFittedError")
    name = type(model).__name__
    return kind(f"This {name} is not fitted yet. Call fit(X, y) before asking for what it learned.")


def kind_also_of(own: type[Any], name: str) -> type[Any]:
    """`own`, also of scikit-learn's class of this name where that library is loaded."""
    theirs: type[Any] | None = getattr(sys.modules.get("sklearn.exceptions"), name, None)
    if theirs is None or issubclass(theirs, own):
        return theirs or own
    return type(name, (own, theirs), {"__module__": own.__module__})


def scipy_module(name: str) -> Any:
    """A module of SciPy, loaded when it is first needed: a page fetches SciPy only for cells that name it.

    ImportError that says so where it is not there.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"This needs {name}, which is not loaded. In a page: add `import scipy` to the cell. Elsewhere: pip install scipy."
        ) from error


def check_is_fitted(model: object, attribute: str) -> None:
    """Raises NotFittedError unless `model` has the learned `attribute`."""
    if not hasattr(model, attribute):
        raise not_fitted(model)


def check_rows(
    X: Any,
    *,
    name: str = "X",
    min_rows: int = 1,
    min_columns: int = 1,
    allow_nan: bool = False,
    copy: bool = False,
) -> Floats:
    """X as a float64 array (n, d), contiguous by rows.

    Accepts lists, arrays, data frames. ValueError names the argument for: sparse matrices (TypeError), complex numbers, strings,
    other than two axes, too few rows or columns, NaN and infinity (with their first place).
    """
    refuse_sparse(X, name)
    array = as_floats(X, name, copy=copy)
    if array.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {array.ndim}D array instead: {name} has shape {array.shape}. "
            f"Reshape your data: {name}.reshape(-1, 1) if it is one column, {name}.reshape(1, -1) if it is one row."
        )
    rows, columns = array.shape
    if rows < min_rows:
        raise ValueError(
            f"Found array with {rows} sample(s) (shape={array.shape}) while a minimum of {min_rows} is required: "
            f"{name} needs more rows."
        )
    if columns < min_columns:
        raise ValueError(
            f"Found array with {columns} feature(s) (shape={array.shape}) while a minimum of {min_columns} is required: "
            f"{name} needs more columns."
        )
    if not allow_nan:
        refuse_nan(array, name)
    return np.ascontiguousarray(array)


def refuse_sparse(X: Any, name: str) -> None:
    """TypeError for anything with a `toarray` method."""
    if hasattr(X, "toarray"):
        raise TypeError(
            f"{name} is sparse, and this model takes dense arrays only. Sparse data was passed: "
            f"use {name}.toarray() to make it dense."
        )


def as_floats(values: Any, name: str, *, copy: bool = False) -> Floats:
    """`values` as float64, or a ValueError that says what they are instead."""
    array = np.asarray(values)
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} is complex. Pass its real part, or its absolute value."
        )
    if array.dtype.kind in "OUS":
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"{name} must be numbers, but it holds {_first_odd(array)}: argument must be a string or a number that can be "
                "read as one. Encode categories as numbers first."
            ) from error
    return array.astype(np.float64, copy=copy)


def _first_odd(array: Array) -> str:
    for value in array.ravel():
        try:
            float(value)
        except (TypeError, ValueError):
            return repr(value)
    return "rows of different lengths"


def refuse_nan(array: Floats, name: str) -> None:
    """ValueError with the first place of NaN or infinity."""
    if array.size == 0 or np.isfinite(array.sum()):  # a sum is quick; it may overflow, so a second look
        return
    odd = ~np.isfinite(array)
    if not odd.any():
        return
    place = tuple(int(i) for i in np.argwhere(odd)[0])
    what = "NaN" if np.isnan(array[place]) else "infinity"
    at = ", ".join(str(i) for i in place)
    raise ValueError(
        f"Input {name} contains {what}, at {name}[{at}]. Drop these rows, or fill the holes, for example with "
        "the column's mean."
    )


def check_y(y: Any, n: int, *, name: str = "y", numeric: bool = True) -> Array:
    """y as an array (n,): float64 where `numeric`, else of any kind (class labels).

    A column (n, 1) is taken as (n,), with a warning. ValueError for None, for a wrong length, for NaN.
    """
    if y is None:
        raise ValueError(
            f"This model requires {name} to be passed, but the target {name} is None. Call fit(X, y) with one value a row."
        )
    refuse_sparse(y, name)
    array: Array = as_floats(y, name) if numeric else np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        kind = kind_also_of(UserWarning, "DataConversionWarning")
        warnings.warn(
            kind(
                f"A column-vector {name} was passed when a 1d array was expected. Change the shape of {name} to (n,), "
                f"for example with {name}.ravel()."
            ),
            stacklevel=4,
        )
        array = array.ravel()
    if array.ndim != 1:
        raise ValueError(
            f"{name} should be a 1d array, got an array of shape {array.shape} instead. Pass one value a row: shape ({n},)."
        )
    if len(array) != n:
        raise ValueError(f"{name} has {len(array)} values, but X has {n} rows. Pass one value for each row.")
    if array.dtype.kind == "f":
        refuse_nan(array.astype(np.float64), name)
    return array


def check_classes(y: Any, n: int) -> tuple[Array, NDArray[np.intp]]:
    """The classes, sorted (c,), and each row's place among them (n,).

    ValueError for one class only, and for numbers that are no labels.
    """
    labels = check_y(y, n, numeric=False)
    if labels.dtype.kind == "f" and not np.all(labels == np.floor(labels)):
        raise ValueError(
            "Unknown label type: continuous. y holds fractions, but a classifier needs class labels: use a regressor, or cut y "
            "into classes."
        )
    if labels.dtype.kind == "O" and len({isinstance(each, str) for each in labels}) > 1:
        raise ValueError("Unknown label type: y mixes strings and other objects. Use one kind of label.")
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes


def check_sample_weight(sample_weight: Any, n: int) -> Floats:
    """Weights (n,), ones for None. A number is that weight for every row.

    ValueError for a wrong shape, NaN, negative weights, and where all are zero.
    """
    if sample_weight is None:
        return np.ones(n)
    weights = as_floats(sample_weight, "sample_weight")
    if weights.ndim == 0:
        weights = np.full(n, float(weights))
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar: sample_weight has shape {weights.shape}. Pass one weight a row: ({n},)."
        )
    if len(weights) != n:
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected ({n},): pass one weight for each row."
        )
    refuse_nan(weights, "sample_weight")
    if (weights < 0).any():
        place = int(np.argmax(weights < 0))
        raise ValueError(
            f"sample_weight[{place}] is {weights[place]}: negative values are not allowed. Weights count rows."
        )
    if not weights.any():
        raise ValueError(
            "sample_weight is zero for every row, so there is nothing to fit. Give some row a weight above 0."
        )
    return weights


def rng_of(random_state: Any) -> np.random.Generator:
    """The generator that `random_state` stands for: an int seeds one, a Generator is used as it is, None draws a fresh seed.

    A NumPy RandomState gives a seed from its stream, so that scikit-learn's habits work.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(int(random_state.randint(2**31 - 1)))
    return np.random.default_rng(random_state)
