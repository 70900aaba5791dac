"""How many bytes a chapter costs before the first Run: compressed, as a real Chromium receives them, editor and fonts included.

    python tools/page_weight.py [URL or folder of a book]

Python itself, which a good connection brings along while the reader reads, is counted apart. Exit status 1 above the limit.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from pages import chromium, first_chapter, read_through, site
from playwright.sync_api import Browser

LIMIT = 200_000


def main() -> int:
    target = sys.argv[1] if len(sys.argv) > 1 else None
    with site(target) as url, chromium() as browser:
        weights = weigh(browser, url)
    python = weights.pop("python", 0)
    for kind, size in sorted(weights.items(), key=lambda item: -item[1]):
        print(f"{kind:12} {size / 1000:8.1f} kB")
    total = sum(weights.values())
    print(
        f"{'total':12} {total / 1000:8.1f} kB of {LIMIT / 1000:.0f} kB   (Python, apart: {python / 1e6:.1f} MB)"
    )
    return int(total > LIMIT)


def weigh(browser: Browser, url: str) -> dict[str, int]:
    """Received bytes, headers included, of the first chapter read from top to end: by kind."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    chapter = first_chapter(page, url)
    context.close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    received: dict[str, int] = {}
    kinds: dict[str, str] = {}
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")

    def answered(event: dict[str, str | dict[str, str]]) -> None:
        address = str(event["response"]["url"])  # type: ignore[index]
        kinds[str(event["requestId"])] = "python" if "/runtime/" in address else str(event["type"]).lower()

    devtools.on("Network.responseReceived", answered)
    devtools.on(
        "Network.loadingFinished",
        lambda event: received.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    page.goto(chapter)
    page.wait_for_load_state("load")
    read_through(page)
    context.close()
    total: defaultdict[str, int] = defaultdict(int)
    for request, size in received.items():
        total[kinds.get(request, "other")] += size
    return dict(total)


if __name__ == "__main__":
    sys.exit(main())
