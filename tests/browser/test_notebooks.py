"""Notebooks as their readers see them: stored outputs, what cannot run, folded solutions, other languages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cell_page import Cell, expect
from playwright.sync_api import Browser, Locator, Page
from test_reading import COUNT_SHIFTS, LOOKS, violations

GOLDEN = Path(__file__).parents[1] / "golden"
PAGES = ("ordinary-least-squares/", "other-language/", "damaged/", "old/", "exercises/", "stored/")


def code_cell(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
    }


def notebook(*cells: dict[str, object]) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "metadata": {"kernelspec": kernel}, "cells": list(cells)}
    )


def stored_value(text: str, html: str = "") -> dict[str, object]:
    data = {"text/plain": text, **({"text/html": html} if html else {})}
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


WIDE_TABLE = (
    "<table class='dataframe'><thead><tr><th></th>"
    + "".join(f"<th>column {i}</th>" for i in range(14))
    + "</tr></thead><tbody><tr><th>0</th>"
    + "".join(f"<td>{i}.25</td>" for i in range(14))
    + "</tr></tbody></table>"
)


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory, serve_folder: Callable[[Path], str]) -> str:
    """A folder of notebooks, served as it is."""
    folder = tmp_path_factory.mktemp("notebooks")
    for case in ("notebook-v3", "notebook-v4", "solution-custom"):
        for file in (GOLDEN / case).glob("*.ipynb"):
            shutil.copy(file, folder)
    long_line = {"output_type": "stream", "name": "stderr", "text": f"caution: {'long ' * 60}\n"}
    (folder / "stored.ipynb").write_text(
        notebook(
            code_cell("6 * 7", stored_value("41")),
            code_cell("import statsmodels.api as sm\nimport numpy as np", stored_value("stored by sm")),
            code_cell("table", stored_value("as text", WIDE_TABLE), long_line),
        )
    )
    return serve_folder(folder)


@pytest.fixture
def look(notebooks: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Tabs of new visitors, each with some settings."""
    opened: list[Page] = []

    def open_tab(**settings: object) -> Page:
        opened.append(chromium.new_context(bypass_csp=True, **settings).new_page())  # type: ignore[arg-type]
        return opened[-1]

    yield open_tab
    for page in opened:
        page.context.close()


def stored(cell: Cell) -> Locator:
    return cell.root.locator(".stored")


def test_a_stored_output_is_shown_until_a_run_replaces_it(page: Page, notebooks: str) -> None:
    page.goto(f"{notebooks}stored/")
    cell = Cell(page, "cell-1")
    expect(stored(cell)).to_have_text("41")
    expect(cell.output).to_contain_text("Stored with the notebook")
    cell.run_to_end()
    expect(stored(cell)).to_have_count(0)
    expect(cell.output).to_contain_text("42")
    expect(cell.output).not_to_contain_text("Stored with the notebook")
    expect(stored(Cell(page, "cell-3"))).to_contain_text("column 13")


def test_what_the_browser_lacks_is_said_at_the_cell_and_by_its_run(page: Page, notebooks: str) -> None:
    page.goto(f"{notebooks}stored/")
    cell = Cell(page, "cell-2")
    expect(cell.root.locator(".cell-note")).to_have_text(
        "This cell needs statsmodels, which the browser does not have, so it does not run here."
    )
    expect(stored(cell)).to_have_text("stored by sm")
    cell.run()
    expect(cell.output.locator(".output-error")).to_contain_text("statsmodels")
    expect(cell.output.locator(".output-error")).to_contain_text("scipy")
    expect(cell.status).to_contain_text("Failed")


def test_a_solution_is_folded_below_the_attempt_and_left_out_of_run_all(page: Page, notebooks: str) -> None:
    page.goto(f"{notebooks}exercises/")
    folded = page.locator("details.folded-solution")
    expect(folded).to_have_count(2)
    solution = Cell(page, "cell-2")
    expect(solution.root).to_be_hidden()
    last = Cell(page, "cell-3")
    last.button("Run all above").click()
    last.run_to_end()
    expect(solution.root.get_by_role("status", include_hidden=True)).to_contain_text("a folded solution")
    folded.first.get_by_text("Show solution").click()
    expect(solution.root).to_be_visible()
    expect(solution.open_editor()).to_contain_text("return x")


def test_a_cell_in_another_language_is_shown_and_offers_nothing(page: Page, notebooks: str) -> None:
    page.goto(f"{notebooks}other-language/")
    cell = page.locator(".static-cell")
    expect(cell.locator(".cell-note")).to_have_text("This cell is written in R; only Python runs here.")
    expect(cell.locator("code")).to_have_text("x <- 1")
    expect(cell.locator(".stored pre")).to_be_visible()
    expect(cell.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("name", LOOKS)
def test_notebooks_are_accessible_narrow_and_still(
    look: Callable[..., Page], notebooks: str, name: str
) -> None:
    page = look(**LOOKS[name])
    page.add_init_script(COUNT_SHIFTS)
    for path in PAGES:
        page.goto(notebooks + path, wait_until="networkidle")
        expect(page.locator("h1")).to_be_visible()
        for source in page.locator("pellucid-cell .cell-source:visible").all():
            source.scroll_into_view_if_needed()
            expect(source.locator(".cm-content")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"], path
        assert page.evaluate("moved") == [], path
        assert violations(page) == [], path


def test_without_javascript_the_outputs_are_there_and_nothing_dead_is_offered(
    look: Callable[..., Page], notebooks: str
) -> None:
    page = look(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    for path in PAGES:
        page.goto(notebooks + path)
        for control in page.locator("button, input, textarea").all():
            expect(control).to_be_hidden()
    page.goto(f"{notebooks}stored/")
    expect(page.locator(".stored").first).to_have_text("41")
    expect(page.locator(".stored table")).to_be_visible()
    page.goto(f"{notebooks}exercises/")
    page.get_by_text("Show solution").first.click()
    expect(page.get_by_text("return x")).to_be_visible()
