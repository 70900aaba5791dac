"""Rows of whatever holds them: arrays, data frames, lists."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.validation import Array, refuse_sparse


def count_rows(X: Any, name: str = "X") -> int:
    """How many rows X has; TypeError for what has none."""
    refuse_sparse(X, name)
    shape = getattr(X, "shape", None)
    if (shape is not None and len(shape) == 0) or (shape is None and not hasattr(X, "__len__")):
        raise TypeError(
            f"{name} must be an array, a data frame or a list with one entry a row, but it is {X!r}."
        )
    return len(X) if shape is None else int(shape[0])


def take_rows(X: Any, places: Array) -> Any:
    """The rows of X at `places`, in the same kind of container."""
    if hasattr(X, "iloc"):
        return X.iloc[places]
    if isinstance(X, (list, tuple)):
        return [X[i] for i in places]  # pyright: ignore[reportUnknownVariableType]
    return np.asarray(X)[places]


def check_lengths(named: dict[str, Any]) -> int:
    """How many rows all of them have; ValueError where they differ."""
    lengths = {name: count_rows(each, name) for name, each in named.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {found}. Pass one entry for each row."
        )
    return next(iter(lengths.values()))
