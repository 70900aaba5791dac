"""What an author writes about one exercise: inputs, reference, other right solutions, mistakes, hints."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from pellucid.errors import BookError, Fault
from pellucid.grading.attempt import Case, Outcome, attempt, call_all
from pellucid.grading.compare import Tolerance
from pellucid.grading.kinds import KINDS
from pellucid.grading.outline import Code
from pellucid.grading.values import Opaque, plain

Solution = Callable[..., Any]
Inputs = Callable[[np.random.Generator], Iterable[tuple[Any, ...]]]
Check = Callable[[tuple[Any, ...], Any], "str | None"]
S = TypeVar("S", bound=Solution)

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Mistake:
    """An anticipated wrong solution and what to say to who makes it.

    `variants` are one or more ways to make it, each a function or a source text: the same mistake with another constant.
    """

    name: str
    message: str
    variants: tuple[Solution | str, ...]

    def try_variants(self, entry: str, cases: Sequence[Case]) -> Iterator[list[Outcome]]:
        """What each variant does on `cases`."""
        for variant in self.variants:
            yield attempt(variant, entry, cases) if isinstance(variant, str) else try_author(variant, cases)


def try_author(function: Solution, cases: Sequence[Case]) -> list[Outcome]:
    """Call an author's function on each case; where cases have no arguments, its result is the value."""
    if cases and cases[0].args is None:
        return [Outcome(value=plain(function()))] * len(cases)
    return call_all(function, cases)


class Exercise:
    """One exercise. Made by `exercise(...)`; filled by its decorators, in any order."""

    def __init__(self, id: str, kind: str, entry: str, hints: Sequence[str], tolerance: Tolerance) -> None:
        self.id = id
        self.kind = kind
        self.entry = entry
        self.hints = tuple(hints)
        self.tolerance = tolerance
        self.keeps_inputs = True
        self.parts: tuple[str, ...] = ()
        self.check: Check | None = None
        self.make_inputs: Inputs | None = None
        self.solution: Solution | None = None
        self.alternatives: list[Solution] = []
        self.mistakes: list[Mistake] = []
        self.shown: tuple[Code, ...] = ()  # solutions as the page shows them, where the file's text is known
        self.place = _calling_place()

    def inputs(self, function: Inputs) -> Inputs:
        """Decorator: the generator of arguments, given a seeded `numpy.random.Generator`."""
        if not KINDS[self.kind].takes_inputs:
            raise self._fault(f"the kind {self.kind!r} takes no inputs", "no @inputs")
        if self.make_inputs is not None:
            raise self._fault("has two functions under @inputs", "one generator that yields every case")
        self.make_inputs = function
        return function

    def reference(self, function: S) -> S:
        """Decorator: the solution that is shown, and that gives the expected answers."""
        if self.solution is not None:
            raise self._fault(
                "has two references", "one @reference; put other right solutions under @accepts"
            )
        self.solution = function
        return function

    def accepts(self, function: S) -> S:
        """Decorator: another right solution."""
        self.alternatives.append(function)
        return function

    def mistake(
        self, message: str, *, name: str | None = None, source: str | None = None, **variants: Sequence[Any]
    ) -> Callable[[S], S]:
        """Decorator: a whole wrong solution.

        With `source` (and `name`) the solution is that text, and nothing is decorated. One more keyword, such as
        `eps=(1e-15, 1e-12)`, names a parameter of the solution: with each of these values it is the same mistake.
        """
        if not isinstance(message, str) or not message.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - authors are not type-checked
            raise self._fault(
                "has a mistake without a message", '@ex.mistake("what the learner did, in mathematics")'
            )
        if len(variants) > 1:
            raise self._fault(f"has a mistake that varies by {sorted(variants)}", "one parameter that varies")
        if source is not None:
            if not name:
                raise self._fault(
                    "has a mistake from source without a name", 'ex.mistake("…", name="…", source="…")'
                )
            self._add(Mistake(name, message, (source,)))

        def keep(function: S) -> S:
            found = tuple(
                partial(function, **{key: value}) for key, values in variants.items() for value in values
            )
            self._add(Mistake(name or function.__name__, message, found or (function,)))
            return function

        return keep

    def _add(self, mistake: Mistake) -> None:
        if any(known.name == mistake.name for known in self.mistakes):
            raise self._fault(f"has two mistakes named {mistake.name!r}", "a name of its own for each")
        self.mistakes.append(mistake)

    def _fault(self, message: str, expected: str) -> BookError:
        return _author_error(f"exercise {self.id!r} {message}.", expected)

    def expected(self, cases: Sequence[Case]) -> list[Any]:
        """The reference's answer for each case."""
        assert self.solution is not None
        outcomes = try_author(self.solution, cases)
        for case, outcome in zip(cases, outcomes, strict=True):
            if outcome.fault is not None or outcome.value is None or isinstance(outcome.value, Opaque):
                reason = (
                    outcome.error["message"]
                    if outcome.error
                    else outcome.fault or f"it gives {outcome.value!r}"
                )
                raise self._fault(
                    f"has a reference that fails on {case.args!r:.300}: {reason}", "an answer for every case"
                )
        return [outcome.value for outcome in outcomes]


