"""Cells and submissions of a stranger who means ill: each must be contained, and the page must go on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cell_page import Cell
from hostile.attack import Attack
from hostile.attempts import ATTEMPTS
from hostile.book import ATTACKS, write_book
from hostile.canary import Canary, canary_server
from hostile.watch import Watch
from playwright.sync_api import Browser, Page, expect

SLOW = 45_000
expect.set_options(timeout=SLOW)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with canary_server() as canary:
        yield canary


@pytest.fixture(scope="module")
def stranger_url(
    canary: Canary, serve_folder: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    folder = tmp_path_factory.mktemp("stranger")
    write_book(folder, canary.url)
    return serve_folder(folder)


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One tab for all: what one attack leaves behind, the next would show."""
    context = chromium.new_context()
    context.set_default_timeout(SLOW)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def cells(tab: Page, stranger_url: str, canary: Canary) -> Watch:
    watch = Watch(tab, stranger_url + "01-cells/", canary)
    run(Cell(tab, "alive"))
    watch.begin()
    return watch


def run(cell: Cell) -> None:
    expect(cell.root).to_have_attribute("data-status", re.compile(r"ready|stopped|failed"))
    cell.run()
    expect(cell.status).to_contain_text(re.compile(r"· Run \d+"))


def test_the_canary_hears_what_reaches_it(chromium: Browser, canary: Canary) -> None:
    context = chromium.new_context()
    context.new_page().goto(canary.url + "/control")
    context.close()
    assert any(b"GET /control" in request for request in canary.heard)
    canary.heard.clear()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_cell_is_contained(cells: Watch, attack: Attack) -> None:
    cell = Cell(cells.page, attack.name)
    run(cell)
    expect(cell.root).to_have_attribute("data-status", attack.ends)
    expect(cell.output).to_contain_text(attack.shows)
    cells.assert_contained(cell.output)
    # The code is as it was, and the session goes on, or began anew.
    expect(cell.root.locator(".cell-source")).to_contain_text(attack.code.splitlines()[-1].strip()[:20])
    alive = Cell(cells.page, "alive")
    if attack.poisons:
        cell.button("Restart").click()
    run(alive)
    expect(alive.output).to_contain_text("alive 42")


@pytest.fixture(scope="module")
def exercises(chromium: Browser, stranger_url: str, canary: Canary) -> Iterator[Watch]:
    context = chromium.new_context()
    context.set_default_timeout(SLOW)
    watch = Watch(context.new_page(), stranger_url + "02-attempts/", canary)
    judge(watch.page, "not-a-number")
    watch.begin()
    yield watch
    context.close()


def judge(page: Page, name: str) -> str | None:
    region = page.locator(f"#exercise-{name}")
    region.get_by_role("button", name="Check").click()
    verdict = region.get_by_label("Verdict", exact=True)
    expect(verdict).to_have_attribute("data-status", re.compile(r"\w"))
    return verdict.get_attribute("data-status")


@pytest.mark.parametrize("name", ATTEMPTS)
def test_no_submission_forges_a_verdict(exercises: Watch, name: str) -> None:
    assert judge(exercises.page, name) in ("wrong", "error")
    exercises.assert_contained(
        exercises.page.locator(f"#exercise-{name}").get_by_label("Verdict", exact=True)
    )


def test_an_honest_submission_is_still_judged_right(exercises: Watch) -> None:
    """The judge is the one that met every attempt above."""
    region = exercises.page.locator("#exercise-not-a-number")
    region.locator(".cm-content").fill("def double(x): return 2 * x")
    region.get_by_role("button", name="Check").click()
    expect(region.get_by_label("Verdict", exact=True)).to_have_attribute("data-status", "right")
