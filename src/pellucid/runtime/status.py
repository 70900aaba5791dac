"""What is there of the runtime: for `pellucid doctor`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.runtime.download import sha256_of
from pellucid.runtime.pins import load_pins
from pellucid.runtime.prepare import base_folder


@dataclass(frozen=True)
class RuntimeFile:
    """A published file: its size, and whether its bytes have the SHA-256 that the build recorded."""

    name: str
    size: int
    verified: bool


@dataclass(frozen=True)
class Status:
    """The runtime on this machine. `files` is empty until `prepare()` has run."""

    pyodide: str
    python: str
    folder: Path
    files: tuple[RuntimeFile, ...]
    compiled: bool
    snapshot: bool
    node: str | None

    @property
    def ready(self) -> bool:
        """Whether all that the browser needs is there and undamaged."""
        return bool(self.files) and all(file.verified for file in self.files)


def status() -> Status:
    """Look, and change nothing."""
    pins = load_pins()
    folder = base_folder()
    manifest: dict[str, Any] = {}
    if (folder / "base.json").is_file():
        manifest = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    return Status(
        pyodide=pins.pyodide,
        python=pins.python,
        folder=folder,
        files=tuple(_check(folder, entry) for entry in _entries(manifest)),
        compiled=bool(manifest.get("compiled")),
        snapshot=manifest.get("snapshot") is not None,
        node=shutil.which("node"),
    )


def _entries(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    packages = [package["file"] for package in manifest.get("packages", {}).values()]
    snapshot = manifest.get("snapshot")
    return [*manifest.get("core", {}).values(), *packages, *([snapshot] if snapshot else [])]


def _check(folder: Path, entry: dict[str, Any]) -> RuntimeFile:
    file = folder / entry["url"]
    verified = file.is_file() and sha256_of(file) == entry["sha256"]
    return RuntimeFile(entry["url"], entry["size"], verified)
