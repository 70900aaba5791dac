"""What the tools that look at pages share: a served book, a browser, and a reader's way through a page."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pellucid.checking.browser import CHROMIUM_FLAGS, find_chromium, serving
from pellucid.places import find_book
from pellucid.runtime import prepare

STEP = 0.8
"""Share of the window that one step of a reader's scrolling covers."""


@contextmanager
def site(target: str | None) -> Generator[str]:
    """The address, with a slash at its end, of a site: `target` as it is when it is a URL, else a book's folder, served."""
    if target and target.startswith(("http://", "https://")):
        yield target.rstrip("/") + "/"
        return
    with serving(find_book(Path(target) if target else None), prepare()) as url:
        yield url.rstrip("/") + "/"


@contextmanager
def chromium() -> Generator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def chapters(page: Page, url: str) -> list[str]:
    """The addresses of the book's chapters, as its contents name them."""
    page.goto(url)
    links: list[str] = page.locator("[data-page-link]").evaluate_all("links => links.map(({ href }) => href)")
    return list(dict.fromkeys(links))


def first_chapter(page: Page, url: str) -> str:
    """The address of the first one."""
    return chapters(page, url)[0]


def read_through(page: Page) -> None:
    """Scroll from top to end as a reader does, so that all that comes with reading is loaded."""
    page.evaluate(
        """async (step) => {
          const pause = () => new Promise((done) => setTimeout(done, 60));
          for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * step) {
            scrollTo({ top: y, behavior: 'instant' });
            await pause();
          }
        }""",
        STEP,
    )
    page.wait_for_timeout(1000)
