"""Where things are: the bundled book, the built front end."""

from __future__ import annotations

from pathlib import Path

from pellucid.errors import PellucidError

_PACKAGE = Path(__file__).parent
STATIC = _PACKAGE / "server" / "static"


def bundled_book() -> Path:
    """The folder of the book that comes with Pellucid: inside the wheel, or beside `src/` in a checkout."""
    for folder in (_PACKAGE / "_book", _PACKAGE.parents[1] / "book"):
        if folder.is_dir():
            return folder
    raise PellucidError("This installation holds no book.", "Name a folder: pellucid serve DIR")


def find_book(folder: Path | None) -> Path:
    """The book to use: `folder`, else the current folder where it is a book, else the bundled one."""
    if folder is not None:
        if folder.is_file():
            raise PellucidError(f"{folder} is a file.", f"Name its folder: {folder.parent}")
        if not folder.is_dir():
            raise PellucidError(
                f"{folder}: there is no such folder.", "Name a folder of .md or .ipynb files."
            )
        return folder.resolve()
    here = Path.cwd()
    if (here / "pellucid.yml").is_file():
        return here
    return bundled_book()


def built_front_end() -> Path:
    """The folder with the built front end."""
    if not (STATIC / "manifest.json").is_file():
        raise PellucidError(
            "The front end has not been built.",
            "In a checkout run: make setup. Elsewhere install Pellucid again.",
        )
    return STATIC
