"""The same tasks inside the browser's Python: ours beside the scikit-learn that is compiled for it, in real Chromium.

Tasks and data are those of the files beside this one; their source text is run in a cell. Agreement is not asked for here: the
scikit-learn there is older and bins otherwise, and tests/browser/test_models.py holds ours to its own results in CPython.
umap-learn is not there (it needs numba), so UMAP has no row.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pellucid.checking.browser import opened, serving
from pellucid.runtime import prepare

HERE = Path(__file__).parent
FAMILIES = ("linear", "decomposition", "trees", "boosting", "svm")
REPEATS = 3
SECONDS = 1_800

CELL = """
import sys, time, types, warnings
from statistics import median
import numpy, scipy, sklearn

warnings.simplefilter("ignore")

def load(name, source):
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, name + ".py", "exec", optimize=1), module.__dict__)  # without asserts
    return module

def seconds(call):
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin

load("tasks", {tasks!r})
for task in (each for each in load({family!r}, {source!r}).tasks() if each.target is not None):
    task.ours(), task.theirs()
    pairs = [(seconds(task.ours), seconds(task.theirs)) for _ in range({repeats})]
    ours, theirs = (median(column) for column in zip(*pairs))
    print(f"| {{task.name}} | {{ours * 1e3:.2f}} ms | {{theirs * 1e3:.2f}} ms | {{ours / theirs:.2f}} |")
"""


def table() -> list[str]:
    """The rows of results/browser.md."""
    lines = [
        "## in the browser",
        "",
        "| task | ours | scikit-learn 1.6.1 there | ratio |",
        "| --- | --: | --: | --: |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.md").write_text("# Bench\n", encoding="utf-8")
        with serving(Path(folder), prepare()) as url, opened(f"{url}/check/") as tab:
            for family in FAMILIES:
                lines += run_family(tab, family)
    return lines


def run_family(tab: object, family: str) -> list[str]:
    tasks, source = ((HERE / f"{name}.py").read_text(encoding="utf-8") for name in ("tasks", family))
    request = {
        "cell": family,
        "source": CELL.format(tasks=tasks, family=family, source=source, repeats=REPEATS),
        "seconds": SECONDS,
    }
    tab.evaluate("pellucidCheck.restart()")
    result, events = tab.evaluate("request => pellucidCheck.run(request)", request)
    printed = "".join(event["text"] for event in events if event["type"] == "stdout")
    if result["status"] != "ok":
        errors = [event["error"]["message"] for event in events if event["type"] == "error"]
        raise SystemExit(
            f"{family} in the browser: {result['status']} {result['message']} {errors}\n{printed}"
        )
    return [line for line in printed.splitlines() if line.startswith("|")]
