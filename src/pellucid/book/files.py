"""Files beside a page: which kinds are published, under what name, how large a picture is, and SVG without its scripts."""

from __future__ import annotations

import hashlib
import os
import re
import struct
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import quote
from xml.etree import ElementTree

PICTURE_TYPES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
}
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"}
# What a link may offer for download. Nothing that a browser would run: no HTML, no JavaScript, no XML.
DOWNLOADS = {
    ".bib", ".csv", ".dat", ".docx", ".gz", ".ipynb", ".json", ".md", ".npy", ".npz", ".parquet", ".pdf", ".py", ".tex",
    ".tsv", ".txt", ".xlsx", ".yaml", ".yml", ".zip",
}  # fmt: skip


def site_path(slug: str, file: str, target: str) -> str:
    """The address, relative to its page, of the file that the page of source `file` calls `target`.

    What stands beside or below the page keeps its path; what stands elsewhere in the book gets a name of its own.
    """
    return quote(site_name(slug, file, target))


def site_name(slug: str, file: str, target: str) -> str:
    """As `site_path`, not quoted."""
    path = normpath(target)
    # The root's own page has no folder of its own, and must not reach into those of others.
    if (
        slug
        and not path.startswith("..")
        and not path.startswith("/")
        and path not in ("index.html", "exercises.json")
    ):
        return path
    full = source_path(file, target)
    return f"files/{hashlib.sha256(full.encode()).hexdigest()[:8]}-{PurePosixPath(full).name}"


def source_path(file: str, target: str) -> str:
    """`target` as a path from the book's folder; a leading slash means that folder."""
    if target.startswith("/"):
        return normpath(target.lstrip("/"))
    return normpath(str(PurePosixPath(file).parent / target))


def is_inside(path: Path, folder: Path) -> bool:
    """Whether `path` is a readable file of the book in `folder`, wherever links lead, and not hidden."""
    try:
        if not path.is_file() or not os.access(path, os.R_OK):
            return False
    except (OSError, ValueError):  # a name that no file can have
        return False
    resolved, root = path.resolve(), folder.resolve()
    return root in resolved.parents and not any(
        part.startswith(".") for part in resolved.relative_to(root).parts
    )


def measure(content: bytes) -> tuple[int, int] | None:
    """Width and height of a picture in CSS pixels, read from its first bytes; None when it does not say."""
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) >= 24:
        return struct.unpack(">II", content[16:24])
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        return struct.unpack("<HH", content[6:10])
    if content[:2] == b"\xff\xd8":
        return _measure_jpeg(content)
    if content[:4] == b"RIFF" and content[12:16] == b"VP8X" and len(content) >= 30:
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    return _measure_svg(content) if b"<svg" in content[:2000] else None


def _measure_jpeg(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    return None


_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}


def _measure_svg(content: bytes) -> tuple[int, int] | None:
    tag = re.search(rb"<svg\b[^>]*>", content)
    if tag is None:
        return None
    text = tag[0].decode("utf-8", "replace")
    number = r"[0-9]{1,6}(?:\.[0-9]+)?|\.[0-9]+"
    sizes = [re.search(rf'\s{name}="({number})(px|pt|in|cm|mm)?"', text) for name in ("width", "height")]
    if sizes[0] and sizes[1]:
        return round(float(sizes[0][1]) * _UNITS[sizes[0][2] or ""]), round(
            float(sizes[1][1]) * _UNITS[sizes[1][2] or ""]
        )
    box = re.search(rf'viewBox="[-\d.eE]+[\s,]+[-\d.eE]+[\s,]+({number})[\s,]+({number})"', text)
    return (round(float(box[1])), round(float(box[2]))) if box else None


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_ACTIVE_ELEMENTS = {
    "script",
    "foreignObject",
    "iframe",
    "embed",
    "object",
    "audio",
    "video",
    "set",
    "animate",
    "handler",
}


def clean_svg(content: bytes) -> bytes | None:
    """An SVG picture that is safe to open by itself: drawn shapes only. None when it is not well-formed XML.

    In a page an SVG is an <img>, which runs nothing; opened at its own address it would run with the site's rights.
    """
    if b"<!ENTITY" in content.replace(b"\0", b""):  # in UTF-16 as well
        return None
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):  # not XML, or in an encoding that there is not
        return None
    for parent in list(root.iter()):
        for child in list(parent):
            if not str(child.tag).startswith(f"{{{_SVG}}}") or _local(child.tag) in _ACTIVE_ELEMENTS:
                parent.remove(child)
    for element in root.iter():
        if _local(element.tag) == "a":  # what is drawn stays, where it leads does not
            element.tag = f"{{{_SVG}}}g"
            element.attrib.pop(_XLINK, None)
            element.attrib.pop("href", None)
        for name, value in list(element.attrib.items()):
            if not _is_passive(_local(element.tag), name, value):
                del element.attrib[name]
        if (
            _local(element.tag) == "style"
            and element.text
            and re.search(r"@import|\\|url\(\s*[\"']?(?!#|data:)", element.text, re.IGNORECASE)
        ):
            element.text = ""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    try:
        return ElementTree.tostring(root) if root.tag == f"{{{_SVG}}}svg" else None
    except RecursionError:  # groups in groups, a thousand deep
        return None


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _is_passive(tag: str, name: str, value: str) -> bool:
    if _local(name).lower().startswith("on"):
        return False
    if name in (_XLINK, "href"):
        # `use` would make what is in a data: address part of the picture's own document.
        return value.startswith("#") or (tag == "image" and value.startswith("data:image/"))
    return not re.search(r"javascript:|\\|url\(\s*[\"']?(?!#|data:)", value, re.IGNORECASE)
