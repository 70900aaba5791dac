"""A reader of pages: in every look, without JavaScript, with a phone, searching, copying."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
CHAPTER = "01-linear-models/"
PAGES = ("", CHAPTER, "sandbox/", "data/", "no-such-page/")
LOOKS = {
    "light": {"viewport": {"width": 1350, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1100, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "is_mobile": True,
        "has_touch": True,
        "color_scheme": "light",
    },
}
COUNT_SHIFTS = """
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput) moved.push(sources.map(({ node }) => (node?.outerHTML ?? node?.data ?? '').slice(0, 120)));
  }).observe({ type: 'layout-shift', buffered: true });
"""


def violations(page: Page) -> list[str]:
    """What axe finds, as lines that name the rule and the first element."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document)")["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found]


@pytest.fixture
def look(book_url: str, chromium: Browser) -> Callable[..., Page]:
    """A tab of a new visitor with some settings. The book is built before the browser starts."""

    def open_tab(**settings: object) -> Page:
        return chromium.new_context(bypass_csp=True, **settings).new_page()  # type: ignore[arg-type]

    return open_tab


@pytest.mark.parametrize("name", LOOKS)
def test_axe_finds_nothing_on_any_page(look: Callable[..., Page], book_url: str, name: str) -> None:
    page = look(**LOOKS[name])
    for path in PAGES:
        page.goto(book_url + path)
        expect(page.locator("h1")).to_be_visible()
        assert violations(page) == [], path
    page.context.close()


def test_axe_finds_nothing_in_the_drawer_and_the_search(look: Callable[..., Page], book_url: str) -> None:
    page = look(**LOOKS["phone"])
    page.goto(book_url + CHAPTER)
    page.get_by_role("button", name="Contents").click()
    expect(page.get_by_role("dialog", name="Contents")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("ridge")
    expect(page.get_by_role("dialog").get_by_role("link").first).to_be_visible()
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1400])
def test_no_page_is_wider_than_the_screen(look: Callable[..., Page], book_url: str, width: int) -> None:
    page = look(viewport={"width": width, "height": 800}, is_mobile=width < 700)
    for path in PAGES:
        page.goto(book_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    page.context.close()


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_moves_while_a_chapter_is_read(look: Callable[..., Page], book_url: str, name: str) -> None:
    page = look(**LOOKS[name])
    page.add_init_script(COUNT_SHIFTS)
    page.goto(book_url + CHAPTER, wait_until="networkidle")
    for cell in page.locator("pellucid-cell, pellucid-exercise:not([data-kind=choice])").all():
        cell.evaluate("cell => scrollTo({ top: cell.offsetTop - 100, behavior: 'instant' })")
        expect(cell.locator(".cm-content")).to_be_visible()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("moved") == []
    page.context.close()


def test_without_javascript_everything_can_be_read_and_nothing_dead_is_offered(
    look: Callable[..., Page], book_url: str
) -> None:
    page = look(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page.goto(book_url + CHAPTER)
    for selector in ("article math", "pellucid-cell .cell-source code", "pellucid-exercise .exercise-task"):
        expect(page.locator(selector).first).to_be_visible()
    for button in page.locator("button").all():
        expect(button).to_be_hidden()
    expect(page.locator("nav.contents a").first).to_be_visible()
    expect(page.locator("nav.on-this-page a").first).to_be_visible()
    page.context.close()


def test_the_theme_is_kept_and_there_before_the_first_paint(page: Page, book_url: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(book_url)
    switch = page.get_by_role("button", name="Theme")
    switch.click()
    switch.click()
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.route("**/assets/main-*.js", lambda route: route.abort())
    page.goto(book_url + CHAPTER)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper


def test_search_by_keyboard_leads_to_the_words_and_marks_them(page: Page, book_url: str) -> None:
    page.goto(book_url)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("shrinkage path")
    result = page.get_by_role("dialog").get_by_role("link").first
    expect(result.locator("mark").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(result).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{CHAPTER}#*")
    bar = page.get_by_role("group", name="Hits for shrinkage path")
    expect(bar.get_by_role("status")).to_contain_text("hits for")
    assert page.evaluate("CSS.highlights.get('pellucid-hits').size") > 0
    bar.get_by_role("button", name="Next").click()
    expect(bar.get_by_role("status")).to_contain_text("1 of")
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    assert page.evaluate("CSS.highlights.size") == 0


def test_a_slash_typed_into_a_field_is_a_slash(page: Page, book_url: str) -> None:
    page.goto(book_url + CHAPTER)
    notes = page.get_by_role("textbox", name="Private notes")
    notes.click()
    page.keyboard.type("1/n")
    expect(notes).to_have_value("1/n")
    expect(page.get_by_role("searchbox")).to_have_count(0)


def test_copying_a_sentence_gives_the_latex_of_its_formulas(page: Page, book_url: str) -> None:
    page.goto(book_url + CHAPTER)
    copied = page.evaluate(
        """() => {
          const paragraph = document.querySelector('article p:has(math)');
          getSelection().selectAllChildren(paragraph);
          const data = new DataTransfer();
          document.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, cancelable: true }));
          const latex = paragraph.querySelector('annotation').textContent.trim();
          return { text: data.getData('text/plain'), latex };
        }"""
    )
    assert f"${copied['latex']}$" in copied["text"]


def test_the_section_that_is_read_is_marked_in_the_list(page: Page, book_url: str) -> None:
    page.goto(book_url + CHAPTER)
    links = page.locator("nav.on-this-page a")
    links.nth(6).click()
    expect(links.nth(6)).to_have_attribute("aria-current", "true")
    expect(page.locator("nav.on-this-page [aria-current]")).to_have_count(1)


def test_paper_is_light_and_holds_no_controls(look: Callable[..., Page], book_url: str) -> None:
    page = look(**LOOKS["dark"])
    page.goto(book_url + CHAPTER)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in ("header.site", ".side", ".cell-toolbar", ".exercise-toolbar", ".sandbox-note"):
        expect(page.locator(selector).first).to_be_hidden()
    expect(page.locator(".cell-source").first).to_be_visible()
    page.context.close()
