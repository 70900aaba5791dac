"""Fetch pinned files from the first source that has them. What does not match its SHA-256 is never used."""

from __future__ import annotations

import hashlib
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import Protocol, cast

from pellucid.errors import PellucidError
from pellucid.runtime.pins import PinnedFile, Pins

Progress = Callable[[str, float], None]

CONNECT_SECONDS = 10
CLIENT_SECONDS = 900
CHUNK = 1 << 18
BUNDLE_FOLDER = "/assets/pyodide/"
"""Where the fallback wheel keeps Pyodide's files."""


class Unavailable(Exception):  # noqa: N818
    """A source cannot be reached, or does not have the file. The message says why."""


class Source(Protocol):
    """A place that may hold a pinned file."""

    name: str

    def fetch(self, wanted: PinnedFile, part: Path) -> None:
        """Write the file to `part`, continuing what stands there if it can. Raises Unavailable."""
        ...


class FolderSource:
    """A folder of files."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def fetch(self, wanted: PinnedFile, part: Path) -> None:
        """Copy the file."""
        file = self._folder / wanted.name
        if not file.is_file():
            raise Unavailable(f"has no {wanted.name}")
        shutil.copyfile(file, part)


class UrlSource:
    """A folder of files behind HTTP. A download that was cut off is continued from where it ended."""

    def __init__(self, base: str, name: str | None = None) -> None:
        self.name = name or base
        self._base = base.rstrip("/")
        self._unreachable: str | None = None

    def fetch(self, wanted: PinnedFile, part: Path) -> None:
        """Download the file; after a first failure to connect, fail at once."""
        if self._unreachable is not None:
            raise Unavailable(self._unreachable)
        have = part.stat().st_size if part.exists() else 0
        request = urllib.request.Request(f"{self._base}/{wanted.name}", headers=_range_header(have))
        try:
            with cast(HTTPResponse, urllib.request.urlopen(request, timeout=CONNECT_SECONDS)) as response:
                with part.open("ab" if response.status == 206 else "wb") as file:
                    shutil.copyfileobj(response, file, CHUNK)
                _require_whole(response, wanted)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # nothing stands after what we have: the checksum will tell
                return
            raise Unavailable(f"answered {error.code} for {wanted.name}") from error
        except (
            urllib.error.URLError,
            ssl.SSLError,
            TimeoutError,
            ConnectionError,
            HTTPException,
            ValueError,
        ) as error:
            reason = getattr(error, "reason", error)
            if not part.exists() or part.stat().st_size == have:
                self._unreachable = f"could not be reached ({reason})"
            raise Unavailable(f"could not be reached ({reason})") from error


def _range_header(have: int) -> dict[str, str]:
    return {"Range": f"bytes={have}-"} if have else {}


def _require_whole(response: HTTPResponse, wanted: PinnedFile) -> None:
    """`HTTPResponse.read(n)` says nothing when the connection ends early: what is left to read does."""
    if response.length:
        raise Unavailable(f"ended {response.length} bytes before the end of {wanted.name}")


class NpmSource:
    """Pyodide's own npm package, fetched once by the npm client into `scratch`."""

    def __init__(self, package: str, scratch: Path) -> None:
        self.name = f"npm package {package}"
        self._package = package
        self._scratch = scratch
        self._problem: str | None = None
        self._asked = False

    def fetch(self, wanted: PinnedFile, part: Path) -> None:
        """Copy the file out of the package."""
        if not self._asked:
            self._asked, self._problem = True, self._unpack()
        if self._problem is not None:
            raise Unavailable(self._problem)
        FolderSource(self._scratch / "package").fetch(wanted, part)

    def _unpack(self) -> str | None:
        npm = shutil.which("npm")
        if npm is None:
            return "there is no npm on this machine"
        problem = _run([npm, "pack", self._package, "--silent", "--pack-destination", "."], cwd=self._scratch)
        for archive in self._scratch.glob("*.tgz"):
            _unpack_files(archive, self._scratch / "package")
        return problem


def _unpack_files(archive: Path, folder: Path) -> None:
    """The files right below the folder `package/` of an npm archive: nothing in it can choose another place."""
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content and (place := PurePosixPath(member.name)).parent == PurePosixPath("package"):
                with (folder / place.name).open("wb") as file:
                    shutil.copyfileobj(content, file)


class IndexSource:
    """A wheel of the Python package index, fetched once by pip into `scratch`: the file itself, or one that holds others."""

    def __init__(self, requirement: str, scratch: Path, *, holds_others: bool = False) -> None:
        self.name = f"Python package {requirement}"
        self._requirement = requirement
        self._scratch = scratch
        self._holds_others = holds_others
        self._problem: str | None = None
        self._asked = False

    def fetch(self, wanted: PinnedFile, part: Path) -> None:
        """Copy the file out of what pip downloaded."""
        if not self._asked:
            self._asked, self._problem = True, self._download()
        if self._problem is not None:
            raise Unavailable(self._problem)
        FolderSource(self._scratch).fetch(wanted, part)

    def _download(self) -> str | None:
        options = ["--no-deps", "--only-binary", ":all:", "--quiet", "--retries", "1", "--dest", "."]
        command = [sys.executable, "-m", "pip", "download", *options, self._requirement]
        problem = _run(command, cwd=self._scratch)
        for wheel in self._scratch.glob("*.whl") if self._holds_others else ():
            _unpack_bundle(wheel, self._scratch)
            wheel.unlink()
        return problem


