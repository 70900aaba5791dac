"""The values that cross from Python to the page have the same fields on both sides."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from pellucid.grading.judge import Verdict
from pellucid.xray.complete import Completion
from pellucid.xray.display import TableValue, ValueEvent
from pellucid.xray.failures import ErrorFrame, ErrorReport
from pellucid.xray.figures import FigureEvent

CONTRACT = (Path(__file__).parents[1] / "web" / "src" / "contract.ts").read_text(encoding="utf-8")


def fields_of_interface(name: str) -> set[str]:
    body = re.search(rf"export interface {name} \{{(.*?)\n\}}", CONTRACT, re.DOTALL)
    assert body, f"contract.ts has no interface {name}"
    return set(re.findall(r"^  (\w+)\??:", body[1], re.MULTILINE))


def fields_of_event(kind: str) -> set[str]:
    body = re.search(rf"\{{ type: '{kind}';(.*?)\}}", CONTRACT, re.DOTALL)
    assert body, f"contract.ts has no event {kind}"
    return {"type"} | set(re.findall(r"(\w+):", body[1]))


@pytest.mark.parametrize("kind", [ErrorFrame, ErrorReport, TableValue, Completion, Verdict])
def test_interfaces(kind: type[Any]) -> None:
    assert fields_of_interface(kind.__name__) == set(get_type_hints(kind))


@pytest.mark.parametrize(("name", "kind"), [("value", ValueEvent), ("figure", FigureEvent)])
def test_events(name: str, kind: type[Any]) -> None:
    assert fields_of_event(name) == set(get_type_hints(kind))
