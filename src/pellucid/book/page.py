"""`Page`: a parsed chapter. Frozen values only; every function of this package stands between two of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from pellucid.errors import Fault


@dataclass(frozen=True)
class Heading:
    """A section heading; `level` is 2 for the page's sections, since the title alone is 1."""

    level: int
    anchor: str
    text: str
    html: str
    exercise: str | None = None


@dataclass(frozen=True)
class Prose:
    """Running text with its figures, tables, formulas and admonitions."""

    html: str


@dataclass(frozen=True)
class Cell:
    """Code that the reader can run. `source` is the author's text to the letter."""

    id: str
    number: int
    source: str
    html: str
    seconds: int
    tags: tuple[str, ...] = ()
    runs: bool = True
    interactive: bool = True
    """False for a cell that no browser here can run: another language. It is shown, and is no element of the front end's."""
    unavailable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True)
class ExerciseBlock:
    """The task and starter of an exercise; what grades it stands in exercises.py, joined by `id`."""

    id: str
    number: int
    title: str
    kind: str
    starter: str
    html: str
    line: int | None = None


@dataclass(frozen=True)
class Card:
    """A review card, placed beside the passage that it comes from."""

    id: str
    question: str
    answer: str
    html: str
    line: int | None = None


Block = Prose | Cell | ExerciseBlock | Card


@dataclass(frozen=True)
class Label:
    """Something that can be referred to: a section, equation, figure, table, exercise or term."""

    name: str
    kind: str
    anchor: str
    number: str
    title: str
    line: int | None = None


@dataclass(frozen=True)
class Reference:
    """A place in the page's HTML that is filled in once all pages are known: a link, or a file beside the page."""

    kind: str
    target: str
    text: str
    line: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Section:
    """What the search index knows of one section."""

    anchor: str
    heading: str
    text: str


@dataclass(frozen=True)
class Reading:
    """How much there is to read, and plausible times: `minutes` for reading, `exercise_minutes` for the exercises."""

    minutes: int = 0
    exercise_minutes: int = 0
    headings: int = 0
    words: int = 0
    formulas: int = 0
    cells: int = 0
    exercises: int = 0


@dataclass(frozen=True)
class Page:
    """One chapter, independent of all other pages: `references` are the holes that only the whole book can fill."""

    slug: str
    file: str
    title: str
    title_html: str
    description: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]
    cells: tuple[Cell, ...]
    exercises: tuple[ExerciseBlock, ...]
    cards: tuple[Card, ...]
    labels: tuple[Label, ...]
    anchors: tuple[str, ...]
    references: tuple[Reference, ...]
    sections: tuple[Section, ...]
    reading: Reading
    faults: tuple[Fault, ...]
    question: str = ""
    """What the chapter answers, in the author's words; shown below the title."""
    prerequisites: tuple[str, ...] = ()
    """What to read or know first: advice, never a lock."""
    exercises_json: str = ""
    media: Mapping[str, str] = field(default_factory=dict[str, str])
    """Pictures out of a notebook: name beside the page -> base64."""

    BLOCKS: ClassVar[dict[str, type[Any]]] = {
        kind.__name__: kind for kind in (Prose, Cell, ExerciseBlock, Card)
    }

    @property
    def html(self) -> str:
        """The body of the article, with holes where `references` belong."""
        return "".join(block.html for block in self.blocks)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the cache; cells, exercises and cards that are blocks of their own are written once."""
        data = {name.name: getattr(self, name.name) for name in dataclasses.fields(self)}
        data["blocks"] = [[type(block).__name__, _plain(block)] for block in self.blocks]
        for name in ("headings", "cells", "exercises", "cards", "labels", "references", "sections", "faults"):
            data[name] = [_plain(item) for item in data[name]]
        data["reading"] = _plain(self.reading)
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Page:
        """The page that `to_json` wrote."""
        values = dict(data)
        values["blocks"] = tuple(_read(cls.BLOCKS[name], fields) for name, fields in data["blocks"])
        for name, kind in _TUPLES.items():
            values[name] = tuple(_read(kind, fields) for fields in data[name])
        values["anchors"] = tuple(data["anchors"])
        values["prerequisites"] = tuple(data["prerequisites"])
        values["reading"] = Reading(**data["reading"])
        return cls(**values)


_TUPLES: dict[str, type[Any]] = {
    "headings": Heading,
    "cells": Cell,
    "exercises": ExerciseBlock,
    "cards": Card,
    "labels": Label,
    "references": Reference,
    "sections": Section,
    "faults": Fault,
}


def _plain(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", vars(value))


def _read(kind: type[Any], fields: dict[str, Any]) -> Any:
    return kind(
        **{name: tuple(cast("list[Any]", v)) if isinstance(v, list) else v for name, v in fields.items()}
    )
