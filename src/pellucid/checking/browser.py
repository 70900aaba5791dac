"""Run cells and proofs in Chromium, in the very runtime that readers use."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pellucid.book import Builder, Page
from pellucid.checking.cells import problem_of
from pellucid.checking.result import CheckResult, proved
from pellucid.checking.selection import cells_to_run, graded_exercises, grading_of
from pellucid.errors import PellucidError
from pellucid.places import built_front_end

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MINUTES = 60_000.0


def find_chromium() -> str | None:
    """A Chromium of the system; None leaves the choice to Playwright's own build."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


def check_in_browser(book: Path, pages: list[Page], seeds: int, runtime: Path) -> Iterator[CheckResult]:
    """Each page's cells in one session, then each exercise's proof, in headless Chromium."""
    with serving(book, runtime) as url, opened(f"{url}/check/") as tab:
        for page in pages:
            yield from _check_cells(tab, page)
            yield from _check_exercises(tab, page, seeds)


def _check_cells(tab: Any, page: Page) -> Iterator[CheckResult]:
    tab.evaluate("pellucidCheck.restart()")
    for cell in cells_to_run(page):
        request = {"cell": cell.id, "source": cell.source, "seconds": cell.seconds}
        result, events = tab.evaluate("request => pellucidCheck.run(request)", request)
        problem = result["message"] or ("" if cell.may_raise else problem_of(events))
        yield CheckResult(page.slug, f"cell {cell.id}", "browser", "fails" if problem else "holds", problem)


def _check_exercises(tab: Any, page: Page, seeds: int) -> Iterator[CheckResult]:
    from playwright.sync_api import Error

    source = grading_of(page)["source"]
    for block in graded_exercises(page):
        try:
            answer = tab.evaluate(
                "args => pellucidCheck.prove(...args)", [source, block.id, block.starter, seeds]
            )
        except Error as error:  # exercises.py cannot be executed there, or ended the interpreter
            problem = error.message.strip().splitlines()[-1]
            yield CheckResult(page.slug, f"exercise {block.id}", "browser", "fails", problem)
            continue
        yield proved(page, block, "browser", seeds, json.loads(answer))


@contextmanager
def serving(book: Path, runtime: Path) -> Generator[str]:
    """The book on a free port of the loopback address, served by a thread of this process."""
    import uvicorn

    from pellucid.server.app import create_app
    from pellucid.server.serve import bind

    static = built_front_end()
    site = Builder(book, static=static, show_faults=True).build()
    files = {**site.files, "check/index.html": _check_page(static)}
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(lambda: files, runtime), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _check_page(static: Path) -> bytes:
    manifest = json.loads((static / "manifest.json").read_text(encoding="utf-8"))
    script = manifest["src/check.ts"]["file"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Check</title>'
        f'<body data-page="check" data-base="../" data-kind="check"><script type="module" src="../assets/{script}"></script>'
    ).encode()


@contextmanager
def opened(url: str) -> Generator[Any]:
    """A tab of headless Chromium with the check page ready."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise PellucidError("Playwright is not installed.", "Run: pip install 'pellucid[browser]'") from None
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        except Error as error:
            raise PellucidError(
                f"Chromium did not start: {error.message.splitlines()[0]}",
                "Debian: apt-get install chromium. Elsewhere: playwright install chromium",
            ) from None
        try:
            tab = browser.new_page()
            tab.set_default_timeout(10 * MINUTES)
            tab.goto(url)
            tab.wait_for_function("'pellucidCheck' in window")
            yield tab
        finally:
            browser.close()
