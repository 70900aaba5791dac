"""Make the folder that is published as /runtime/: once for each content, then reused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pellucid.runtime.cache import cache_folder, locked
from pellucid.runtime.download import Progress, obtain_all
from pellucid.runtime.pack import Entry, make_pack, manifest_json, publish
from pellucid.runtime.pins import PINS, PinnedPackage, Pins, load_pins
from pellucid.runtime.slim import read_needed

HERE = Path(__file__).parent
PACKAGE = HERE.parent
RECIPE = ("build.mjs", "image.mjs", "pack.py", "pins.json", "prepare.py", "slim.py")
PRELOADED = ("numpy",)
CORE_SOURCES = ("__init__.py", "errors.py")
CORE_PACKAGES = ("models", "grading", "xray")
NODE_SECONDS = 900
UNUSED_SECONDS = 30 * 24 * 3600
CORE_NAMES = {
    "loader": "pyodide.js",
    "asm": "pyodide.asm.js",
    "wasm": "pyodide.asm.wasm",
    "stdlib": "python_stdlib.zip",
}


def prepare(*, mirror: str | None = None, progress: Progress | None = None) -> Path:
    """The folder to publish as /runtime/, in the user's cache folder.

    Fetches, verifies, slims and packs what is not there yet. `progress(step, done)` is called only while there is work to do,
    with `done` between 0 and 1. Raises PellucidError when a file cannot be had from any source.
    """
    report = progress or _say_nothing
    base = base_folder()
    if not (base / "base.json").is_file():
        _build_base(base, load_pins(), mirror, report)
    sources = core_sources()
    folder = base.with_name(f"{base.name}-{_digest(text for source in sources for text in source)[:12]}")
    if not (folder / "manifest.json").is_file():
        _publish_folder(folder, base, sources)
    for used in (base, folder):
        os.utime(used)
    return folder


def _say_nothing(step: str, done: float) -> None:
    pass


def base_folder() -> Path:
    """Named by everything that decides the packages' bytes: the recipe, and whether Node is there to compile."""
    recipe = [(HERE / name).read_bytes() for name in RECIPE]
    node = b"node" if shutil.which("node") else b"plain"
    return cache_folder() / "runtime" / f"{load_pins(PINS).pyodide}-{_digest([*recipe, node])[:12]}"


def _digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()


def core_sources() -> list[tuple[bytes, bytes]]:
    """Pellucid's own core, as the browser gets it: (path in site-packages, source), sorted."""
    files = [PACKAGE / name for name in CORE_SOURCES]
    files += [file for name in CORE_PACKAGES for file in (PACKAGE / name).rglob("*") if _is_source(file)]
    named = {f"pellucid/{file.relative_to(PACKAGE).as_posix()}".encode(): file for file in files}
    return [(name, named[name].read_bytes()) for name in sorted(named)]


def _is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")


def _publish_folder(folder: Path, base: Path, sources: list[tuple[bytes, bytes]]) -> None:
    """The packages of `base`, linked, and the core archive beside them."""
    with locked(base.parent), tempfile.TemporaryDirectory(dir=base.parent, prefix=".core-") as made:
        fresh = Path(made) / "folder"
        fresh.mkdir()
        for file in base.iterdir():
            if file.name != "base.json":
                _link(file, fresh / file.name)
        core = publish(fresh, "pellucid.pack", make_pack((path.decode(), text) for path, text in sources))
        manifest = json.loads((base / "base.json").read_text(encoding="utf-8")) | {"pellucid": asdict(core)}
        manifest["build"] = _digest([manifest_json(manifest).encode()])[:16]
        (fresh / "manifest.json").write_text(manifest_json(manifest), encoding="utf-8")
        _take_place(fresh, folder)


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _take_place(fresh: Path, folder: Path) -> None:
    """Rename in one step; where another process was first, its folder has the same content."""
    try:
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _build_base(base: Path, pins: Pins, mirror: str | None, report: Progress) -> None:
    """Fetch, slim, compile, pack: all that does not depend on Pellucid's own sources."""
    with locked(base.parent):
        if (base / "base.json").is_file():
            return
        fetched = obtain_all(
            pins, cache_folder() / "downloads", mirror, lambda step, done: report(step, 0.5 * done)
        )
        with tempfile.TemporaryDirectory(dir=base.parent, prefix=".base-") as made:
            build = _Build(Path(made), pins, fetched, report)
            _take_place(build.run(), base)
        _sweep(base.parent, time.time() - UNUSED_SECONDS)


