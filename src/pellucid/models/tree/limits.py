"""When a tree stops to grow: scikit-learn's parameters, checked and made into plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Limits:
    """Plain numbers for one set of data."""

    max_depth: float
    min_samples_split: int
    min_samples_leaf: int
    max_features: int
    min_impurity_decrease: float

    def may_split(self, depth: int, rows: NDArray[np.intp], impurity: Floats) -> NDArray[np.bool_]:
        """Which nodes of a level may be split, by their rows (m,) and impurity (m,)."""
        enough = (rows >= self.min_samples_split) & (rows >= 2 * self.min_samples_leaf)
        return enough & (impurity > EPSILON) & (depth < self.max_depth)

    def worthwhile(self, gain: Floats, share: Floats) -> NDArray[np.bool_]:
        """Which gains (m,) of nodes with this share of all weight (m,) are large enough; −inf stands for no split at all."""
        return (gain > -np.inf) & (gain * share + EPSILON >= self.min_impurity_decrease)


def limits_of(model: Any, rows: int, features: int, *, sqrt_by_default: bool = False) -> Limits:
    """A model's parameters for data (rows, features). ValueError names the parameter that is out of range."""
    depth = model.max_depth
    return Limits(
        max_depth=np.inf if depth is None else check_whole("max_depth", depth, 1),
        min_samples_split=_rows("min_samples_split", model.min_samples_split, rows, 2),
        min_samples_leaf=_rows("min_samples_leaf", model.min_samples_leaf, rows, 1),
        max_features=_features(model.max_features, features),
        min_impurity_decrease=check_at_least("min_impurity_decrease", model.min_impurity_decrease, 0),
    )


def check_whole(name: str, value: Any, least: int) -> int:
    """`value` as an int of at least `least`, else a ValueError with the parameter's name."""
    if not _is(Integral, value) or int(value) < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; it is {value!r}.")
    return int(value)


def check_at_least(name: str, value: Any, least: float, *, above: bool = False) -> float:
    """`value` as a float of at least `least`, or above it, else a ValueError with the parameter's name."""
    wrong = not _is(Real, value) or not float(value) >= least
    if wrong or (above and float(value) <= least) or float(value) == np.inf:
        raise ValueError(
            f"{name} must be a number {'above' if above else 'of at least'} {least}; it is {value!r}."
        )
    return float(value)


def _rows(name: str, value: Any, rows: int, least: int) -> int:
    if _is(Integral, value):
        return check_whole(name, value, least)
    if not _is(Real, value) or not 0 < float(value) <= 1:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, or a share of the rows in (0, 1]; it is {value!r}."
        )
    return max(least, ceil(float(value) * rows))


def _features(value: Any, features: int) -> int:
    if value is None:
        return features
    if isinstance(value, str) and value in ("sqrt", "log2"):
        return max(1, int(np.sqrt(features) if value == "sqrt" else np.log2(features)))
    if _is(Integral, value) and int(value) >= 1:
        return min(int(value), features)
    if _is(Real, value) and not _is(Integral, value) and 0 < float(value) <= 1:
        return max(1, int(float(value) * features))
    raise ValueError(
        f"max_features must be None, 'sqrt', 'log2', a whole number of at least 1, or a share of the features in (0, 1]; "
        f"it is {value!r}."
    )


def _is(kind: type, value: Any) -> bool:
    """True and False are numbers for Python, but as parameters they are slips."""
    return isinstance(value, kind) and not isinstance(value, bool)
