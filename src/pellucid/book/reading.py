"""How long a page takes to read, and, apart from that, how long its exercises take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from pellucid.book.page import Reading

WORDS_A_MINUTE = 220
INLINE_FORMULA_SECONDS = 1
DISPLAY_FORMULA_SECONDS = 9
CODE_LINE_SECONDS = 1.5
DATA_LINE_SECONDS = 0.05
FIGURE_SECONDS = 8
EXERCISE_MINUTES = 4

_DATA_LINE = re.compile(r"""[\s\d.,;:+\-()\[\]{}'"|/]*\d(?:[\s\d.,;:+\-()\[\]{}'"|/]|[eE](?=[-+\d]))*""")


@dataclass
class Tally:
    """What a page holds, counted while it is compiled. The words of its formulas are no words.

    An exercise's task belongs to the exercise's minutes, and a card's answer, folded away, to the review.
    """

    words: int = 0
    inline_formulas: int = 0
    display_formulas: int = 0
    code_lines: int = 0
    data_lines: int = 0
    figures: int = 0
    cells: int = 0
    exercises: int = 0
    headings: int = 0

    def add_code(self, source: str) -> None:
        """Count the lines of a listing: rows of numbers are passed over by every reader, empty lines are nothing."""
        lines = [line for line in source.split("\n") if line.strip()]
        data = sum(_DATA_LINE.fullmatch(line) is not None for line in lines)
        self.data_lines += data
        self.code_lines += len(lines) - data

    def reading(self) -> Reading:
        """The tally with plausible times: at least a minute for any page."""
        seconds = (
            self.words * 60 / WORDS_A_MINUTE
            + self.inline_formulas * INLINE_FORMULA_SECONDS
            + self.display_formulas * DISPLAY_FORMULA_SECONDS
            + self.code_lines * CODE_LINE_SECONDS
            + self.data_lines * DATA_LINE_SECONDS
            + self.figures * FIGURE_SECONDS
        )
        return Reading(
            minutes=max(1, ceil(seconds / 60)),
            exercise_minutes=self.exercises * EXERCISE_MINUTES,
            headings=self.headings,
            words=self.words,
            formulas=self.inline_formulas + self.display_formulas,
            cells=self.cells,
            exercises=self.exercises,
        )
