"""How many bytes each chapter costs before the first Run: compressed, as Chromium receives them, editor and fonts included.

    python tools/page_weight.py [URL or folder of a book]

Python itself, which a good connection brings along while the reader reads, is counted apart. Exit status 1 above the limit.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

from pages import chapters, chromium, read_through, site
from playwright.sync_api import Browser, CDPSession

LIMIT = 200_000


def main() -> int:
    target = sys.argv[1] if len(sys.argv) > 1 else None
    heaviest = 0
    with site(target) as url, chromium() as browser:
        for chapter in find_chapters(browser, url):
            print(chapter.removeprefix(url))
            heaviest = max(heaviest, report(weigh(browser, chapter)))
    return int(heaviest > LIMIT)


def report(weights: dict[str, int]) -> int:
    python = weights.pop("python", 0)
    headers = weights.pop("headers", 0)
    for kind, size in sorted(weights.items(), key=lambda item: -item[1]):
        print(f"{kind:12} {size / 1000:8.1f} kB")
    total = sum(weights.values())
    print(f"{'total':12} {total / 1000:8.1f} kB of {LIMIT / 1000:.0f} kB")
    print(f"apart: headers {headers / 1000:.1f} kB, Python {python / 1e6:.1f} MB")
    return total


def find_chapters(browser: Browser, url: str) -> list[str]:
    page = browser.new_page()
    found = chapters(page, url)
    page.close()
    return found


def weigh(browser: Browser, chapter: str) -> dict[str, int]:
    """Received bytes of a chapter, read from top to end: by kind, with the headers of all responses apart."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    count = ByteCount(context.new_cdp_session(page))
    page.goto(chapter)
    page.wait_for_load_state("load")
    read_through(page)
    context.close()
    return count.by_kind()


class ByteCount:
    """Listens to a tab's network."""

    def __init__(self, devtools: CDPSession) -> None:
        self._kinds: dict[str, str] = {}
        self._bodies: defaultdict[str, int] = defaultdict(int)
        self._wholes: dict[str, int] = {}
        devtools.on("Network.responseReceived", self._answered)
        devtools.on("Network.dataReceived", self._received)
        devtools.on("Network.loadingFinished", self._finished)
        devtools.send("Network.enable")

    def _answered(self, event: dict[str, Any]) -> None:
        python = "/runtime/" in event["response"]["url"]
        self._kinds[event["requestId"]] = "python" if python else str(event["type"]).lower()

    def _received(self, event: dict[str, Any]) -> None:
        self._bodies[event["requestId"]] += event["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self._wholes[event["requestId"]] = int(event["encodedDataLength"])

    def by_kind(self) -> dict[str, int]:
        total: defaultdict[str, int] = defaultdict(int)
        for request, whole in self._wholes.items():
            kind = self._kinds.get(request, "other")
            body = min(self._bodies[request], whole) or whole
            total[kind] += body
            if kind != "python":
                total["headers"] += whole - body
        return dict(total)


if __name__ == "__main__":
    sys.exit(main())
