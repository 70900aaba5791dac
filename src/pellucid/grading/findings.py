"""Each case with its expected answer and its outcome, and the author's mistake that explains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.grading.attempt import Case, Outcome
from pellucid.grading.compare import Mismatch, compare, find_leaf, numeric_leaves
from pellucid.grading.exercise import Exercise, Mistake
from pellucid.grading.kinds import KINDS
from pellucid.grading.show import show
from pellucid.grading.values import Array, Opaque, copy_arguments, count_numbers


@dataclass(frozen=True)
class Finding:
    """One case with its expected answer, its outcome and the first difference, if any."""

    index: int
    case: Case
    expected: Any
    outcome: Outcome
    mismatch: Mismatch | None

    @property
    def holds(self) -> bool:
        """Whether this case is answered rightly."""
        return self.outcome.fault is None and self.mismatch is None

    @property
    def size(self) -> tuple[int, int, int]:
        """Small cases first; of equally large ones that with fewer digits, then the earlier."""
        args = self.case.args or ()
        return count_numbers(args), sum(len(show(arg)) for arg in args), self.index


def find_all(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> list[Finding]:
    """Every case compared with the reference's answer."""
    expected = exercise.expected(cases)
    return [
        Finding(i, case, wanted, outcome, _mismatch(exercise, case, wanted, outcome))
        for i, (case, wanted, outcome) in enumerate(zip(cases, expected, outcomes, strict=True))
    ]


def _mismatch(exercise: Exercise, case: Case, expected: Any, outcome: Outcome) -> Mismatch | None:
    if outcome.fault is not None:
        return None
    if exercise.check is None:
        return KINDS[exercise.kind].compare(expected, outcome.value, exercise.tolerance)
    if isinstance(outcome.value, Opaque):
        return compare(expected, outcome.value, exercise.tolerance)
    try:
        wrong = exercise.check(copy_arguments(case.args or ()), outcome.value)
    except (
        Exception
    ) as error:  # the check met an answer that its author did not think of: such an answer is not right
        wrong = f"The answer has a form that cannot be checked ({type(error).__name__})."
    return Mismatch((), "values", wrong) if wrong else None


def find_mistake(exercise: Exercise, findings: Sequence[Finding]) -> Mistake | None:
    """The author's mistake that does in every case what the submission did, and differs from the reference somewhere."""
    cases = [finding.case for finding in findings]
    for mistake in exercise.mistakes:
        if any(
            behaves_like(exercise, findings, outcomes)
            for outcomes in mistake.try_variants(exercise.entry, cases)
        ):
            return mistake
    return None


def behaves_like(exercise: Exercise, findings: Sequence[Finding], theirs: Sequence[Outcome]) -> bool:
    """Whether the submission behind `findings` does in every case what a wrong solution with the outcomes `theirs` does."""
    pairs = list(zip(findings, theirs, strict=True))
    if not all(_same_behaviour(exercise, finding.outcome, outcome) for finding, outcome in reversed(pairs)):
        return False  # the last cases are the largest, and tell most solutions apart at once
    if all(outcome.fault is not None for outcome in theirs):  # to fail everywhere says nothing about how
        return False
    if any(
        not is_right(exercise, replace(finding, outcome=outcome), changes=False) for finding, outcome in pairs
    ):
        return True
    changes = any(
        outcome.changed for outcome in theirs
    )  # right numbers: the mistake is what it does to its arguments
    return changes and all(finding.outcome.changed == outcome.changed for finding, outcome in pairs)


def is_right(exercise: Exercise, finding: Finding, changes: bool = True) -> bool:
    """Whether the outcome of one case is right; with `changes`, also that it leaves its arguments alone."""
    outcome = finding.outcome
    if outcome.fault is not None or (changes and exercise.keeps_inputs and outcome.changed):
        return False
    return _mismatch(exercise, finding.case, finding.expected, outcome) is None


def _same_behaviour(exercise: Exercise, mine: Outcome, theirs: Outcome) -> bool:
    if mine.fault != theirs.fault:
        return False
    if mine.fault is not None:
        return (
            mine.error is not None and theirs.error is not None and mine.error["name"] == theirs.error["name"]
        )
    if isinstance(theirs.value, Opaque) or theirs.value is None:
        return type(mine.value) is type(theirs.value)
    return KINDS[exercise.kind].compare(theirs.value, mine.value, exercise.tolerance) is None


def loses_finiteness(finding: Finding) -> bool:
    """Whether there is NaN or infinity where a finite number is expected."""
    if finding.outcome.fault is not None or finding.mismatch is None:
        return False
    leaves = numeric_leaves(finding.expected).items()
    return any(
        _is_lost(wanted, find_leaf(finding.expected, finding.outcome.value, path)) for path, wanted in leaves
    )


def _is_lost(wanted: Array, got: Array | None) -> bool:
    if got is None or got.shape != wanted.shape or got.dtype.kind not in "fc":
        return False
    return bool(np.any(np.isfinite(wanted) & ~np.isfinite(got)))
