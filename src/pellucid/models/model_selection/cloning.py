"""A model as it was before it was fitted."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, cast


def clone(estimator: Any) -> Any:
    """A new model with the same parameters and nothing learned; lists and tuples of models are cloned one by one.

    Works with anything that has `get_params`, of this library or another. TypeError for anything else.
    """
    if isinstance(estimator, (list, tuple)):
        parts = cast(Sequence[Any], estimator)
        return type(parts)(map(_copy, parts))  # pyright: ignore[reportCallIssue]
    if not hasattr(estimator, "get_params") or isinstance(estimator, type):
        raise TypeError(
            f"Cannot clone {estimator!r}: it is not a model with get_params. Pass an instance such as Ridge()."
        )
    return type(estimator)(**{name: _copy(value) for name, value in estimator.get_params(deep=False).items()})


def _copy(value: Any) -> Any:
    if isinstance(value, (list, tuple)) or (hasattr(value, "get_params") and not isinstance(value, type)):
        return clone(value)
    return deepcopy(value)
