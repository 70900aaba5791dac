"""The whole scripts of tests/torch/scripts in a page: `import torch` there prints what PyTorch printed, but for a last digit."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import Cell, expect
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "torch" / "scripts"
MINUTES = 60_000
SAME = 52  # of 59 the very same text; 54 where this was written
CELL = """
import contextlib, io, json
import numpy, scipy.linalg, scipy.special
import torch

scripts = json.loads({scripts!r})
apart = {{}}
for name, (code, expected) in scripts.items():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(code, name, "exec"), {{"__name__": "__main__"}})
        except Exception as error:
            print(type(error).__name__, error)
    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default")
    if out.getvalue().splitlines() != expected:
        apart[name] = out.getvalue().splitlines()
print(json.dumps(apart))
"""


@pytest.mark.timeout(600)
def test_scripts_print_in_a_page_what_they_print_under_torch(
    page: Page, serve_folder: Callable[[Path], str], tmp_path: Path
) -> None:
    printed = json.loads((SCRIPTS / "fixtures" / "printed.json").read_text(encoding="utf-8"))
    scripts = {n: ((SCRIPTS / f"{n}.py").read_text(encoding="utf-8"), lines) for n, lines in printed.items()}
    code = CELL.format(scripts=json.dumps(scripts))
    cell = f"`````{{code-cell}} python\n:name: scripts\n:seconds: 240\n\n{code}\n`````\n"
    (tmp_path / "index.md").write_text(f"# Scripts\n\n{cell}", encoding="utf-8")
    page.goto(serve_folder(tmp_path))
    all_scripts = Cell(page, "scripts")
    all_scripts.run()
    expect(all_scripts.status).to_contain_text(re.compile(r"· Run \d+"), timeout=5 * MINUTES)
    shown = all_scripts.output.inner_text()
    assert '{"' in shown, shown[-2000:]
    apart = json.loads(shown[shown.index('{"') : shown.rindex("]}") + 2])
    differences = runpy.run_path(str(ROOT / "tools" / "torch_scripts.py"))["differences"]
    assert {n: d for n, lines in apart.items() if (d := differences(lines, printed[n]))} == {}
    assert len(printed) - len(apart) >= SAME, sorted(apart)
