"""The library in the browser's Python gives what it gives in CPython."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import Cell, expect
from playwright.sync_api import Page

SOURCE = Path(__file__).parent / "every_model.py"
MINUTES = 60_000


@pytest.mark.timeout(600)
def test_every_model_computes_the_same_in_the_browser(
    page: Page, serve_folder: Callable[[Path], str], tmp_path: Path
) -> None:
    here = json.loads(
        subprocess.run([sys.executable, "-W", "ignore", SOURCE], check=True, capture_output=True).stdout
    )
    code = SOURCE.read_text(encoding="utf-8")
    cell = f"````{{code-cell}} python\n:name: models\n:seconds: 240\n\n{code}\n````\n"
    (tmp_path / "index.md").write_text(f"# Models\n\n{cell}", encoding="utf-8")
    page.goto(serve_folder(tmp_path))
    models = Cell(page, "models")
    models.run()
    expect(models.status).to_contain_text(re.compile(r"· Run \d+"), timeout=5 * MINUTES)
    shown = models.output.inner_text()
    assert '{"' in shown and "Error" not in shown, shown[-2000:]
    there = json.loads(shown[shown.index('{"') : shown.rindex("]}") + 2])
    assert there.keys() == here.keys()
    apart = {name for name in here if there[name] != pytest.approx(here[name], rel=1e-6, abs=1e-8)}
    assert apart == set()
