"""Whole files: read at once, written so that nothing is lost if it fails."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Any


def read(f: Any) -> tuple[str, bytes]:
    """(what to call it in messages, its bytes) of a path or of a file open for reading in binary mode."""
    if isinstance(f, (str, os.PathLike)):
        path = Path(os.fspath(f))  # pyright: ignore[reportUnknownArgumentType]
        return str(path), path.read_bytes()
    if not hasattr(f, "read"):
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'read' attribute, not {f!r}"
        )
    data = f.read()
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError("the file must be open in binary mode: open(path, 'rb')")
    return str(getattr(f, "name", f"the {type(f).__name__}")), bytes(data)


def write(f: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to this path: first beside it, then in its place, so that the old content stays if anything fails."""
    path = Path(os.path.realpath(os.fspath(f)))  # a link stays one
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    if path.exists() and not path.is_file():  # a device or a pipe has nothing to lose
        path.write_bytes(data)
        return
    beside = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
