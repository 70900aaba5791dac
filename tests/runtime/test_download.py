"""Interrupted, damaged and missing downloads: resumed or fetched again, never used."""

from __future__ import annotations

import io
import os
import random
import socket
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from fake_mirror import Mirror

from pellucid.errors import PellucidError
from pellucid.runtime.download import (
    FolderSource,
    IndexSource,
    NpmSource,
    Unavailable,
    UrlSource,
    content_network,
    mirror_source,
    obtain,
)
from pellucid.runtime.pins import PinnedFile

CONTENT = random.Random(0).randbytes(300_000)


def test_a_file_is_fetched_once_and_then_taken_from_the_folder(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    assert obtain(wanted, [UrlSource(mirror.url)], tmp_path).read_bytes() == CONTENT
    assert obtain(wanted, [], tmp_path).read_bytes() == CONTENT
    assert len(mirror.requests) == 1


def test_a_cut_download_is_continued_from_where_it_ended(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    mirror.troubles = ["cut"]
    with pytest.raises(PellucidError, match="150000 bytes before the end"):
        obtain(wanted, [UrlSource(mirror.url)], tmp_path)
    assert not (tmp_path / "a.whl").exists()
    assert obtain(wanted, [UrlSource(mirror.url)], tmp_path).read_bytes() == CONTENT
    assert [asked for _, asked in mirror.requests] == [None, "bytes=150000-"]


def test_a_part_that_a_mirror_will_not_continue_is_replaced(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    mirror.troubles = ["cut"]
    with pytest.raises(PellucidError):
        obtain(wanted, [UrlSource(mirror.url)], tmp_path)
    (part,) = tmp_path.glob("*.part")
    part.write_bytes(b"x" * 1000)
    assert obtain(wanted, [UrlSource(mirror.url)], tmp_path).read_bytes() == CONTENT
    assert [asked for _, asked in mirror.requests[1:]] == ["bytes=1000-", None]


def test_wrong_bytes_are_never_used(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    mirror.troubles = ["wrong"] * 4
    with pytest.raises(PellucidError, match="does not match its SHA-256"):
        obtain(wanted, [UrlSource(mirror.url)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_next_source_is_asked_when_one_has_wrong_bytes(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "a.whl").write_bytes(b"other")
    sources = [FolderSource(bad), UrlSource(mirror.url)]
    assert obtain(wanted, sources, tmp_path / "kept").read_bytes() == CONTENT


def test_a_kept_file_that_was_damaged_is_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    wanted = mirror.add("a.whl", CONTENT)
    obtain(wanted, [UrlSource(mirror.url)], tmp_path).write_bytes(CONTENT[:-1] + b"?")
    assert obtain(wanted, [UrlSource(mirror.url)], tmp_path).read_bytes() == CONTENT


def test_the_error_names_every_source_that_was_tried_and_what_to_do(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(PellucidError) as caught:
        obtain(
            PinnedFile("b.whl", "0" * 64), [FolderSource(tmp_path), UrlSource(mirror.url)], tmp_path / "kept"
        )
    assert f"{tmp_path}: has no b.whl" in caught.value.message
    assert f"{mirror.url}: answered 404 for b.whl" in caught.value.message
    assert "--mirror" in caught.value.next_act


def test_a_source_that_cannot_be_reached_is_asked_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        source = UrlSource(f"http://127.0.0.1:{taken.getsockname()[1]}")
        part = Path("never-written.part")
        with pytest.raises(Unavailable, match="could not be reached"):
            source.fetch(PinnedFile("a", "0" * 64), part)
    with pytest.raises(Unavailable, match="could not be reached"):
        source.fetch(PinnedFile("b", "0" * 64), part)
    assert not part.exists()


def test_a_mirror_that_is_neither_url_nor_folder_is_refused() -> None:
    with pytest.raises(PellucidError, match="neither a URL nor a folder"):
        mirror_source("no-such-folder")


def test_npm_is_asked_for_its_package_once(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "pyodide.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("package/pyodide.js")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"text"))
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncp {archive} ./\n')
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    source = NpmSource("pyodide@1.2.3", scratch)
    for name in ("one", "two"):
        source.fetch(PinnedFile("pyodide.js", ""), tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"text"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 1
    assert asked[0].startswith("pack pyodide@1.2.3 ")


def test_without_npm_the_source_says_so(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="no npm"):
        NpmSource("pyodide@1.2.3", scratch).fetch(PinnedFile("pyodide.js", ""), tmp_path / "part")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip uses in place of the package index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def _write_wheel(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


def test_pip_downloads_a_wheel(scratch: Path, wheels: Path, tmp_path: Path) -> None:
    wheel = _write_wheel(wheels, "symbols", {"symbols.py": b""})
    IndexSource("symbols==1.0", scratch).fetch(PinnedFile(wheel.name, ""), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == wheel.read_bytes()


def test_a_wheel_that_holds_others_gives_them(scratch: Path, wheels: Path, tmp_path: Path) -> None:
    _write_wheel(
        wheels, "bundle", {"bundle/assets/pyodide/a.whl": CONTENT, "bundle/assets/pyodide/deep/b.whl": b""}
    )
    source = IndexSource("bundle==1.0", scratch, holds_others=True)
    source.fetch(PinnedFile("a.whl", ""), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == CONTENT
    with pytest.raises(Unavailable, match=r"has no b\.whl"):
        source.fetch(PinnedFile("b.whl", ""), tmp_path / "part")


def test_pip_says_why_it_found_nothing(scratch: Path, wheels: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No matching distribution"):
        IndexSource("absent==1.0", scratch).fetch(PinnedFile("absent.whl", ""), tmp_path / "part")


def test_the_address_of_the_packages_is_the_one_that_the_loader_names(tmp_path: Path) -> None:
    loader = tmp_path / "pyodide.mjs"
    loader.write_text("n.setCdnUrl(`https://files.example/pyodide/v${d.version}/full/`)")
    assert content_network(loader, "1.2.3") == "https://files.example/pyodide/v1.2.3/full"
