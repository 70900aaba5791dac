"""What a machine has of what Pellucid needs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pellucid.errors import PellucidError

NEEDED_BYTES = 600_000_000
MARK_STYLES = {"ok": "green", "optional": "yellow", "wanting": "red"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `optional` where only authors or tests need it."""

    what: str
    good: bool
    detail: str
    next_act: str = ""
    optional: bool = False

    @property
    def mark(self) -> str:
        """In a word: ok, optional (and not there), wanting."""
        return "ok" if self.good else "optional" if self.optional else "wanting"


def examine() -> list[Finding]:
    """Look at everything; a check that itself fails is a finding."""
    return [_safely(name, check) for name, check in CHECKS]


def _safely(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except (OSError, ValueError, PellucidError, subprocess.SubprocessError) as error:
        return Finding(
            name, False, f"could not be looked at: {error}", "Mend what the message names, then try again."
        )


def _check_python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("Python", good, platform.python_version(), "Install Python 3.11 or newer.")


def _check_front_end() -> Finding:
    from pellucid.places import STATIC

    good = (STATIC / "manifest.json").is_file()
    return Finding("front end", good, "built" if good else "not built", "In a checkout run: make setup")


def _check_runtime() -> Finding:
    from pellucid.runtime import status

    report = status()
    megabytes = sum(file.size for file in report.files) / 1e6
    damaged = [file.name for file in report.files if not file.verified]
    detail = f"Pyodide {report.pyodide}, Python {report.python}, {len(report.files)} files, {megabytes:.0f} MB verified"
    if damaged:
        detail = f"damaged: {', '.join(damaged)}"
    elif not report.files:
        detail = "not fetched yet"
    elif not report.snapshot:
        detail += "; no memory image (made with Node), so the first start in a browser is slower"
    return Finding("Python for the browser", report.ready, detail, "Run: pellucid runtime fetch")


def _check_cache() -> Finding:
    from pellucid.runtime import cache_folder

    folder = cache_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        act = "Set PELLUCID_CACHE to a folder that you may write."
        return Finding("cache folder", False, f"{folder} cannot be written", act)
    free = shutil.disk_usage(existing).free
    act = f"Free {NEEDED_BYTES / 1e9:.1f} GB, or set PELLUCID_CACHE to a folder with room."
    return Finding("cache folder", free > NEEDED_BYTES, f"{folder}, {free / 1e9:.1f} GB free", act)


def _check_chromium() -> Finding:
    from pellucid.checking.browser import find_chromium

    found = find_chromium()
    act = "Only `pellucid check --browser` and the tests need it. Debian: apt-get install chromium"
    return Finding("Chromium", found is not None, str(found or "not found"), act, optional=True)


def _check_node() -> Finding:
    node = shutil.which("node")
    act = "Only building the front end from source needs it: Node 20 or newer."
    if node is None:
        return Finding("Node", False, "not found", act, optional=True)
    version = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=True, timeout=10
    ).stdout.strip()
    major = int(version.lstrip("v").partition(".")[0])
    return Finding("Node", major >= 20, f"{version} ({Path(node)})", act, optional=True)


CHECKS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("Python", _check_python),
    ("front end", _check_front_end),
    ("Python for the browser", _check_runtime),
    ("cache folder", _check_cache),
    ("Chromium", _check_chromium),
    ("Node", _check_node),
)
