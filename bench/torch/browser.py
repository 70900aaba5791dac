"""In the browser: the encoder–decoder Transformer of chapter 6 learns to reverse words while one watches.

The cell is taken from the chapter as it stands. Its peer runs the same source in PyTorch on this machine, one thread. Both must
print the same text.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from pellucid.checking.browser import opened, serving
from pellucid.places import bundled_book
from pellucid.runtime import cache_folder, prepare

CHAPTER = "06-training-and-evaluating"
REPEATS = 5
AIM = 60.0
TIMED = """
import contextlib, io, sys, time
source, printed = sys.stdin.read(), io.StringIO()
import torch
torch.set_num_threads(1)
begin = time.perf_counter()
with contextlib.redirect_stdout(printed):
    exec(source, {})
print(time.perf_counter() - begin)
print(printed.getvalue(), end="")
"""


def table() -> list[str]:
    """The heading and the rows of results/browser.md."""
    from run import environment

    source = cell()
    python = environment(cache_folder() / "bench" / "torch")
    whole: list[float] = []
    again: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.md").write_text("# Bench\n", encoding="utf-8")
        with serving(Path(folder), prepare()) as url, opened(f"{url}/check/") as tab:
            for _ in range(REPEATS):
                begin = time.perf_counter()
                tab.evaluate("pellucidCheck.restart()")
                shown = run_cell(tab, source)
                whole.append(time.perf_counter() - begin)
                begin = time.perf_counter()
                run_cell(tab, source)
                again.append(time.perf_counter() - begin)
                seconds, printed = run_torch(python, source)
                theirs.append(seconds)
                if shown != printed:
                    raise SystemExit(f"The page and torch print different texts:\n{shown}\n{printed}")
    first, second, peer = map(statistics.median, (whole, again, theirs))
    return [
        "## In the browser",
        "",
        f"A small encoder–decoder Transformer learns to reverse words ({CHAPTER}, the cell `reverse`), {REPEATS} runs each.",
        "The page and torch print the same text, losses included.",
        "",
        "| what | in the page | aim | torch on this machine | ratio |",
        "| --- | --: | --: | --: | --: |",
        f"| Python started anew, cell run to its end | {first:.1f} s | < {AIM:.0f} s | {peer:.2f} s | {first / peer:.1f} |",
        f"| run again | {second:.1f} s | < {AIM:.0f} s | {peer:.2f} s | {second / peer:.1f} |",
    ]


def cell() -> str:
    """The source of the cell `reverse`."""
    page = (bundled_book() / CHAPTER / "index.md").read_text(encoding="utf-8")
    found = re.search(r":name: reverse\n(?::[^\n]*\n)*(.*?)\n```", page, re.DOTALL)
    if found is None:
        raise SystemExit(f"{CHAPTER} has no cell named `reverse`.")
    return found[1]


def run_cell(tab: object, source: str) -> str:
    """What the cell prints, run in the page."""
    request = {"cell": "reverse", "source": source, "seconds": 300}
    result, events = tab.evaluate("request => pellucidCheck.run(request)", request)
    if result["status"] != "ok":
        errors = [event["error"]["message"] for event in events if event["type"] == "error"]
        raise SystemExit(f"in the browser: {result} {errors}")
    return "".join(event["text"] for event in events if event["type"] == "stdout")


def run_torch(python: Path, source: str) -> tuple[float, str]:
    """Seconds and output of the same source in torch, imported before the clock starts."""
    done = subprocess.run(
        [python, "-c", TIMED],
        input=source,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, _, printed = done.stdout.partition("\n")
    return float(seconds), printed
