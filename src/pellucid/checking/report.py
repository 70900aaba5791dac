"""Check a whole book: walk its pages, show a bar while it runs and a table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from pellucid.book import Builder, Page
from pellucid.book.sources import exercises_file
from pellucid.checking.cells import check_cells
from pellucid.checking.result import CheckResult, proved
from pellucid.checking.selection import cells_left_out, cells_to_run, graded_exercises, ungraded_exercises
from pellucid.errors import BookError, Fault, PellucidError
from pellucid.grading import load_exercises, prove
from pellucid.places import built_front_end

STYLES = {"holds": "green", "fails": "red", "skipped": "yellow"}


def check_book(
    book: Path,
    *,
    seeds: int,
    only: str,
    runtime: Path | None,
    console: Console,
    warn: Callable[[Sequence[Fault]], None],
) -> bool:
    """Check the book in `book`; with `runtime` also in the browser. True if nothing failed.

    `only` is part of the names of the pages to check; `warn` gets what is wrong with a book that is read leniently. Raises
    BookError for the mistakes of a strict book.
    """
    site = Builder(book, static=built_front_end()).build()
    warn(site.warnings)
    pages = [page for page in site.pages if only in page.slug]
    if not pages:
        raise PellucidError(
            f"No chapter's name contains {only!r}.",
            f"There are: {', '.join(p.slug for p in site.pages if p.slug)}",
        )
    places = 2 if runtime else 1
    total = sum(places * len(cells_to_run(page)) + len(cells_left_out(page)) for page in pages)
    total += sum(places * len(graded_exercises(page)) + len(ungraded_exercises(page)) for page in pages)
    columns = (
        TextColumn("{task.description}", markup=False),
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
        yield from cells_left_out(page)
        yield from check_exercises(book / exercises_file(page.file), page, seeds)
        yield from ungraded_exercises(page)
    if runtime is not None:
        from pellucid.checking.browser import check_in_browser

        yield from check_in_browser(book, pages, seeds, runtime)


def check_exercises(file: Path, page: Page, seeds: int) -> Iterator[CheckResult]:
    """Prove each exercise of a page in CPython. This executes `file`, the page's exercises.py."""
    blocks = graded_exercises(page)
    if not blocks:
        return
    try:
        loaded = load_exercises(file)
    except BookError as error:
        for block in blocks:
            yield CheckResult(page.slug, f"exercise {block.id}", "python", "fails", str(error))
        return
    for block in blocks:
        if block.id in loaded:
            yield proved(
                page, block, "python", seeds, map(asdict, prove(loaded[block.id], block.starter, seeds=seeds))
            )
        else:
            detail = f"{file.name} makes no exercise of this id when it is executed"
            yield CheckResult(page.slug, f"exercise {block.id}", "python", "fails", detail)


def _print(console: Console, results: list[CheckResult]) -> None:
    table = Table("page", "what", "where", "result", "detail", box=None, pad_edge=False)
    for result in results:
        # What authors and their code say may hold brackets, which are not meant as rich's markup.
        page, item, detail = Text(result.page or "title page"), Text(result.item), Text(result.detail)
        mark = Text("FAILS" if result.outcome == "fails" else result.outcome, style=STYLES[result.outcome])
        table.add_row(page, item, result.where, mark, detail)
    console.print(table)
    counts = {name: sum(result.outcome == name for result in results) for name in STYLES}
    console.print(f"{counts['holds']} hold, {counts['fails']} fail, {counts['skipped']} skipped")
