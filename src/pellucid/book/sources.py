"""A folder as a book: its settings, its pages in order, what each is called in the site."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

from pellucid.book.draft import slugify
from pellucid.book.yaml_text import YamlError, read_yaml, texts_of
from pellucid.errors import Fault, PellucidError

SETTINGS = "pellucid.yml"
BUILT = ".pellucid-site"
"""The file that marks a folder as written by `pellucid build`."""

SUFFIXES = (".md", ".ipynb")
_SKIPPED_FOLDERS = {"node_modules", "__pycache__", "venv", "env", "site-packages", "dist", "build", "out"}
_RESERVED_SLUGS = {"assets", "data", "dev", "files", "runtime", "sandbox", "api", "index", "404", "search"}
_TEXTS = ("title", "description", "language", "licence", "repository")


@dataclass(frozen=True)
class Settings:
    """What `pellucid.yml` says. `strict` makes every mistake stop the build: for authors; others' books are read leniently."""

    title: str = ""
    description: str = ""
    language: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    repository: str = ""
    strict: bool = False
    macros: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class PageFile:
    """A page's file, its slug, and the file with its exercises' judges (which need not exist)."""

    file: str
    slug: str
    exercises_file: str


def read_settings(folder: Path) -> tuple[Settings, list[Fault]]:
    """The settings of the book in `folder`; none is needed."""
    path = folder / SETTINGS
    if not path.is_file():
        return Settings(), []
    # Whoever writes settings is an author: without knowing what they say, the book counts as strict.
    try:
        data: Any = read_yaml(path.read_text(encoding="utf-8", errors="replace"))
    except YamlError as error:
        return Settings(strict=True), [Fault(SETTINGS, error.line, str(error), "title: …, strict: true")]
    if data is None:
        return Settings(), []
    if not isinstance(data, dict):
        wrong = Fault(SETTINGS, 1, "the settings are not a mapping.", "title: …, strict: true")
        return Settings(strict=True), [wrong]
    fields = cast("dict[str, Any]", data)
    known = {*_TEXTS, "authors", "strict", "macros"}
    faults = [
        Fault(SETTINGS, None, f"there is no setting “{name}”.", ", ".join(sorted(known)))
        for name in fields
        if name not in known
    ]
    macros: Any = fields.get("macros") or {}
    if not isinstance(macros, dict):
        faults.append(Fault(SETTINGS, None, "the macros are not a mapping.", r"macros: {\R: \mathbb{R}}"))
        macros = {}
    return Settings(
        **{name: str(fields.get(name) or "") for name in _TEXTS},
        authors=texts_of(fields.get("authors")),
        strict=fields.get("strict") is True,
        macros={str(name): str(tex) for name, tex in cast("dict[Any, Any]", macros).items()},
    ), faults


def find_pages(folder: Path) -> list[PageFile]:
    """Every Markdown file and notebook below `folder`, in the order in which a person would list them.

    The page of the folder itself (index or README) comes first, with the empty slug. Hidden folders, checkpoints,
    environments, built sites, links that lead out of the folder and names that are not Unicode are left alone.
    """
    if not folder.is_dir():
        raise PellucidError(
            f"{folder}: there is no such folder.", "Name a folder of Markdown files or notebooks."
        )
    files = sorted(_walk(folder), key=_order)
    root = next(
        (
            f
            for name in ("index.md", "index.ipynb", "readme.md", "readme.ipynb")
            for f in files
            if f.lower() == name
        ),
        None,
    )
    taken: set[str] = set(_RESERVED_SLUGS)
    pages = [PageFile(root, "", exercises_file(root))] if root else []
    pages += [
        PageFile(file, _claim_slug(file, taken), exercises_file(file)) for file in files if file != root
    ]
    return pages


def _walk(folder: Path) -> list[str]:
    found: list[str] = []
    for here, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith((".", "_")) and name not in _SKIPPED_FOLDERS
        ]
        if BUILT in names:
            folders.clear()
            continue
        for name in names:
            path = Path(here) / name
            if name.startswith((".", "_")) or path.suffix.lower() not in SUFFIXES or "-checkpoint." in name:
                continue
            if path.is_symlink() and folder.resolve() not in path.resolve().parents:
                continue
            file = path.relative_to(folder).as_posix()
            if _is_unicode(file):
                found.append(file)
    return found


def _is_unicode(file: str) -> bool:
    """Whether a page and a message can name the file: old archives hold names in other encodings."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return False
    return True


def _order(file: str) -> tuple[list[Any], str]:
    """Natural order: 2 before 10, and a folder's own page before the rest of it."""
    path = PurePosixPath(file)
    parts = [*path.parts[:-1], "" if path.stem.lower() in ("index", "readme") else path.stem]
    return [
        [(int(n), "") if n.isdecimal() else (-1, n.lower()) for n in re.split(r"(\d+)", part)]
        for part in parts
    ], file


def _claim_slug(file: str, taken: set[str]) -> str:
    path = PurePosixPath(file)
    parts = list(path.with_suffix("").parts)
    if len(parts) > 1 and parts[-1].lower() in ("index", "readme"):
        parts.pop()
    wanted = "-".join(filter(None, map(slugify, parts))) or "page"
    slug, count = wanted, 1
    while slug in taken:
        count += 1
        slug = f"{wanted}-{count}"
    taken.add(slug)
    return slug


def exercises_file(file: str) -> str:
    """What grades the exercises of the page `file`: `exercises.py` beside an index, `NAME.exercises.py` beside others."""
    path = PurePosixPath(file)
    name = "exercises.py" if path.stem.lower() in ("index", "readme") else f"{path.stem}.exercises.py"
    return str(path.with_name(name))
