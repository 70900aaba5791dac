"""What a reader does with cells: run, stop, edit, reset, restart, and read what comes out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import BOOK, Cell
from playwright.sync_api import Page, Route, expect


@pytest.fixture
def cells(page: Page, serve_folder: Callable[[Path], str]) -> Callable[[str], Cell]:
    page.goto(serve_folder(BOOK) + "01-cells/")
    return lambda name: Cell(page, name)


def test_a_run_shows_text_value_number_and_status(cells: Callable[[str], Cell]) -> None:
    greet = cells("greet")
    expect(greet.output).to_contain_text("After a run this shows")
    expect(greet.button("Stop")).to_be_disabled()
    expect(greet.button("Reset")).to_be_disabled()
    expect(greet.button("Run all above")).to_be_disabled()
    greet.run_to_end()
    expect(greet.status).to_contain_text("Run 1,")
    expect(greet.output.locator(".stdout")).to_have_text("hello\n")
    expect(greet.output.locator(".value")).to_have_text(re.compile(r"^\s*5\s*$"))
    expect(greet.output).not_to_contain_text("After a run")


def test_run_all_above_runs_in_order_and_passes_over_what_the_author_set_aside(
    cells: Callable[[str], Cell],
) -> None:
    greet, base, derived, broken, loop = (
        cells(name) for name in ("greet", "base", "derived", "broken", "loop")
    )
    array = cells("array")
    array.button("Run all above").click()
    expect(broken.status).to_contain_text("Failed: NameError · Run 4")
    for number, cell in enumerate((greet, base, derived), start=1):
        expect(cell.status).to_contain_text(f"Ready · Run {number}")
    expect(derived.output.locator(".value")).to_contain_text("20")
    expect(loop.status).to_contain_text("Skipped")
    expect(array.output).to_contain_text("After a run this shows")


def test_an_error_cancels_the_cells_that_wait(cells: Callable[[str], Cell]) -> None:
    base, derived = cells("base"), cells("derived")
    base.type_over("base = 1 / 0")
    derived.button("Run all above").click()
    expect(base.status).to_contain_text("Failed: ZeroDivisionError")
    derived.run()
    expect(derived.status).to_contain_text("Failed: NameError")
    base.button("Reset").click()
    cells("broken").button("Run all above").click()
    derived.has_run()


def test_an_error_names_the_line_and_helps(cells: Callable[[str], Cell]) -> None:
    broken = cells("broken")
    broken.open_editor()
    broken.run()
    expect(broken.status).to_contain_text("Failed: NameError")
    expect(broken.output.locator(".error-title")).to_contain_text("name 'totl' is not defined")
    places = broken.output.locator(".frame-place")
    expect(places).to_have_text([re.compile("line 4"), re.compile("line 2 in half")])
    expect(broken.output.locator(".error-help")).not_to_be_empty()
    expect(broken.output).not_to_contain_text("site-packages")
    marked = broken.root.locator(".cm-error-line")
    expect(marked).to_have_count(1)
    assert marked.inner_text().strip() in ("return totl / 2", "half([1, 2])")
    broken.type_over("1 + 1")
    expect(marked).to_have_count(0)


def test_a_singular_matrix_is_an_error_in_a_page_too(cells: Callable[[str], Cell]) -> None:
    cell = cells("broken")
    cell.type_over("import numpy as np\nnp.linalg.inv(np.ones((2, 2)))")
    cell.run()
    expect(cell.status).to_contain_text("Failed: LinAlgError")
    expect(cell.output.locator(".error-title")).to_contain_text("Singular matrix")
    expect(cell.output.locator(".frame-place")).to_have_text([re.compile("line 2")])


def test_stop_ends_an_endless_loop_and_keeps_the_session(cells: Callable[[str], Cell]) -> None:
    base, loop = cells("base"), cells("loop")
    base.run_to_end()
    loop.run()
    expect(loop.status).to_contain_text("Running…")
    loop.button("Stop").click()
    expect(loop.status).to_contain_text("Stopped")
    expect(loop.button("Stop")).to_be_disabled()
    expect(loop.button("Run")).to_be_focused()
    derived = cells("derived")
    derived.run_to_end()
    expect(derived.output.locator(".value")).to_contain_text("20")


def test_text_is_shown_while_the_cell_runs(cells: Callable[[str], Cell]) -> None:
    loop = cells("loop")
    loop.run()
    expect(loop.output.locator(".stdout")).to_have_text("begun\n")
    expect(loop.status).to_contain_text("Running…")


def test_a_waiting_cell_can_be_called_off(cells: Callable[[str], Cell]) -> None:
    greet, loop = cells("greet"), cells("loop")
    loop.run()
    expect(loop.status).to_contain_text("Running…")
    greet.run()
    expect(greet.status).to_have_text("Waiting for the cell before it")
    greet.button("Stop").click()
    expect(greet.status).to_have_text("Stopped before it ran.")
    expect(loop.status).to_contain_text("Running…")
    loop.button("Stop").click()
    expect(loop.status).to_contain_text("Stopped")


def test_restart_forgets_variables_and_says_so(cells: Callable[[str], Cell]) -> None:
    base, derived = cells("base"), cells("derived")
    base.run_to_end()
    derived.button("Restart").click()
    expect(derived.status).to_contain_text("Python was restarted")
    expect(base.status).to_contain_text("its variables are gone")
    derived.run()
    expect(derived.status).to_contain_text("Failed: NameError · Run 1")


def test_arrays_and_frames_are_tables_with_shape_and_type(cells: Callable[[str], Cell]) -> None:
    array, frame = cells("array"), cells("frame")
    array.run_to_end()
    table = array.output.get_by_role("table")
    expect(table.locator("caption")).to_have_text("float64, shape (2, 3)")
    expect(table.get_by_role("columnheader")).to_have_text(["0", "1", "2"])
    expect(table.get_by_role("row")).to_have_count(3)
    frame.run_to_end()
    expect(frame.output.locator("caption")).to_have_text("DataFrame, 2 rows × 2 columns")
    expect(frame.output.get_by_role("cell", name="<b>b</b>")).to_be_visible()


def test_a_figure_follows_light_and_dark(cells: Callable[[str], Cell], page: Page) -> None:
    figure = cells("figure")
    page.emulate_media(color_scheme="light")
    figure.run_to_end()
    image = figure.output.get_by_role("img")
    expect(image).to_be_visible()
    assert image.get_attribute("alt")
    assert (
        image.evaluate("i => [i.complete, i.naturalWidth >= i.width, i.width > 0, i.height > 0]")
        == [True] * 4
    )
    light = image.evaluate(CORNER)
    page.emulate_media(color_scheme="dark")
    expect(image).to_have_attribute("data-theme", "dark")
    dark = image.evaluate(CORNER)
    assert sum(light[:3]) > sum(dark[:3]), (light, dark)


# Brightness of the picture as a reader sees it: red, green, blue of its brightest and darkest corner over the page's own colour.
CORNER = """async image => {
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0);
  return [...context.getImageData(2, 2, 1, 1).data];
}"""


def test_changed_code_is_marked_until_it_runs(cells: Callable[[str], Cell]) -> None:
    base = cells("base")
    base.run_to_end()
    base.type_over("base = 11")
    expect(base.status).to_contain_text("Changed since run")
    base.run()
    expect(base.status).to_contain_text("Ready · Run 2")
    expect(base.status).not_to_contain_text("Changed")


def test_reset_brings_back_the_authors_code_and_can_be_undone(
    cells: Callable[[str], Cell], page: Page
) -> None:
    base = cells("base")
    base.type_over("base = 11")
    base.button("Reset").click()
    expect(base.button("Reset")).to_be_disabled()
    assert base.text == "base = 10"
    expect(base.root.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+z")
    assert base.text == "base = 11"


def test_a_reload_keeps_the_draft(cells: Callable[[str], Cell], page: Page) -> None:
    cells("base").type_over("base = 12\nmine = True")
    page.reload()
    base = cells("base")
    base.open_editor()
    assert base.text == "base = 12\nmine = True"
    expect(base.button("Reset")).to_be_enabled()
    base.button("Reset").click()
    expect(base.button("Reset")).to_be_disabled()
    page.reload()
    base.open_editor()
    assert base.text == "base = 10"


def test_an_authors_change_is_put_to_the_reader(cells: Callable[[str], Cell], page: Page) -> None:
    base = cells("base")
    base.type_over("base = 12")
    page.route("**/01-cells/", publish_change)
    page.reload()
    base.open_editor()
    question = base.root.get_by_role("group", name="The author changed this cell")
    expect(question).to_contain_text("The author changed this cell since you edited it")
    assert base.text == "base = 12"
    question.get_by_role("button", name="See the difference").click()
    expect(question.locator("del")).to_have_text("base = 12")
    expect(question.locator("ins")).to_have_text("base = 99")
    question.get_by_role("button", name="Keep mine").click()
    expect(question).to_have_count(0)
    page.reload()
    base.open_editor()
    assert base.text == "base = 12"
    expect(question).to_have_count(0)

    page.unroute("**/01-cells/")
    page.reload()
    question.get_by_role("button", name="Take theirs").click()
    expect(question).to_have_count(0)
    expect(base.button("Reset")).to_be_disabled()
    assert base.text == "base = 10"


def publish_change(route: Route) -> None:
    """The author's next edition: another number in the cell `base`."""
    response = route.fetch()
    body = response.text()
    changed = re.sub(r'(id="cell-base".*?)10(.*?</code>)', r"\g<1>99\g<2>", body, count=1, flags=re.DOTALL)
    assert changed != body
    route.fulfill(response=response, body=changed)


