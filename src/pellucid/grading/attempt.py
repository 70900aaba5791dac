"""Run a submission: once in a fresh namespace, then its entry on a copy of every case's arguments.

This is the only part of grading that executes a learner's code, and it knows no expected answer. In the page it runs in an
interpreter that is thrown away afterwards, so whatever the code patches, patches nothing that judges.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import inspect
import io
import linecache
import warnings
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from pellucid import alias
from pellucid.grading.values import copy_arguments, plain, same_bits, to_tensors
from pellucid.xray import lapack
from pellucid.xray.failures import ErrorReport, cell_filename, report_error

SUBMISSION = "submission"
MAX_STDOUT = 16_000
MAX_WARNINGS = 3

FaultKind = Literal[
    "raised", "load", "exit", "syntax", "missing", "uncallable", "arity", "blank", "ended", "garbled"
]


@dataclass(frozen=True)
class Case:
    """The arguments of one call, or None where the entry is a value to be read, not a function to be called.

    With `tensors` the arrays among them arrive as tensors; all that judges sees arrays.
    """

    args: tuple[Any, ...] | None
    tensors: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the submission did with one case.

    `value` is plain data and means something only where `fault` is None; `changed` holds the positions of arguments that the call
    altered; `warned` the first of NumPy's warnings.
    """

    value: Any = None
    fault: FaultKind | None = None
    detail: str = ""
    error: ErrorReport | None = None
    changed: tuple[int, ...] = ()
    stdout: str = ""
    warned: tuple[str, ...] = ()


class _Output(io.TextIOBase):
    """Keeps the first characters that are printed and drops the rest, so that a flood costs nothing."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._left = MAX_STDOUT

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self._left > 0:
            self._pieces.append(text[: self._left])
            self._left -= len(text)
        return len(text)

    def take(self) -> str:
        """What was printed since the last call."""
        text = "".join(self._pieces)
        self._pieces.clear()
        return text


def attempt(source: str, entry: str, cases: Sequence[Case]) -> list[Outcome]:
    """Execute `source` and try its `entry` on every case. Whatever the code does, an Outcome for every case comes back."""
    if _is_blank(source, entry):
        return [Outcome(fault="blank")] * len(cases)
    output = _Output()
    with _listening(output) as warned:
        namespace, failed = _load(source)
        if failed is None:
            failed = _find_fault(namespace, entry, cases)
        if failed is not None:
            return [replace(failed, stdout=output.take())] * len(cases)
        return _try_all(namespace, entry, cases, output, warned)


def call_all(function: Callable[..., Any], cases: Sequence[Case]) -> list[Outcome]:
    """The same for a function that is already here: a reference, an alternative, a mistake of the author's own file."""
    output = _Output()
    namespace: dict[str, Any] = {}
    with _listening(output) as warned:
        return [_try(function, case, namespace, output, warned) for case in cases]


