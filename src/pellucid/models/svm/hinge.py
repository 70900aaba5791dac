"""The hinge loss, its square, and what stands for their slope.

With the margin m = y f(x), y ∈ {−1, +1}: a point that is right by 1 or more costs nothing, any other what it falls short.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.validation import Floats


def hinge(margin: Any) -> Floats:
    """max(0, 1 − m), for each margin."""
    return np.maximum(0.0, 1.0 - np.asarray(margin, dtype=np.float64))


def hinge_subgradient(margin: Any, at_kink: float = 0.0) -> Floats:
    """A subgradient of the hinge in m: −1 below 1, 0 above; at the kink m = 1 any number from −1 to 0, here `at_kink`."""
    if not -1 <= at_kink <= 0:
        raise ValueError(f"at_kink is {at_kink}: the subgradients at the kink are the numbers from −1 to 0.")
    margin = np.asarray(margin, dtype=np.float64)
    return np.where(margin < 1, -1.0, np.where(margin > 1, 0.0, at_kink))


def squared_hinge(margin: Any) -> Floats:
    """max(0, 1 − m)², for each margin: smooth, and harder on points that are far off."""
    return hinge(margin) ** 2


def squared_hinge_gradient(margin: Any) -> Floats:
    """−2 max(0, 1 − m), the slope of the squared hinge in m."""
    return -2 * hinge(margin)
