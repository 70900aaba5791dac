"""Run the cells of a page in CPython, in an own process, so that a cell that hangs or exits ends nothing else."""

from __future__ import annotations

import importlib.util
import multiprocessing
import queue
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from pellucid.checking.result import CheckResult

# A new process and its first imports take this long on a slow machine, on top of a cell's own limit.
START_SECONDS = 60


@dataclass(frozen=True)
class CellToRun:
    """What the other process needs of a cell; `may_raise` where the author shows an error on purpose."""

    id: str
    source: str
    seconds: int
    may_raise: bool


def check_cells(page: str, folder: Path, cells: Sequence[CellToRun]) -> Iterator[CheckResult]:
    """Run `cells` in order, as a reader would with Run all; after a hang the rest is not run."""
    missing = _missing_here(cells)
    if missing:
        names = ", ".join(missing)
        detail = f"not run here: {names} is not installed. Install it, or use --browser."
        yield from (CheckResult(page, f"cell {cell.id}", "python", "skipped", detail) for cell in cells)
        return
    context = multiprocessing.get_context("spawn")
    reports: Queue[tuple[str, str]] = context.Queue()
    process = context.Process(target=_run_cells, args=(str(folder), list(cells), reports), daemon=True)
    process.start()
    try:
        for position, cell in enumerate(cells):
            try:
                error = _wait(process, reports, cell.seconds + START_SECONDS)
            except queue.Empty:
                detail = f"did not end within {cell.seconds} s" if process.is_alive() else "ended the whole process"
                yield CheckResult(page, f"cell {cell.id}", "python", "fails", detail)
                for later in cells[position + 1 :]:
                    yield CheckResult(page, f"cell {later.id}", "python", "skipped", f"cell {cell.id} failed before")
                return
            yield CheckResult(page, f"cell {cell.id}", "python", "fails" if error else "holds", error)
    finally:
        process.kill()
        process.join()


def _missing_here(cells: Sequence[CellToRun]) -> list[str]:
    from pellucid.xray import find_imports

    names = {name for cell in cells for name in find_imports(cell.source)}
    return sorted(name for name in names if importlib.util.find_spec(name) is None)


def _wait(process: Any, reports: Queue[tuple[str, str]], seconds: float) -> str:
    """The next cell's error text ("" if it ran); queue.Empty if it hangs or its process died."""
    waited = 0.0
    while True:
        try:
            return reports.get(timeout=0.5)[1]
        except queue.Empty:
            waited += 0.5
            if waited >= seconds or not process.is_alive():
                raise


def _run_cells(folder: str, cells: list[CellToRun], reports: Queue[tuple[str, str]]) -> None:
    """In the other process: run and report, from the page's own folder, where its data lies."""
    import os

    from pellucid.xray import Runner

    os.chdir(folder)
    runner = Runner()
    for cell in cells:
        events: list[dict[str, Any]] = []
        runner.run(cell.id, cell.source, events.append)
        reports.put((cell.id, "" if cell.may_raise else problem_of(events)))


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
