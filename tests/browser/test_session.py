"""Stop, limits, input and the page that shows the sandbox at work, as a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import Cell
from playwright.sync_api import Browser, Page, Route, expect

CELLS = {
    "keep": "kept = 'still here'",
    "show": "kept",
    "loop": "while True: pass",
    "sleep": "import time\nprint('begun')\ntime.sleep(60)",
    "long-call": "print('begun', flush=True)\nsum(range(10**12))",
    "ask": "name = input('Your name? ')\nprint('hello', name)",
    "short": "while True: pass",
}


@pytest.fixture(scope="module")
def session_url(serve_folder: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("session")
    cells = [
        f"```{{code-cell}} python\n:name: {name}\n:seconds: {1 if name == 'short' else 60}\n\n{code}\n```"
        for name, code in CELLS.items()
    ]
    (folder / "01-session").mkdir()
    (folder / "01-session" / "index.md").write_text("\n\n".join(["# Session", *cells]), encoding="utf-8")
    return serve_folder(folder)


@pytest.fixture
def cells(page: Page, session_url: str) -> Callable[[str], Cell]:
    page.goto(session_url + "01-session/")
    expect(page.locator("#cell-short")).to_have_attribute("data-status", "ready")
    return lambda name: Cell(page, name)


def stop_when(cell: Cell, output: str = "") -> None:
    """Run, wait until the code runs, stop, wait for the end."""
    cell.run()
    expect(cell.root).to_have_attribute("data-status", "running")
    expect(cell.output).to_contain_text(output)
    cell.button("Stop").click()
    expect(cell.status).to_contain_text("Stopped · Run")


@pytest.mark.parametrize("name", ["loop", "sleep"])
def test_stop_keeps_the_session(cells: Callable[[str], Cell], name: str) -> None:
    cells("keep").run_to_end()
    stop_when(cells(name), "begun" if name == "sleep" else "")
    expect(cells(name).output).to_contain_text("Earlier variables are still there")
    cells("show").run_to_end()
    expect(cells("show").output).to_contain_text("still here")


def test_stop_replaces_what_cannot_be_interrupted_and_says_so(cells: Callable[[str], Cell]) -> None:
    cells("keep").run_to_end()
    call = cells("long-call")
    stop_when(call, "begun")
    expect(call.output).to_contain_text("Python was started anew")
    expect(call.root.locator(".cell-source")).to_contain_text("sum(range(10**12))")
    cells("show").run()
    expect(cells("show").status).to_contain_text("Failed: NameError · Run 1")


def test_the_time_limit_of_the_author_ends_a_run(cells: Callable[[str], Cell]) -> None:
    short = cells("short")
    short.run()
    expect(short.status).to_contain_text("Stopped at the time limit")
    expect(short.output).to_contain_text("the time limit of this cell, 1 second.")


def test_input_asks_in_the_page(cells: Callable[[str], Cell]) -> None:
    ask = cells("ask")
    ask.run()
    box = ask.output.get_by_role("textbox")
    box.fill("Ada")
    box.press("Enter")
    expect(ask.output).to_contain_text("hello Ada")
    ask.has_run()


def test_stop_ends_a_question(cells: Callable[[str], Cell]) -> None:
    ask = cells("ask")
    ask.run()
    expect(ask.output.get_by_role("textbox")).to_be_visible()
    ask.button("Stop").click()
    expect(ask.status).to_contain_text("Stopped · Run")
    cells("keep").run_to_end()


def test_without_shared_memory_stop_starts_anew_and_the_page_says_so(
    chromium: Browser, session_url: str
) -> None:
    """As a host serves it that does not send the two headers."""
    context = chromium.new_context()
    context.set_default_timeout(90_000)

    def without_headers(route: Route) -> None:
        response = route.fetch()
        names = ("cross-origin-opener-policy", "cross-origin-embedder-policy")
        kept = {name: value for name, value in response.headers.items() if name not in names}
        route.fulfill(response=response, headers=kept)

    page = context.new_page()
    page.route(re.compile(r"/01-session/$|/frame[^/]*\.html$"), without_headers)
    page.goto(session_url + "01-session/")
    loop, keep, ask = (Cell(page, name) for name in ("loop", "keep", "ask"))
    expect(loop.root).to_have_attribute("data-status", "ready")
    assert page.evaluate("self.crossOriginIsolated") is False
    keep.run_to_end()
    expect(keep.root).to_contain_text("Stop has to start Python anew")
    stop_when(loop)
    expect(loop.output).to_contain_text("Python was started anew")
    ask.run()
    expect(ask.status).to_contain_text("Failed: RuntimeError")
    expect(ask.output).to_contain_text("input() cannot ask")
    context.close()


def test_the_sandbox_page_shows_every_attempt_refused(page: Page, session_url: str) -> None:
    asked: list[str] = []
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(session_url + "sandbox/")
    expect(page.get_by_role("status").filter(has_text="attempts were refused")).to_be_visible(timeout=90_000)
    rows = page.locator("pellucid-probes tbody tr")
    assert rows.count() > 30
    assert [row for row in rows.all() if row.get_attribute("data-refused") != "true"] == []
    for tried in ("js.fetch(url)", "indexedDB", "js.parent.fetch", "parent.document.body", "document.cookie"):
        expect(rows.filter(has_text=tried).first).to_contain_text("Refused")
    expect(page.locator("pellucid-probes")).to_contain_text("got an answer (status 200)")
    assert asked == []
