"""References of a book: `references.yml` or a `references.bib`, and how they are cited."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pellucid.book.files import is_inside
from pellucid.book.yaml_text import YamlError, read_yaml, texts_of
from pellucid.errors import Fault

FILES = ("references.yml", "references.yaml", "references.bib")


@dataclass(frozen=True)
class Entry:
    """One work: authors in order (family names for citing, full names for the list)."""

    key: str
    authors: tuple[str, ...]
    year: str
    title: str
    source: str = ""
    url: str = ""

    @property
    def families(self) -> str:
        """`Hoerl & Kennard`, `Efron et al.`"""
        names = [_family(name) for name in self.authors] or [self.title]
        if len(names) > 2:
            return f"{names[0]} et al."
        return " & ".join(names)

    @property
    def html(self) -> str:
        """The entry as it stands in the list of references."""
        parts = [
            f"{html.escape(', '.join(self.authors))} ({html.escape(self.year)})." if self.authors else ""
        ]
        title = html.escape(self.title)
        parts.append(f'<a href="{html.escape(self.url)}">{title}</a>.' if self.url else f"{title}.")
        if self.source:
            parts.append(f"<cite>{html.escape(self.source)}</cite>.")
        return " ".join(part for part in parts if part)


def read_bibliography(folder: Path) -> tuple[dict[str, Entry], list[Fault], list[Path]]:
    """All entries of the references files in `folder`, what is wrong with them, and the files."""
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    found = [folder / name for name in FILES if is_inside(folder / name, folder)]
    for path in found:
        text = path.read_text(encoding="utf-8", errors="replace")
        parse = parse_bib if path.suffix == ".bib" else parse_yaml
        read, wrong = parse(text, path.name)
        for entry in read:
            if entry.key in entries:
                wrong.append(
                    Fault(path.name, None, f"the reference “{entry.key}” stands twice.", "each key once")
                )
            entries[entry.key] = entry
        faults += wrong
    return entries, faults, found


def parse_yaml(text: str, file: str) -> tuple[list[Entry], list[Fault]]:
    """Entries of `key: {authors: [...], year: ..., title: ..., in: ..., url: ...}`."""
    try:
        data: Any = read_yaml(text) or {}
    except YamlError as error:
        return [], [Fault(file, error.line, str(error), "a key for each reference")]
    if not isinstance(data, dict):
        return [], [Fault(file, 1, "the references are not a mapping.", "a key for each reference")]
    entries, faults = list[Entry](), list[Fault]()
    for key, fields in cast("dict[Any, Any]", data).items():
        if not isinstance(fields, dict) or "title" not in fields:
            faults.append(
                Fault(
                    file,
                    _line_of(text, f"{key}:"),
                    f"the reference “{key}” has no title.",
                    "title, authors, year",
                )
            )
            continue
        values = cast("dict[str, Any]", fields)
        entries.append(
            Entry(
                str(key),
                texts_of(values.get("authors")),
                str(values.get("year", "n.d.")),
                str(values["title"]),
                str(values.get("in", "")),
                _web_address(str(values.get("url", ""))),
            )
        )
    return entries, faults


_ENTRY = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,")
_FIELD = re.compile(r"(\w+)\s*=\s*")


def parse_bib(text: str, file: str) -> tuple[list[Entry], list[Fault]]:
    """Entries of a BibTeX file: the fields that a list of references shows, tolerant of everything else."""
    entries, faults = list[Entry](), list[Fault]()
    for match in _ENTRY.finditer(text):
        if match[1].lower() in ("comment", "string", "preamble"):
            continue
        fields = _bib_fields(text, match.end())
        if "title" not in fields:
            line = text.count("\n", 0, match.start()) + 1
            faults.append(
                Fault(file, line, f"the reference “{match[2]}” has no title.", "author, title, year")
            )
            continue
        source = next(
            (fields[n] for n in ("journal", "booktitle", "publisher", "howpublished") if n in fields), ""
        )
        url = fields.get("url") or (f"https://doi.org/{fields['doi']}" if "doi" in fields else "")
        authors = tuple(
            " ".join(name.split())
            for name in re.split(r"\s+and\s+", fields.get("author", ""))
            if name.strip()
        )
        entries.append(
            Entry(match[2], authors, fields.get("year", "n.d."), fields["title"], source, _web_address(url))
        )
    return entries, faults


def _bib_fields(text: str, start: int) -> dict[str, str]:
    fields: dict[str, str] = {}
    while match := _FIELD.match(text, _skip(text, start, " \t\r\n,")):
        value, start = _bib_value(text, match.end())
        fields.setdefault(match[1].lower(), re.sub(r"[{}]|\\(?=[&%$#_])", "", " ".join(value.split())))
    return fields


def _bib_value(text: str, start: int) -> tuple[str, int]:
    if text[start : start + 1] not in ("{", '"'):
        end = min((place for place in (text.find(c, start) for c in ",}\n") if place >= 0), default=len(text))
        return text[start:end], end
    closing, depth = ("}" if text[start] == "{" else '"'), 0
    for place in range(start + 1, len(text)):
        if text[place] == closing and depth == 0:
            return text[start + 1 : place], place + 1
        depth += {"{": 1, "}": -1}.get(text[place], 0)
    return text[start + 1 :], len(text)


def _skip(text: str, start: int, characters: str) -> int:
    while start < len(text) and text[start] in characters:
        start += 1
    return start


def _family(name: str) -> str:
    return name.partition(",")[0].strip() if "," in name else name.split()[-1]


def _web_address(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _line_of(text: str, start: str) -> int | None:
    return next((number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start)), None)
