"""`import torch` in a page: PyTorch's code runs unchanged and prints what PyTorch prints; an exercise judges tensors.

`books/torch/printed.txt` is what PyTorch 2.13 prints for the first cell; where it is installed, run this file to write it anew.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cell_page import Cell, expect
from playwright.sync_api import Page

BOOK = Path(__file__).parent / "books" / "torch"
PRINTED = BOOK / "printed.txt"


@pytest.fixture
def chapter(page: Page, serve_folder: Callable[[Path], str]) -> Page:
    page.goto(f"{serve_folder(BOOK)}01-torch/")
    return page


def test_a_page_prints_what_pytorch_prints(chapter: Page) -> None:
    model = Cell(chapter, "model")
    model.run_to_end()
    shown = model.output.inner_text()
    assert PRINTED.read_text(encoding="utf-8").strip() in shown

    weight = Cell(chapter, "shown")
    weight.run_to_end()
    expect(weight.output).to_contain_text("Parameter containing:")
    expect(weight.output).to_contain_text("float32, shape (4, 8)")

    scipy = Cell(chapter, "scipy")
    scipy.run_to_end()
    expect(scipy.output).to_contain_text("torch.Size([2, 5, 8])")

    absent = Cell(chapter, "absent")
    absent.run()
    expect(absent.output).to_contain_text("torch.softmaks is absent")
    expect(absent.output).to_contain_text("torch.softmax")

    weights = Cell(chapter, "weights")
    weights.run_to_end()
    expect(weights.output).to_contain_text("True ['0.bias', '0.weight', '2.bias'")


def test_an_exercise_takes_and_gives_tensors(chapter: Page) -> None:
    exercise = chapter.get_by_role("region", name="Gradient of a squared loss", exact=True)
    verdict = exercise.get_by_role("status", name="Verdict")
    for answer, words in (
        ("def gradient(X, y, w):\n    return 2 * X.T @ (X @ w - y)", "without its half"),
        ("def gradient(X, y, w):\n    return X.T @ (X @ w - y)", "Right"),
    ):
        exercise.scroll_into_view_if_needed()
        exercise.locator(".cm-content").click()
        chapter.keyboard.press("Control+a")
        chapter.keyboard.insert_text(answer)
        exercise.get_by_role("button", name="Check").click()
        expect(verdict).to_contain_text(words)


def write_printed() -> None:
    """Run the first cell in PyTorch itself."""
    page = (BOOK / "01-torch" / "index.md").read_text(encoding="utf-8")
    cell = re.search(r":name: model\n(.*?)```", page, re.DOTALL)
    assert cell is not None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(cell[1], {})
    PRINTED.write_text(printed.getvalue(), encoding="utf-8")


if __name__ == "__main__":
    write_printed()
