"""Marks in a page's HTML that stand for what is known only later: formulas, references, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_MARK = re.compile("\ue000(\\d+)\ue001")
# The two halves of a mark, and halves of a character, which no file can hold: JSON and YAML can spell both.
_PRIVATE = re.compile("[\ue000\ue001\ud800-\udfff]")


def without_marks(text: str) -> str:
    """An author's `text`, unable to forge a mark and able to be written."""
    return _PRIVATE.sub("\ufffd", text)


def drop_marks(html: str) -> str:
    """`html` without its marks."""
    return _MARK.sub("", html)


class Slots(Generic[T]):
    """Values that are waiting, each with its mark."""

    def __init__(self) -> None:
        self.values: list[T] = []

    def add(self, value: T) -> str:
        """The mark that stands for `value`."""
        self.values.append(value)
        return f"\ue000{len(self.values) - 1}\ue001"


def fill(html: str, replacement: Callable[[int], str]) -> str:
    """`html` with each mark replaced; a replacement may hold no marks of its own."""
    return _MARK.sub(lambda match: replacement(int(match[1])), html)
