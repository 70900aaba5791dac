"""From outcomes to a verdict: right, or the smallest counterexample with the mistake's name or what is true of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pellucid.errors import BookError, Fault
from pellucid.grading.attempt import Case, Outcome
from pellucid.grading.exercise import Exercise, Mistake
from pellucid.grading.findings import Finding, find_all, find_mistake, loses_finiteness
from pellucid.grading.kinds import KINDS
from pellucid.grading.show import show, show_pair
from pellucid.grading.statements import find_changed, find_statements, parameter_names
from pellucid.grading.unable import UNABLE, describe_error
from pellucid.grading.values import copy_arguments, holds_tensors, plain, same_bits
from pellucid.xray.failures import ErrorReport

MAX_CASES = 200


@dataclass(frozen=True)
class Counterexample:
    """The smallest case that fails, in readable form."""

    inputs: tuple[dict[str, str], ...]
    expected: str
    got: str


@dataclass(frozen=True)
class Verdict:
    """What grading found; the fields are those of docs/reference/exercises.md."""

    status: str
    title: str
    message: str
    mistake: str | None = None
    diagnosis: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    error: ErrorReport | None = None
    stdout: str = ""
    passed: int = 0
    total: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As plain lists and dicts, ready for JSON."""
        fields = asdict(self)
        fields["diagnosis"] = list(self.diagnosis)
        if self.counterexample is not None:
            fields["counterexample"]["inputs"] = list(self.counterexample.inputs)
        return fields


def plan(exercise: Exercise, seed: int) -> list[Case]:
    """The cases of one attempt: what the author's generator yields for this seed."""
    if not KINDS[exercise.kind].takes_inputs:
        return [Case(None)]
    if exercise.make_inputs is None:
        raise _author_error(exercise, "has no inputs", "a generator under @ex.inputs")
    cases: list[Case] = []
    for args in exercise.make_inputs(np.random.default_rng(seed)):
        if not isinstance(args, tuple):  # pyright: ignore[reportUnnecessaryIsInstance] - authors are not type-checked
            raise _author_error(
                exercise, f"yields {type(args).__name__} as inputs", "a tuple: `yield X, y` or `yield (x,)`"
            )
        tensors = holds_tensors(args)
        copied = copy_arguments(args)
        sendable = tuple(map(plain, copied))
        if not tensors and not all(map(same_bits, copied, sendable)):
            raise _author_error(
                exercise, f"yields an input that cannot be sent: {args!r:.200}", "numbers, arrays, lists"
            )
        if cases and tensors != cases[0].tensors:
            raise _author_error(
                exercise, "yields tensors in some cases only", "tensors in every case, or in none"
            )
        cases.append(Case(sendable, tensors))
        if len(cases) > MAX_CASES:
            raise _author_error(exercise, f"yields more than {MAX_CASES} cases", "a generator that ends")
    if not cases:
        raise _author_error(exercise, "yields no inputs", "at least one case")
    return cases


def _author_error(exercise: Exercise, message: str, expected: str) -> BookError:
    return BookError([Fault(*exercise.place, f"exercise {exercise.id!r} {message}.", expected)])


def judge(exercise: Exercise, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> Verdict:
    """Compare what a submission did with what is expected, and say what is wrong. Never raises for anything in `outcomes`."""
    unable = _find_unable(exercise, outcomes, len(cases))
    if unable is not None:
        return unable
    outcomes = [_drop_strangers(outcome, case) for case, outcome in zip(cases, outcomes, strict=True)]
    findings = find_all(exercise, cases, outcomes)
    changed = exercise.keeps_inputs and any(outcome.changed for outcome in outcomes)
    failing = [finding for finding in findings if not finding.holds]
    if not failing and not changed:
        return Verdict(
            "right",
            "Right",
            _praise(findings),
            passed=len(findings),
            total=len(findings),
            stdout=outcomes[0].stdout,
        )
    return _explain(exercise, findings, failing)


def _drop_strangers(outcome: Outcome, case: Case) -> Outcome:
    """Without changes of arguments that the case does not have: an outcome says only what the other side claims."""
    count = len(case.args or ())
    return replace(outcome, changed=tuple(sorted({i for i in outcome.changed if i < count})))


def _praise(findings: Sequence[Finding]) -> str:
    if len(findings) == 1:
        return "That is the answer."
    return f"Your function agrees with the expected answer in all {len(findings)} cases."


def _explain(exercise: Exercise, findings: list[Finding], failing: list[Finding]) -> Verdict:
    shown = min(failing or [f for f in findings if f.outcome.changed], key=lambda finding: finding.size)
    statements = find_statements(exercise, findings, failing, shown)
    mistake, asides = _name_mistake(exercise, findings)
    raised = shown.outcome.fault is not None and mistake is None
    if mistake is not None:
        message, statements = mistake.message, [*find_changed(exercise, findings, name=mistake.name), *asides]
    elif raised and shown.outcome.error is not None:
        message = describe_error(shown.outcome.error)
    else:
        message, *statements = statements or ["The answer differs from the expected one."]
    return Verdict(
        status="error" if raised else "wrong",
        title="Your code stopped with an error" if raised else "Not right yet",
        message=message,
        mistake=None if mistake is None else mistake.name,
        diagnosis=tuple(statements),
        counterexample=_counterexample(exercise, shown),
        error=shown.outcome.error,
        stdout=shown.outcome.stdout,
        passed=len(findings) - len(failing),
        total=len(findings),
    )


def _name_mistake(exercise: Exercise, findings: list[Finding]) -> tuple[Mistake | None, list[str]]:
    """The named mistake. Where none explains every case, an overflow on top of it must not hide it: such cases are set aside."""
    mistake = find_mistake(exercise, findings)
    finite = [finding for finding in findings if not loses_finiteness(finding)]
    lost = len(findings) - len(finite)
    if mistake is not None or not lost or all(finding.holds for finding in finite):
        return mistake, []
    aside = f"Besides, in {lost} of {len(findings)} cases there is NaN or infinity where a finite number is expected."
    return find_mistake(exercise, finite), [aside]


def _counterexample(exercise: Exercise, shown: Finding) -> Counterexample | None:
    args = shown.case.args
    if args is None or exercise.kind == "choice":  # nothing was put in, and the answer is what is asked for
        return None
    names = parameter_names(exercise, len(args))
    inputs = tuple({"name": name, "text": show(arg)} for name, arg in zip(names, args, strict=True))
    if shown.outcome.fault is not None:
        error = shown.outcome.error
        name = error["name"] if error else "an error"
        return Counterexample(inputs, show(shown.expected), name)
    expected, got = show_pair(shown.expected, shown.outcome.value)
    if shown.mismatch is None and shown.outcome.changed:
        got += f"  # and {', '.join(names[i] for i in shown.outcome.changed)} changed"
    return Counterexample(inputs, expected, got)


def _find_unable(exercise: Exercise, outcomes: Sequence[Outcome], total: int) -> Verdict | None:
    """The verdict where the submission could not be tried at all."""
    if not outcomes or len(outcomes) != total:
        outcomes = [Outcome(fault="garbled", detail=f"{len(outcomes)} answers came for {total} cases")]
    first = outcomes[0]
    if first.fault not in UNABLE or any(outcome.fault != first.fault for outcome in outcomes):
        return None
    status, title, message = UNABLE[first.fault](exercise, first)
    return Verdict(status, title, message, error=first.error, stdout=first.stdout, total=total)
