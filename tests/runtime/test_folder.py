"""From pinned files to the folder that is published."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import brotli
import pytest

from pellucid.errors import PellucidError
from pellucid.runtime import prepare, remove_damaged, status
from pellucid.runtime.download import sha256_of
from pellucid.runtime.folder import core_sources
from pellucid.runtime.pack import make_pack, read_pack
from pellucid.runtime.pins import CORE_FILES, PINS, PinnedFile, PinnedPackage, Pins, load_pins, make_pins
from pellucid.runtime.slim import is_needed
from pellucid.xray.imports import OWN_PACKS

SITE = "/lib/python3.12/site-packages"


def _pinned(folder: Path, name: str, content: bytes) -> PinnedFile:
    (folder / name).write_bytes(content)
    return PinnedFile(name, hashlib.sha256(content).hexdigest())


@pytest.fixture
def small(tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror with two small packages in place of Pyodide's, and no Node to compile them."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    core = tuple(_pinned(folder, name, name.encode() * 100) for name in CORE_FILES)
    (folder / "pyodide.mjs").write_bytes(loader := b"`https://files.example/v${version}/full/`")
    core = tuple(
        PinnedFile(each.name, hashlib.sha256(loader).hexdigest()) if each.name == "pyodide.mjs" else each
        for each in core
    )
    with zipfile.ZipFile(folder / "numpy.whl", "w") as archive:
        archive.writestr("numpy/__init__.py", "answer = 42\n")
        archive.writestr("numpy/tests/test_it.py", "assert False\n")
    with zipfile.ZipFile(folder / "blas.zip", "w") as archive:
        archive.writestr("libblas.so", b"\0asm")
    packages = {
        "numpy": _package("numpy", folder / "numpy.whl", ("numpy",)),
        "blas": _package("blas", folder / "blas.zip", (), shared=True),
    }
    pins = Pins("9.9.9", "3.12.7", "absent==0", core, packages)
    monkeypatch.setattr("pellucid.runtime.folder.load_pins", lambda: pins)
    monkeypatch.setattr("pellucid.runtime.report.load_pins", lambda: pins)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    return folder


def _package(name: str, file: Path, imports: tuple[str, ...], *, shared: bool = False) -> PinnedPackage:
    return PinnedPackage(name, PinnedFile(file.name, sha256_of(file)), imports, (), shared)


def _entries(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from manifest["core"].values()
    yield from (package["file"] for package in manifest["packages"].values())
    yield manifest["pellucid"]
    if manifest["snapshot"]:
        yield manifest["snapshot"]


def _manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def _assert_consistent(folder: Path) -> None:
    """Every file that the manifest lists is there, as it says, and so is its brotli form; nothing else is."""
    manifest = _manifest(folder)
    names = {"manifest.json"}
    for entry in _entries(manifest):
        content = (folder / entry["url"]).read_bytes()
        assert len(content) == entry["size"]
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert entry["sha256"][:16] in entry["url"]
        assert brotli.decompress((folder / (entry["url"] + ".br")).read_bytes()) == content
        names |= {entry["url"], entry["url"] + ".br"}
    assert {file.name for file in folder.iterdir()} == names
    assert set(manifest["preloaded"]) <= set(manifest["packages"])
    for package in manifest["packages"].values():
        assert set(package["depends"]) <= set(manifest["packages"])


def test_a_prepared_folder_is_consistent(small: Path) -> None:
    folder = prepare(mirror=str(small))
    _assert_consistent(folder)
    manifest = _manifest(folder)
    assert manifest["pyodide"] == "9.9.9"
    assert manifest["snapshot"] is None  # without Node, the first visit's browser makes one
    pack = (folder / manifest["packages"]["numpy"]["file"]["url"]).read_bytes()
    assert read_pack(pack) == {f"{SITE}/numpy/__init__.py": b"answer = 42\n"}


def test_shared_libraries_are_named_in_their_pack(small: Path) -> None:
    folder = prepare(mirror=str(small))
    pack = (folder / _manifest(folder)["packages"]["blas"]["file"]["url"]).read_bytes()
    assert b'"shared":["libblas.so"]' in pack


def test_the_second_time_there_is_nothing_to_do(small: Path) -> None:
    steps: list[tuple[str, float]] = []
    first = prepare(mirror=str(small), progress=lambda step, done: steps.append((step, done)))
    assert steps
    assert [done for _, done in steps] == sorted(done for _, done in steps)
    steps.clear()
    again = prepare(mirror="nowhere", progress=lambda step, done: steps.append((step, done)))
    assert (again, steps) == (first, [])


def test_a_damaged_file_is_found_and_made_again(small: Path) -> None:
    folder = prepare(mirror=str(small))
    damaged = folder / _manifest(folder)["packages"]["numpy"]["file"]["url"]
    damaged.write_bytes(b"damaged")  # the part in the store is the same file
    assert not status().ready
    remove_damaged()
    assert prepare(mirror=str(small)) == folder
    assert status().ready
    _assert_consistent(folder)


def test_a_damaged_manifest_is_as_good_as_none(small: Path) -> None:
    folder = prepare(mirror=str(small))
    (folder / "manifest.json").write_text("{")
    assert status().files == ()
    remove_damaged()
    _assert_consistent(prepare(mirror=str(small)))


def test_downloads_are_enough_to_build_without_any_source(small: Path, own_cache: Path) -> None:
    first = prepare(mirror=str(small))
    manifest = _manifest(first)
    for made in ("runtime", "parts"):
        shutil.rmtree(own_cache / made)
    assert _manifest(prepare()) == manifest


def test_two_at_once_build_once(small: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        folders = [each.result() for each in [pool.submit(prepare, mirror=str(small)) for _ in range(2)]]
    assert folders[0] == folders[1]
    _assert_consistent(folders[0])


def test_a_changed_core_gets_an_archive_and_a_build_of_its_own(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = prepare(mirror=str(small))
    monkeypatch.setattr(
        "pellucid.runtime.folder.core_sources",
        lambda: core_sources() | {"pellucid": [("pellucid/__init__.py", b"new = 1\n")]},
    )
    after = prepare(mirror=str(small))
    old, new = _manifest(before), _manifest(after)
    assert old["packages"] == new["packages"]
    assert old["build"] != new["build"]
    assert read_pack((after / new["pellucid"]["url"]).read_bytes()) == {
        f"{SITE}/pellucid/__init__.py": b"new = 1\n"
    }
    _assert_consistent(after)


def test_builds_that_nobody_used_for_long_are_removed(small: Path, own_cache: Path) -> None:
    old = own_cache / "runtime" / "0.1.0-old"
    recent = own_cache / "runtime" / "0.1.0-recent"
    for folder in (old, recent):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    prepare(mirror=str(small))
    assert (old.exists(), recent.exists()) == (False, True)


def test_a_missing_file_names_the_sources(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (small / "pyodide.js").unlink()
    with pytest.raises(PellucidError, match=r"Could not fetch pyodide\.js.*Tried:") as caught:
        prepare(mirror=str(small))
    for source in (str(small), "npm package pyodide@9.9.9", "Python package absent==0"):
        assert source in caught.value.message


def test_the_core_is_what_the_browser_may_import() -> None:
    paths = {pack: [path for path, _ in files] for pack, files in core_sources().items()}
    assert {"pellucid/__init__.py", "pellucid/errors.py", "pellucid/xray/__init__.py"} <= set(
        paths["pellucid"]
    )
    folders = {pack: {path.split("/")[1] for path in files} for pack, files in paths.items()}
    assert folders == {
        "pellucid": {"__init__.py", "alias.py", "errors.py", "grading", "xray"},
        "pellucid.models": {"models"},
        "pellucid.torch": {"torch"},
    }
    assert set(folders) == {"pellucid", *OWN_PACKS}
    assert not [path for files in paths.values() for path in files if "__pycache__" in path]


def test_a_pack_gives_back_its_files_at_aligned_places() -> None:
    files = {"a/b.txt": b"one", "ünï.py": b"", "c": bytes(range(256))}
    pack = make_pack(files.items(), root="/r")
    assert read_pack(pack) == {f"/r/{path}": content for path, content in files.items()}
    assert int.from_bytes(pack[:4], "little") % 8 == 4  # the bytes begin at a multiple of 8


@pytest.mark.parametrize(
    "path",
    [
        "numpy/_core/_multiarray_tests.cpython-312-wasm32-emscripten.so",  # import numpy needs it
        "numpy/testing/_private/utils.py",
        "pandas/_testing/__init__.py",
        "sklearn/datasets/data/iris.csv",
        "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf",
        "scipy-1.14.1.dist-info/LICENSE.txt",
        "numpy-2.0.2.dist-info/METADATA",
        "matplotlib/backends/backend_agg.py",
        "sympy/testing/__init__.py",
    ],
)
def test_what_is_kept(path: str) -> None:
    assert is_needed(path)


@pytest.mark.parametrize(
    "path",
    [
        "numpy/_core/include/numpy/ndarraytypes.h",
        "numpy/f2py/crackfortran.py",
        "numpy/__init__.pyi",
        "sympy/core/tests/test_expr.py",
        "sympy/core/benchmarks/bench_basic.py",
        "matplotlib/mpl-data/sample_data/data_x_x2_x3.csv",
        "matplotlib/backends/backend_qt.py",
        "numpy-2.0.2.dist-info/RECORD",
        "numpy/",
    ],
)
def test_what_is_left_out(path: str) -> None:
    assert not is_needed(path)


def test_pins_are_made_from_a_package_of_pyodide(tmp_path: Path) -> None:
    def entry(name: str, depends: tuple[str, ...] = (), kind: str = "package") -> dict[str, Any]:
        known = {"file_name": f"{name}.whl", "sha256": "0" * 64, "imports": [name], "package_type": kind}
        return {**known, "depends": list(depends)}

    packages = {
        name: entry(name) for name in ("numpy", "scipy", "scikit-learn", "pandas", "fonttools", "never")
    }
    packages["openblas"] = entry("openblas", kind="shared_library")
    packages["scipy"] = entry("scipy", ("openblas", "numpy"))
    packages["matplotlib"] = entry("matplotlib", ("numpy", "fonttools"))
    for name in CORE_FILES:
        (tmp_path / name).write_bytes(name.encode())
    lock = {"info": {"version": "1.2.3", "python": "3.12.7"}, "packages": packages}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps(lock))
    made = make_pins(tmp_path, json.loads(PINS.read_text()))
    assert made["pyodide"] == "1.2.3"
    assert made["core"]["pyodide.js"] == hashlib.sha256(b"pyodide.js").hexdigest()
    assert made["packages"]["openblas"]["shared"] is True
    assert made["packages"]["matplotlib"]["depends"] == ["numpy"]  # no PDF writer, no fonts for it
    assert set(made["packages"]) == set(packages) - {"fonttools", "never"} | {"sympy", "mpmath"}


def test_pins_agree_with_the_locked_environment() -> None:
    """The browser's SymPy is the one that checks run on."""
    locked = (Path(__file__).parents[2] / "requirements.lock").read_text()
    for package in load_pins().packages.values():
        if package.requirement:
            assert package.requirement in locked
            assert package.file.sha256 in locked


def test_the_real_runtime_is_whole() -> None:
    folder = prepare()
    _assert_consistent(folder)
    manifest = _manifest(folder)
    offered = {module for package in manifest["packages"].values() for module in package["imports"]}
    assert {"numpy", "scipy", "sklearn", "pandas", "matplotlib", "sympy"} <= offered
    found = status()
    assert found.ready
    assert (found.pyodide, found.python) == (manifest["pyodide"], manifest["python"])
    assert found.snapshot == (manifest["snapshot"] is not None)


def test_status_sees_a_damaged_file(small: Path) -> None:
    prepare(mirror=str(small))
    whole = status()
    assert whole.ready
    damaged = whole.folder / whole.files[0].name
    damaged.write_bytes(b"?" + damaged.read_bytes()[1:])
    assert not status().ready
