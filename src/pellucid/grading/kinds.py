"""The kinds of exercise. To add one, add a row to KINDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.grading.compare import EXACT, Mismatch, Tolerance, as_array, compare, show_shape

OptionFaults = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Kind:
    """How one kind is submitted and compared.

    `entry` is the default name that the learner defines ("": the author must give one); `takes_inputs` says whether it is a
    function that is called on generated arguments or a value that is read; `task` completes "You have not …"; `vacuous` says
    whether the answers that say nothing (0, 1, NaN, …) must be shown to fail.
    """

    entry: str
    takes_inputs: bool
    task: str
    compare: Callable[[Any, Any, Tolerance], Mismatch | None]
    find_option_faults: Callable[[Sequence[str], int | None, Mapping[int, str]], OptionFaults]
    vacuous: bool = True


def _compare_shapes(expected: Any, got: Any, _tolerance: Tolerance) -> Mismatch | None:
    """A shape is right when its numbers are: tuple, list and array alike, and `3` for `(3,)`."""
    wanted, found = as_array(expected), as_array(got)
    if wanted is not None and found is not None and wanted.ndim == 1 and found.ndim == 0:
        found = found.reshape(1)
    if wanted is None or found is None or found.ndim != 1 or (found.dtype.kind not in "iu" and found.size):
        return Mismatch((), "structure", "A shape is a tuple of whole numbers, such as `(3, 2)`.")
    if wanted.tolist() != found.tolist():
        return Mismatch((), "values", f"The shape is not {show_shape(tuple(found.tolist()))}.")
    return None


def _compare_choices(expected: Any, got: Any, _tolerance: Tolerance) -> Mismatch | None:
    return compare(expected, got, EXACT)


def _no_options(options: Sequence[str], answer: int | None, messages: Mapping[int, str]) -> OptionFaults:
    if options or answer is not None or messages:
        yield (
            "options, answer and messages belong to the kind 'choice'",
            "kind='choice', or none of the three",
        )


def _choice_options(options: Sequence[str], answer: int | None, messages: Mapping[int, str]) -> OptionFaults:
    if len(options) < 2 or len(set(options)) < len(options):
        yield "a choice needs options that differ", 'options=["…", "…", …]'
    if answer is None or not 0 <= answer < len(options):
        yield f"the answer {answer} is none of the {len(options)} options", "answer=INDEX, from 0"
    wrong = set(range(len(options))) - {answer}
    if set(messages) != wrong or not all(text.strip() for text in messages.values()):
        yield (
            f"messages are given for {sorted(messages)}",
            f"messages={{index: why it is wrong}} for {sorted(wrong)}",
        )


KINDS: dict[str, Kind] = {
    "function": Kind("", True, "written the function", compare, _no_options),
    "value": Kind("answer", False, "computed the answer", compare, _no_options),
    "shape": Kind("answer", False, "predicted the shape", _compare_shapes, _no_options),
    "choice": Kind("answer", False, "chosen an answer", _compare_choices, _choice_options, vacuous=False),
}
