"""The rest of pellucid.torch in a page: tokenizer, generation, compression, pruning, files give there what they give in CPython.

There integers have 32 bits, no safetensors package is at hand, and SciPy comes only with a cell that names what stands on it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pellucid.checking.browser import serving

SCRIPT = Path(__file__).with_name("torch_library.py")
CELL = re.compile(r"^# %% (.*)\n((?:(?!# %%).*\n)*)", re.MULTILINE)
IN_CPYTHON = """
import runpy, sys
import safetensors  # the package writes and reads here; pellucid's own code in the page
from pellucid.alias import install
install()
runpy.run_path(sys.argv[1], run_name="__main__")
"""
WITHOUT_PACKAGE = "from torch import safetensors; print(safetensors.package)"


@pytest.mark.timeout(300)
def test_the_library_prints_in_a_page_what_it_prints_in_cpython(
    page: Page, runtime: Path, tmp_path: Path
) -> None:
    here = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_CPYTHON, SCRIPT],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    (tmp_path / "index.md").write_text("# The library\n", encoding="utf-8")
    cells = CELL.findall(SCRIPT.read_text(encoding="utf-8"))
    with serving(tmp_path, runtime) as url:
        page.goto(f"{url}/check/")
        page.evaluate("pellucidCheck.restart()")
        there = "".join(run(page, name, source) for name, source in cells)
        assert run(page, "package", WITHOUT_PACKAGE) == "None\n"
    assert there.splitlines() == here.splitlines()


def run(page: Page, name: str, source: str) -> str:
    """What a cell prints in the page's session."""
    request = {"cell": name, "source": source, "seconds": 60}
    result, events = page.evaluate("request => pellucidCheck.run(request)", request)
    errors = [event["error"]["message"] for event in events if event["type"] == "error"]
    printed = "".join(event["text"] for event in events if event["type"] == "stdout")
    assert (result["message"], errors) == (None, []), printed
    return printed
