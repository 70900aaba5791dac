"""Errors that name the place and the next act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One mistake in an author's file: where it is, what is wrong, what was expected."""

    file: str
    line: int | None
    message: str
    expected: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}" + (f" Expected: {self.expected}" if self.expected else "")


class PellucidError(Exception):
    """A mistake that a user can mend. The command line prints it without a traceback.

    `message` says what is wrong and where; `next_act` says what to do about it.
    """

    def __init__(self, message: str, next_act: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_act = next_act

    def __str__(self) -> str:
        return f"{self.message}\n{self.next_act}" if self.next_act else self.message


class BookError(PellucidError):
    """Every fault that was found in a book's files, all at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