def exercise(
    id: str,
    *,
    kind: str = "function",
    entry: str | None = None,
    hints: Sequence[str] = (),
    rtol: float = 1e-6,
    atol: float = 1e-9,
    accept_column: bool = False,
    keeps_inputs: bool = True,
    parts: Sequence[str] = (),
    check: Check | None = None,
    options: Sequence[str] = (),
    answer: int | None = None,
    messages: Mapping[int, str] | None = None,
) -> Exercise:
    """Begin an exercise; its decorators then take inputs, reference, alternatives and mistakes (docs/reference/exercises.md).

    Raises BookError, with the author's file and line, where an option is wrong.
    """
    faults = list(_find_option_faults(id, kind, entry, hints, rtol, atol))
    if not faults:
        faults = list(KINDS[kind].find_option_faults(options, answer, messages or {}))
    if faults:
        raise BookError([_author_fault(f"exercise {id!r}: {text}", wanted) for text, wanted in faults])
    made = Exercise(id, kind, entry or KINDS[kind].entry, hints, Tolerance(rtol, atol, accept_column))
    made.keeps_inputs = keeps_inputs
    made.parts = tuple(parts)
    made.check = check
    if options and answer is not None:
        _fill_choice(made, answer, messages or {})
    collected = _collected.get()
    if collected is not None:
        collected.append(made)
    return made


def _fill_choice(made: Exercise, answer: int, messages: Mapping[int, str]) -> None:
    """A choice is a value whose mistakes are the other options."""
    made.solution = lambda: answer
    for option, message in sorted(messages.items()):
        made.mistakes.append(Mistake(f"option-{option}", message, (partial(int, option),)))


def _find_option_faults(
    id: str, kind: str, entry: str | None, hints: Sequence[str], rtol: float, atol: float
) -> Iterator[tuple[str, str]]:
    if not ID.fullmatch(id):
        yield "the id is not usable", "lower-case words joined by hyphens, as in 'least-squares'"
    if kind not in KINDS:
        yield f"there is no kind {kind!r}", f"one of {', '.join(KINDS)}"
    elif entry is None and not KINDS[kind].entry:
        yield "the entry is missing", 'entry="the name of the function that the learner writes"'
    if entry is not None and not IDENTIFIER.fullmatch(entry):
        yield f"the entry {entry!r} is not a Python name", "a name such as 'least_squares'"
    if isinstance(hints, str) or not all(isinstance(hint, str) for hint in hints):  # pyright: ignore[reportUnnecessaryIsInstance]
        yield "the hints are not a list of texts", 'hints=["…", "…", "…"]'
    if not (0 <= rtol < 1 and 0 <= atol < float("inf")):
        yield f"rtol={rtol}, atol={atol} is no tolerance", "0 ≤ rtol < 1 and 0 ≤ atol"


_collected: ContextVar[list[Exercise] | None] = ContextVar("collected", default=None)


@contextmanager
def collect() -> Generator[list[Exercise]]:
    """The exercises that are made inside the `with`, in order."""
    exercises: list[Exercise] = []
    token = _collected.set(exercises)
    try:
        yield exercises
    finally:
        _collected.reset(token)


def _calling_place() -> tuple[str, int | None]:
    """File and line of the author's code: the nearest frame outside this package."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("pellucid.grading"):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _author_fault(message: str, expected: str) -> Fault:
    file, line = _calling_place()
    return Fault(file, line, message, expected)


def _author_error(message: str, expected: str) -> BookError:
    return BookError([_author_fault(message, expected)])
