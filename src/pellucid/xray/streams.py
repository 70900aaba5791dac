"""Standard output that streams while the cell runs, and stops growing at a limit."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

FLUSH_CHARS = 16_384
BURST = 20
BURST_SECONDS = 1.0


class OutputBudget:
    """How many characters a run may still show, shared by stdout and stderr; says once when it is spent."""

    def __init__(self, max_chars: int, say: Callable[[str], None]) -> None:
        self._max_chars = max_chars
        self._left = max_chars
        self._say = say
        self._over = False
        self._said = False

    def take(self, text: str) -> str:
        """The part of `text` that still fits."""
        kept = text[: self._left]
        self._left -= len(kept)
        self._over = self._over or len(kept) < len(text)
        return kept

    def say_if_cut(self) -> None:
        """Say once, after the last text that was shown, that the rest is missing."""
        if self._over and not self._said:
            self._said = True
            self._say(f"The output was cut here: a run shows at most {self._max_chars:,} characters.")

    @property
    def spent(self) -> bool:
        """True when nothing more will be shown."""
        return self._over


class Pace:
    """Lets through a burst of 20, then 20 a second: a line before a long computation shows at once, a flood in few pieces."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._credit = float(BURST)
        self._seen = now()

    def allow(self) -> bool:
        """Whether one more may pass now; counts it if so."""
        now = self._now()
        self._credit = min(BURST, self._credit + (now - self._seen) * BURST / BURST_SECONDS)
        self._seen = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True


class OutputStream(io.TextIOBase):
    """A text stream that hands what was written to `show`, by lines, or in larger pieces where they come fast.

    No timer runs while a cell computes, so a line that may be shown is shown when it is written.
    """

    def __init__(self, show: Callable[[str], None], budget: OutputBudget) -> None:
        self._show = show
        self._budget = budget
        self._pieces: list[str] = []
        self._chars = 0
        self._pace = Pace()

    def writable(self) -> bool:
        """Always: it is an output."""
        return True

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - a property in the stubs of some versions only
        """Libraries ask for it before they choose their characters."""
        return "utf-8"

    def write(self, text: str, /) -> int:
        """Keep `text`; show it at the end of a line, or when much has come."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a learner may pass anything
            raise TypeError(f"write() needs text, not {type(text).__name__}")
        if self._budget.spent:
            return len(text)
        self._pieces.append(text)
        self._chars += len(text)
        if self._chars >= FLUSH_CHARS or (text.endswith(("\n", "\r")) and self._pace.allow()):
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Show what has been kept."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._chars = 0
        shown = self._budget.take(text)
        if shown:
            self._show(shown)
        self._budget.say_if_cut()
