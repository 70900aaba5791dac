"""An exception as a learner can use it: own lines only, the failing line, one sentence of help."""

from __future__ import annotations

import builtins
import difflib
import linecache
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

MAX_FRAMES = 8
MAX_MESSAGE = 2_000


class ErrorFrame(TypedDict):
    """One of the learner's own lines on the way to the error."""

    cell: str
    line: int
    source: str
    function: str


class ErrorReport(TypedDict):
    """What the page shows for an exception; `line` is the failing line of the cell that ran."""

    name: str
    message: str
    frames: list[ErrorFrame]
    line: int | None
    help: str | None


@dataclass(frozen=True)
class Situation:
    """What a help rule may look at."""

    error: BaseException
    message: str
    namespace: Mapping[str, Any]
    available: Sequence[str]


def cell_filename(cell: str) -> str:
    """The file name that a cell's code is compiled under."""
    return f"<cell {cell}>"


def report_error(
    error: BaseException, cell: str, namespace: Mapping[str, Any], available: Sequence[str] = ()
) -> ErrorReport:
    """Describe `error`, raised while `cell` ran, with the frames of the learner's own code only."""
    message = safe_text(error)[:MAX_MESSAGE]
    frames = _own_frames(error)
    lines = [frame["line"] for frame in frames if frame["cell"] == cell]
    if isinstance(error, SyntaxError):
        message = error.msg or message
    return {
        "name": type(error).__name__,
        "message": message,
        "frames": _shorten(frames),
        "line": lines[-1] if lines else None,
        "help": find_help(Situation(error, message, namespace, available)),
    }


def safe_text(error: BaseException) -> str:
    """`str(error)`, even where that raises."""
    try:
        return str(error)
    except Exception:
        return "(the error's own text could not be made)"


def _own_frames(error: BaseException) -> list[ErrorFrame]:
    frames = [
        _frame(entry.filename, entry.lineno or 0, entry.name)
        for entry in traceback.extract_tb(error.__traceback__)
        if entry.filename.startswith("<cell ")
    ]
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell "):
        frames.append(_frame(error.filename or "", error.lineno or 0, "<module>"))
    return frames


def _frame(filename: str, line: int, function: str) -> ErrorFrame:
    return {
        "cell": filename[len("<cell ") : -1],
        "line": line,
        "source": linecache.getline(filename, line).strip()[:400],
        "function": "" if function == "<module>" else function,
    }