def _sweep(folder: Path, before: float) -> None:
    """Remove what no `prepare()` has returned since `before`: builds of older versions, 250 MB each."""
    for old in folder.iterdir():
        if old.is_dir() and old.stat().st_mtime < before:
            shutil.rmtree(old, ignore_errors=True)


class _Build:
    """One build of the packages, in a scratch folder of its own."""

    def __init__(self, scratch: Path, pins: Pins, fetched: Mapping[str, Path], report: Progress) -> None:
        self._pins = pins
        self._fetched = fetched
        self._report = report
        self._node = shutil.which("node")
        self._trees = scratch / "trees"
        self._core = scratch / "core"
        self._out = scratch / "out"
        self._compiled = True

    def run(self) -> Path:
        for folder in (self._trees, self._core, self._out):
            folder.mkdir()
        self._lay_out_core()
        with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
            core = {part: pool.submit(self._publish_core, part) for part in (*CORE_NAMES, "lock")}
            # NumPy first: the image waits for it.
            packs = {name: pool.submit(self._pack, package) for name, package in self._pins.packages.items()}
            preloaded = [self._out / packs[name].result().url for name in PRELOADED]
            image = pool.submit(self._image, preloaded)
            entries = dict(self._results(packs))
            base = {
                "pyodide": self._pins.pyodide,
                "python": self._pins.python,
                "build": "",
                "compiled": self._compiled,
                "core": {part: done.result() for part, done in core.items()},
                "snapshot": image.result(),
                "preloaded": list(PRELOADED),
                "packages": {
                    name: {"file": entries[name], "imports": package.imports, "depends": package.depends}
                    for name, package in self._pins.packages.items()
                },
            }
        (self._out / "base.json").write_text(manifest_json(base), encoding="utf-8")
        return self._out

    def _results(self, packs: Mapping[str, Future[Entry]]) -> Iterator[tuple[str, Entry]]:
        for count, (name, done) in enumerate(packs.items()):
            self._report(f"Packing {name}", 0.5 + 0.5 * count / len(packs))
            yield name, done.result()

    def _lay_out_core(self) -> None:
        """Pyodide's files side by side, with a lock file that offers nothing: packages come from packs alone."""
        for file in self._pins.core:
            shutil.copyfile(self._fetched[file.name], self._core / file.name)
        info = {"version": self._pins.pyodide, "python": self._pins.python}
        (self._core / "pyodide-lock.json").write_text(
            json.dumps({"info": info, "packages": {}}), encoding="utf-8"
        )

    def _publish_core(self, part: str) -> Entry:
        name = CORE_NAMES.get(part, "pyodide-lock.json")
        return publish(self._out, name, (self._core / name).read_bytes())

    def _pack(self, package: PinnedPackage) -> Entry:
        tree = self._trees / package.name
        tree.mkdir()
        for path, content in read_needed(self._fetched[package.file.name]):
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if self._run_node("compile", self._core, tree) is None:
            self._compiled = False
        files = sorted(file for file in tree.rglob("*") if file.is_file())
        contents = ((file.relative_to(tree).as_posix(), file.read_bytes()) for file in files)
        shared = tuple(file.name for file in files) if package.shared else ()
        return publish(self._out, f"{package.name}.pack", make_pack(contents, shared=shared))

    def _image(self, preloaded: list[Path]) -> Entry | None:
        """The memory of an interpreter that imported NumPy. Without Node the first visit's browser makes one."""
        image = self._core / "snapshot.pack"
        if self._run_node("image", self._core, image, *preloaded) is None:
            return None
        return publish(self._out, image.name, image.read_bytes())

    def _run_node(self, command: str, *paths: Path) -> Any | None:
        """What build.mjs prints; None without Node or when it fails: its work makes the start quicker, no more."""
        if self._node is None:
            return None
        done = subprocess.run(
            [self._node, str(HERE / "build.mjs"), command, *map(str, paths)],
            capture_output=True,
            text=True,
            timeout=NODE_SECONDS,
            check=False,
        )
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
