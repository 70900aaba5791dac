"""The library in the browser's Python gives what it gives in CPython."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pellucid.checking.browser import opened, serving
from pellucid.runtime import prepare

SOURCE = Path(__file__).parent / "every_model.py"


@pytest.mark.browser
def test_every_model_computes_the_same_in_the_browser(tmp_path: Path) -> None:
    here = json.loads(
        subprocess.run([sys.executable, "-W", "ignore", SOURCE], check=True, capture_output=True).stdout
    )
    (tmp_path / "index.md").write_text("# Models\n", encoding="utf-8")
    with serving(tmp_path, prepare()) as url, opened(f"{url}/check/") as tab:
        request = {"cell": "models", "source": SOURCE.read_text(encoding="utf-8"), "seconds": 240}
        _, events = tab.evaluate("request => pellucidCheck.run(request)", request)
    assert [event["error"] for event in events if event["type"] == "error"] == []
    there = json.loads("".join(event["text"] for event in events if event["type"] == "stdout"))
    assert there.keys() == here.keys()
    apart = {name for name in here if there[name] != pytest.approx(here[name], rel=1e-6, abs=1e-8)}
    assert apart == set()
