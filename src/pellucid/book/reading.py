"""How long a page takes to read: words, formulas, code, figures and exercises each count."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from pellucid.book.page import Reading

WORDS_A_MINUTE = 220
INLINE_FORMULA_SECONDS = 1.5
DISPLAY_FORMULA_SECONDS = 12
CODE_LINE_SECONDS = 2
FIGURE_SECONDS = 10
EXERCISE_SECONDS = 4 * 60


@dataclass
class Tally:
    """What a page holds, counted while it is compiled."""

    words: int = 0
    inline_formulas: int = 0
    display_formulas: int = 0
    code_lines: int = 0
    figures: int = 0
    cells: int = 0
    exercises: int = 0
    headings: int = 0

    def reading(self) -> Reading:
        """The tally with a plausible time: at least a minute for any page."""
        seconds = (
            self.words * 60 / WORDS_A_MINUTE
            + self.inline_formulas * INLINE_FORMULA_SECONDS
            + self.display_formulas * DISPLAY_FORMULA_SECONDS
            + self.code_lines * CODE_LINE_SECONDS
            + self.figures * FIGURE_SECONDS
            + self.exercises * EXERCISE_SECONDS
        )
        return Reading(
            minutes=max(1, ceil(seconds / 60)),
            headings=self.headings,
            words=self.words,
            formulas=self.inline_formulas + self.display_formulas,
            cells=self.cells,
            exercises=self.exercises,
        )
