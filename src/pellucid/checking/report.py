"""Check a whole book: walk its pages, show a bar while it runs and a table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pellucid.book import Builder, Page
from pellucid.checking.cells import CellToRun, check_cells
from pellucid.checking.result import CheckResult
from pellucid.errors import BookError, PellucidError
from pellucid.grading import load_exercises, prove
from pellucid.places import built_front_end

MARKS = {"holds": "[green]holds[/green]", "fails": "[red]FAILS[/red]", "skipped": "[yellow]skipped[/yellow]"}


def check_book(book: Path, *, seeds: int, only: str, runtime: Path | None, console: Console) -> bool:
    """Check the book in `book`; with `runtime` also in the browser. True if nothing failed."""
    site = Builder(book, static=built_front_end()).build()
    if site.faults:
        raise BookError(site.faults)
    pages = [page for page in site.pages if only in page.slug]
    if not pages:
        raise PellucidError(f"No chapter's name contains {only!r}.", f"There are: {', '.join(p.slug for p in site.pages)}")
    total = sum(len(page.cells) + len(page.exercises) for page in pages) * (2 if runtime else 1)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    results: list[CheckResult] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("checking", total=total)
        for result in _check_pages(book, pages, seeds, runtime):
            results.append(result)
            progress.update(task, advance=1, description=f"{result.page}: {result.item} ({result.where})")
    _print(console, results)
    return all(result.outcome != "fails" for result in results)


def _check_pages(book: Path, pages: list[Page], seeds: int, runtime: Path | None) -> Iterator[CheckResult]:
    for page in pages:
        yield from check_cells(page.slug, (book / page.file).parent, cells_to_run(page))
        yield from check_exercises(book, page, seeds)
    if runtime is not None:
        from pellucid.checking.browser import check_in_browser

        yield from check_in_browser(book, pages, seeds, runtime)


def cells_to_run(page: Page) -> list[CellToRun]:
    """The cells that run by themselves, in the page's order."""
    return [
        CellToRun(cell.id, cell.source, cell.seconds, "raises-exception" in cell.tags)
        for cell in page.cells
        if cell.runs and not cell.unavailable
    ]


def check_exercises(book: Path, page: Page, seeds: int) -> Iterator[CheckResult]:
    """Prove each exercise of a page in CPython."""
    if not page.exercises:
        return
    loaded = load_exercises((book / page.file).parent / "exercises.py")
    for block in page.exercises:
        proofs = prove(loaded[block.id], block.starter, seeds=seeds)
        broken = [f"{proof.claim}: {proof.detail}" for proof in proofs if not proof.holds]
        detail = "; ".join(broken) if broken else f"{len(proofs)} claims, {seeds} seeds"
        yield CheckResult(page.slug, f"exercise {block.id}", "python", "fails" if broken else "holds", detail)


def _print(console: Console, results: list[CheckResult]) -> None:
    table = Table("page", "what", "where", "result", "detail", box=None, pad_edge=False)
    for result in results:
        table.add_row(result.page, result.item, result.where, MARKS[result.outcome], result.detail)
    console.print(table)
    counts = {name: sum(result.outcome == name for result in results) for name in MARKS}
    console.print(f"{counts['holds']} hold, {counts['fails']} fail, {counts['skipped']} skipped")
