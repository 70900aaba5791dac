"""What is there of the runtime: for `pellucid doctor`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.runtime.cache import cache_folder, locked
from pellucid.runtime.download import sha256_of
from pellucid.runtime.folder import core_sources, runtime_folder
from pellucid.runtime.parts import Store, plan_parts
from pellucid.runtime.pins import load_pins


@dataclass(frozen=True)
class RuntimeFile:
    """A published file: its size, and whether its bytes have the SHA-256 that the build recorded."""

    name: str
    size: int
    verified: bool


@dataclass(frozen=True)
class Status:
    """The runtime on this machine. `files` is empty until `prepare()` has run; `node` is where Node was found."""

    pyodide: str
    python: str
    folder: Path
    files: tuple[RuntimeFile, ...]
    snapshot: bool
    node: str | None

    @property
    def ready(self) -> bool:
        """Whether all that the browser needs is there and undamaged."""
        return bool(self.files) and all(file.verified for file in self.files)


def status() -> Status:
    """Look, and change nothing."""
    plan = plan_parts(load_pins(), core_sources())
    folder = runtime_folder(plan)
    manifest: dict[str, Any] = {}
    if (folder / "manifest.json").is_file():
        manifest = _read_manifest(folder)
    return Status(
        pyodide=plan.pins.pyodide,
        python=plan.pins.python,
        folder=folder,
        files=tuple(_check(folder, entry) for entry in _entries(manifest)),
        snapshot=manifest.get("snapshot") is not None,
        node=plan.node,
    )


def remove_damaged() -> None:
    """Remove the published folder where a file of it is not what was built, and its parts: `prepare()` makes them again."""
    found = status()
    if not found.folder.is_dir() or found.ready:
        return
    with locked(found.folder.parent):
        Store(cache_folder() / "parts").forget(plan_parts(load_pins(), core_sources()).part_keys())
        shutil.rmtree(found.folder, ignore_errors=True)


def _read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest; nothing where it is damaged, as if nothing had been built."""
    try:
        return json.loads((folder / "manifest.json").read_bytes())
    except ValueError:
        return {}


def _entries(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    packages = [package["file"] for package in manifest.get("packages", {}).values()]
    own = [manifest[part] for part in ("snapshot", "pellucid") if manifest.get(part)]
    return [*manifest.get("core", {}).values(), *packages, *own]


def _check(folder: Path, entry: dict[str, Any]) -> RuntimeFile:
    file = folder / entry["url"]
    verified = file.is_file() and sha256_of(file) == entry["sha256"]
    return RuntimeFile(entry["url"], entry["size"], verified)
