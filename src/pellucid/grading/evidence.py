"""The numbers that a diagnosis looks at: expected and got, in every case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.grading.compare import Tolerance, values_agree
from pellucid.grading.values import Array


@dataclass(frozen=True)
class Trial:
    """One case: the arguments, the expected array and what came instead (None where there was no array)."""

    args: tuple[Any, ...]
    expected: Array
    got: Array | None
    passed: bool
    warned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All cases of one exercise, with the names of its parameters."""

    trials: tuple[Trial, ...]
    names: tuple[str, ...]
    tolerance: Tolerance

    @property
    def pairs(self) -> list[tuple[Array, Array]]:
        """Expected and got, where there is an array to look at."""
        return [(trial.expected, trial.got) for trial in self.trials if trial.got is not None]

    @property
    def complete(self) -> bool:
        """Whether every case gave an array of the expected shape and none is of complex numbers."""
        return all(
            trial.got is not None
            and trial.got.shape == trial.expected.shape
            and trial.got.dtype.kind in "biuf"
            for trial in self.trials
        )

    def holds(self, change: Callable[[Trial], Any]) -> bool:
        """Whether the answer is `change(trial)` in every case, within the tolerance."""
        with np.errstate(all="ignore"):
            return all(
                trial.got is not None and agrees(change(trial), trial.got, self.tolerance)
                for trial in self.trials
            )

    @property
    def lost(self) -> list[Trial]:
        """The trials with NaN or infinity where a finite number is expected."""
        return [trial for trial in self.trials if _loses_finiteness(trial)]

    @property
    def informative(self) -> int:
        """How many expected numbers are finite and not zero: those that a factor can be read from."""
        return sum(
            int(np.sum(np.isfinite(t.expected) & (np.abs(t.expected) > self.tolerance.atol)))
            for t in self.trials
        )


def agrees(wanted: Any, got: Array, tolerance: Tolerance) -> bool:
    """Whether `got` has the shape and, within the tolerance, the values of `wanted`."""
    wanted = np.asarray(wanted)
    return wanted.shape == got.shape and values_agree(wanted, got, tolerance)


def _loses_finiteness(trial: Trial) -> bool:
    got = trial.got
    if got is None or got.shape != trial.expected.shape or got.dtype.kind not in "fc":
        return False
    return bool(np.any(np.isfinite(trial.expected) & ~np.isfinite(got)))
