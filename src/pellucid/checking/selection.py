"""Which cells and exercises of a page are checked, and why the others are not."""

from __future__ import annotations

import json
from typing import Any

from pellucid.book import ExerciseBlock, Page
from pellucid.book.sources import exercises_file
from pellucid.checking.cells import CellToRun
from pellucid.checking.result import CheckResult


def cells_to_run(page: Page) -> list[CellToRun]:
    """The cells that run by themselves, in the page's order."""
    return [
        CellToRun(cell.id, cell.source, cell.seconds, "raises-exception" in cell.tags)
        for cell in page.cells
        if cell.runs and not cell.unavailable
    ]


def cells_left_out(page: Page) -> list[CheckResult]:
    """The other cells, with what their readers are told too: another language, a missing package, skipped by the author."""
    return [
        CheckResult(
            page.slug, f"cell {cell.id}", "python", "skipped", " ".join(cell.notes) or "tagged skip-run"
        )
        for cell in page.cells
        if not cell.runs or cell.unavailable
    ]


def grading_of(page: Page) -> dict[str, Any]:
    """What the page knows of its exercises.py: `source`, and `exercises` by id."""
    return json.loads(page.exercises_json) if page.exercises_json else {"source": "", "exercises": {}}


def graded_exercises(page: Page) -> list[ExerciseBlock]:
    """The exercises that something grades, in the page's order."""
    known = grading_of(page)["exercises"]
    return [block for block in page.exercises if block.id in known]


def ungraded_exercises(page: Page) -> list[CheckResult]:
    """The others: tasks to read where the page has no exercises.py, mistakes where it has one."""
    written = bool(page.exercises_json)
    file = exercises_file(page.file)
    detail = f"{file} does not grade it" if written else f"a task to read: there is no {file}"
    graded = graded_exercises(page)
    return [
        CheckResult(page.slug, f"exercise {block.id}", "python", "fails" if written else "skipped", detail)
        for block in page.exercises
        if block not in graded
    ]
