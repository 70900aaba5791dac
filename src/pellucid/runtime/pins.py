"""Which files the runtime is made of. `pins.json` is the one setting that fixes Pyodide's version.

To move to another version of Pyodide, unpack its npm package and write the pins anew:

    python -m pellucid.runtime.pins PATH/package
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PINS = Path(__file__).with_name("pins.json")
CORE_FILES = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
OFFERED = ("numpy", "scipy", "scikit-learn", "pandas", "matplotlib")
# matplotlib draws with Agg here: it needs neither its canvas for web pages nor the fonts of its PDF writer.
LEFT_OUT = frozenset({"matplotlib-pyodide", "fonttools"})


@dataclass(frozen=True)
class PinnedFile:
    """A file to fetch: its name at every source, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True)
class PinnedPackage:
    """A package of the runtime. `requirement` is set where it is an ordinary wheel of the package index."""

    name: str
    file: PinnedFile
    imports: tuple[str, ...]
    depends: tuple[str, ...]
    shared: bool = False
    requirement: str | None = None


@dataclass(frozen=True)
class Pins:
    """Everything that `prepare()` fetches."""

    pyodide: str
    python: str
    bundle: str
    core: tuple[PinnedFile, ...]
    packages: Mapping[str, PinnedPackage]


@cache
def load_pins(path: Path = PINS) -> Pins:
    """Read the pins of this version of Pellucid."""
    data = json.loads(path.read_text(encoding="utf-8"))
    core = tuple(PinnedFile(name, sha256) for name, sha256 in data["core"].items())
    packages = {name: _package(name, entry) for name, entry in data["packages"].items()}
    return Pins(data["pyodide"], data["python"], data["bundle"], core, packages)


def _package(name: str, entry: Mapping[str, Any]) -> PinnedPackage:
    return PinnedPackage(
        name=name,
        file=PinnedFile(entry["file"], entry["sha256"]),
        imports=tuple(entry["imports"]),
        depends=tuple(entry["depends"]),
        shared=entry.get("shared", False),
        requirement=entry.get("requirement"),
    )


def make_pins(package: Path, before: Mapping[str, Any]) -> dict[str, Any]:
    """The pins for an unpacked npm package of Pyodide, keeping the ordinary wheels that `before` names."""
    lock = json.loads((package / "pyodide-lock.json").read_text(encoding="utf-8"))
    core = {name: hashlib.sha256((package / name).read_bytes()).hexdigest() for name in CORE_FILES}
    packages: dict[str, dict[str, Any]] = {}
    for name in OFFERED:
        _add_with_needs(name, lock["packages"], packages)
    packages |= {name: entry for name, entry in before["packages"].items() if "requirement" in entry}
    info = lock["info"]
    return {
        "pyodide": info["version"],
        "python": info["python"],
        "bundle": before["bundle"],
        "core": core,
        "packages": packages,
    }


def _add_with_needs(name: str, lock: Mapping[str, Any], packages: dict[str, dict[str, Any]]) -> None:
    if name in packages:
        return
    entry = lock[name]
    needs = [need for need in entry["depends"] if need not in LEFT_OUT]
    for need in needs:
        _add_with_needs(need, lock, packages)
    packages[name] = {
        "file": entry["file_name"],
        "sha256": entry["sha256"],
        "imports": entry["imports"],
        "depends": needs,
    }
    if entry["package_type"] == "shared_library":
        packages[name]["shared"] = True


if __name__ == "__main__":
    pins = make_pins(Path(sys.argv[1]), json.loads(PINS.read_text(encoding="utf-8")))
    PINS.write_text(json.dumps(pins, indent=2) + "\n", encoding="utf-8")
