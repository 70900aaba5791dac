"""A pytest plugin: writes what became of each test into the file that OUTCOMES names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOUND: dict[str, tuple[str, str, float]] = {}


@pytest.hookimpl
def pytest_runtest_logreport(report: Any) -> None:
    name = report.nodeid.partition("::")[2]
    said = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr or ""))
    if report.when == "call" or report.outcome != "passed":
        outcome = "failed" if report.outcome == "passed" and hasattr(report, "wasxfail") else report.outcome
        FOUND[name] = (outcome, said[:2000], report.duration)


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(FOUND), encoding="utf-8")
