"""Run cells one after the other in one namespace, and stream what happens as events."""

from __future__ import annotations

import ast
import builtins
import contextlib
import linecache
import logging
import os
import warnings
from collections.abc import Callable, Generator, Sequence
from types import CodeType
from typing import Any, Literal, TypedDict, cast

from pellucid import alias
from pellucid.xray import figures, lapack
from pellucid.xray.complete import Completions, complete
from pellucid.xray.display import describe
from pellucid.xray.failures import cell_filename, report_error
from pellucid.xray.imports import strip_magics
from pellucid.xray.streams import OutputBudget, OutputStream

Emit = Callable[[dict[str, Any]], None]
Ask = Callable[[str], "str | None"]

BACKEND = "module://pellucid.xray.backend"


class RunStatus(TypedDict):
    """How a run ended."""

    status: Literal["ok", "error", "stopped"]


class Runner:
    """One session: a namespace that cells share, in the order in which they are run.

    `scale` is device pixels per CSS pixel for figures; `available` names the packages an error message may offer.
    Events are dictionaries in the form of `RunEvent` in web/src/contract.ts, with PNG images as bytes.
    """

    def __init__(
        self,
        *,
        max_chars: int = 262_144,
        max_figures: int = 20,
        scale: float = 2.0,
        available: Sequence[str] = (),
    ) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        self._max_chars = max_chars
        self._max_figures = max_figures
        self._scale = scale
        self._available = tuple(available)
        self._ask: Ask | None = None
        os.environ["MPLBACKEND"] = BACKEND
        alias.install()
        lapack.install()
        # Matplotlib would tell a reader's first figure that it builds its font cache.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

    def set_input(self, ask: Ask | None) -> None:
        """Let `ask(prompt)` answer input(); None from it, or no `ask`, raises EOFError in the cell."""
        self._ask = ask

    def complete(self, source: str, cursor: int) -> Completions:
        """What may stand at `cursor`, an index into `source`."""
        return complete(source, cursor, self.namespace)

    def run(self, cell: str, source: str, emit: Emit) -> RunStatus:
        """Run `source` as cell `cell`, handing each event to `emit` as it happens."""
        outcome = _Run(self._max_chars, self._max_figures, self._scale, emit)
        filename = cell_filename(cell)
        source = strip_magics(source)
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        # Else Python would keep silent about a warning that an earlier run of this line has shown.
        self.namespace.pop("__warningregistry__", None)
        self.namespace["display"] = outcome.show
        status: Literal["ok", "error", "stopped"] = "ok"
        with outcome.capturing(filename, self._read_line(outcome)):
            try:
                body, last = compile_cell(source, filename)
                exec(body, self.namespace)
                if last is not None:
                    outcome.show_last(eval(last, self.namespace), self.namespace)
                outcome.take_figures()
            except KeyboardInterrupt:
                status = "stopped"
            except SystemExit:
                outcome.note("exit() ended this cell. The session goes on.")
            except BaseException as error:  # whatever a learner's code raises is shown, never lost
                status = "error"
                outcome.fail(report_error(error, cell, self.namespace, self._available))
        return {"status": status}

    def _read_line(self, outcome: _Run) -> Callable[..., str]:
        def read_line(prompt: object = "") -> str:
            outcome.flush()
            answer = self._ask(str(prompt)) if self._ask else None
            if answer is None:
                raise EOFError("input() got no answer")
            outcome.emit({"type": "stdout", "text": f"{prompt}{answer}\n"})
            return answer

        return read_line


class _Run:
    """What one run may show, and how much of it."""

    def __init__(self, max_chars: int, max_figures: int, scale: float, emit: Emit) -> None:
        self.emit = emit
        self._figures_left = max_figures
        self._max_figures = max_figures
        self._scale = scale
        self._budget = OutputBudget(max_chars, self.note)
        self._stdout = OutputStream(lambda text: emit({"type": "stdout", "text": text}), self._budget)
        self._stderr = OutputStream(lambda text: emit({"type": "stderr", "text": text}), self._budget)

    def note(self, text: str) -> None:
        """Say something that the cell itself did not say."""
        self.emit({"type": "note", "text": text})

    def fail(self, report: Any) -> None:
        """Show an error after what was printed before it."""
        self.flush()
        self.emit({"type": "error", "error": report})

    def flush(self) -> None:
        """Show what was printed so far."""
        self._stdout.flush()
        self._stderr.flush()

    def show(self, *values: Any) -> None:
        """Show values in the middle of a cell: `display(x)`."""
        self.flush()
        for value in values:
            event = describe(value)
            self._budget.take(event["text"])
            if not self._budget.spent:
                self.emit(dict(event))
            self._budget.say_if_cut()

    def show_last(self, value: Any, namespace: dict[str, Any]) -> None:
        """Show the value of the last expression and keep it as `_`."""
        if value is None:
            return
        namespace["_"] = value
        if not _is_drawing(value):
            self.show(value)

    def take_figures(self) -> None:
        """Show the open figures of matplotlib, up to the limit of a run."""
        self.flush()
        events, left_out = figures.take_figures(self._scale, self._figures_left)
        self._figures_left -= len(events)
        for event in events:
            self.emit(dict(event))
        if left_out:
            self.note(f"{left_out} more figures were left out: a run shows at most {self._max_figures}.")

    @contextlib.contextmanager
    def capturing(self, filename: str, read_line: Callable[..., str]) -> Generator[None]:
        """Redirect output, warnings, input() and plt.show() for the time of the run."""

        def show_warning(
            message: Warning | str, category: type[Warning], where: str, line: int, *_: object, **__: object
        ) -> None:
            own = line if where == filename else None
            self.flush()
            self.emit(
                {"type": "warning", "category": category.__name__, "message": str(message), "line": own}
            )

        before = builtins.input, warnings.showwarning
        builtins.input, warnings.showwarning = read_line, show_warning
        figures.on_show = self.take_figures
        try:
            with contextlib.redirect_stdout(self._stdout), contextlib.redirect_stderr(self._stderr):
                yield
                self.flush()
        finally:
            builtins.input, warnings.showwarning = before
            figures.on_show = None


def compile_cell(source: str, filename: str) -> tuple[CodeType, CodeType | None]:
    """The cell's statements, and its last expression where it ends with one (a closing `;` hides its value)."""
    tree = ast.parse(source, filename)
    last: ast.Expr | None = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = tree.body.pop()  # pyright: ignore[reportAssignmentType]
    body = compile(tree, filename, "exec")
    return body, compile(ast.Expression(last.value), filename, "eval") if last else None


def _is_drawing(value: Any) -> bool:
    """True for what matplotlib's plotting functions return: the picture says it better."""
    if isinstance(value, (list, tuple)) and value:
        return all(_is_drawing(item) for item in cast("list[Any]", value))
    module: str = type(cast("object", value)).__module__
    return module.startswith("matplotlib.") and module != "matplotlib.colors"
