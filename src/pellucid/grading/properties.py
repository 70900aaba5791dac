"""Properties of inputs in which a wrong solution can look right: square, one row, zero mean …"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.grading.values import Array, is_array

ArrayProperty = Callable[[Array], bool]

MATRIX: tuple[tuple[str, ArrayProperty], ...] = (
    (
        "`{name}` is the identity",
        lambda a: a.shape[0] == a.shape[1] and bool(np.array_equal(a, np.eye(len(a)))),
    ),
    ("`{name}` is symmetric", lambda a: a.shape[0] == a.shape[1] and bool(np.array_equal(a, a.T))),
    ("`{name}` is square", lambda a: a.shape[0] == a.shape[1]),
    ("`{name}` has one row", lambda a: a.shape[0] == 1),
    ("`{name}` has one column", lambda a: a.shape[1] == 1),
    ("`{name}` has as many rows as columns or fewer", lambda a: a.shape[0] <= a.shape[1]),
    ("the columns of `{name}` have mean zero", lambda a: bool(np.allclose(a.mean(axis=0), 0, atol=1e-9))),
)

ARRAY: tuple[tuple[str, ArrayProperty], ...] = (
    ("`{name}` has length 1", lambda a: a.shape == (1,)),
    ("`{name}` holds zeros only", lambda a: not np.any(a)),
    ("`{name}` has mean zero", lambda a: a.ndim == 1 and bool(np.isclose(a.mean(), 0, atol=1e-9))),
    ("`{name}` has an integer dtype", lambda a: a.dtype.kind in "iu"),
    ("`{name}` holds whole numbers only", lambda a: bool(np.all(a == np.round(a)))),
    ("`{name}` holds no negative number", lambda a: bool(np.all(a >= 0))),
    ("`{name}` holds no positive number", lambda a: bool(np.all(a <= 0))),
)

NUMBER: tuple[tuple[str, Callable[[float], bool]], ...] = (
    ("`{name}` is 0", lambda x: x == 0),
    ("`{name}` is 1", lambda x: x == 1),
    ("`{name}` is a whole number", lambda x: x == round(x)),
    ("`{name}` is negative", lambda x: x < 0),
    ("`{name}` is positive", lambda x: x > 0),
    ("`{name}` is not negative", lambda x: x >= 0),
    ("`{name}` is not positive", lambda x: x <= 0),
)


def find_properties(
    cases: Sequence[tuple[Any, ...]], names: Sequence[str]
) -> Iterator[tuple[str, list[bool]]]:
    """Each property in words, with whether each case has it."""
    for i, name in enumerate(names):
        values = [args[i] for args in cases if i < len(args)]
        if len(values) < len(cases):
            continue
        for meaning, holds in _fitting_properties(values):
            with np.errstate(all="ignore"):
                yield meaning.format(name=name), [holds(value) for value in values]


def _fitting_properties(values: list[Any]) -> list[tuple[str, Callable[[Any], bool]]]:
    if all(type(value) in (int, float) and np.isfinite(value) for value in values):
        return list(NUMBER)
    if not all(is_array(value) and value.size and value.dtype.kind in "iuf" for value in values):
        return []
    if not all(np.isfinite(value).all() for value in values):
        return []
    return [*(MATRIX if all(value.ndim == 2 for value in values) else ()), *ARRAY]
