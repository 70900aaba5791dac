"""What `bench/models` compares: a task is ours and the library's, each a function to call, on the same data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One comparison. `target` is the ratio ours ÷ theirs that is aimed at, None for a row that only tells.

    `repeats` says how often each is run, in turn.
    """

    name: str
    target: float | None
    ours: Callable[[], object]
    theirs: Callable[[], object]
    repeats: int = 7


@dataclass(frozen=True)
class Growth:
    """How one model's time and memory grow: `run(n)` prepares data of size n and gives back the function to measure."""

    name: str
    run: Callable[[int], Callable[[], object]]
    sizes: tuple[int, ...]
