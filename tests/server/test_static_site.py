"""A site on disk: where it may be written, and rules for hosts that do not contradict each other."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from pellucid.book import Site
from pellucid.errors import PellucidError
from pellucid.server.headers import IMMUTABLE, headers_for
from pellucid.server.static_site import write_site

FRAME = "assets/frame-abc123.html"
FILES: dict[str, bytes | Path] = {
    "index.html": b"",
    "404.html": b"",
    "über/index.html": b"",
    "über/plot.svg": b"<svg/>",
    "assets/app-1a2b.js": b"",
    FRAME: b"",
}
SITE = Site(FILES, (), ())


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir()
    for name in ("manifest.json", "numpy-1a2b.pack", "numpy-1a2b.pack.br"):
        (folder / name).write_bytes(b"{}")
    return folder


def read_rules(text: str) -> dict[str, dict[str, str]]:
    blocks = (block.split("\n") for block in text.strip().split("\n\n"))
    return {lines[0]: dict(line.strip().split(": ", 1) for line in lines[1:]) for lines in blocks}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "index.html"),
        ("/404.html", "404.html"),
        ("/%C3%BCber/", "über/index.html"),
        ("/%C3%BCber/plot.svg", "über/plot.svg"),
        ("/assets/app-1a2b.js", "assets/app-1a2b.js"),
        (f"/{FRAME}", FRAME),
        ("/runtime/numpy-1a2b.pack", "runtime/numpy-1a2b.pack"),
        ("/runtime/manifest.json", "runtime/manifest.json"),
    ],
)
def test_a_host_that_joins_rules_sends_what_the_server_sends(
    path: str, name: str, tmp_path: Path, runtime: Path
) -> None:
    write_site(SITE, runtime, tmp_path / "out", tmp_path / "book")
    rules = read_rules((tmp_path / "out" / "_headers").read_text(encoding="utf-8"))
    sent: dict[str, str] = {}
    for pattern, headers in rules.items():
        if fnmatchcase(path, pattern):
            assert not sent.keys() & headers.keys(), f"two rules set a header of {path}"
            sent |= headers
    wanted = headers_for(name, "'self'")
    # Left out on purpose: without these two a host's own way, to ask again, and the browser's, same-origin, hold.
    for header, usual in (("Cache-Control", "no-cache"), ("Cross-Origin-Resource-Policy", "same-origin")):
        if wanted[header] == usual:
            wanted.pop(header)
            sent.pop(header, None)
    assert sent == wanted
    assert (sent.get("Cache-Control") == IMMUTABLE) is ("assets/" in name or "pack" in name)


@pytest.mark.parametrize("book", ["out", "out/book"])
def test_a_folder_that_holds_the_book_is_not_cleared(book: str, tmp_path: Path, runtime: Path) -> None:
    write_site(SITE, runtime, tmp_path / "out", tmp_path / "elsewhere")
    chapter = tmp_path / book / "chapter.md"
    chapter.parent.mkdir(exist_ok=True)
    chapter.write_text("mine")
    with pytest.raises(PellucidError, match="holds the book"):
        write_site(SITE, runtime, tmp_path / "out", tmp_path / book)
    assert chapter.read_text() == "mine"


def test_nothing_is_written_outside(tmp_path: Path, runtime: Path) -> None:
    site = Site({"a/../../outside.txt": b"x"}, (), ())
    with pytest.raises(PellucidError, match="outside of"):
        write_site(site, runtime, tmp_path / "out", tmp_path / "book")
    assert not (tmp_path / "outside.txt").exists()
