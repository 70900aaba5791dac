"""From outcomes to a verdict: right, or the smallest counterexample with the mistake's name or what is true of the answers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pellucid.errors import BookError, Fault
from pellucid.grading.attempt import Case, Outcome
from pellucid.grading.compare import EXACT, Mismatch, compare, find_leaf, numeric_leaves, split_parts
from pellucid.grading.diagnose import Evidence, Trial, diagnose
from pellucid.grading.exercise import Exercise, Mistake
from pellucid.grading.kinds import KINDS
from pellucid.grading.show import show, show_pair
from pellucid.grading.unable import UNABLE, describe_error
from pellucid.grading.values import Opaque, copy_arguments, count_numbers, is_sequence, plain, same_bits
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
        copied = copy_arguments(args)
        sendable = tuple(map(plain, copied))
        if not all(map(same_bits, copied, sendable)):
            raise _author_error(
                exercise, f"yields an input that cannot be sent: {args!r:.200}", "numbers, arrays, lists"
            )
        cases.append(Case(sendable))
        if len(cases) > MAX_CASES:
            raise _author_error(exercise, f"yields more than {MAX_CASES} cases", "a generator that ends")
    if not cases:
        raise _author_error(exercise, "yields no inputs", "at least one case")
    return cases


def _author_error(exercise: Exercise, message: str, expected: str) -> BookError:
    return BookError([Fault(*exercise.place, f"exercise {exercise.id!r} {message}.", expected)])


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


def _praise(findings: Sequence[Finding]) -> str:
    if len(findings) == 1:
        return "That is the answer."
    return f"Your function agrees with the expected answer in all {len(findings)} cases."


def _explain(exercise: Exercise, findings: list[Finding], failing: list[Finding]) -> Verdict:
    shown = min(failing or [f for f in findings if f.outcome.changed], key=lambda finding: finding.size)
    statements = _find_statements(exercise, findings, failing, shown)
    mistake = find_mistake(exercise, findings)
    raised = shown.outcome.fault is not None and mistake is None
    if mistake is not None:
        message, statements = mistake.message, _find_changed(exercise, findings, name=mistake.name)
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


def _find_statements(
    exercise: Exercise, findings: list[Finding], failing: list[Finding], shown: Finding
) -> list[str]:
    """What is true of the answers, the most specific first."""
    statements = [*_find_nothing_returned(failing), *_find_changed(exercise, findings)]
    if failing and exercise.check is None:
        statements += _find_numeric(exercise, findings, shown)
    if shown.mismatch is not None and not (shown.outcome.value is None and statements):
        said = _place(exercise, shown.mismatch.path) + shown.mismatch.message
        if shown.mismatch.reason in ("structure", "dtype"):
            statements.insert(0, said)
        elif not statements:
            statements.append(said)
    return statements


def _find_nothing_returned(failing: list[Finding]) -> list[str]:
    if not failing or any(f.outcome.fault is not None or f.outcome.value is not None for f in failing):
        return []
    if failing[0].case.args is None:
        return ["`answer` is `None`: give it a value."]
    if all(f.outcome.stdout.strip() for f in failing):
        return ["Your function prints its answer but returns `None`: hand the value back with `return`."]
    if any(f.outcome.changed for f in failing):
        return [
            "Your function changes its argument and returns `None`: hand the new value back with `return`."
        ]
    return ["Your function returns `None`: it ends without `return` and a value."]


def _find_changed(exercise: Exercise, findings: list[Finding], name: str | None = None) -> list[str]:
    """That arguments are changed in place, unless the named mistake is about just that."""
    if not exercise.keeps_inputs or (name is not None and not any(f.mismatch for f in findings)):
        return []
    changed = sorted({i for f in findings for i in f.outcome.changed})
    if not changed:
        return []
    names = parameter_names(exercise, changed[-1] + 1)
    which = " and ".join(f"`{names[i]}`" for i in changed)
    return [
        f"Your function changes its argument {which} in place: whoever calls it finds other numbers there afterwards."
    ]


def _find_numeric(exercise: Exercise, findings: list[Finding], shown: Finding) -> list[str]:
    """General statements about the first part of the answer that is wrong, and which parts are right."""
    leaves = [numeric_leaves(f.expected) for f in findings]
    paths = [path for path in leaves[0] if all(path in found for found in leaves)]
    if exercise.kind in ("choice", "shape") or not paths:
        return []
    trials = {path: [_trial(exercise, f, path) for f in findings] for path in paths}
    wrong = [path for path in paths if not all(trial.passed for trial in trials[path])]
    if not wrong:
        return []
    path = shown.mismatch.path if shown.mismatch and shown.mismatch.path in wrong else wrong[0]
    names = parameter_names(exercise, len(shown.case.args or ()))
    statements = [
        _place(exercise, path) + text
        for text in diagnose(Evidence(tuple(trials[path]), names, exercise.tolerance))
    ]
    swapped = _find_swapped(exercise, findings) if len(wrong) > 1 else []
    right = [_name_part(exercise, path) for path in paths if path not in wrong]
    if not statements and shown.mismatch is not None and shown.mismatch.reason == "values":
        statements = [_place(exercise, path) + _count_right(trials[path])]
    return swapped + statements + ([f"Right already: {', '.join(right)}."] if right else [])


def _count_right(trials: Sequence[Trial]) -> str:
    right = sum(trial.passed for trial in trials)
    if right == 0:
        return "The answer is not the expected one in any case; the smallest stands below."
    return f"The answer is right in {right} of {len(trials)} cases; the smallest of the others stands below."


def _trial(exercise: Exercise, finding: Finding, path: tuple[Any, ...]) -> Trial:
    expected = numeric_leaves(finding.expected)[path]
    got = find_leaf(finding.outcome.value, path) if finding.outcome.fault is None else None
    if got is not None and got.dtype.kind not in "biufc":
        got = None
    passed = got is not None and compare(expected, got, exercise.tolerance) is None
    return Trial(finding.case.args or (), expected, got, passed, finding.outcome.warned)


def _find_swapped(exercise: Exercise, findings: list[Finding]) -> list[str]:
    """The parts of a tuple, each right, in reversed order."""
    for f in findings:
        parts = split_parts(f.outcome.value) if f.outcome.fault is None else None
        if (
            not is_sequence(f.expected)
            or parts is None
            or compare(f.expected, tuple(parts[::-1]), exercise.tolerance)
        ):
            return []
    return ["The parts of your answer are right, but in the wrong order."]


def _place(exercise: Exercise, path: tuple[Any, ...]) -> str:
    return f"In {_name_part(exercise, path)}: " if path else ""


def _name_part(exercise: Exercise, path: tuple[Any, ...]) -> str:
    """How a part of an answer is called: by its key, by the author's name for it, or by its position."""
    names = exercise.parts
    words = [
        f"`{key!r}`"
        if not isinstance(key, int)
        else f"`{names[key]}`"
        if key < len(names)
        else f"part {key + 1}"
        for key in path
    ]
    return ", ".join(words)


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
    tolerance = EXACT if exercise.kind == "choice" else exercise.tolerance
    return compare(theirs.value, mine.value, tolerance) is None


def parameter_names(exercise: Exercise, count: int) -> tuple[str, ...]:
    """The names of the reference's parameters, which the starter's are too."""
    assert exercise.solution is not None
    names = list(inspect.signature(exercise.solution).parameters)
    return tuple(names[:count]) + tuple(f"argument {i + 1}" for i in range(len(names), count))


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
