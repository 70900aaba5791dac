"""Exercises of the kinds shape, value and choice, as a learner meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import expect
from playwright.sync_api import Page

BOOK = Path(__file__).parent / "books" / "kinds"


@pytest.fixture
def kinds(page: Page, serve_folder: Callable[[Path], str]) -> Page:
    page.goto(f"{serve_folder(BOOK)}01-kinds/")
    return page


@pytest.mark.parametrize(
    ("title", "wrong", "says", "right"),
    [
        ("Column means", "answer = (5,)", "one for each column", "answer = [3]"),
        (
            "Mean of three",
            "answer = 1 + 2 + 6",
            "A mean divides",
            "import numpy as np\nanswer = np.mean([1, 2, 6])",
        ),
    ],
)
def test_answers_that_are_assigned(kinds: Page, title: str, wrong: str, says: str, right: str) -> None:
    exercise = kinds.get_by_role("region", name=title, exact=True)
    verdict = exercise.get_by_role("status", name="Verdict")
    for answer, expected in ((wrong, says), (right, "Right")):
        exercise.scroll_into_view_if_needed()
        exercise.locator(".cm-content").click()
        kinds.keyboard.press("Control+a")
        kinds.keyboard.insert_text(answer)
        exercise.get_by_role("button", name="Check").click()
        expect(verdict).to_contain_text(expected)


def test_a_choice_is_made_by_keyboard(kinds: Page) -> None:
    exercise = kinds.get_by_role("region", name="Larger penalty", exact=True)
    verdict = exercise.get_by_role("status", name="Verdict")
    expect(exercise.get_by_role("radio")).to_have_count(3)
    exercise.get_by_role("radio", name="Their norm shrinks.").focus()
    kinds.keyboard.press("ArrowDown")
    expect(exercise.get_by_role("radio", name="Their norm grows.")).to_be_checked()
    exercise.get_by_role("button", name="Check").press("Enter")
    expect(verdict).to_contain_text("makes a large norm dearer")
    exercise.get_by_role("radio", name="Their norm shrinks.").check()
    exercise.get_by_role("button", name="Check").press("Enter")
    expect(verdict).to_contain_text("Right")
