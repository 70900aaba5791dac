"""Make the folder that is published as /runtime/: once for each content, then reused."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from pellucid.runtime.cache import cache_folder, locked, touch
from pellucid.runtime.download import Fetcher, Progress
from pellucid.runtime.pack import Entry, manifest_json
from pellucid.runtime.parts import PRELOADED, Maker, Plan, Sources, Store, digest, plan_parts, take_place
from pellucid.runtime.pins import load_pins

PACKAGE = Path(__file__).parents[1]
OWN = {
    "pellucid": ("__init__.py", "alias.py", "errors.py", "grading", "xray"),
    "pellucid.models": ("models",),
    "pellucid.torch": ("torch",),
}
"""Pellucid's own packs: the first is there from the start, the others come with the cells that import them."""
ALIASES = {"pellucid.torch": ("torch",)}
"""The names beside its own by which a pack is imported."""
UNUSED_SECONDS = 30 * 24 * 3600


def prepare(*, mirror: str | None = None, progress: Progress | None = None) -> Path:
    """The folder to publish as /runtime/, in the user's cache folder.

    Fetches, verifies, slims and packs what is not there yet. `progress(step, done)` is called only while there is work to do,
    with `done` between 0 and 1. Raises PellucidError when a file cannot be had from any source.
    """
    sources = core_sources()
    plan = plan_parts(load_pins(), sources)
    folder = runtime_folder(plan)
    if not (folder / "manifest.json").is_file():
        with locked(folder.parent):
            if not (folder / "manifest.json").is_file():
                _make(folder, plan, sources, mirror, progress or _say_nothing)
    touch(folder)
    return folder


def _say_nothing(step: str, done: float) -> None:
    pass


def runtime_folder(plan: Plan) -> Path:
    """Where the folder is or will be: its name is made of all that decides its content."""
    return cache_folder() / "runtime" / f"{plan.pins.pyodide}-{digest(plan.part_keys())[:16]}"


def core_sources() -> dict[str, list[tuple[str, bytes]]]:
    """Pellucid's own packs, as the browser gets them: (path in site-packages, source), sorted."""
    return {pack: sorted(_sources(names)) for pack, names in OWN.items()}


def _sources(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for place in (PACKAGE / name for name in names):
        for file in [place] if place.is_file() else place.rglob("*"):
            if _is_source(file):
                yield f"pellucid/{file.relative_to(PACKAGE).as_posix()}", file.read_bytes()


def _is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")


def _make(
    folder: Path, plan: Plan, sources: Mapping[str, Sources], mirror: str | None, report: Progress
) -> None:
    parts = cache_folder() / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    store = Store(parts)
    report("Fetching Pyodide", 0.0)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
        scratch, fresh = Path(made), Path(made) / "folder"
        fresh.mkdir()
        fetcher = Fetcher(plan.pins, cache_folder() / "downloads", mirror, scratch / "downloads")
        core = fetcher.core()
        maker = Maker(plan, core, store, scratch)
        manifest = _finished(plan, store)
        if manifest is None:
            wheels = fetcher.packages(core["pyodide.mjs"], lambda step, done: report(step, 0.5 * done))
            manifest = _make_parts(plan, maker, wheels, report)
        own = {name: maker.own(name, files) for name, files in sources.items()}
        manifest["pellucid"] = own.pop("pellucid")
        manifest["packages"] |= {
            name: {"file": file, "imports": [name, *ALIASES.get(name, ())], "depends": []}
            for name, file in own.items()
        }
        for key in plan.part_keys():
            for file in store.files(key):
                _link(file, fresh / file.name)
        manifest["build"] = digest([manifest_json(manifest)])[:16]
        (fresh / "manifest.json").write_text(manifest_json(manifest), encoding="utf-8")
        take_place(fresh, folder)
    before = time.time() - UNUSED_SECONDS
    _sweep(folder.parent, before)
    _sweep(parts, before)


def _finished(plan: Plan, store: Store) -> dict[str, Any] | None:
    """The manifest's part that does not depend on Pellucid's own sources, when nothing is missing."""
    core = {part: store.find(key) for part, key in plan.core.items()}
    packs = {name: store.find(key) for name, key in plan.packs.items()}
    snapshot = store.find(plan.snapshot) if plan.snapshot else None
    if plan.snapshot and not snapshot:
        return None
    entries = {**core, **packs}
    return None if None in entries.values() else _manifest(plan, core, packs, snapshot)


def _make_parts(plan: Plan, maker: Maker, wheels: Mapping[str, Path], report: Progress) -> dict[str, Any]:
    """Make what the store lacks, on all processors."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        # NumPy first: the image waits for it.
        order = sorted(plan.pins.packages.values(), key=lambda package: package.name not in PRELOADED)
        packs = {
            package.name: pool.submit(maker.pack, package, wheels[package.file.name]) for package in order
        }
        core = {part: pool.submit(maker.core, part) for part in plan.core}
        for name in PRELOADED:
            packs[name].result()
        snapshot = pool.submit(maker.snapshot)
        running = [*core.values(), *packs.values(), snapshot]
        for count, _ in enumerate(as_completed(running)):
            report("Packing", 0.5 + 0.5 * count / len(running))
        made = {name: done.result() for name, done in packs.items()}
        return _manifest(plan, {part: done.result() for part, done in core.items()}, made, snapshot.result())


def _manifest(
    plan: Plan, core: Mapping[str, Entry | None], packs: Mapping[str, Entry | None], snapshot: Entry | None
) -> dict[str, Any]:
    packages = {
        name: {"file": packs[name], "imports": package.imports, "depends": package.depends}
        for name, package in plan.pins.packages.items()
    }
    return {
        "pyodide": plan.pins.pyodide,
        "python": plan.pins.python,
        "build": "",
        "core": core,
        "snapshot": snapshot,
        "preloaded": PRELOADED,
        "packages": packages,
    }


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _sweep(folder: Path, before: float) -> None:
    """Remove what no `prepare()` has returned since `before`: builds of older versions, 250 MB each."""
    for old in folder.iterdir():
        if old.is_dir() and old.stat().st_mtime < before:
            shutil.rmtree(old, ignore_errors=True)
