"""Folders as they come: whatever lies in them, the book is built, or refused in words that name the place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pellucid.book import Builder
from pellucid.book.sources import BUILT, find_pages
from pellucid.errors import BookError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>'
EXERCISE = "# A\n\n:::{exercise} E\n:id: e\n:::\n"


def notebook(source: str) -> str:
    cells = [
        {"cell_type": "code", "source": source, "outputs": [], "metadata": {}},
        {"cell_type": "markdown", "source": source, "metadata": {}},
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


# Files of a lenient book, and a part of the warning that it gets ("": none is due).
ODD: dict[str, tuple[dict[str, str], str]] = {
    "settings of the wrong kind": ({"pellucid.yml": "authors: 5\nmacros: [a]", "a.md": "x"}, "not a mapping"),
    "a date that there is not": ({"a.md": "---\ndate: 2024-99-99\n---\nx"}, "a.md:1: the front matter"),
    "half a character": (
        {"a.ipynb": notebook("# \ud800 $\ud800$"), "b.md": '---\ntitle: "\\ud800"\n---'},
        "",
    ),
    "names that no file can have": ({"a.md": f"![x]({'a' * 300}.png) ![x](a%00.png)"}, "is not in the book"),
    "digits that are no numbers": (
        {"².md": "x", "a.md": "```{code-cell}\n:seconds: ²\n1\n```"},
        "time limit",
    ),
    "a table with an odd line end": ({"a.ipynb": notebook("```{csv-table} T\na\rb,c\n```")}, ""),
    "references of the wrong kind": (
        {"references.yml": "a: {title: x, authors: 5}\nb: {title: y, authors: ['']}", "a.md": "{cite}`a,b`"},
        "",
    ),
    "a picture with odd sizes": (
        {"a.md": "![x](a.svg)", "a.svg": SVG.format(f'width="{"9" * 400}" height="1.2.3"', "")},
        "",
    ),
    "a picture without end": (
        {"a.md": "![x](a.svg)", "a.svg": SVG.format("", "<g>" * 3000 + "</g>" * 3000)},
        "cannot be shown",
    ),
    "boxes in boxes": ({"a.md": "".join(":" * (300 - i) + "{note}\n" for i in range(290))}, "too deeply"),
    "grading of the wrong kind": (
        {"a/index.md": EXERCISE, "a/exercises.py": "e = exercise('e', kind=[1], hints=5, entry=3)"},
        "a/exercises.py:1: entry is 3",
    ),
    "grading nested too deeply": ({"a/index.md": EXERCISE, "a/exercises.py": "(" * 5000}, "is not Python"),
}


@pytest.mark.parametrize(("files", "says"), ODD.values(), ids=ODD)
def test_an_odd_folder_is_a_book_all_the_same(
    files: dict[str, str], says: str, make_builder: Callable[..., Builder]
) -> None:
    site = make_builder(files).build()
    warnings = "\n".join(map(str, site.warnings))
    assert says in warnings if says else not warnings
    assert len(site.pages) == sum(name.endswith((".md", ".ipynb")) for name in files)


@pytest.mark.parametrize("settings", ["title: [", "- a"])
def test_settings_that_cannot_be_read_stop_the_build(
    settings: str, make_builder: Callable[..., Builder]
) -> None:
    with pytest.raises(BookError, match=r"pellucid\.yml:1: "):
        make_builder({"pellucid.yml": settings, "a.md": "x"}).build()


def test_no_link_of_the_folder_leads_out_of_it(make_builder: Callable[..., Builder], tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text('x = "secret-word"\n@book{a, title={secret-word}}')
    builder = make_builder({"a/index.md": EXERCISE + "![x](p.png) [x](d.py) {cite}`a`"})
    folder = tmp_path / "My notes"
    for name in ("a/exercises.py", "a/p.png", "a/d.py", "references.bib", "b.md"):
        (folder / name).symlink_to(secret)
    for content in builder.build().files.values():
        assert b"secret-word" not in (content if isinstance(content, bytes) else content.read_bytes())


def test_a_built_site_within_the_folder_is_no_part_of_the_book(tmp_path: Path) -> None:
    (tmp_path / "site" / "a").mkdir(parents=True)
    (tmp_path / "site" / BUILT).touch()
    (tmp_path / "site" / "a" / "data.ipynb").write_text("{}")
    (tmp_path / "a.md").write_text("x")
    assert [page.file for page in find_pages(tmp_path)] == ["a.md"]


def test_a_name_that_is_not_unicode_is_left_alone(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("x")
    (tmp_path / "über.md").write_text("x")
    assert [page.slug for page in find_pages(tmp_path)] == ["über"]


def test_a_link_finds_a_name_in_either_spelling(make_builder: Callable[..., Builder]) -> None:
    assert make_builder({"u\u0308ber.md": "# Ü", "b.md": "[x](\u00fcber.md)"}).build().warnings == ()
