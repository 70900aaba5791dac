"""`Draft`: a page while it is compiled. The one mutable value of the compiler; `finish` freezes it into a `Page`."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from pellucid.book.availability import Session
from pellucid.book.bibliography import Entry
from pellucid.book.files import PICTURE_TYPES, clean_svg, measure, site_path
from pellucid.book.formulas import Formula, Formulas, Rendered
from pellucid.book.page import (
    Block,
    Card,
    Cell,
    ExerciseBlock,
    Heading,
    Label,
    Page,
    Prose,
    Reference,
    Section,
)
from pellucid.book.reading import Tally
from pellucid.book.sanitize import RAW_PREFIX
from pellucid.book.slots import Slots, drop_marks, fill
from pellucid.errors import Fault

if TYPE_CHECKING:
    from pellucid.grading import Outline

# Ids of the page's own parts, which no heading or label may take.
RESERVED_IDS = ("content", "contents", "page-data", "notes-title", "faults-title")


@dataclass(frozen=True)
class Source:
    """Everything that one page depends on: compiling the same source twice gives the same page."""

    slug: str
    file: str
    content: bytes
    exercises: str | None = None
    exercises_file: str = "exercises.py"
    bibliography: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    macros: Mapping[str, str] = field(default_factory=dict[str, str])
    available: frozenset[str] = frozenset()
    strict: bool = False


@dataclass(frozen=True)
class Pending:
    """A formula and the place to blame for it."""

    formula: Formula
    line: int | None
    place: str


class Draft:
    """What has been found so far on one page. `line_offset` and `place` say where the text now being read stands."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.title = ""
        self.title_html = ""
        self.title_taken = False
        self.description = ""
        self.question = ""
        self.prerequisites: tuple[str, ...] = ()
        self.blocks: list[Block] = []
        self.headings: list[Heading] = []
        self.cells: list[Cell] = []
        self.exercises: list[ExerciseBlock] = []
        self.cards: list[Card] = []
        self.labels: list[Label] = []
        self.faults: list[Fault] = []
        self.tally = Tally()
        self.macros = dict(source.macros)
        self.media: dict[str, str] = {}
        self.outlines: Mapping[str, Outline] = {}
        self.exercises_data: dict[str, Any] = {}
        self.session: Session | None = None
        self.raw_ids: set[str] = set()
        self.attachments: Mapping[str, tuple[str, str]] = {}
        self.cited: dict[str, None] = {}
        self.bibliography_written = False
        self.footnotes: dict[str, int] = {}
        self.footnote_text: dict[str, str] = {}
        self.pending_labels: list[tuple[str, int | None]] = []
        self.numbers: dict[str, int] = {}
        self.line_offset = 0
        self.place = ""
        self.inline_line: int | None = None
        self.open_link_is_mark = False
        self.open_heading: Heading | None = None
        self.files: list[Reference] = []
        self.slots: Slots[Pending | Reference | str] = Slots()
        # What markdown-it passes around: one for the page, so that notes and link targets hold in boxes and cells too.
        self.env: dict[str, Any] = {"draft": self, "footnotes": {}, "references": {}}
        self._ids: set[str] = set(RESERVED_IDS)
        self._stack: list[int] = []
        self._quiet = 0
        self._aside = 0
        self._sections: list[tuple[str, str, list[str]]] = [("", "", [])]

    @property
    def base(self) -> str:
        """The relative path to the site's root."""
        return "../" if self.source.slug else "./"

    # Places and mistakes

    def fault(self, message: str, line: int | None = None, expected: str = "") -> None:
        """Note a mistake at `line` of the text now being read."""
        where = None if line is None else line + self.line_offset
        if self.place:  # inside a notebook, lines count from the top of a cell
            message = f"{self.place}{'' if where is None else f', line {where}'}: {message}"
            where = None
        self.faults.append(Fault(self.source.file, where, message, expected))

    # Ids

    def claim_id(self, wanted: str, *, line: int | None = None, explicit: bool = False) -> str:
        """`wanted` as an id that is unique on the page; taking an explicit one twice is a mistake."""
        anchor, count = wanted, 1
        if explicit and wanted in self._ids:
            self.fault(f"the id “{wanted}” is used twice on this page.", line, "each name and id once")
        while anchor in self._ids:
            count += 1
            anchor = f"{wanted}-{count}"
        self._ids.add(anchor)
        return anchor

    def add_label(self, name: str, kind: str, anchor: str, number: str, title: str, line: int | None) -> None:
        """Make `name` something that can be referred to."""
        where = None if line is None or self.place else line + self.line_offset
        self.labels.append(Label(name, kind, anchor, number, title, where))

    def next_number(self, kind: str) -> int:
        """The number of the next figure, table, equation or exercise of the page."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    # Text for the search and the reading time

    def read_text(self, text: str, words: int) -> None:
        """Add `text` to the section's; `words` of it are read as words, the rest is formulas."""
        if self._quiet:
            return
        self.tally.words += 0 if self._aside else words
        self._sections[-1][2].append(text)

    @contextmanager
    def unread(self) -> Generator[None]:
        """What is rendered meanwhile is no text of the section: titles, headings, hints and solutions."""
        self._quiet += 1
        yield
        self._quiet -= 1

    @contextmanager
    def aside(self) -> Generator[None]:
        """What is rendered meanwhile is found by the search, but is no part of the reading: a task, a card's answer."""
        self._aside += 1
        yield
        self._aside -= 1

    def read_code(self, source: str) -> None:
        """Add code to the section's text for the search; its time is counted by lines."""
        self._sections[-1][2].append(source)

    def add_heading(self, source_level: int, text: str, heading_html: str) -> Heading:
        """A heading one level below the section that it stands in, so that no level is ever left out."""
        while self._stack and self._stack[-1] >= source_level:
            self._stack.pop()
        self._stack.append(source_level)
        anchor = self.claim_id(slugify(text) or "section")
        heading = Heading(min(6, len(self._stack) + 1), anchor, text, heading_html)
        self.headings.append(heading)
        self.tally.headings += 1
        self._sections.append((anchor, text, []))
        return heading

    def add_exercise_heading(self, anchor: str, title: str, title_html: str, exercise: str) -> None:
        """An exercise in the table of contents, below its section."""
        level = min(6, len(self._stack) + 2) if self._stack else 2
        self.headings.append(Heading(level, anchor, title, title_html, exercise))
        self._sections.append((anchor, title, []))

    # Slots

    def formula(self, tex: str, display: bool, line: int | None) -> str:
        """The mark of a formula."""
        if not self._quiet and not self._aside:
            self.tally.display_formulas += display
            self.tally.inline_formulas += not display
        where = None if line is None else line + self.line_offset
        return self.slots.add(Pending(Formula(tex, display), where, self.place))

    def reference(self, kind: str, target: str, text: str, line: int | None, **attributes: str) -> str:
        """The mark of a link or file that the whole book resolves."""
        where = None if line is None or self.place else line + self.line_offset
        return self.slots.add(Reference(kind, target, text, where, attributes))

    def trusted(self, markup: str) -> str:
        """The mark of the compiler's own markup within a paragraph, so that sanitizing the paragraph leaves it alone."""
        return self.slots.add(markup)

    def take_labels(self) -> list[tuple[str, int | None]]:
        """The labels that stand before what is now rendered."""
        taken, self.pending_labels = self.pending_labels, []
        return taken

    # Pictures

    def add_picture(self, data: str, mime: str, alt: str, size: tuple[int, int] | None = None) -> str:
        """A picture that came inside a notebook (base64), kept as a file beside the page."""
        folder = "" if self.source.slug else "files/"
        if mime not in PICTURE_TYPES:
            return f'<span class="missing">{html.escape(alt)}</span>'
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except ValueError:
            self.fault(f"the stored picture “{alt}” is damaged.")
            return self.trusted(f'<span class="missing">{html.escape(alt)} (damaged)</span>')
        if mime == "image/svg+xml":
            content = clean_svg(content) or b""
        if not content:
            return self.trusted(f'<span class="missing">{html.escape(alt)} (cannot be shown)</span>')
        name = f"{folder}{hashlib.sha256(content).hexdigest()[:16]}{PICTURE_TYPES[mime]}"
        self.media[name] = base64.b64encode(content).decode()
        size = size or measure(content)
        dimensions = f' width="{size[0]}" height="{size[1]}"' if size else ""
        return self.trusted(f'<img src="{name}" alt="{html.escape(alt)}"{dimensions} loading="lazy">')

    def raw_image(self, src: str) -> str | None:
        """The address under which an image of raw HTML is shown; None for one that is elsewhere."""
        if re.match(r"data:image/(?:png|jpeg|gif|webp|svg\+xml)[;,]", src, re.IGNORECASE):
            return src
        if re.match(r"^(?:[a-z][a-z0-9+.-]*:|//|/)", src, re.IGNORECASE):
            return None
        if src.startswith("attachment:"):
            return None
        self.files.append(Reference("file", unquote(src), "", None))
        return site_path(self.source.slug, self.source.file, unquote(src))

    def add_block(self, block: Block) -> None:
        """Append a block; neighbouring prose stays one block."""
        if isinstance(block, Prose) and self.blocks and isinstance(self.blocks[-1], Prose):
            self.blocks[-1] = Prose(self.blocks[-1].html + block.html)
        elif not isinstance(block, Prose) or block.html.strip():
            self.blocks.append(block)

    def finish(self, formulas: Formulas) -> Page:
        """The frozen page, its formulas rendered and its references numbered."""
        complete = self._filler(formulas)
        data = complete.within(self.exercises_data)
        return Page(
            slug=self.source.slug,
            file=self.source.file,
            title=self.title,
            title_html=complete(self.title_html or html.escape(self.title, quote=False)),
            description=self.description,
            question=self.question,
            prerequisites=self.prerequisites,
            blocks=tuple(
                replace(block, html=complete(self._aim_raw_links(block.html))) for block in self.blocks
            ),
            headings=tuple(replace(item, html=complete.plainly(item.html)) for item in self.headings),
            cells=tuple(self.cells),
            exercises=tuple(replace(item, html="") for item in self.exercises),
            cards=tuple(
                replace(card, html="", question=complete(card.question), answer=complete(card.answer))
                for card in self.cards
            ),
            labels=tuple(self.labels),
            anchors=(*sorted(self._ids), *sorted(RAW_PREFIX + name for name in self.raw_ids)),
            references=(*complete.references, *self.files),
            sections=tuple(
                Section(a, h, " ".join(" ".join(parts).split())) for a, h, parts in self._sections
            ),
            reading=self.tally.reading(),
            faults=tuple(sorted(self.faults, key=lambda fault: (fault.file, fault.line or 0))),
            exercises_json=json.dumps(data, ensure_ascii=False) if data else "",
            media=self.media,
        )

    def _aim_raw_links(self, text: str) -> str:
        """Links of raw HTML go to raw ids; those that mean a heading are sent there."""

        def aim(match: re.Match[str]) -> str:
            anchor = slugify(match[1])
            known = match[1] in self.raw_ids or anchor not in self._ids
            return match[0] if known else f'href="#{anchor}"'

        return (
            re.sub(rf'href="#{RAW_PREFIX}([^"]*)"', aim, text)
            if self.raw_ids or f"#{RAW_PREFIX}" in text
            else text
        )

    def _filler(self, formulas: Formulas) -> _Filler:
        pending = [item for item in self.slots.values if isinstance(item, Pending)]
        rendered = formulas.render([item.formula for item in pending], self.macros)
        for item, result in zip(pending, rendered, strict=True):
            if result.error is not None:
                message = f"{item.place}: " if item.place else ""
                shown = item.formula.tex.strip().replace("\n", " ")[:80]
                message += f"the formula “{shown}” is not right: {result.error}"
                self.faults.append(
                    Fault(self.source.file, None if item.place else item.line, message, "LaTeX mathematics")
                )
        return _Filler(self.slots.values, dict(zip(map(id, pending), rendered, strict=True)))


