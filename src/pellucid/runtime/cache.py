"""Where Pellucid keeps what it downloaded and built, and the lock that two processes share."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return
            except OSError as error:
                if error.errno != errno.EDEADLOCK:  # it gives up after ten seconds; a build takes longer
                    raise
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def cache_folder() -> Path:
    """PELLUCID_CACHE, else the platform's user cache folder for Pellucid. It may not exist yet."""
    named = os.environ.get("PELLUCID_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("pellucid", appauthor=False))


def touch(folder: Path) -> None:
    """Note that `folder` is in use. A cache that somebody else filled, and that may only be read, is used all the same."""
    with suppress(OSError):
        os.utime(folder)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold `folder` for this process alone; waits for another. The system lets go if the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as file:
        _lock(file)
        yield
