"""What is true of a submission's answers, in sentences for the learner, the most specific first."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pellucid.grading.compare import compare, find_leaf, numeric_leaves
from pellucid.grading.diagnose import diagnose
from pellucid.grading.evidence import Evidence, Trial
from pellucid.grading.exercise import Exercise
from pellucid.grading.findings import Finding
from pellucid.grading.values import is_dict, is_sequence


def find_statements(
    exercise: Exercise, findings: list[Finding], failing: list[Finding], shown: Finding
) -> list[str]:
    """What is true of the answers, the most specific first."""
    statements = [*_find_nothing_returned(failing), *find_changed(exercise, findings)]
    if failing and exercise.check is None:
        whole = _find_swapped(exercise, findings) or _find_alone(exercise, findings)
        if whole:
            return statements + whole
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


def find_changed(exercise: Exercise, findings: list[Finding], name: str | None = None) -> list[str]:
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
    trials = {path: [_trial(exercise, f, path) for f in findings] for path in paths}
    wrong = [path for path in paths if not all(trial.passed for trial in trials[path])]
    if exercise.kind in ("choice", "shape") or not wrong:
        return []
    path = shown.mismatch.path if shown.mismatch and shown.mismatch.path in wrong else wrong[0]
    names = parameter_names(exercise, len(shown.case.args or ()))
    found = diagnose(Evidence(tuple(trials[path]), names, exercise.tolerance))
    if not found.leading and shown.mismatch is not None and shown.mismatch.reason == "values":
        found = replace(found, leading=(_count_right(trials[path]),))
    statements = [_place(exercise, path) + text for text in (*found.leading, *found.asides)]
    right = [_name_part(exercise, path) for path in paths if path not in wrong]
    return statements + ([f"Right already: {', '.join(right)}."] if right else [])


def _count_right(trials: Sequence[Trial]) -> str:
    right = sum(trial.passed for trial in trials)
    if right == 0:
        return "The answer is not the expected one in any case; the smallest stands below."
    return f"The answer is right in {right} of {len(trials)} cases; the smallest of the others stands below."


def _trial(exercise: Exercise, finding: Finding, path: tuple[Any, ...]) -> Trial:
    expected = numeric_leaves(finding.expected)[path]
    got = find_leaf(finding.expected, finding.outcome.value, path) if finding.outcome.fault is None else None
    if got is not None and got.dtype.kind not in "biufc":
        got = None
    passed = got is not None and compare(expected, got, exercise.tolerance) is None
    return Trial(finding.case.args or (), expected, got, passed, finding.outcome.warned)


def _find_swapped(exercise: Exercise, findings: list[Finding]) -> list[str]:
    """The parts of a tuple, each right, in reversed order."""
    for f in findings:
        value = f.outcome.value
        if f.outcome.fault is not None or not is_sequence(f.expected) or not is_sequence(value):
            return []
        if compare(f.expected, tuple(value[::-1]), exercise.tolerance):
            return []
    return ["The parts of your answer are right, but in the wrong order."]


def _find_alone(exercise: Exercise, findings: list[Finding]) -> list[str]:
    """One part of a tuple, right, without the others."""
    if (
        not all(is_dict(f.expected) or type(f.expected) is tuple for f in findings)
        or len(findings[0].expected) < 2
    ):
        return []
    parts = [list(f.expected.values()) if is_dict(f.expected) else list(f.expected) for f in findings]
    keys = list(findings[0].expected) if is_dict(findings[0].expected) else range(len(parts[0]))
    for i, key in enumerate(keys):
        if all(
            f.outcome.fault is None
            and i < len(part)
            and not compare(part[i], f.outcome.value, exercise.tolerance)
            for f, part in zip(findings, parts, strict=True)
        ):
            missing = ", ".join(_name_part(exercise, (other,)) for other in keys if other != key)
            return [
                f"You give {_name_part(exercise, (key,))} alone, and it is right. Still missing: {missing}."
            ]
    return []


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


def parameter_names(exercise: Exercise, count: int) -> tuple[str, ...]:
    """The names of the reference's parameters, which the starter's are too."""
    assert exercise.solution is not None
    names = list(inspect.signature(exercise.solution).parameters)
    return tuple(names[:count]) + tuple(f"argument {i + 1}" for i in range(len(names), count))
