"""Private notes and the learner's own data: typed, kept, merged, taken out, brought in, erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Download, Error, Locator, Page, expect

# A chapter on two busy cores.
expect.set_options(timeout=60_000)

CHAPTER = "01-linear-models/"
PRIVACY = "Notes stay private to your browser until account sync is configured."
LIMIT = 8000


@pytest.fixture
def notes_url(book_url: str) -> str:
    return f"{book_url}{CHAPTER}"


@pytest.fixture
def other_tab(context: BrowserContext) -> Iterator[Page]:
    tab = context.new_page()
    yield tab
    tab.close()


def open_notes(page: Page, url: str) -> Locator:
    page.goto(url)
    field = page.get_by_role("textbox", name="Private notes")
    expect(field).to_be_enabled()
    return field


def wait_saved(page: Page) -> None:
    expect(page.get_by_text("Saved in this browser", exact=True)).to_be_visible()


def text_of(download: Download) -> str:
    return Path(download.path()).read_text(encoding="utf-8")


def download_from(page: Page, button: str) -> Download:
    with page.expect_download() as started:
        page.get_by_role("button", name=button).click()
    return started.value


def import_file(page: Page, button: str, name: str, content: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content.encode()})


def test_counts_as_a_person_counts_and_says_where_notes_stay(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    expect(page.get_by_text(PRIVACY, exact=True)).to_be_visible()
    expect(page.get_by_text(f"0/{LIMIT}", exact=True)).to_be_visible()
    field.fill("e\u0301 👩‍👩‍👧‍👦 ∇")
    expect(page.get_by_text(f"5/{LIMIT}", exact=True)).to_be_visible()


def test_survives_a_reload_right_after_the_last_key(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.press_sequentially("The gradient is zero there")
    page.reload()
    expect(page.get_by_role("textbox", name="Private notes")).to_have_value("The gradient is zero there")


def test_notes_of_a_page_are_its_own(page: Page, book_url: str, notes_url: str) -> None:
    open_notes(page, notes_url).fill("of this chapter")
    wait_saved(page)
    page.evaluate("document.querySelector('pellucid-notes').dataset.page")
    page.goto(book_url)
    expect(page.get_by_text("of this chapter")).to_have_count(0)


def test_survives_a_crash_of_the_tab(context: BrowserContext, page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.fill("one\n")
    field.press_sequentially("two and three")
    wait_saved(page)
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    after = context.new_page()
    expect(open_notes(after, notes_url)).to_have_value("one\ntwo and three")
    after.close()


def test_two_tabs_show_the_same_and_lose_nothing(page: Page, other_tab: Page, notes_url: str) -> None:
    one, other = open_notes(page, notes_url), open_notes(other_tab, notes_url)
    one.fill("first\nsecond\nthird")
    expect(other).to_have_value("first\nsecond\nthird")
    # While a word is being composed, nothing from elsewhere touches the field: both change what they had.
    other.dispatch_event("compositionstart")
    one.fill("FIRST\nsecond\nthird")
    wait_saved(page)
    other.fill("first\nsecond\nthird\nfourth")
    other.dispatch_event("compositionend")
    expect(one).to_have_value("FIRST\nsecond\nthird\nfourth")
    expect(other).to_have_value("FIRST\nsecond\nthird\nfourth")


def test_two_versions_of_one_line_both_stay(page: Page, other_tab: Page, notes_url: str) -> None:
    one, other = open_notes(page, notes_url), open_notes(other_tab, notes_url)
    one.fill("kept\n")
    expect(other).to_have_value("kept\n")
    other.dispatch_event("compositionstart")
    one.fill("kept\nfrom one")
    wait_saved(page)
    other.fill("kept\nfrom the other")
    other.dispatch_event("compositionend")
    expect(other_tab.get_by_text("Both versions are kept")).to_be_visible()
    expect(other).to_have_value("kept\nfrom the other\nfrom one")
    expect(one).to_have_value("kept\nfrom the other\nfrom one")


def test_the_caret_stays_while_another_tab_writes(page: Page, other_tab: Page, notes_url: str) -> None:
    one = open_notes(page, notes_url)
    one.fill("alpha\nomega")
    wait_saved(page)
    one.evaluate("field => field.setSelectionRange(9, 9)")  # after "ome"
    other = open_notes(other_tab, notes_url)
    other.fill("before\nalpha\nomega")
    expect(one).to_have_value("before\nalpha\nomega")
    page.bring_to_front()
    one.press("!")
    expect(one).to_have_value("before\nalpha\nome!ga")


def test_over_the_limit_nothing_is_cut(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.fill("x" * (LIMIT - 1))
    field.press("End")
    field.press_sequentially("yé3")
    expect(page.get_by_text(f"{LIMIT + 2}/{LIMIT}", exact=True)).to_be_visible()
    expect(page.get_by_text("2 characters over the limit")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Kept in this browser, over the limit")).to_be_visible()
    page.reload()
    expect(field).to_have_value("x" * (LIMIT - 1) + "yé3")

    end = download_from(page, "Move the end to a file")
    assert text_of(end) == "é3"
    expect(field).to_have_value("x" * (LIMIT - 1) + "y")
    expect(page.get_by_text("over the limit of")).to_have_count(0)
    page.get_by_role("button", name="Put them back").click()
    expect(field).to_have_value("x" * (LIMIT - 1) + "yé3")


def test_a_flood_is_refused_in_words(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.fill("mine")
    refused = field.evaluate(
        """field => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', 'x'.repeat(200000));
          return !field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, cancelable: true }));
        }"""
    )
    assert refused
    expect(page.get_by_text("That text has 200,000 characters")).to_be_visible()
    expect(field).to_have_value("mine")


def test_an_earlier_version_comes_back(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.fill("a long thought that took a while to write down properly")
    wait_saved(page)
    field.fill("oops")
    wait_saved(page)
    page.get_by_text("Earlier versions", exact=True).click()
    page.locator(".notes-versions summary").first.click()
    page.get_by_role("button", name="Bring back").first.click()
    expect(field).to_have_value("a long thought that took a while to write down properly")


def test_the_preview_shows_markdown_and_math(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    page.get_by_text("Preview", exact=True).click()
    shown = page.locator(".notes-rendered")
    field.fill(
        "# Ridge\n\n- *one*\n- [x] done\n\n$a_1 * b_1 * c_2$ costs $5 or $6.\n\n$$\nw = \\frac{a}{b}\n$$"
    )
    expect(shown.get_by_role("heading", name="Ridge")).to_be_visible()
    expect(shown.locator("li em")).to_have_text("one")
    expect(shown).to_contain_text("☑ done")
    expect(shown.locator("math")).to_have_count(2)
    expect(shown.locator("msub")).to_have_count(3)
    expect(shown).to_contain_text("costs $5 or $6.")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<svg onload=alert(1)><a href="javascript:alert(1)">x</a></svg>',
    "[x](javascript:alert(1))",
    '<a href="data:text/html,x" onclick=alert(1)>x</a>',
    '<iframe src="https://example.org"></iframe>',
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<form action="https://example.org"><input name=q></form>',
    "![pixel](https://example.org/p.png)",
    '<div style="background:url(https://example.org/p.png)">x</div>',
    "$\\href{javascript:alert(1)}{x}$",
    "$\\includegraphics{https://example.org/p.png}$",
    '<span data-tex="\\href{javascript:alert(1)}{x}">x</span>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "$\\text{</span><img src=x onerror=alert(1)>}$",
]

# Everything in the preview that could run or load something.
FIND_HARM = r"""place => [...place.querySelectorAll('*')].flatMap((element) => {
  const harmful = 'script img svg iframe style form input object embed video audio link base meta'.split(' ');
  const attributes = [...element.attributes].filter(
    ({ name, value }) => /^on|^src/.test(name) || /^\s*(javascript|data):|url\(/i.test(value));
  const found = attributes.map(({ name, value }) => `${element.localName} ${name}=${value}`);
  return harmful.includes(element.localName) ? [element.localName, ...found] : found;
})"""


def test_nothing_in_a_preview_runs_or_loads(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    requests: list[str] = []
    page.get_by_text("Preview", exact=True).click()
    shown = page.locator(".notes-rendered")
    field.fill("$x$ ready")
    expect(shown.locator("math")).to_have_count(1)
    page.on("request", lambda request: requests.append(request.url))
    for number, text in enumerate(HOSTILE):
        field.fill(f"{text}\n\nnumber {number} of the tries")
        expect(shown).to_contain_text(f"number {number} of the tries")
        assert shown.evaluate(FIND_HARM) == [], text
    assert dialogs == []
    assert requests == []


def test_one_page_is_exported_and_imported(page: Page, notes_url: str) -> None:
    field = open_notes(page, notes_url)
    field.fill("# Mine\n$w$")
    wait_saved(page)
    exported = download_from(page, "Export this page's notes")
    assert exported.suggested_filename == "notes-01-linear-models.md"
    assert text_of(exported) == "# Mine\n$w$"
    import_file(page, "Import", "more.md", "from a file\r\n")
    expect(field).to_have_value("# Mine\n$w$\n\nfrom a file\n")
    import_file(page, "Import", "more.md", "from a file\r\n")
    expect(page.get_by_text("All of it stood here already.")).to_be_visible()


def test_everything_goes_to_another_browser_and_comes_together_there(
    context: BrowserContext, page: Page, book_url: str, notes_url: str
) -> None:
    open_notes(page, notes_url).fill("from here")
    wait_saved(page)
    page.goto(f"{book_url}data/")
    expect(page.locator('[data-count="notes"]')).to_have_text("1")
    exported = download_from(page, "Export everything")
    copy = text_of(exported)
    assert json.loads(copy)["format"] == "pellucid-data"

    assert context.browser is not None
    elsewhere = context.browser.new_context()
    tab = elsewhere.new_page()
    open_notes(tab, notes_url).fill("from there")
    wait_saved(tab)
    tab.goto(f"{book_url}data/")
    import_file(tab, "Import a file", "copy.json", copy)
    expect(tab.get_by_text("both versions kept")).to_be_visible()
    import_file(tab, "Import a file", "copy.json", copy)
    expect(tab.get_by_text("All of copy.json was here already.")).to_be_visible()
    expect(open_notes(tab, notes_url)).to_have_value("from there\nfrom here")
    elsewhere.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ('{"format": "pellucid-data", "ver', "not complete JSON"),
        ('{"cells": []}', "not a file that Pellucid exported"),
        ('{"format": "pellucid-data", "version": 99}', "Reload the page"),
        ('{"format": "pellucid-data", "version": 1}', "events: a list was expected."),
    ],
)
def test_a_broken_file_is_refused_with_reasons(page: Page, book_url: str, content: str, said: str) -> None:
    page.goto(f"{book_url}data/")
    import_file(page, "Import a file", "broken.json", content)
    expect(page.get_by_text("Nothing was imported from broken.json")).to_be_visible()
    expect(page.locator(".data-faults")).to_contain_text(said)


def test_erasing_asks_and_can_be_undone(page: Page, other_tab: Page, book_url: str, notes_url: str) -> None:
    field = open_notes(other_tab, notes_url)
    field.fill("precious")
    wait_saved(other_tab)
    page.goto(f"{book_url}data/")
    page.get_by_role("button", name="Erase everything…").click()
    expect(page.get_by_role("button", name="Export first")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator('[data-count="notes"]')).to_have_text("1")
    page.get_by_role("button", name="Erase everything…").click()
    page.get_by_role("button", name="Erase everything", exact=True).click()
    expect(page.get_by_text("Everything is erased.")).to_be_visible()
    expect(page.locator('[data-count="notes"]')).to_have_text("0")
    expect(field).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator('[data-count="notes"]')).to_have_text("1")
    expect(field).to_have_value("precious")


def test_without_storage_the_page_warns_and_works(
    context: BrowserContext, page: Page, notes_url: str
) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    field = open_notes(page, notes_url)
    expect(page.get_by_text("This browser does not let the page keep anything.")).to_be_visible()
    field.fill("for now")
    expect(page.get_by_text("Kept only while this tab is open")).to_be_visible()
    assert text_of(download_from(page, "Export this page's notes")) == "for now"
