"""Proof that an exercise grades what it should: `pellucid check` shows each claim and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.grading.attempt import Case, Outcome, attempt
from pellucid.grading.exercise import Exercise, Solution, try_author
from pellucid.grading.findings import Finding, behaves_like, find_all, is_right
from pellucid.grading.judge import judge, plan
from pellucid.grading.kinds import KINDS
from pellucid.grading.show import show
from pellucid.grading.values import is_dict, is_sequence, plain, same_bits

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Proof:
    """One claim about an exercise, whether it holds, and where it does not."""

    claim: str
    holds: bool
    detail: str = ""


class _Claims:
    """Collects claims over many seeds: each holds until the first seed at which it does not."""

    def __init__(self) -> None:
        self._broken: dict[str, str] = {}

    def state(self, claim: str, holds: bool, detail: str) -> None:
        """That `claim` holds here too; `detail` says where, if it does not."""
        self._broken.setdefault(claim, "")
        if not holds and not self._broken[claim]:
            self._broken[claim] = detail or "it does not"

    def broken(self, claim: str) -> bool:
        """Whether a claim is already known not to hold."""
        return bool(self._broken.get(claim))

    def proofs(self) -> list[Proof]:
        """All claims in the order in which they were first stated."""
        return [Proof(claim, not detail, detail) for claim, detail in self._broken.items()]


def prove(
    exercise: Exercise, starter: str, seeds: int = 200, progress: Progress | None = None
) -> list[Proof]:
    """Every claim that makes `exercise` fit to grade, tried on `seeds` seeds; `progress(done, seeds)` is called after each.

    The first claim that cannot be tried ends the list: an exercise whose reference fails has nothing to compare with.
    """
    claims = _Claims()
    _prove_form(exercise, claims)
    for seed in range(seeds):
        try:
            cases = plan(exercise, seed)
            findings = find_all(exercise, cases, try_author(_solution(exercise), cases))
        except Exception as error:  # an author's own code: whatever it raises is the answer
            claims.state("the inputs and the reference run", False, f"seed {seed}: {error}")
            return claims.proofs()
        claims.state("the inputs and the reference run", True, "")
        _prove_seed(exercise, seed, findings, claims)
        if seed == 0:
            _prove_starter(exercise, starter, cases, claims)
            _prove_sources(exercise, cases, claims)
        if progress is not None:
            progress(seed + 1, seeds)
    return claims.proofs()


def _solution(exercise: Exercise) -> Solution:
    if exercise.solution is None:
        raise ValueError("it has no reference")
    return exercise.solution


def _prove_form(exercise: Exercise, claims: _Claims) -> None:
    hints = len(exercise.hints)
    claims.state("at least three hints", hints >= 3, f"it has {hints}")
    claims.state(
        "no hint is empty or given twice",
        len({h.strip() for h in exercise.hints} - {""}) == hints,
        "see the hints",
    )
    if exercise.kind == "function":
        claims.state(
            "at least one other accepted solution", bool(exercise.alternatives), "none under @accepts"
        )
    for mistake in exercise.mistakes:
        twins = [
            other.name
            for other in exercise.mistakes
            if other.message == mistake.message and other is not mistake
        ]
        claims.state("each mistake has a message of its own", not twins, f"{mistake.name} and {twins}")


def _prove_seed(exercise: Exercise, seed: int, findings: list[Finding], claims: _Claims) -> None:
    where = f"seed {seed}"
    cases = [finding.case for finding in findings]
    again = try_author(_solution(exercise), plan(exercise, seed))
    same = all(same_bits(f.outcome.value, outcome.value) for f, outcome in zip(findings, again, strict=True))
    claims.state("inputs and reference are the same for the same seed", same, where)
    claims.state(
        "the reference leaves its arguments alone", not any(f.outcome.changed for f in findings), where
    )
    wrong = _find_wrong(exercise, findings, where)
    claims.state("the reference is right", not wrong, wrong)
    for alternative in exercise.alternatives:
        wrong = _find_wrong(exercise, with_outcomes(findings, try_author(alternative, cases)), where)
        claims.state(f"the alternative {alternative.__name__} is right", not wrong, wrong)
    _prove_mistakes(exercise, findings, claims, where)
    if KINDS[exercise.kind].vacuous:
        for name, answer in VACUOUS:
            outcomes = (Outcome(value=plain(answer(f.case.args or (), f.expected))) for f in findings)
            claims.state(f"the answer {name} fails", not _passes(exercise, findings, outcomes), where)
        for position in range(len(cases[0].args or ())):
            outcomes = (Outcome(value=(f.case.args or ())[position]) for f in findings)
            claims.state(
                f"argument {position + 1} handed back fails", not _passes(exercise, findings, outcomes), where
            )


def _prove_mistakes(exercise: Exercise, findings: list[Finding], claims: _Claims, where: str) -> None:
    cases = [finding.case for finding in findings]
    variants = [
        (mistake.name, outcomes)
        for mistake in exercise.mistakes
        for outcomes in mistake.try_variants(exercise.entry, cases)
    ]
    named: dict[str, set[str]] = {name: set() for name, _ in variants}
    for i, (name, mine) in enumerate(variants):
        theirs = with_outcomes(findings, mine)
        claims.state(f"the mistake {name} is not right", not _all_right(exercise, theirs), where)
        for other, outcomes in variants[i:]:  # alike is alike in both directions
            if behaves_like(exercise, theirs, outcomes):
                named[name].add(other)
                named[other].add(name)
    for name, found in named.items():
        detail = f"{where}: it gets {sorted(found) or 'no message'}"
        claims.state(f"the mistake {name} gets its own message and no other", found == {name}, detail)


def with_outcomes(findings: Sequence[Finding], outcomes: Sequence[Outcome]) -> list[Finding]:
    """The same cases with other outcomes, compared anew."""
    return [
        replace(finding, outcome=outcome, mismatch=None)
        for finding, outcome in zip(findings, outcomes, strict=True)
    ]


def _all_right(exercise: Exercise, findings: Sequence[Finding]) -> bool:
    return all(is_right(exercise, finding) for finding in findings)


def _passes(exercise: Exercise, findings: Sequence[Finding], outcomes: Iterator[Outcome]) -> bool:
    """Whether these outcomes would be right; stops at the first that is not."""
    return all(
        is_right(exercise, replace(f, outcome=outcome))
        for f, outcome in zip(findings, outcomes, strict=False)
    )


def _find_wrong(exercise: Exercise, findings: Sequence[Finding], where: str) -> str:
    """The first case that is not right, in words; empty where all are."""
    for finding in findings:
        if not is_right(exercise, finding):
            shown = finding.outcome.error["message"] if finding.outcome.error else show(finding.outcome.value)
            return f"{where}, case {finding.index + 1}: {shown} where {show(finding.expected)} is expected"
    return ""


def _prove_starter(exercise: Exercise, starter: str, cases: list[Case], claims: _Claims) -> None:
    verdict = judge(exercise, cases, attempt(starter, exercise.entry, cases))
    holds = verdict.status in ("incomplete", "wrong")
    claims.state(
        "the starter fails without an error", holds, f"its verdict: {verdict.status}, {verdict.title}"
    )
    claims.state("the starter makes no named mistake", verdict.mistake is None, f"it makes {verdict.mistake}")
    if exercise.kind == "function":
        pattern = rf"^def {re.escape(exercise.entry)}\("
        claims.state(
            "the starter defines the entry", bool(re.search(pattern, starter, re.MULTILINE)), exercise.entry
        )


def _prove_sources(exercise: Exercise, cases: list[Case], claims: _Claims) -> None:
    """Solutions as the page shows them, tried as a learner's submission would be."""
    for code in exercise.shown:
        verdict = judge(exercise, cases, attempt(code.code, exercise.entry, cases))
        claims.state(
            f"the solution {code.name} is right as it is shown", verdict.status == "right", verdict.message
        )


def _filled(expected: Any, number: float) -> Any:
    """An answer of the expected form that holds one number everywhere."""
    if is_dict(expected):
        return {key: _filled(value, number) for key, value in expected.items()}
    if is_sequence(expected):
        return tuple(_filled(part, number) for part in expected)
    return np.full(np.shape(expected), number) if np.ndim(expected) else number


VACUOUS: tuple[tuple[str, Callable[[tuple[Any, ...], Any], Any]], ...] = (
    ("None", lambda _args, _expected: None),
    ("0 everywhere", lambda _args, expected: _filled(expected, 0.0)),
    ("1 everywhere", lambda _args, expected: _filled(expected, 1.0)),
    ("½ everywhere", lambda _args, expected: _filled(expected, 0.5)),
    ("NaN everywhere", lambda _args, expected: _filled(expected, float("nan"))),
    ("infinity everywhere", lambda _args, expected: _filled(expected, float("inf"))),
)
