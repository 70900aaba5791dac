"""`Builder`: a folder to a `Site`, again and again; only what changed is compiled."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from pellucid.book import shell
from pellucid.book.availability import PACKAGES, STANDARD
from pellucid.book.bibliography import FILES, Entry, read_bibliography
from pellucid.book.cache import PageCache, key_of
from pellucid.book.draft import Source
from pellucid.book.files import is_inside
from pellucid.book.formulas import Formulas
from pellucid.book.links import Directory, PictureShelf, Resolved
from pellucid.book.page import Heading, Page
from pellucid.book.slots import fill
from pellucid.book.sources import SETTINGS, PageFile, Settings, find_pages, read_settings
from pellucid.errors import BookError, Fault, PellucidError

_FIXED = ("sandbox", "data")
FONT = "/pellucid-math.woff2"
"""The font of most formulas, which is asked for at once, so that nothing moves when it comes."""


@dataclass(frozen=True)
class Site:
    """A built book: every file by its site path, the pages, and what is wrong.

    `faults` are an author's mistakes, to be mended; `warnings` are those of a book that is read leniently.
    """

    files: Mapping[str, bytes | Path]
    faults: tuple[Fault, ...]
    pages: tuple[Page, ...]
    warnings: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Assets:
    """The front end's files that the shell names."""

    script: str
    style: str
    early: str | None
    font: str | None = None
    chapter: tuple[str, ...] = ()
    """What a chapter's elements need: named in its head, these are fetched beside the entry rather than after it."""


@dataclass(frozen=True)
class _Finished:
    """A page's files, and all that they were made of."""

    made_of: tuple[object, ...]
    files: Mapping[str, bytes | Path]


