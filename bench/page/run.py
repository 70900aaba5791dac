"""Figures of a page as a reader meets it, in real Chromium: first paint, largest paint, layout shift, blocking time, bytes.

    python bench/page/run.py [URL or folder of a book]

Each page is opened in a fresh profile, three times, on two connections: this machine's own, and Lighthouse's phone (150 ms round
trip, 1.6 Mbit/s down, processor four times slower). RESULTS.md holds the medians.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from page_weight import ByteCount
from pages import chromium, first_chapter, read_through, site
from playwright.sync_api import Browser

RESULTS = Path(__file__).parent / "RESULTS.md"
RUNS = 3
QUIET_MILLISECONDS = 3000

OBSERVE = """
  window.figures = { first: 0, largest: 0, shift: 0, tasks: [] };
  const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch('paint', (entry) => { if (entry.name === 'first-contentful-paint') figures.first = entry.startTime; });
  watch('largest-contentful-paint', (entry) => { figures.largest = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) figures.shift += entry.value; });
  watch('longtask', (entry) => figures.tasks.push([entry.startTime, entry.duration]));
"""


@dataclass(frozen=True)
class Connection:
    """How far the reader is, and how slow the reader's machine."""

    name: str
    latency: float = 0
    down: float = -1  # bytes a second
    processor: float = 1


CONNECTIONS = (
    Connection("this machine"),
    Connection("phone, slow 4G", latency=150, down=1.6e6 / 8, processor=4),
)


def main() -> None:
    target = sys.argv[1] if len(sys.argv) > 1 else None
    with site(target) as url, chromium() as browser:
        tab = browser.new_page()
        places = {
            "chapter": first_chapter(tab, url),
            "index": url,
            "sandbox": f"{url}sandbox/",
            "data": f"{url}data/",
        }
        version = browser.version
        tab.close()
        rows = [
            [name, connection.name, *measure(browser, address, connection)]
            for connection in CONNECTIONS
            for name, address in places.items()
        ]
    RESULTS.write_text(report(rows, version), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


def measure(browser: Browser, address: str, connection: Connection) -> list[str]:
    """The medians of some visits, as table cells."""
    visits = [visit(browser, address, connection) for _ in range(RUNS)]
    times = [f"{median(v[name] for v in visits):.0f} ms" for name in ("first", "largest", "blocking")]
    shift = max(v["shift"] for v in visits)
    sizes = [f"{median(v[kind] for v in visits) / 1000:.1f}" for kind in KINDS]
    return [*times, f"{shift:.3f}", *sizes]


KINDS = ("document", "script", "stylesheet", "font", "image", "all")


def visit(browser: Browser, address: str, connection: Connection) -> dict[str, float]:
    """One visit with an empty cache: opened, left alone, then read to its end."""
    context = browser.new_context(
        viewport={"width": 412, "height": 823} if connection.processor > 1 else {"width": 1350, "height": 940}
    )
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    count = ByteCount(devtools)
    devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": connection.latency,
            "downloadThroughput": connection.down,
            "uploadThroughput": -1,
        },
    )
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": connection.processor})
    # Python would come along on a good connection; what is measured is the page.
    page.route("**/runtime/**", lambda route: route.abort())
    page.add_init_script(OBSERVE)
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    opened: dict[str, Any] = page.evaluate("({ ...figures })")
    read_through(page)
    shift = float(page.evaluate("figures.shift"))
    context.close()
    sizes = count.by_kind()
    sizes.pop("headers", 0)
    sizes.pop("python", 0)
    blocking = sum(max(0.0, duration - 50) for start, duration in opened["tasks"] if start >= opened["first"])
    return {
        "first": opened["first"],
        "largest": opened["largest"],
        "blocking": blocking,
        "shift": shift,
        **{kind: float(sizes.get(kind, 0)) for kind in KINDS},
        "all": float(sum(sizes.values())),
    }


def report(rows: list[list[str]], version: str) -> str:
    """RESULTS.md."""
    head = ["page", "connection", "first paint", "largest paint", "blocking", "layout shift"]
    head += [f"{kind}, kB" for kind in KINDS]
    lines = [
        " | ".join(head),
        " | ".join(["---"] * 2 + ["--:"] * (len(head) - 2)),
        *(" | ".join(row) for row in rows),
    ]
    table = "\n".join(f"| {line} |" for line in lines)
    return f"""# The page, measured

Written by `python -m bench page`: medians of {RUNS} visits with an empty cache in Chromium {version} on
{platform.machine()}; the largest layout shift of all visits, the scrolling through the whole page included. First and
largest paint as Chromium reports them; blocking is the time beyond 50 ms of every long task after the first paint.
Sizes are compressed bodies of all that reading the page to its end loads, the editor among it, before any Run; Python
itself is not.

{table}
"""


if __name__ == "__main__":
    main()
