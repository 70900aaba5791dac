"""The parts of the runtime, each made once for its inputs and then kept: packs, the interpreter's files, the memory image."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pellucid.runtime.cache import touch
from pellucid.runtime.pack import SITE_PACKAGES, Entry, make_pack, publish
from pellucid.runtime.pins import PinnedPackage, Pins
from pellucid.runtime.slim import read_needed

HERE = Path(__file__).parent
NODE_SECONDS = 900
CORE_PARTS = {
    "loader": "pyodide.js",
    "asm": "pyodide.asm.js",
    "wasm": "pyodide.asm.wasm",
    "stdlib": "python_stdlib.zip",
    "lock": "pyodide-lock.json",
}
PRELOADED = ("numpy",)
Sources = Sequence[tuple[str, bytes]]
"""Files by their path in site-packages."""

_PACK_RECIPE = ("compile.mjs", "pack.py", "slim.py")
_IMAGE_RECIPE = ("snapshot.mjs", "node.mjs", "image.mjs", "pack.py")


def digest(parts: Iterable[bytes | str]) -> str:
    """One SHA-256 over a list of texts, none of which can pass for two."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()


def _recipe(names: Iterable[str]) -> list[bytes]:
    return [(HERE / name).read_bytes() for name in names]


@dataclass(frozen=True)
class Plan:
    """What the runtime will consist of: a key for each part, made of all that decides its bytes."""

    pins: Pins
    node: str | None
    core: Mapping[str, str]
    packs: Mapping[str, str]
    snapshot: str | None
    own: Mapping[str, str]

    def part_keys(self) -> list[str]:
        """The keys of all parts."""
        return [
            *self.core.values(),
            *self.packs.values(),
            *([self.snapshot] if self.snapshot else []),
            *self.own.values(),
        ]


def plan_parts(pins: Pins, sources: Mapping[str, Sources]) -> Plan:
    """The parts for these pins and Pellucid's own packs: compiled and with a memory image where Node is there to make them."""
    node = shutil.which("node")
    tools = [*_recipe(_PACK_RECIPE), "compiled" if node else "plain"]
    files = {file.name: file.sha256 for file in pins.core} | {"pyodide-lock.json": lock_text(pins)}
    core = {part: digest([name, files[name]]) for part, name in CORE_PARTS.items()}
    packs = {name: digest([*tools, package.file.sha256]) for name, package in pins.packages.items()}
    inputs = [*_recipe(_IMAGE_RECIPE), *core.values(), *(packs[name] for name in PRELOADED)]
    own = {
        name: digest([*tools, name, *(text for file in files for text in file)])
        for name, files in sources.items()
    }
    return Plan(pins, node, core, packs, digest(inputs) if node else None, own)


def lock_text(pins: Pins) -> str:
    """A lock file that offers nothing: packages come from packs alone."""
    return json.dumps({"info": {"version": pins.pyodide, "python": pins.python}, "packages": {}})


class Store:
    """Finished parts, by key: each is a folder with the file, its brotli form and its entry of the manifest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> Entry | None:
        """The entry of a finished part."""
        about = self._folder / key[:32] / "entry.json"
        return Entry(**json.loads(about.read_text(encoding="utf-8"))) if about.is_file() else None

    def files(self, key: str) -> list[Path]:
        """The part's file and its brotli form; none where the part could not be made. Asking counts as use."""
        folder = self._folder / key[:32]
        if not folder.is_dir():
            return []
        touch(folder)
        return [file for file in folder.iterdir() if file.name != "entry.json"]

    def forget(self, keys: Iterable[str]) -> None:
        """Remove parts, so that they are made again."""
        for key in keys:
            shutil.rmtree(self._folder / key[:32], ignore_errors=True)

    def keep(self, key: str, name: str, content: bytes) -> Entry:
        """Write a part, whole or not at all."""
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as made:
            fresh = Path(made) / "part"
            fresh.mkdir()
            entry = publish(fresh, name, content)
            (fresh / "entry.json").write_text(json.dumps(asdict(entry)), encoding="utf-8")
            take_place(fresh, self._folder / key[:32])
        return entry


def take_place(fresh: Path, folder: Path) -> None:
    """Rename in one step; where another process was first, its folder has the same content."""
    try:
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


class Maker:
    """Makes the parts that the store lacks, in a scratch folder of its own. `core` are the interpreter's files, by name."""

    def __init__(self, plan: Plan, core: Mapping[str, Path], store: Store, scratch: Path) -> None:
        self._plan = plan
        self._store = store
        self._scratch = scratch
        self._core = scratch / "core"
        self._core.mkdir()
        for name, file in core.items():
            shutil.copyfile(file, self._core / name)
        (self._core / CORE_PARTS["lock"]).write_text(lock_text(plan.pins), encoding="utf-8")

    def core(self, part: str) -> Entry:
        """A file of the interpreter, as Pyodide publishes it."""
        key, name = self._plan.core[part], CORE_PARTS[part]
        return self._store.find(key) or self._store.keep(key, name, (self._core / name).read_bytes())

    def pack(self, package: PinnedPackage, wheel: Path) -> Entry:
        """A package: slimmed, compiled where Node is there, in one archive."""
        key = self._plan.packs[package.name]
        found = self._store.find(key)
        if found:
            return found
        files = self._compiled(package.name, read_needed(wheel), "replace")
        shared = tuple(path for path, _ in files) if package.shared else ()
        return self._store.keep(key, f"{package.name}.pack", make_pack(files, shared=shared))

    def own(self, name: str, sources: Sources) -> Entry:
        """A pack of Pellucid's own. Its sources go along with what they were compiled to: its models are there to be read."""
        key = self._plan.own[name]
        found = self._store.find(key)
        return found or self._store.keep(
            key, f"{name}.pack", make_pack(self._compiled(name, sources, "beside"))
        )

    def _compiled(self, name: str, files: Iterable[tuple[str, bytes]], where: str) -> list[tuple[str, bytes]]:
        tree = self._scratch / name
        for path, content in files:
            file = tree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        if self._plan.node:
            self._run("compile.mjs", tree, SITE_PACKAGES, where)
        made = sorted(file for file in tree.rglob("*") if file.is_file())
        return [(file.relative_to(tree).as_posix(), file.read_bytes()) for file in made]

    def snapshot(self) -> Entry | None:
        """The memory of an interpreter that imported NumPy. Without Node, the first visit's browser makes one."""
        key = self._plan.snapshot
        if key is None:
            return None
        image = self._scratch / "snapshot.pack"
        found = self._store.find(key)
        if found is None and self._run("snapshot.mjs", image, *self._preloaded()):
            found = self._store.keep(key, image.name, image.read_bytes())
        return found

    def _preloaded(self) -> list[Path]:
        keys = [self._plan.packs[name] for name in PRELOADED]
        return [file for key in keys for file in self._store.files(key) if file.suffix == ".pack"]

    def _run(self, script: str, *arguments: Path | str) -> bool:
        """Whether Node did it. Where it fails, the start is slower and nothing is lost."""
        assert self._plan.node
        command = [self._plan.node, str(HERE / script), str(self._core), *map(str, arguments)]
        try:
            subprocess.run(command, capture_output=True, timeout=NODE_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError):
            return False
        return True
