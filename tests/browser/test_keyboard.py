"""A reader with a keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import BOOK, Cell
from playwright.sync_api import Page, expect


@pytest.fixture
def base(page: Page, serve_folder: Callable[[Path], str]) -> Cell:
    page.goto(serve_folder(BOOK) + "01-cells/")
    cell = Cell(page, "base")
    cell.open_editor()
    return cell


def test_tab_walks_through_a_cell_in_the_order_of_the_page(base: Cell, page: Page) -> None:
    base.root.locator(".cm-content").focus()
    for name in ("Run", "Run all above", "Restart"):
        page.keyboard.press("Tab")
        expect(base.button(name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(base.root.get_by_role("link", name="See for yourself")).to_be_focused()
    for name in ("Restart", "Run all above", "Run"):
        page.keyboard.press("Shift+Tab")
        expect(base.button(name)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(base.root.locator(".cm-content")).to_be_focused()


def test_tab_indents_while_writing_and_escape_gives_it_back(base: Cell, page: Page) -> None:
    editor = base.root.locator(".cm-content")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("if base:")
    page.keyboard.press("Enter")
    page.keyboard.type("pass")
    assert base.text == "base = 10\nif base:\n    pass"
    page.keyboard.press("Tab")
    assert base.text == "base = 10\nif base:\n        pass"
    page.keyboard.press("Shift+Tab")
    assert base.text == "base = 10\nif base:\n    pass"
    expect(editor).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(base.button("Run")).to_be_focused()
    assert base.text == "base = 10\nif base:\n    pass"


def test_control_m_lets_tab_always_leave(base: Cell, page: Page) -> None:
    editor = base.root.locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+m")
    page.keyboard.type("#")
    page.keyboard.press("Tab")
    expect(base.button("Run")).to_be_focused()


def test_the_editor_says_how_to_leave_it(base: Cell) -> None:
    editor = base.root.locator(".cm-content")
    expect(editor).to_have_accessible_name("Code of cell 2")
    description = editor.evaluate(
        "e => document.getElementById(e.getAttribute('aria-describedby')).textContent"
    )
    assert "Escape, then Tab" in description


@pytest.mark.parametrize("keys", ["Shift+Enter", "Control+Enter"])
def test_a_shortcut_runs_the_cell_and_stays_in_it(base: Cell, page: Page, keys: str) -> None:
    editor = base.root.locator(".cm-content")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 1")
    page.keyboard.press("Enter")
    page.keyboard.type("base")
    page.keyboard.press(keys)
    base.has_run()
    expect(base.output.locator(".value")).to_contain_text("11")
    expect(editor).to_be_focused()
    assert base.text == "base = 10 + 1\nbase"


def test_an_endless_loop_is_stopped_from_the_keyboard(base: Cell, page: Page) -> None:
    base.root.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("while True: pass")
    page.keyboard.press("Shift+Enter")
    expect(base.status).to_contain_text("Running…")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(base.button("Stop")).to_be_focused()
    page.keyboard.press("Space")
    expect(base.status).to_contain_text("Stopped")
    expect(base.button("Run")).to_be_focused()


def test_completion_offers_live_names_and_escape_closes_it(base: Cell, page: Page) -> None:
    base.run_to_end()
    editor = base.root.locator(".cm-content")
    editor.focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("ba", delay=50)
    offers = page.get_by_role("listbox").get_by_role("option")
    expect(offers.filter(has_text="base")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(editor).to_be_focused()
    assert base.text == "base = 10\nba"
