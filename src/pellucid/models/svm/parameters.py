"""What the classifiers here are given: numbers above 0, and what each class counts."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Array, Floats


def check_positive(model: object, *names: str) -> None:
    """ValueError for a parameter among `names` that is not a finite number above 0."""
    for name in names:
        value: Any = getattr(model, name)
        if not isinstance(value, numbers.Real) or not 0 < float(value) < np.inf:
            raise ValueError(f"{name} is {value!r}: it must be a number above 0.")


def class_weights_of(
    class_weight: Mapping[Any, float] | str | None, classes: Array, codes: NDArray[np.intp], weights: Floats
) -> Floats:
    """The weight of each row's class (n,): ones for None, as a mapping says (1 for what it leaves out), or "balanced".

    Balanced is n / (c nₖ): every class counts alike. ValueError for other words, unknown classes and negative weights.
    """
    if class_weight is None:
        return np.ones(len(codes))
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f"class_weight is {class_weight!r}: use 'balanced', or a mapping from class to weight."
            )
        counts = np.bincount(codes, weights=weights, minlength=len(classes))
        return (weights.sum() / (len(classes) * np.maximum(counts, 1e-300)))[codes]
    unknown = [label for label in class_weight if label not in classes]
    if unknown:
        raise ValueError(f"class_weight names {unknown}, but y has only the classes {classes.tolist()}.")
    values = np.array([float(class_weight.get(label, 1.0)) for label in classes.tolist()])
    if not (values >= 0).all():
        raise ValueError(
            f"class_weight gives {values.tolist()} for {classes.tolist()}: weights must be at least 0."
        )
    return values[codes]