@dataclass
class _Filler:
    """Replaces marks: formulas by MathML, references by their final number, for whole-book resolution."""

    values: list[Pending | Reference | str]
    rendered: dict[int, Rendered]
    references: list[Reference] = field(default_factory=list[Reference])
    _numbers: dict[int, int] = field(default_factory=dict[int, int])

    def __call__(self, marked: str) -> str:
        return fill(marked, self._replace)

    def within(self, data: Any) -> Any:
        """Plain data with every text in it filled."""
        if isinstance(data, str):
            return self.plainly(data)
        if isinstance(data, dict):
            return {key: self.within(value) for key, value in cast("dict[str, Any]", data).items()}
        return [self.within(item) for item in cast("list[Any]", data)] if isinstance(data, list) else data

    def plainly(self, marked: str) -> str:
        """As called, but references become their text: for places that the book does not resolve."""
        return fill(marked, self._plain)

    def _replace(self, index: int) -> str:
        value = self.values[index]
        if isinstance(value, str):
            return value
        if isinstance(value, Pending):
            return self.rendered[id(value)].html
        if index not in self._numbers:
            self._numbers[index] = len(self.references)
            self.references.append(value)
        return f"\ue000{self._numbers[index]}\ue001"

    def _plain(self, index: int) -> str:
        value = self.values[index]
        if isinstance(value, str):
            return value
        return self.rendered[id(value)].html if isinstance(value, Pending) else html.escape(value.text)


def slugify(text: str) -> str:
    """An anchor for a heading: lower case, words joined by hyphens, letters of every script kept."""
    text = unicodedata.normalize("NFKC", drop_marks(text)).lower()
    return re.sub(r"[\s_-]+", "-", re.sub(r"[^\w\s-]", "", text)).strip("-")
