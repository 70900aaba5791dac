"""Page opened → first NumPy result: Pellucid beside bare Pyodide and JupyterLite, in one run, in real Chromium.

    python bench/start/run.py [RUNS]

Cold is a first visit with an empty profile, warm the next with the same. All are served from this machine and stand on the same
files of Pyodide. RESULTS.md holds the medians and their ratios.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "runtime")]

from harness import page_html, serving
from jupyterlite import NOTEBOOK, build_site, distribution
from playwright.sync_api import Page, sync_playwright

from pellucid.checking.browser import CHROMIUM_FLAGS, find_chromium
from pellucid.checking.browser import serving as serving_book
from pellucid.runtime import cache_folder, prepare
from pellucid.runtime.pins import load_pins

RESULTS = HERE / "RESULTS.md"
RUNS = 5
TIMEOUT = 180_000
SETTLE = 5_000
"""Milliseconds that a first visit goes on after its result: a browser writes to its caches then."""
SOURCE = "import numpy as np\nprint('inverse', np.linalg.inv(np.eye(2) * 2).sum())"
ANSWER = "inverse 1.0"

BARE = """<!doctype html><meta charset="utf-8"><title>Bare Pyodide</title><p></p><script>
const code = `importScripts('${location.origin}/pyodide/pyodide.js');
onmessage = async ({ data }) => {
  const pyodide = await loadPyodide({ indexURL: '${location.origin}/pyodide/' });
  await pyodide.loadPackage('numpy', { messageCallback() {} });
  pyodide.setStdout({ batched: (text) => postMessage(text) });
  pyodide.runPython(data);
};`;
const worker = new Worker(URL.createObjectURL(new Blob([code])));
worker.onmessage = ({ data }) => { document.querySelector('p').textContent = data; };
worker.postMessage(SOURCE);
</script>"""


def open_pellucid(page: Page, url: str) -> None:
    """Runtime files, opaque frame, worker, and the cell."""
    page.goto(f"{url}/pellucid/")
    page.evaluate("bench.start()")
    assert (
        page.evaluate(
            "source => bench.run(source)", f"{SOURCE}\n'inverse ' + str(np.linalg.inv(np.eye(2) * 2).sum())"
        )
        == ANSWER
    )


def open_chapter(page: Page, url: str) -> None:
    """A chapter with one cell, which the reader runs as soon as its button is there."""
    page.goto(CHAPTER[0], wait_until="commit")
    page.wait_for_function(CLICK, arg="pellucid-cell button[data-act=run]")
    wait_for_answer(page, "pellucid-cell [aria-label^=Output]")


def open_bare(page: Page, url: str) -> None:
    """Pyodide as its manual says, in a worker."""
    page.goto(f"{url}/bare/", wait_until="commit")
    wait_for_answer(page, "p")


def open_jupyterlite(page: Page, url: str) -> None:
    """The notebook, its one cell run as soon as it is there."""
    page.goto(f"{url}/jupyterlite/notebooks/index.html?path={NOTEBOOK}")
    page.locator(".jp-CodeCell .cm-content").click(timeout=TIMEOUT)
    page.keyboard.press("Control+Enter")
    wait_for_answer(page, ".jp-OutputArea-output")


CLICK = (
    "selector => { const found = document.querySelector(selector); found?.click(); return found !== null; }"
)
SHOWS = """([selector, answer]) =>
  [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(answer))"""


def wait_for_answer(page: Page, selector: str) -> None:
    """Looks at every frame that the browser paints. Playwright's locators look only every 500 ms, and would round up."""
    page.wait_for_function(SHOWS, arg=[selector, ANSWER], polling="raf")


CHAPTER = [""]
"""The address of the chapter, once it is served."""


@dataclass
class Contender:
    """A way to a first result, and the seconds that it took."""

    name: str
    open: Callable[[Page, str], None]
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)


CONTENDERS = (
    Contender("Pellucid's runtime", open_pellucid),
    Contender("Pellucid, its whole page", open_chapter),
    Contender("bare Pyodide", open_bare),
    Contender("JupyterLite 0.6.4", open_jupyterlite),
)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    bench = cache_folder() / "bench"
    pyodide = distribution(load_pins(), bench / "pyodide")
    places: dict[str, Path | bytes] = {
        "/runtime/": prepare(),
        "/pellucid/": page_html(),
        "/pyodide/": pyodide,
        "/bare/": BARE.replace("SOURCE", repr(SOURCE)).encode(),
        "/jupyterlite/": build_site(pyodide, SOURCE, bench / "jupyterlite"),
    }
    with serving(places) as url, chapter() as CHAPTER[0]:
        for run in range(runs):
            for contender in CONTENDERS:
                version = measure(contender, url)
                print(
                    f"run {run + 1}: {contender.name}: {contender.cold[-1]:.2f} s, {contender.warm[-1]:.2f} s",
                    flush=True,
                )
    table = results(version)
    RESULTS.write_text(table, encoding="utf-8")
    print(table)


@contextmanager
def chapter() -> Iterator[str]:
    """The address of a chapter with one cell, as `pellucid serve` serves it."""
    with TemporaryDirectory() as book:
        (Path(book) / "start.md").write_text(
            f"# Start\n\n```{{code-cell}}\n{SOURCE}\n```\n", encoding="utf-8"
        )
        with serving_book(Path(book), prepare()) as url:
            yield f"{url}/start/"


def measure(contender: Contender, url: str) -> str:
    """One cold and one warm visit; the browser's version."""
    with TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), args=CHROMIUM_FLAGS
        )
        context.set_default_timeout(TIMEOUT)
        for seconds in (contender.cold, contender.warm):
            page = context.new_page()
            begin = time.perf_counter()
            contender.open(page, url)
            seconds.append(time.perf_counter() - begin)
            if seconds is contender.cold:
                page.wait_for_timeout(SETTLE)
            page.close()
        version = context.browser.version if context.browser else "unknown"
        context.close()
        return version


def results(version: str) -> str:
    ours = CONTENDERS[1]
    lines = [
        "# Start, measured",
        "",
        f"Written by `python -m bench start`: medians of {len(ours.cold)} visits in Chromium {version}, {os.cpu_count()} cores.",
        "From opening the page to the first NumPy result; cold is a first visit with an empty profile, warm the next.",
        "",
        "| | cold | warm | whole page ÷ this, cold | whole page ÷ this, warm |",
        "| --- | --: | --: | --: | --: |",
    ]
    for each in CONTENDERS:
        cold, warm = median(each.cold), median(each.warm)
        ratios = f"{median(ours.cold) / cold:.2f} | {median(ours.warm) / warm:.2f}"
        lines.append(f"| {each.name} | {cold:.2f} s | {warm:.2f} s | {ratios} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