def _try_all(
    namespace: dict[str, Any],
    entry: str,
    cases: Sequence[Case],
    output: _Output,
    warned: list[warnings.WarningMessage],
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for case in cases:
        outcome = _try(namespace.get(entry), case, namespace, output, warned)
        outcomes.append(outcome)
        if outcome.fault == "exit":  # asked to end: the cases after it get the same answer
            break
    return outcomes + [outcomes[-1]] * (len(cases) - len(outcomes))


def _try(
    target: Any,
    case: Case,
    namespace: dict[str, Any],
    output: _Output,
    warned: list[warnings.WarningMessage],
) -> Outcome:
    if case.args is None:
        return Outcome(value=plain(target), stdout=output.take())
    args = copy_arguments(case.args)
    if case.tensors:
        args = to_tensors(args)
    warned.clear()
    try:
        outcome = Outcome(value=plain(target(*args)))
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the verdict must come back
        outcome = _failed(error, namespace)
    changed = tuple(
        i
        for i, (before, after) in enumerate(zip(case.args, args, strict=True))
        if _differs(before, plain(after) if case.tensors else after)
    )
    return replace(outcome, changed=changed, stdout=output.take(), warned=_read_warnings(warned))


def _read_warnings(warned: list[warnings.WarningMessage]) -> tuple[str, ...]:
    try:
        return tuple(str(warning.message)[:200] for warning in warned[:MAX_WARNINGS])
    except BaseException:  # a warning of the learner's own class
        return ()


def _differs(before: Any, after: Any) -> bool:
    try:
        return not same_bits(before, after)
    except BaseException:  # the learner's own objects were put into a list or dict, and their __eq__ runs
        return True


def _load(source: str) -> tuple[dict[str, Any], Outcome | None]:
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": _builtins()}
    alias.install()
    lapack.install()
    filename = cell_filename(SUBMISSION)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        exec(compile(source, filename, "exec", dont_inherit=True), namespace)
    except BaseException as error:
        failed = _failed(error, namespace)
        return namespace, replace(failed, fault="load") if failed.fault == "raised" else failed
    return namespace, None


def _failed(error: BaseException, namespace: dict[str, Any]) -> Outcome:
    try:
        report = report_error(error, SUBMISSION, namespace)
    except BaseException:  # the error's own class may be the learner's, and anything may happen in it
        report = ErrorReport(
            name="Error", message="(its text could not be made)", frames=[], line=None, help=None
        )
    if isinstance(error, NotImplementedError):
        return Outcome(fault="blank", error=report)
    if isinstance(error, NameError) and "Did you mean" not in (report["help"] or ""):
        report["help"] = (
            "An exercise runs on its own: import or define the name in it, or check its spelling."
        )
    if isinstance(error, SyntaxError) and not report["frames"][1:]:
        return Outcome(fault="syntax", error=report)
    return Outcome(
        fault="exit" if isinstance(error, (SystemExit, KeyboardInterrupt)) else "raised", error=report
    )


def _find_fault(namespace: dict[str, Any], entry: str, cases: Sequence[Case]) -> Outcome | None:
    """What keeps the entry from being tried at all."""
    if entry not in namespace:
        return Outcome(fault="missing", detail=_similar_name(namespace, entry))
    args = cases[0].args if cases else None
    if args is None:
        return None
    target = namespace[entry]
    if not callable(target):
        return Outcome(fault="uncallable", detail=type(target).__name__)
    try:
        signature = inspect.signature(target)
        names = ", ".join(map(str, signature.parameters))[:200]
    except BaseException:  # a callable without a signature, or with an odd one: calling it will show
        return None
    try:
        signature.bind(*args)
    except TypeError:
        return Outcome(fault="arity", detail=names)
    except BaseException:
        return None
    return None


def _similar_name(namespace: dict[str, Any], entry: str) -> str:
    """The learner's only function under another name, if there is exactly one."""
    functions = [name for name, value in namespace.items() if inspect.isfunction(value) and name != entry]
    return functions[0] if len(functions) == 1 else ""


def _is_blank(source: str, entry: str) -> bool:
    """Whether nothing is written yet: no code, or an entry whose body is a docstring, `pass` or `...` alone."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if not [node for node in body if not _says_nothing(node)]:
        return True
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            return all(map(_says_nothing, node.body))
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [entry]:
            return isinstance(node.value, ast.Constant) and node.value.value in (..., None)
    return False


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)


def _builtins() -> dict[str, Any]:
    """Python's own names, with those that talk to a terminal replaced."""
    return {**vars(builtins), "input": _no_input, "exit": _exit, "quit": _exit, "breakpoint": _no_input}


def _no_input(*_args: object) -> str:
    raise RuntimeError("An exercise has nobody to ask: everything that it needs comes in as arguments.")


def _exit(code: object = None) -> None:
    raise SystemExit(code)


@contextlib.contextmanager
def _listening(output: _Output) -> Generator[list[warnings.WarningMessage]]:
    """Capture what is printed and what NumPy warns about, and put NumPy's error handling back as it was."""
    with (
        contextlib.redirect_stdout(cast("io.TextIOBase", output)),
        contextlib.redirect_stderr(cast("io.TextIOBase", _Output())),
        warnings.catch_warnings(record=True) as warned,
        np.errstate(all="warn", under="ignore"),
    ):
        warnings.simplefilter("always")
        yield warned
