"""Whole pages against what is kept in tests/golden/<case>/expected. PELLUCID_GOLDEN=write keeps what is made now."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pellucid.book import Builder, Page
from pellucid.book.slots import fill

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


def facts(page: Page) -> dict[str, object]:
    """What is known of a page beside its HTML, in a form that a person can read."""
    return {
        "title": page.title,
        "headings": [[h.level, h.anchor, h.text] for h in page.headings],
        "cells": [
            {
                "id": c.id,
                "source": c.source,
                "runs": c.runs,
                "unavailable": list(c.unavailable),
                "notes": list(c.notes),
            }
            for c in page.cells
        ],
        "exercises": [[e.id, e.kind, e.title] for e in page.exercises],
        "cards": [card.id for card in page.cards],
        "labels": [[label.name, label.kind, label.anchor, label.number] for label in page.labels],
        "reading": vars(page.reading),
    }


@pytest.mark.parametrize("case", CASES)
def test_page_is_as_kept(case: str, make_builder: Callable[..., Builder]) -> None:
    files = {
        path.relative_to(GOLDEN / case).as_posix(): path.read_bytes()
        for path in (GOLDEN / case).rglob("*")
        if path.is_file() and "expected" not in path.parts
    }
    site = make_builder(files, show_faults=True).build()
    made = {"faults.txt": "".join(f"{fault}\n" for fault in (*site.faults, *site.warnings))}
    for page in site.pages:
        name = page.slug or "root"
        served = site.files[f"{page.slug}/index.html" if page.slug else "index.html"]
        assert isinstance(served, bytes)
        body = served.decode().partition("<main id=content>")[2].partition("</main>")[0]
        made[f"{name}.html"] = body
        made[f"{name}.json"] = json.dumps(facts(page), indent=1, ensure_ascii=False) + "\n"
        assert "\ue000" not in fill(body, str)
    made["files.txt"] = "".join(f"{name}\n" for name in sorted(site.files) if not name.startswith("assets/"))
    expected = GOLDEN / case / "expected"
    if os.environ.get("PELLUCID_GOLDEN") == "write":
        expected.mkdir(exist_ok=True)
        for name, text in made.items():
            (expected / name).write_text(text, encoding="utf-8")
    assert made == {path.name: path.read_text(encoding="utf-8") for path in expected.iterdir()}


def test_there_are_cases() -> None:
    assert len(CASES) >= 6
