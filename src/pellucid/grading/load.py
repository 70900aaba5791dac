"""Execute an author's exercises.py: for `pellucid check` and in the judge's own interpreter, nowhere else."""

from __future__ import annotations

import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any

from pellucid import alias
from pellucid.errors import BookError, Fault
from pellucid.grading.exercise import Exercise, collect
from pellucid.grading.kinds import KINDS
from pellucid.grading.outline import outline
from pellucid.xray import lapack


def load_exercises(path: Path) -> dict[str, Exercise]:
    """The exercises of a file, by id, in order. Raises BookError with every fault found, each with file and line."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BookError(
            [Fault(str(path), None, f"cannot be read: {error}.", "a text file in UTF-8")]
        ) from error
    return execute(source, str(path))


@lru_cache(maxsize=8)
def execute(source: str, file: str) -> dict[str, Exercise]:
    """The same from a text; `file` is the name that faults carry."""
    namespace: dict[str, Any] = {"__name__": "exercises", "__file__": file}
    alias.install()
    lapack.install()
    with collect() as made:
        try:
            exec(compile(source, file, "exec", dont_inherit=True), namespace)
        except BookError:
            raise
        except (Exception, SystemExit) as error:
            raise BookError([_describe_failure(error, file)]) from error
    faults = [fault for one in made for fault in find_gaps(one)] + _find_twins(made)
    if faults:
        raise BookError(faults)
    outlines = outline(source, file)
    for one in made:
        if one.id in outlines:
            one.shown = (outlines[one.id].solution, *outlines[one.id].alternatives)
    return {one.id: one for one in made}


def find_gaps(exercise: Exercise) -> list[Fault]:
    """What an exercise lacks before it can grade anything."""
    faults: list[Fault] = []
    if exercise.solution is None:
        faults.append(
            Fault(
                *exercise.place,
                f"exercise {exercise.id!r} has no reference.",
                "a solution under @ex.reference",
            )
        )
    if KINDS[exercise.kind].takes_inputs and exercise.make_inputs is None:
        faults.append(
            Fault(*exercise.place, f"exercise {exercise.id!r} has no inputs.", "a generator under @ex.inputs")
        )
    return faults


def _find_twins(made: list[Exercise]) -> list[Fault]:
    seen: set[str] = set()
    faults: list[Fault] = []
    for one in made:
        if one.id in seen:
            faults.append(
                Fault(*one.place, f"the id {one.id!r} is used twice.", "an id of its own for each exercise")
            )
        seen.add(one.id)
    return faults


def _describe_failure(error: BaseException, file: str) -> Fault:
    if isinstance(error, SyntaxError):
        return Fault(file, error.lineno, f"is not Python: {error.msg}.", "a Python file")
    lines = [entry.lineno for entry in traceback.extract_tb(error.__traceback__) if entry.filename == file]
    return Fault(
        file, lines[-1] if lines else None, f"{type(error).__name__}: {error}.", "a file that can be executed"
    )
