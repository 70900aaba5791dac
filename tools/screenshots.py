"""Pictures of a book, for anyone to look at: light, dark and phone.

python tools/screenshots.py [URL or folder of a book] [-o screenshots] [-c PART of the address of a chapter]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages import chapters, chromium, site
from playwright.sync_api import Browser, Page

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1440, "height": 960}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 960}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
        "color_scheme": "light",
    },
}


@dataclass(frozen=True)
class Place:
    """A part of the site: where it is, what is in the middle of the picture, what is pressed in it, what that brings."""

    name: str
    path: str | None  # None: the first chapter
    selector: str | None = None
    press: tuple[str, ...] = ()
    until: str = ""


PLACES = (
    Place("index", ""),
    Place("chapter", None),
    Place("formulas", None, ".math-block"),
    Place("cell", None, "pellucid-cell"),
    Place("cell-run", None, "pellucid-cell >> nth=1", ("above", "run"), ".run-number"),
    Place("table", None, "article .table-scroll"),
    Place("figure", None, "article figure"),
    Place("exercise", None, "pellucid-exercise"),
    Place("hint", None, "pellucid-exercise", ("hint",), ".exercise-hints li"),
    Place(
        "verdict",
        None,
        "pellucid-exercise >> nth=1",
        ("check",),
        ".exercise-verdict:not([data-status='']) .verdict-title",
    ),
    Place("notes", None, "pellucid-notes"),
    Place("sandbox", "sandbox/"),
    Place("data", "data/"),
    Place("missing", "no-such-page/"),
)
PYTHON_STARTS = 180_000
"""Milliseconds that a first run may take on a slow machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of a book: light, dark, phone.")
    parser.add_argument("target", nargs="?", help="URL of a site, or folder of a book (default: this book)")
    parser.add_argument("-o", "--out", type=Path, default=Path("screenshots"))
    parser.add_argument("-c", "--chapter", default="", help="a part of the chapter's address, for example 07")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with site(options.target) as url, chromium() as browser:
        for picture in take_all(browser, url, options.out, options.chapter):
            print(picture)


def take_all(browser: Browser, url: str, out: Path, part: str) -> Iterator[Path]:
    """Every place in every look; yields each file when it is written."""
    for look, settings in LOOKS.items():
        context = browser.new_context(**settings)
        page = context.new_page()
        chapter = next(each for each in chapters(page, url) if part in each)
        for place in PLACES:
            target = out / f"{place.name}-{look}.png"
            if take(page, chapter if place.path is None else url + place.path, place, target):
                yield target
        context.close()


def take(page: Page, address: str, place: Place, target: Path) -> bool:
    """One picture; False where the page has nothing of the kind."""
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(600)
    if place.selector:
        found = page.locator(place.selector).first
        if found.count() == 0:
            return False
        for act in place.press:
            found.locator(f"[data-act={act}]").first.click()
        if place.press:
            found.locator(place.until).first.wait_for(timeout=PYTHON_STARTS)
        found.evaluate(
            """(element) => {
              const { top, height } = element.getBoundingClientRect();
              const room = Math.max(80, (innerHeight - height) / 2);
              scrollTo({ top: scrollY + top - room, behavior: 'instant' });
            }"""
        )
        page.wait_for_timeout(1200)
    page.screenshot(path=str(target))
    return True


if __name__ == "__main__":
    sys.exit(main())
