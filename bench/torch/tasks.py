"""What `bench/torch` compares: ours and a peer's, each a function that runs one step and returns what must agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Task:
    """One comparison. `target` is the ratio ours ÷ theirs that is aimed at, None for a row that only tells.

    Each call runs one step and returns its results: tensors, arrays or numbers. `rounds` says how often each is run, in turn.
    """

    name: str
    peer: str
    target: float | None
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    rounds: int = 15
    tolerance: float = 1e-4


def verify(task: Task) -> None:
    """AssertionError unless the first steps, which start from the same numbers, give the same results."""
    ours, theirs = (list(map(plain, call())) for call in (task.ours, task.theirs))
    assert len(ours) == len(theirs) > 0
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=task.tolerance, atol=task.tolerance, err_msg=task.name)


def plain(value: Any) -> Any:
    """A tensor's numbers, or what is none."""
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
