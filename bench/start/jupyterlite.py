"""A JupyterLite site on the very files of Pyodide that Pellucid uses, for comparison. Built once, kept in the cache folder."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from pellucid.runtime.download import IndexSource, NpmSource, Unavailable
from pellucid.runtime.pins import PinnedFile, Pins

REQUIREMENTS = (
    "jupyterlite-core[lab]==0.6.4",
    "jupyterlite-pyodide-kernel==0.6.1",
    "jupyter-server",
    "libarchive-c",
)
NOTEBOOK = "start.ipynb"
LOCK = "pyodide-lock.json"


def distribution(pins: Pins, folder: Path) -> Path:
    """All of Pyodide's files as its makers publish them: the npm package, and the wheels that its lock file names."""
    if (folder / LOCK).is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        core, bundle = Path(scratch) / "core", Path(scratch) / "bundle"
        core.mkdir()
        bundle.mkdir()
        # Asking for any file makes a source fetch all that it has.
        _fetch(IndexSource(pins.bundle, bundle, holds_others=True))
        _fetch(NpmSource(f"pyodide@{pins.pyodide}", core))
        for source in (bundle, core / "package"):
            for file in sorted(source.iterdir(), key=lambda file: file.name == LOCK):
                (folder / file.name).write_bytes(file.read_bytes())
    return folder


def _fetch(source: IndexSource | NpmSource) -> None:
    with TemporaryDirectory() as scratch:
        try:
            source.fetch(PinnedFile(LOCK, ""), Path(scratch) / "any")
        except Unavailable as error:
            raise SystemExit(f"{source.name}: {error}") from error


def build_site(pyodide: Path, source: str, folder: Path) -> Path:
    """The site, with one notebook whose one cell is `source`."""
    site = folder / f"site-{hashlib.sha256(source.encode()).hexdigest()[:8]}"
    if (site / "notebooks" / "index.html").is_file():
        return site
    folder.mkdir(parents=True, exist_ok=True)
    python = _environment(folder / "venv")
    (folder / NOTEBOOK).write_text(json.dumps(_notebook(source)), encoding="utf-8")
    _run([python, "-m", "pip", "download", "--no-deps", "--dest", folder / "wheels", "comm"])
    archive = folder / "pyodide.tar.bz2"
    with tarfile.open(archive, "w:bz2", compresslevel=1) as tar:
        tar.add(pyodide, "pyodide")
    options = [
        "--contents",
        NOTEBOOK,
        "--output-dir",
        site,
        "--pyodide",
        archive,
        "--piplite-wheels",
        "wheels",
    ]
    _run([python.with_name("jupyter"), "lite", "build", *options], cwd=folder)
    archive.unlink()
    return site


def _environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not (folder / "done").is_file():
        _run([sys.executable, "-m", "venv", "--clear", folder])
        _run([python, "-m", "pip", "install", "--quiet", *REQUIREMENTS])
        (folder / "done").touch()
    return python


def _notebook(source: str) -> dict[str, object]:
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    return {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _run(command: list[str | Path], cwd: Path | None = None) -> None:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-3000:]}")