def _unpack_bundle(wheel: Path, folder: Path) -> None:
    """The files right below the bundle's folder, without its other folders."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            head, found, name = member.partition(BUNDLE_FOLDER)
            if found and name and "/" not in head + name:
                (folder / name).write_bytes(archive.read(member))


def _run(command: Sequence[str], cwd: str | Path) -> str | None:
    """None when the command succeeds, else the last line that it wrote, or why it did not run."""
    try:
        done = subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=CLIENT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[-1] if said else f"{Path(command[0]).name} ended with status {done.returncode}"


def mirror_source(mirror: str) -> Source:
    """The source that `--mirror` names: a URL or a folder."""
    if re.match(r"https?://", mirror):
        return UrlSource(mirror)
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise PellucidError(
            f"{mirror}: this mirror is neither a URL nor a folder.", "Name one that holds Pyodide's files."
        )
    return FolderSource(folder.resolve())


def obtain(wanted: PinnedFile, sources: Sequence[Source], folder: Path) -> Path:
    """The verified file in `folder`, fetched from the first source that has it. Raises PellucidError naming what was tried."""
    file = folder / wanted.name
    if file.is_file():
        if sha256_of(file) == wanted.sha256:
            return file
        file.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    tried: list[str] = []
    for source in sources:
        problem = _try(source, wanted, file)
        if problem is None:
            return file
        tried.append(f"  {source.name}: {problem}")
    raise PellucidError(
        "\n".join([f"Could not fetch {wanted.name}. Tried:", *tried]),
        "Connect to a network, or name a copy of Pyodide's files: pellucid runtime fetch --mirror URL|DIR",
    )


def _try(source: Source, wanted: PinnedFile, file: Path) -> str | None:
    """Fetch and verify; a part that turns out damaged is fetched once more, from its beginning. None when the file is there."""
    part = file.with_name(f"{file.name}.{hashlib.sha256(source.name.encode()).hexdigest()[:8]}.part")
    for _ in range(2):
        resumed = part.exists()
        try:
            source.fetch(wanted, part)
        except Unavailable as error:
            return str(error)
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            return f"sent a damaged archive ({error})"
        except OSError as error:
            return f"could not be written ({error})"
        if sha256_of(part) == wanted.sha256:
            part.replace(file)
            return None
        part.unlink()
        if not resumed:
            break
    return f"{wanted.name} does not match its SHA-256"


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Fetcher:
    """Fetches pinned files into one folder. Sources stand in order of preference; what the folder has already comes first."""

    def __init__(self, pins: Pins, folder: Path, mirror: str | None, scratch: Path) -> None:
        self._pins = pins
        self._folder = folder
        self._scratch = scratch
        self._first: list[Source] = [mirror_source(mirror)] if mirror else []
        self._bundle = IndexSource(pins.bundle, self._room("bundle"), holds_others=True)

    def core(self) -> dict[str, Path]:
        """The interpreter's files, by name."""
        npm = NpmSource(f"pyodide@{self._pins.pyodide}", self._room("npm"))
        return {file.name: self._take(file, npm, self._bundle) for file in self._pins.core}

    def packages(self, loader: Path, progress: Progress) -> dict[str, Path]:
        """The packages' files, by name. `loader` is the interpreter's file that names Pyodide's content network."""
        network = UrlSource(content_network(loader, self._pins.pyodide), "Pyodide's content network")
        files: dict[str, Path] = {}
        for name, package in self._pins.packages.items():
            progress(f"Fetching {name}", len(files) / len(self._pins.packages))
            if package.requirement:
                sources: list[Source] = [IndexSource(package.requirement, self._room(name))]
            else:
                sources = [network, self._bundle]
            files[package.file.name] = self._take(package.file, *sources)
        return files

    def _take(self, wanted: PinnedFile, *sources: Source) -> Path:
        return obtain(wanted, [*self._first, *sources], self._folder)

    def _room(self, name: str) -> Path:
        """A folder for one client to download into."""
        room = self._scratch / name
        room.mkdir(parents=True)
        return room


def content_network(loader: Path, version: str) -> str:
    """The address that Pyodide's own loader names for its packages."""
    found = re.search(r"https://[^`\"']+/v\$\{", loader.read_text(encoding="utf-8"))
    if found is None:
        raise PellucidError(f"{loader}: names no content network.", "Remove this file and run again.")
    return found.group(0).removesuffix("${") + f"{version}/full"
