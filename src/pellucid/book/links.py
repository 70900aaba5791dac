"""The holes in the pages' HTML, filled once all pages are known: links, numbers, pictures."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

from pellucid.book.draft import slugify
from pellucid.book.files import DOWNLOADS, PICTURES, clean_svg, is_inside, measure, site_name, source_path
from pellucid.book.page import Label, Page, Reference
from pellucid.book.sanitize import RAW_PREFIX
from pellucid.errors import Fault

_NAMES = {"figure": "Figure", "table": "Table", "exercise": "Exercise", "equation": "Equation"}
_HEAD_BYTES = 64 * 1024


@dataclass
class Resolved:
    """What one page gets from the book: HTML for each of its references, files beside it, what was not found."""

    html: list[str] = field(default_factory=list[str])
    files: dict[str, bytes | Path] = field(default_factory=dict[str, "bytes | Path"])
    faults: list[Fault] = field(default_factory=list[Fault])


class Directory:
    """All pages of a book by file, and all labels by name. `pictures` remembers sizes from build to build."""

    def __init__(self, folder: Path, pages: Iterable[Page], pictures: PictureShelf) -> None:
        self._folder = folder
        self._pictures = pictures
        self._by_file: dict[str, Page] = {}
        self._labels: dict[str, list[tuple[Page, Label]]] = {}
        for page in pages:
            self._by_file[normalize("NFC", page.file)] = page  # macOS may spell ü in two characters
            for label in page.labels:
                self._labels.setdefault(label.name, []).append((page, label))

    def duplicate_labels(self) -> list[Fault]:
        """Labels that two places have: a reference to them is ambiguous."""
        faults: list[Fault] = []
        for name, places in self._labels.items():
            for page, label in places[1:]:
                first, where = places[0]
                there = first.file if where.line is None else f"{first.file}:{where.line}"
                faults.append(
                    Fault(
                        page.file,
                        label.line,
                        f"the label “{name}” stands at {there} too.",
                        "each label once in a book",
                    )
                )
        return faults

    def resolve(self, page: Page) -> Resolved:
        """Everything that `page` refers to."""
        resolved = Resolved()
        for reference in page.references:
            resolved.html.append(_RESOLVERS[reference.kind](self, page, reference, resolved))
        return resolved

    # Labels and pages

    def _find_label(self, page: Page, name: str, kind: str = "") -> tuple[Page, Label] | None:
        places = [place for place in self._labels.get(name, []) if not kind or place[1].kind == kind]
        return next((place for place in places if place[0] is page), places[0] if places else None)

    def _find_page(self, page: Page, target: str) -> Page | None:
        if not target:
            return page
        path = source_path(page.file, target)
        stem = re.sub(r"(\.(md|ipynb|html|rst|py|myst\.md))?/?$", "", path)
        stem = "" if stem == "." else stem
        tries = [
            path,
            f"{stem}.md",
            f"{stem}.ipynb",
            *(f"{stem}/{name}".lstrip("/") for name in ("index.md", "README.md", "index.ipynb")),
        ]
        found = (self._by_file.get(normalize("NFC", name)) for name in tries)
        return next(filter(None, found), None)

    def _find_anchor(self, page: Page, fragment: str) -> str | None:
        """The id on `page` that `fragment` means, in whichever tool's spelling."""
        if not fragment:
            return ""
        label = next((label.anchor for label in page.labels if label.name == fragment), None)
        for anchor in (label, fragment, RAW_PREFIX + fragment, slugify(fragment)):
            if anchor is not None and (anchor in page.anchors or anchor == "content"):
                return anchor
        return "content" if slugify(fragment) == slugify(page.title) else None

    def _address(self, page: Page, other: Page, anchor: str) -> str:
        fragment = f"#{html.escape(anchor)}" if anchor else ""
        if page is other:
            return fragment or "#content"
        up = "../" if page.slug else "./"
        return f"{up}{quote(other.slug)}/{fragment}" if other.slug else f"{up}{fragment}"

    def _missing(self, page: Page, reference: Reference, resolved: Resolved, what: str) -> None:
        near = get_close_matches(reference.target, [*self._labels, *self._by_file], n=3)
        resolved.faults.append(
            Fault(page.file, reference.line, what, " or ".join(near) or "a label or file of this book")
        )

    def _label_link(
        self, page: Page, reference: Reference, resolved: Resolved, text: Callable[[Page, Label], str]
    ) -> str:
        found = self._find_label(page, reference.target)
        if found is None:
            self._missing(page, reference, resolved, f"there is nothing with the label “{reference.target}”.")
            return f'<span class="missing">{html.escape(reference.text or reference.target)}</span>'
        other, label = found
        return f'<a href="{self._address(page, other, label.anchor)}">{html.escape(text(other, label), quote=False)}</a>'

    def _ref(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        def text(other: Page, label: Label) -> str:
            numbered = label.kind in ("figure", "table", "equation")
            return reference.text or (
                self._numbered(page, other, label) if numbered else label.title or label.name
            )

        return self._label_link(page, reference, resolved, text)

    def _numbered(self, page: Page, other: Page, label: Label) -> str:
        words = f"{_NAMES[label.kind]} {label.number}" if label.kind in _NAMES else label.title or label.name
        return words if page is other else f"{words} of {other.title}"

    def _numref(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        def text(other: Page, label: Label) -> str:
            template = reference.text
            if not template:
                return self._numbered(page, other, label)
            return (
                template.replace("%s", label.number)
                .replace("{number}", label.number)
                .replace("{name}", label.title)
            )

        return self._label_link(page, reference, resolved, text)

    def _eq(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        return self._label_link(
            page, reference, resolved, lambda other, label: f"({label.number or label.name})"
        )

    def _term(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        found = self._find_label(page, reference.target.lower(), "term")
        if found is None:
            self._missing(page, reference, resolved, f"the glossary has no term “{reference.target}”.")
            return html.escape(reference.text or reference.target)
        other, label = found
        text = html.escape(reference.text or reference.target, quote=False)
        return f'<a class="term" href="{self._address(page, other, label.anchor)}">{text}</a>'

    def _doc(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        other = self._find_page(page, reference.target)
        if other is None:
            self._missing(page, reference, resolved, f"there is no page “{reference.target}”.")
            return f'<span class="missing">{html.escape(reference.text or reference.target)}</span>'
        return f'<a href="{self._address(page, other, "")}">{html.escape(reference.text or other.title, quote=False)}</a>'

    def _open(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        """The opening tag of a Markdown link; without an address where there is nothing to lead to."""
        path, _, fragment = reference.target.partition("#")
        other = self._find_page(page, path)
        if other is not None:
            anchor = self._find_anchor(other, fragment)
            if anchor is not None:
                return f'<a href="{self._address(page, other, anchor)}">'
        found = self._find_label(page, fragment if not path else reference.target)
        if found is not None:
            return f'<a href="{self._address(page, found[0], found[1].anchor)}">'
        if other is not None:
            self._missing(page, reference, resolved, f"{other.file} has no heading or label “{fragment}”.")
            return f'<a href="{self._address(page, other, "")}">' if path else "<a>"
        address = self._publish(page, path, resolved, DOWNLOADS | PICTURES)
        if address is None:
            self._missing(
                page,
                reference,
                resolved,
                f"the link leads to “{reference.target}”, which is not in the book.",
            )
            return "<a>"
        return f'<a href="{address}">'

    def _open_empty(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        path, _, fragment = reference.target.partition("#")
        found = self._find_label(page, fragment or reference.target)
        other = self._find_page(page, path) if path else None
        if found is not None and (other is None or other is found[0]):
            label = found[1]
            numbered = label.kind in ("figure", "table", "equation")
            text = self._numbered(page, found[0], label) if numbered else label.title or label.name
        else:
            text = other.title if other is not None else reference.target
        return self._open(page, reference, resolved) + html.escape(text, quote=False)

    # Files

    def _publish(self, page: Page, target: str, resolved: Resolved, kinds: set[str]) -> str | None:
        """The address of a file of the book, which is from now on part of the site; None when there is none to publish."""
        # A backslash separates folders on Windows alone; a site is the same everywhere.
        path = self._folder / source_path(page.file, target)
        if "\\" in target or path.suffix.lower() not in kinds or not is_inside(path, self._folder):
            return None
        name = site_name(page.slug, page.file, target)
        content: bytes | Path | None = self._pictures.clean(path) if path.suffix.lower() == ".svg" else path
        if content is None:
            return None
        resolved.files[f"{page.slug}/{name}" if page.slug else name] = content
        return quote(name)

    def _image(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        address = self._publish(page, reference.target, resolved, PICTURES)
        alt = html.escape(reference.text)
        if address is None:
            self._missing(
                page,
                reference,
                resolved,
                f"the picture “{reference.target}” is not in the book, or cannot be shown.",
            )
            return f'<span class="missing">{alt or html.escape(reference.target)}</span>'
        size = self._pictures.size(self._folder / source_path(page.file, reference.target))
        dimensions = _dimensions(size, reference.attributes.get("width", ""))
        title = (
            f' title="{html.escape(reference.attributes["title"])}"'
            if reference.attributes.get("title")
            else ""
        )
        kind = (
            f' class="{html.escape(reference.attributes["look"])}"'
            if reference.attributes.get("look")
            else ""
        )
        return f'<img src="{address}" alt="{alt}"{dimensions}{title}{kind} loading="lazy">'

    def _file(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        """A picture that raw HTML shows: its address is in the page already."""
        if self._publish(page, reference.target, resolved, PICTURES) is None:
            self._missing(
                page,
                reference,
                resolved,
                f"the picture “{reference.target}” is not in the book, or cannot be shown.",
            )
        return ""

    def _download(self, page: Page, reference: Reference, resolved: Resolved) -> str:
        address = self._publish(page, reference.target, resolved, DOWNLOADS | PICTURES)
        text = html.escape(reference.text or reference.target.rpartition("/")[2], quote=False)
        if address is None:
            self._missing(
                page,
                reference,
                resolved,
                f"the file “{reference.target}” is not in the book, or of a kind that is not offered.",
            )
            return text
        return f'<a href="{address}" download>{text}</a>'


_Resolver = Callable[[Directory, Page, Reference, Resolved], str]
_RESOLVERS: dict[str, _Resolver] = {
    "ref": Directory._ref,  # pyright: ignore[reportPrivateUsage]
    "numref": Directory._numref,  # pyright: ignore[reportPrivateUsage]
    "eq": Directory._eq,  # pyright: ignore[reportPrivateUsage]
    "term": Directory._term,  # pyright: ignore[reportPrivateUsage]
    "doc": Directory._doc,  # pyright: ignore[reportPrivateUsage]
    "open": Directory._open,  # pyright: ignore[reportPrivateUsage]
    "open-empty": Directory._open_empty,  # pyright: ignore[reportPrivateUsage]
    "image": Directory._image,  # pyright: ignore[reportPrivateUsage]
    "file": Directory._file,  # pyright: ignore[reportPrivateUsage]
    "download": Directory._download,  # pyright: ignore[reportPrivateUsage]
}


def _dimensions(size: tuple[int, int] | None, width: str) -> str:
    """The room that a picture takes, so that nothing moves when it comes."""
    if size is None:
        return ""
    wanted = re.fullmatch(r"([0-9]{1,5})(?:px)?", width)
    share = re.fullmatch(r"([0-9]{1,3})%", width)
    shown = size
    if wanted:
        shown = int(wanted[1]), round(size[1] * int(wanted[1]) / max(1, size[0]))
    style = f' style="width:{share[1]}%"' if share else ""
    return f' width="{shown[0]}" height="{shown[1]}"{style}'


class PictureShelf:
    """Sizes of pictures and cleaned SVGs, remembered until the file changes."""

    def __init__(self) -> None:
        self._sizes: dict[Path, tuple[tuple[int, int], tuple[int, int] | None]] = {}
        self._clean: dict[Path, tuple[tuple[int, int], bytes | None]] = {}

    def size(self, path: Path) -> tuple[int, int] | None:
        """Width and height, or None."""
        stamp = _stamp(path)
        if path not in self._sizes or self._sizes[path][0] != stamp:
            with path.open("rb") as file:
                self._sizes[path] = (stamp, measure(file.read(_HEAD_BYTES)))
        return self._sizes[path][1]

    def clean(self, path: Path) -> bytes | None:
        """The SVG without anything active, or None when it cannot be read."""
        stamp = _stamp(path)
        if path not in self._clean or self._clean[path][0] != stamp:
            self._clean[path] = (stamp, clean_svg(path.read_bytes()))
        return self._clean[path][1]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