def _shorten(frames: list[ErrorFrame]) -> list[ErrorFrame]:
    """A recursion's thousand equal frames say no more than its first and last ones."""
    if len(frames) <= MAX_FRAMES:
        return frames
    return frames[: MAX_FRAMES // 2] + frames[-MAX_FRAMES // 2 :]


def find_help(situation: Situation) -> str | None:
    """The sentence of the first rule that knows this error."""
    for kind, rule in HELP:
        if isinstance(situation.error, kind):
            sentence = rule(situation)
            if sentence:
                return sentence
    return None


def _help_name(situation: Situation) -> str | None:
    name = getattr(situation.error, "name", None)
    if not isinstance(name, str):
        return None
    if name in _USUAL_IMPORTS:
        return f"`{name}` is not imported yet: add `{_USUAL_IMPORTS[name]}`, or run the cell above that imports it."
    known = [*situation.namespace, *vars(builtins)]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    if close:
        return f"There is no `{name}`. Did you mean `{close[0]}`?"
    return f"`{name}` has no value yet. Run the cell that defines it first (Run all above), or check its spelling."


_USUAL_IMPORTS = {
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "pd": "import pandas as pd",
    "sp": "import scipy as sp",
    "math": "import math",
}


def _help_module(situation: Situation) -> str | None:
    if not situation.available:
        return None
    name = (getattr(situation.error, "name", None) or "").partition(".")[0]
    listed = ", ".join(sorted(situation.available, key=str.lower))
    if name in situation.available:
        return f"`{name}` is here, but must be named in an import of the cell itself: add `import {name}`."
    return f"`{name}` is not available in the browser. Available are Python's standard library and {listed}."


_MATMUL = re.compile(r"size (\d+) is different from (\d+)")
_BROADCAST = re.compile(r"shapes ((?:\([\d,]*\)\s*)+)")
_ALIGNED = re.compile(r"shapes (\([\d,]*\)) and (\([\d,]*\)) not aligned")


def _help_shapes(situation: Situation) -> str | None:
    if match := _MATMUL.search(situation.message):
        return (
            f"In a product `A @ B` the last axis of A and the first axis of B must be equal; here they are {match[2]} and "
            f"{match[1]}. Print both shapes; often one factor must be transposed (`.T`)."
        )
    if match := _ALIGNED.search(situation.message):
        return f"The inner sizes of {match[1]} and {match[2]} must be equal. Often one factor must be transposed (`.T`)."
    if match := _BROADCAST.search(situation.message):
        return (
            f"The shapes {match[1].strip()} do not fit: compared from the right, two sizes must be equal or one of them 1. "
            "Print `.shape` of both, or add an axis with `[:, None]`."
        )
    return None


def _help_linalg(situation: Situation) -> str | None:
    text = situation.message.lower()
    if "singular" in text:
        return (
            "The matrix has no inverse: some column is a combination of the others. Check for repeated or constant columns, "
            "or use `np.linalg.lstsq`, the pseudo-inverse, or a ridge term."
        )
    if "positive definite" in text:
        return "Cholesky needs a symmetric matrix with positive eigenvalues only; look at `np.linalg.eigvalsh(A)`."
    if "square" in text:
        return "This operation needs as many rows as columns; print `.shape`."
    return None


def _help_indentation(situation: Situation) -> str:
    if isinstance(situation.error, TabError):
        return "Tabs and spaces are mixed. Use four spaces for each level."
    if "expected an indented block" in situation.message:
        return "After a line that ends with a colon, the next line must be indented by four spaces."
    if "unexpected indent" in situation.message:
        return "This line stands further right than the line above allows: remove the spaces at its start."
    return "The lines of one block must begin in the same column; use four spaces for each level."


def _help_syntax(situation: Situation) -> str | None:
    text = situation.message
    if "was never closed" in text:
        return "A bracket was opened here and not closed."
    if "expected ':'" in text:
        return "Lines that begin with if, for, while, def, class, with or else end with a colon."
    if "Maybe you meant '=='" in text:
        return "One `=` gives a name a value; `==` compares."
    if "unterminated string" in text:
        return "The text has no closing quotation mark."
    return "Python cannot read this line; look at it and at the end of the line before."


def _help_type(situation: Situation) -> str | None:
    text = situation.message
    if "NoneType" in text:
        return "A value is None here. Often a function has no `return`, or a method that changes its object was assigned."
    if "not callable" in text:
        return "Something that is no function is called with (). Was a function's name reused for a value?"
    if "positional argument" in text:
        return "The call gives another number of arguments than the function takes; compare it with its `def` line."
    return None


def _help_attribute(situation: Situation) -> str | None:
    if "NoneType" in situation.message:
        return "A value is None here. Often a function has no `return`."
    name, owner = getattr(situation.error, "name", None), getattr(situation.error, "obj", None)
    if not isinstance(name, str) or owner is None:
        return None
    close = difflib.get_close_matches(name, dir(owner), n=1, cutoff=0.7)
    return f"There is no `.{name}` there. Did you mean `.{close[0]}`?" if close else None


def _help_index(_: Situation) -> str:
    return "Indices begin at 0, so the last one is the length minus 1. Print `.shape` or `len(…)`."


def _help_key(_: Situation) -> str:
    return "There is no such key. Print the keys (`list(d)`), and for a data frame `df.columns`."


def _help_recursion(_: Situation) -> str:
    return "A function calls itself without end: check the case that should stop it."


def _help_memory(_: Situation) -> str:
    return "The page's memory is full. Use smaller arrays, or Restart to free what earlier cells hold."


def _help_division(_: Situation) -> str:
    return "The divisor is zero. Check it before the division; with NumPy arrays `np.where` or `np.divide(…, where=…)` helps."


def _help_input(_: Situation) -> str:
    return "`input()` got no answer."


# The first matching rule that has something to say wins; subclasses stand before their bases.
HELP: tuple[tuple[type[BaseException], Callable[[Situation], str | None]], ...] = (
    (ModuleNotFoundError, _help_module),
    (NameError, _help_name),
    (IndentationError, _help_indentation),
    (SyntaxError, _help_syntax),
    (RecursionError, _help_recursion),
    (MemoryError, _help_memory),
    (ZeroDivisionError, _help_division),
    (IndexError, _help_index),
    (KeyError, _help_key),
    (EOFError, _help_input),
    (AttributeError, _help_attribute),
    (ValueError, _help_linalg),  # LinAlgError is a ValueError
    (ValueError, _help_shapes),
    (TypeError, _help_type),
)
