"""What a first visit costs: bytes, as a real Chromium receives them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

TOOLS = Path(__file__).parents[2] / "tools"


def test_every_chapter_read_to_its_end_weighs_less_than_200_kb_and_brings_no_python(
    monkeypatch: pytest.MonkeyPatch, book_url: str, chromium: Browser
) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    from page_weight import LIMIT, find_chapters, weigh

    found = find_chapters(chromium, book_url)
    assert len(found) >= 3
    for chapter in found:
        weights = weigh(chromium, chapter)
        assert weights.pop("python", 0) == 0, chapter
        weights.pop("headers")
        assert {"document", "script", "font", "stylesheet"} <= set(weights), chapter
        assert sum(weights.values()) < LIMIT, (chapter, weights)
