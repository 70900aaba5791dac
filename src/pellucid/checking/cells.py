"""Run the cells of a page in CPython, in an own process, so that a cell that hangs or exits ends nothing else."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pellucid.checking.result import CheckResult

# A new process and its imports take this long on a slow machine, on top of the first cell's own limit.
START_SECONDS = 60.0


@dataclass(frozen=True)
class CellToRun:
    """What the other process needs of a cell; `may_raise` where the author shows an error on purpose."""

    id: str
    source: str
    seconds: float
    may_raise: bool


def check_cells(page: str, folder: Path, cells: Sequence[CellToRun]) -> Iterator[CheckResult]:
    """Run `cells` in order in `folder`, as a reader would with Run all; after one that does not end the rest is not run."""
    if not cells:
        return
    missing = _missing_here(cells)
    if missing:
        names = ", ".join(missing)
        detail = f"not run here: {names} is not installed. Install it, or use --browser."
        yield from (CheckResult(page, f"cell {cell.id}", "python", "skipped", detail) for cell in cells)
        return
    with _started(folder, cells) as reports:
        starting, broken = START_SECONDS, ""
        for cell in cells:
            item = f"cell {cell.id}"
            if broken:
                yield CheckResult(page, item, "python", "skipped", broken)
                continue
            try:
                problem = _receive(reports, starting + cell.seconds)
            except (TimeoutError, EOFError) as error:
                ended = isinstance(error, EOFError)
                problem = "ended the whole process" if ended else f"did not end within {cell.seconds:g} s"
                broken = f"{item} failed before"
            starting = 0.0
            yield CheckResult(page, item, "python", "fails" if problem else "holds", problem)


def _missing_here(cells: Sequence[CellToRun]) -> list[str]:
    from pellucid.xray import find_imports

    names = {name for cell in cells for name in find_imports(cell.source)} - sys.modules.keys()
    return sorted(name for name in names if importlib.util.find_spec(name) is None)


@contextmanager
def _started(folder: Path, cells: Sequence[CellToRun]) -> Generator[Connection]:
    """Where a process that runs `cells` reports each one's problem, "" for none. It is ended afterwards."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run_cells, args=(str(folder), list(cells), there), daemon=True)
    process.start()
    there.close()  # so that the end of the process is the end of the pipe
    try:
        yield here
    finally:
        process.kill()
        process.join()
        here.close()


def _receive(reports: Connection, seconds: float) -> str:
    """The next report. Raises TimeoutError where none comes in time, EOFError where the process has ended."""
    try:
        if not reports.poll(seconds):
            raise TimeoutError
        return reports.recv()
    except (BrokenPipeError, ConnectionResetError):  # so Windows says it
        raise EOFError from None


def _run_cells(folder: str, cells: list[CellToRun], reports: Connection) -> None:
    """In the other process: run and report, from the page's own folder, where its data lies."""
    from pellucid.xray import Runner

    os.chdir(folder)
    runner = Runner()
    for cell in cells:
        events: list[dict[str, Any]] = []
        runner.run(cell.id, cell.source, events.append)
        reports.send("" if cell.may_raise else problem_of(events))


def problem_of(events: Sequence[dict[str, Any]]) -> str:
    """What went wrong in a run, in one line; "" if nothing did. A warning counts: a reader would see it."""
    for event in events:
        if event["type"] == "error":
            error = event["error"]
            place = f"line {error['line']}: " if error["line"] else ""
            return f"{place}{error['name']}: {error['message']}"
        if event["type"] == "warning":
            return f"{event['category']}: {event['message']}"
    return ""
