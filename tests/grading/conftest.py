"""A chapter of the book as its tests see it."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pellucid.grading import Exercise, Verdict, attempt, judge, load_exercises, plan

BOOK = Path(__file__).parents[2] / "book"


@dataclass(frozen=True)
class Chapter:
    """A chapter's text, its exercises and their starters, by id."""

    text: str
    source: str
    exercises: dict[str, Exercise]
    starters: dict[str, str]

    def check(self, id: str, submission: str, seed: int = 0) -> Verdict:
        """The verdict on a submission."""
        exercise = self.exercises[id]
        cases = plan(exercise, seed)
        return judge(exercise, cases, attempt(submission, exercise.entry, cases))

    def expected(self, id: str, seed: int) -> list[tuple[Any, Any]]:
        """The arguments of each case, and the reference's answer."""
        exercise = self.exercises[id]
        cases = plan(exercise, seed)
        return [(case.args, answer) for case, answer in zip(cases, exercise.expected(cases), strict=True)]


def find_starters(text: str) -> dict[str, str]:
    """The starters of a chapter's exercises; "" where there is none."""
    blocks = re.findall(r"^:::\{exercise\}.*?^:::$", text, re.DOTALL | re.MULTILINE)
    starters = [re.search(r"```\{starter\}\n(.*?)```", block, re.DOTALL) for block in blocks]
    ids = [re.search(r"^:id: (\S+)$", block, re.MULTILINE) for block in blocks]
    return {id[1]: starter[1] if starter else "" for id, starter in zip(ids, starters, strict=True) if id}


@pytest.fixture(scope="session")
def open_chapter() -> Callable[[str], Chapter]:
    """Chapters by the name of their folder, each read once."""

    @functools.cache
    def open_one(folder: str) -> Chapter:
        text = (BOOK / folder / "index.md").read_text(encoding="utf-8")
        file = BOOK / folder / "exercises.py"
        return Chapter(text, file.read_text(encoding="utf-8"), load_exercises(file), find_starters(text))

    return open_one