class Builder:
    """Builds the book in `folder`.

    `static` is the built front end, `cache` where compiled pages are kept between processes, `available` the import names
    of the browser's packages. A book whose settings say `strict: true` raises `BookError` with every mistake at once,
    unless `show_faults`, which puts them in their pages instead. `dev` adds the reload element, and shows warnings too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        static: Path,
        cache: Path | None = None,
        show_faults: bool = False,
        dev: bool = False,
        available: Collection[str] | None = None,
        templates: Path = shell.TEMPLATES,
    ) -> None:
        self._folder = folder
        self._static = static
        self._show_faults = show_faults
        self._dev = dev
        self._available = frozenset(
            STANDARD | frozenset(PACKAGES if available is None else available) | {"pellucid"}
        )
        self._templates = templates
        self._cache = PageCache(cache)
        self._formulas = Formulas()
        self._pictures = PictureShelf()
        self._compiled: dict[str, tuple[str, Page]] = {}
        self._finished: dict[str, _Finished] = {}
        self._files: list[PageFile] = []

    def watched(self) -> list[Path]:
        """The folders whose change may change the book."""
        return [self._folder]

    def build(self) -> Site:
        """The site as the folder is now."""
        settings, faults = read_settings(self._folder)
        bibliography, wrong, _ = read_bibliography(self._folder)
        faults += wrong
        self._files = find_pages(self._folder)
        if not self._files:
            raise PellucidError(
                f"{self._folder}: no Markdown file or notebook here.",
                "Name a folder that holds .md or .ipynb files.",
            )
        pages = [self._compile(file, settings, bibliography) for file in self._files]
        directory = Directory(self._folder, pages, self._pictures)
        resolved = [directory.resolve(page) for page in pages]
        faults += directory.duplicate_labels()
        faults += [
            fault
            for page, more in zip(pages, resolved, strict=True)
            for fault in (*page.faults, *more.faults)
        ]
        if faults and settings.strict and not self._show_faults:
            raise BookError(_unique(faults))
        found = _unique(faults)
        files = self._assemble(settings, pages, resolved, found)
        return Site(files, found if settings.strict else (), tuple(pages), () if settings.strict else found)

    def _compile(self, file: PageFile, settings: Settings, bibliography: Mapping[str, Entry]) -> Page:
        exercises = self._folder / file.exercises_file
        source = Source(
            slug=file.slug,
            file=file.file,
            content=(self._folder / file.file).read_bytes(),
            exercises=exercises.read_text(encoding="utf-8", errors="replace")
            if is_inside(exercises, self._folder)
            else None,
            exercises_file=file.exercises_file,
            bibliography=bibliography,
            macros=settings.macros,
            available=self._available,
            strict=settings.strict,
        )
        key = key_of(source)
        known = self._compiled.get(file.file)
        if known is not None and known[0] == key:
            return known[1]
        page = self._cache.load(key)
        if page is None:
            from pellucid.book.compiler import compile_page

            page = compile_page(source, self._formulas)
            self._cache.save(key, page)
        self._compiled[file.file] = (key, page)
        return page

    def _assemble(
        self, settings: Settings, pages: list[Page], resolved: list[Resolved], faults: tuple[Fault, ...]
    ) -> dict[str, bytes | Path]:
        assets, files = read_assets(self._static)
        shown = faults if self._dev or (settings.strict and self._show_faults) else ()
        book = _book_values(settings, pages, self._folder)
        made: dict[str, _Finished] = {}
        chapters = [page for page in pages if page.slug]
        for page, links in zip(pages, resolved, strict=True):
            place = chapters.index(page) if page.slug else -1
            neighbours = [
                chapters[i] if page.slug and 0 <= i < len(chapters) else None for i in (place - 1, place + 1)
            ]
            own = tuple(fault for fault in shown if _concerns(fault, page, self._exercises_file(page)))
            made_of = (
                page,
                links.html,
                links.files,
                book,
                assets,
                own,
                [n and (n.slug, n.title) for n in neighbours],
            )
            finished = self._finished.get(page.slug)
            if finished is None or finished.made_of != made_of:
                values = _page_values(page, links, book, neighbours, self._folder)
                finished = _Finished(
                    made_of, self._page_files(page, links, {**values, "assets": assets, "faults": own})
                )
            made[page.slug] = finished
            files.update(finished.files)
        self._finished = made
        files.update(self._fixed_pages(book, assets, with_index="" not in made))
        files["search.json"] = _search_json(pages)
        self._cache.prune()
        return files

    def _exercises_file(self, page: Page) -> str:
        return next((file.exercises_file for file in self._files if file.slug == page.slug), "")

    def _page_files(self, page: Page, links: Resolved, values: dict[str, Any]) -> dict[str, bytes | Path]:
        name = "chapter" if page.slug else "index"
        prefix = f"{page.slug}/" if page.slug else ""
        html = shell.render(name, self._templates, **values, dev=self._dev)
        files: dict[str, bytes | Path] = {f"{prefix}index.html": html.encode()}
        if page.exercises_json:
            files[f"{prefix}exercises.json"] = page.exercises_json.encode()
        files.update({f"{prefix}{name}": base64.b64decode(data) for name, data in page.media.items()})
        files.update(links.files)
        return files

    def _fixed_pages(self, book: dict[str, Any], assets: Assets, with_index: bool) -> dict[str, bytes | Path]:
        """The pages that every site has; 404 is served at any depth, so its links start from the root."""
        places = {name: (f"{name}/index.html", "../", name) for name in _FIXED}
        places["missing"] = ("404.html", "/", "missing")
        if with_index:
            places["index"] = ("index.html", "./", "index")
        titles = {
            "sandbox": "What the sandbox cannot do",
            "data": "Your data",
            "missing": "There is no such page",
        }
        files: dict[str, bytes | Path] = {}
        for name, (path, base, kind) in places.items():
            title = titles.get(name, book["title"])
            page = {
                "slug": "" if name == "index" else name,
                "kind": kind,
                "title": title,
                "title_html": "",
                "description": "",
            }
            data: dict[str, Any] = {"page": page["slug"], "title": title, "exercises": [], "cells": []}
            html = shell.render(
                name, self._templates, page=page, book=book, base=base, previous=None, next=None, breadcrumbs=[], toc=[],
                reading=None, body_html="", page_data_json=_script_json(data), assets=assets, faults=(), dev=self._dev,
            )  # fmt: skip
            files[path] = html.encode()
        return files


def read_assets(static: Path) -> tuple[Assets, dict[str, bytes | Path]]:
    """What the shell names of the front end, and all of its files under assets/."""
    try:
        manifest = cast("dict[str, dict[str, Any]]", json.loads((static / "manifest.json").read_bytes()))
    except (OSError, ValueError):
        raise PellucidError(f"{static}: the front end is not built.", "Run: make setup") from None
    main = next((entry for name, entry in manifest.items() if name.endswith("main.ts")), None)
    if main is None:
        raise PellucidError(
            f"{static}/manifest.json: it names no main.ts.", "Build the front end again: make setup"
        )
    early = next((entry["file"] for name, entry in manifest.items() if name.endswith("early.ts")), None)
    font = next((entry["file"] for name, entry in manifest.items() if name.endswith(FONT)), None)
    styles = cast("list[str]", main.get("css") or [])
    files: dict[str, bytes | Path] = {
        f"assets/{path.relative_to(static).as_posix()}": path
        for path in sorted(static.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    chapter = _chapter_modules(manifest, str(main["file"]))
    return Assets(str(main["file"]), styles[0] if styles else "", early, font, chapter), files


def _chapter_modules(manifest: Mapping[str, Mapping[str, Any]], main: str) -> tuple[str, ...]:
    """The chunk named `chapter` and all that it imports statically, but for the entry itself."""
    waiting = [
        name
        for name, entry in manifest.items()
        if entry.get("name") == "chapter" and name.endswith(("js", "ts"))
    ]
    found: dict[str, None] = {}
    while waiting:
        entry = manifest[waiting.pop()]
        if entry["file"] not in found:
            found[entry["file"]] = None
            waiting += cast("list[str]", entry.get("imports") or [])
    return tuple(file for file in found if file != main)


def _book_values(settings: Settings, pages: list[Page], folder: Path) -> dict[str, Any]:
    root = next((page for page in pages if not page.slug), None)
    return {
        "title": settings.title or (root.title if root else _folder_title(folder)),
        "description": settings.description or (root.description if root else ""),
        "language": settings.language,
        "strict": settings.strict,
        "authors": settings.authors,
        "licence": settings.licence,
        "repository": settings.repository,
        "pages": [
            {
                "slug": p.slug,
                "title": p.title,
                "description": p.description,
                "reading": p.reading,
                "exercises": len(p.exercises),
            }
            for p in pages
            if p.slug
        ],
    }


def _folder_title(folder: Path) -> str:
    words = folder.resolve().name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _page_values(
    page: Page, links: Resolved, book: dict[str, Any], neighbours: list[Page | None], folder: Path
) -> dict[str, Any]:
    kind = "chapter" if page.slug else "index"
    data = {
        "page": page.slug,
        "title": page.title,
        "exercises": [{"id": e.id, "title": e.title, "kind": e.kind} for e in page.exercises],
        "cells": [cell.id for cell in page.cells if cell.interactive],
    }
    return {
        "page": {
            "slug": page.slug, "kind": kind, "title": page.title if page.slug else book["title"],
            "title_html": fill(page.title_html, links.html.__getitem__), "description": page.description,
            "question": page.question, "prerequisites": page.prerequisites,
        },
        "book": book,
        "base": "../" if page.slug else "./",
        "previous": neighbours[0],
        "next": neighbours[1],
        "breadcrumbs": _breadcrumbs(page, book["title"]),
        "toc": _tree(page.headings),
        "reading": page.reading,
        "body_html": fill(page.html, links.html.__getitem__),
        "page_data_json": _script_json(data),
    }  # fmt: skip


def _breadcrumbs(page: Page, title: str) -> list[dict[str, str | None]]:
    if not page.slug:
        return []
    folders = PurePosixPath(page.file).parent.parts
    inner = folders[:-1] if PurePosixPath(page.file).stem.lower() in ("index", "readme") else folders
    crumbs: list[dict[str, str | None]] = [{"title": title, "href": "../"}]
    crumbs += [{"title": name, "href": None} for name in inner]
    return [*crumbs, {"title": page.title, "href": None}]


def _tree(headings: tuple[Heading, ...]) -> list[dict[str, Any]]:
    """Headings as a tree; within a link there can be no other link and no second id."""
    root: list[dict[str, Any]] = []
    stack: list[tuple[int, list[dict[str, Any]]]] = [(0, root)]
    for heading in headings:
        while len(stack) > 1 and stack[-1][0] >= heading.level:
            stack.pop()
        title = re.sub(r"</?a\b[^>]*>|<img\b[^>]*>|\sid=\"[^\"]*\"", "", heading.html)
        item: dict[str, Any] = {
            "id": heading.anchor,
            "title_html": title,
            "exercise": heading.exercise,
            "children": [],
        }
        stack[-1][1].append(item)
        stack.append((heading.level, item["children"]))
    return root


def _script_json(data: object) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return (
        json.dumps(data, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _search_json(pages: list[Page]) -> bytes:
    documents = [
        {
            "page": p.slug,
            "anchor": s.anchor,
            "chapter": p.title,
            "title": s.heading or p.title,
            "text": s.text,
        }
        for p in pages
        for s in p.sections
        if s.text or s.heading
    ]
    return json.dumps({"documents": documents}, ensure_ascii=False).encode()


def _unique(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(
        sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line or 0, fault.message))
    )


def _concerns(fault: Fault, page: Page, exercises_file: str) -> bool:
    """Whether a fault belongs on `page`: its own, its exercises', and on the title page those of the book's own files."""
    return fault.file in (page.file, exercises_file) or (not page.slug and fault.file in (SETTINGS, *FILES))