def test_input_asks_in_the_page(cells: Callable[[str], Cell]) -> None:
    question = cells("question")
    question.run()
    field = question.output.get_by_label("Your name:")
    expect(field).to_be_focused()
    expect(question.status).to_have_text("Waiting for your input")
    field.fill("Ada <3")
    field.press("Enter")
    question.has_run()
    expect(question.output).to_contain_text("Your name: Ada <3\nHello, Ada <3", use_inner_text=True)
    question.run()
    question.output.get_by_role("button", name="Cancel").click()
    expect(question.status).to_contain_text("Failed: EOFError")


def test_a_flood_of_prints_leaves_the_page_usable(cells: Callable[[str], Cell]) -> None:
    flood, greet = cells("flood"), cells("greet")
    flood.run()
    expect(flood.output.locator(".output-note").first).to_be_visible()
    assert flood.output.evaluate("o => o.textContent.length") < 300_000
    assert flood.output.evaluate("o => o.querySelectorAll('*').length") < 200
    greet.button("Run").scroll_into_view_if_needed()
    flood.button("Stop").click()
    expect(flood.status).to_contain_text(re.compile("Ready|Stopped"))
    greet.run_to_end()
    expect(greet.output.locator(".stdout")).to_have_text("hello\n")


def test_typing_before_the_editor_has_arrived_is_kept(
    page: Page, serve_folder: Callable[[Path], str]
) -> None:
    arrivals: list[Route] = []
    page.route(re.compile(r"/assets/editor-[^/]*\.js"), lambda route: arrivals.append(route))
    page.goto(serve_folder(BOOK) + "01-cells/")
    base = Cell(page, "base")
    base.code.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("early = 1")
    heights = base.root.locator(".cell-source").bounding_box()
    while arrivals:
        arrivals.pop().continue_()
    base.open_editor()
    assert base.text == "base = 10\nearly = 1"
    assert base.root.locator(".cell-source").bounding_box() == heights
    page.keyboard.type("23")
    assert base.text == "base = 10\nearly = 123"


def test_a_click_before_the_script_has_come_is_not_lost(
    page: Page, serve_folder: Callable[[Path], str]
) -> None:
    held: list[Route] = []
    page.route(re.compile(r"/assets/chapter-.*\.js"), lambda route: held.append(route))
    page.goto(serve_folder(BOOK) + "01-cells/", wait_until="commit")
    greet = Cell(page, "greet")
    greet.run()
    assert greet.root.get_attribute("data-status") is None
    for route in held:
        route.continue_()
    page.unroute_all()
    greet.has_run()
    expect(greet.output.locator(".stdout")).to_have_text("hello\n")
