"""Where Pellucid keeps what it downloaded and built, and the lock that two processes share."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def cache_folder() -> Path:
    """PELLUCID_CACHE, else the platform's user cache folder for Pellucid. It may not exist yet."""
    named = os.environ.get("PELLUCID_CACHE")
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("pellucid", appauthor=False))


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold `folder` for this process alone; waits for another. The system lets go if the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        _lock(file)
        yield
