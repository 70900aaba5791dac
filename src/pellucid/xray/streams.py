"""Standard output that streams while the cell runs, and stops growing at a limit."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

FLUSH_SECONDS = 0.05
FLUSH_CHARS = 16_384


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


class OutputStream(io.TextIOBase):
    """A text stream that hands what was written to `show`, in pieces, at most every 50 ms."""

    def __init__(self, show: Callable[[str], None], budget: OutputBudget) -> None:
        self._show = show
        self._budget = budget
        self._pieces: list[str] = []
        self._chars = 0
        self._flushed = time.monotonic()

    def writable(self) -> bool:
        """Always: it is an output."""
        return True

    @property
    def encoding(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - a property in the stubs of some versions only
        """Libraries ask for it before they choose their characters."""
        return "utf-8"

    def write(self, text: str, /) -> int:
        """Keep `text`; flush when enough has come or enough time has passed."""
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a learner may pass anything
            raise TypeError(f"write() needs text, not {type(text).__name__}")
        if self._budget.spent:
            return len(text)
        self._pieces.append(text)
        self._chars += len(text)
        if self._chars >= FLUSH_CHARS or time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Show what has been kept."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._chars = 0
        self._flushed = time.monotonic()
        shown = self._budget.take(text)
        if shown:
            self._show(shown)
        self._budget.say_if_cut()
