"""Compiled pages on disk, each under the hash of everything that it was made of, the compiler included."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pellucid.book.draft import Source
from pellucid.book.page import Page

_LIBRARIES = ("markdown-it-py", "mdit-py-plugins", "nbformat", "nh3", "pygments", "jinja2")
_MOST_FILES = 5000


class PageCache:
    """Pages by `key(source)`. A folder of None keeps nothing; a damaged file is as good as none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder / "pages" if folder else None

    def load(self, key: str) -> Page | None:
        """The page under `key`."""
        if self._folder is None:
            return None
        try:
            return Page.from_json(json.loads((self._folder / f"{key}.json").read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, key: str, page: Page) -> None:
        """Keep `page`; a folder that cannot be written costs time and nothing else."""
        if self._folder is None:
            return
        data = json.dumps(page.to_json(), separators=(",", ":"))
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as file:
                fresh = Path(file.name)
            try:
                fresh.write_text(data, encoding="utf-8")
                fresh.replace(self._folder / f"{key}.json")
            finally:
                fresh.unlink(missing_ok=True)

    def prune(self) -> None:
        """Forget the oldest pages once there are very many."""
        if self._folder is None or not self._folder.is_dir():
            return
        files = list(os.scandir(self._folder))
        if len(files) <= _MOST_FILES:
            return
        with contextlib.suppress(OSError):  # another process prunes too, or owns the folder
            for entry in sorted(files, key=lambda e: e.stat().st_mtime)[: len(files) - _MOST_FILES // 2]:
                Path(entry.path).unlink(missing_ok=True)


def key_of(source: Source) -> str:
    """The name under which the page of `source` is kept."""
    parts: tuple[object, ...] = (
        compiler_version(),
        source.slug,
        source.file,
        source.exercises,
        source.exercises_file,
        sorted(source.bibliography.items()),
        sorted(source.macros.items()),
        sorted(source.available),
        source.strict,
    )
    digest = hashlib.sha256(repr(parts).encode())
    digest.update(source.content)
    return digest.hexdigest()[:40]


@cache
def compiler_version() -> str:
    """A hash over the compiler's own files and the versions of what it uses."""
    here = Path(__file__).parent
    digest = hashlib.sha256(platform.python_version().encode())
    files = [*here.glob("*.py"), *(here / "templates" / "blocks").iterdir(), *(here / "vendor").rglob("*.js")]
    for path in sorted([*files, *(here.parent / "grading").glob("*.py")]):
        digest.update(path.read_bytes())
    digest.update(repr([version(name) for name in _LIBRARIES]).encode())
    return digest.hexdigest()[:16]
