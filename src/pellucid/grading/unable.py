"""What to say where a submission could not be tried at all."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from pellucid.grading.attempt import Outcome
from pellucid.grading.exercise import Exercise
from pellucid.grading.kinds import KINDS
from pellucid.xray.failures import ErrorReport

Words = tuple[str, str, str]  # status, title, message


def say_blank(exercise: Exercise, _outcome: Outcome) -> Words:
    """Nothing is written yet."""
    return (
        "incomplete",
        "Not yet written",
        f"You have not {KINDS[exercise.kind].task} yet. Try a first step, or open a hint.",
    )


def say_syntax(_exercise: Exercise, outcome: Outcome) -> Words:
    """Python cannot read it."""
    line = f" in line {outcome.error['line']}" if outcome.error and outcome.error["line"] else ""
    return "error", "Python cannot read this", f"The text stops making sense{line}. {_error_text(outcome)}"


def say_load(_exercise: Exercise, outcome: Outcome) -> Words:
    """It stops before the entry is tried."""
    return (
        "error",
        "Your code stopped with an error",
        f"It stopped before it could be checked. {_error_text(outcome)}",
    )


def say_missing(exercise: Exercise, outcome: Outcome) -> Words:
    """The entry does not exist."""
    found = f" There is `{outcome.detail}`: is that it under another name?" if outcome.detail else ""
    if KINDS[exercise.kind].takes_inputs:
        return (
            "error",
            f"`{exercise.entry}` is missing",
            f"Define a function named `{exercise.entry}`.{found}",
        )
    return "incomplete", "No answer yet", f"Assign your answer to the name `{exercise.entry}`.{found}"


def say_uncallable(exercise: Exercise, outcome: Outcome) -> Words:
    """The entry is not a function."""
    return (
        "error",
        f"`{exercise.entry}` is not a function",
        f"`{exercise.entry}` is of type `{outcome.detail}`: begin with `def {exercise.entry}({_parameters(exercise)}):`.",
    )


def say_arity(exercise: Exercise, outcome: Outcome) -> Words:
    """The entry takes other parameters."""
    return (
        "error",
        "The parameters differ",
        f"`{exercise.entry}` is called with ({_parameters(exercise)}), but yours takes ({outcome.detail}).",
    )


def say_exit(_exercise: Exercise, outcome: Outcome) -> Words:
    """It asked Python to end."""
    name = outcome.error["name"] if outcome.error else "SystemExit"
    return (
        "error",
        "Your code ended itself",
        f"It raised `{name}`, as `exit()` does, so there is no answer to check: use `return`.",
    )


def say_ended(_exercise: Exercise, outcome: Outcome) -> Words:
    """Its interpreter ended before it answered."""
    title, message = ENDINGS.get(outcome.detail, ENDINGS["crashed"])
    return "error", title, message


def say_garbled(_exercise: Exercise, outcome: Outcome) -> Words:
    """What came back cannot be read."""
    return (
        "error",
        "The answer cannot be read",
        f"What your code handed back cannot be read: {outcome.detail}.",
    )


ENDINGS = {
    "time": (
        "Your code did not finish",
        "It was stopped at the time limit. Look for a loop that never ends, or for work that grows much faster than the input.",
    ),
    "memory": (
        "Your code ran out of memory",
        "Python had to be restarted. Look for an array that is far larger than the inputs.",
    ),
    "crashed": (
        "Your code ended Python",
        "The interpreter that ran it ended before it gave an answer. Your text is kept.",
    ),
}

UNABLE: dict[str, Callable[[Exercise, Outcome], Words]] = {
    "blank": say_blank,
    "syntax": say_syntax,
    "load": say_load,
    "missing": say_missing,
    "uncallable": say_uncallable,
    "arity": say_arity,
    "exit": say_exit,
    "ended": say_ended,
    "garbled": say_garbled,
}


def _parameters(exercise: Exercise) -> str:
    return "" if exercise.solution is None else ", ".join(inspect.signature(exercise.solution).parameters)


def _error_text(outcome: Outcome) -> str:
    return "" if outcome.error is None else describe_error(outcome.error)


def describe_error(error: ErrorReport) -> str:
    """An exception in a sentence, with the help that is known for it."""
    text = f"`{error['name']}`: {error['message']}" if error["message"] else f"`{error['name']}`"
    return f"{text}\n\n{error['help']}" if error["help"] else text
