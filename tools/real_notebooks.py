"""Builds notebooks that nobody here wrote, and checks what must hold for every one of them.

    python tools/real_notebooks.py                    fetch the source distributions named below, build, check
    python tools/real_notebooks.py --from FOLDER      use the .ipynb files and archives in FOLDER instead
    python tools/real_notebooks.py --record           also write docs/records/real-notebooks.md

Archives are downloaded and unpacked, never installed: no code of theirs runs. They are kept in the user's cache folder.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pellucid.book import Builder, Page, Site
from pellucid.book.notebook import read_notebook
from pellucid.runtime import cache_folder

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "docs" / "records" / "real-notebooks.md"
DISTRIBUTIONS = (
    "statsmodels==0.14.4",
    "hdbscan==0.8.44",
    "jupytext==1.19.6",
    "nbconvert==7.17.2",
    "nbformat==5.11.1",
)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FORBIDDEN = {"iframe", "object", "embed", "form", "style", "base", "textarea", "frame", "applet"}


def fetch(cache: Path) -> list[Path]:
    """The archives, by a client that only downloads (pip would run each package's set-up to learn its metadata)."""
    cache.mkdir(parents=True, exist_ok=True)
    client = cache / "client" / "bin" / "unearth"
    if not client.exists():
        venv.create(cache / "client", with_pip=True)
        subprocess.run([cache / "client" / "bin" / "pip", "install", "--quiet", "unearth"], check=True)
    for wanted in DISTRIBUTIONS:
        marker = cache / f"{wanted}.done"
        if not marker.exists():
            subprocess.run(
                [client, "--no-binary", "--download", cache, wanted], check=True, stdout=subprocess.DEVNULL
            )
            marker.touch()
    return sorted(path for path in cache.iterdir() if path.name.endswith((".tar.gz", ".zip")))


def unpack(archives: list[Path], folder: Path) -> None:
    """The notebooks of `archives`, with the pictures that stand beside them, below `folder`."""
    for archive in archives:
        for name, content in members(archive):
            if (
                name.endswith((".ipynb", ".png", ".jpg", ".jpeg", ".svg", ".gif"))
                and ".." not in name
                and not name.startswith("/")
            ):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the plain files in an archive."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as file:
            yield from ((name, file.read(name)) for name in file.namelist() if not name.endswith("/"))
        return
    with tarfile.open(archive) as file:
        for member in file:
            data = file.extractfile(member) if member.isfile() else None
            if data is not None:
                yield member.name, data.read()


@dataclass
class Reader(HTMLParser):
    """The page as a browser reads it: what acts, what is not closed, sources of cells, stored outputs, pictures."""

    active: list[str] = field(default_factory=list)
    unclosed: list[str] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    formulas: int = 0
    _open: list[str] = field(default_factory=list)
    _in_source: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        notes = values.get("aria-labelledby") == "notes-title"
        if (tag in FORBIDDEN and not notes) or (
            tag == "script"
            and values.get("type") not in ("application/json", "module")
            and "early" not in str(values)
        ):
            self.active.append(tag)
        self.active += [
            f"{tag} {name}" for name in values if name.startswith("on") or name in ("srcdoc", "formaction")
        ]
        for name in ("href", "src"):
            text = re.sub(r"\s", "", values.get(name, "")).lower()
            if text.startswith(("javascript:", "vbscript:", "data:text")) or (
                name == "src" and tag == "img" and "://" in text
            ):
                self.active.append(f"{tag} {name}={text[:60]}")
        if "id" in values:
            self.ids[values["id"]] += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "img" and "src" in values:
            self.images.append(values["src"])
        self.formulas += tag == "math"
        if tag == "code" and "div.cell-source" in self._open[-2:]:
            self.sources.append("")
            self._in_source = True
        if tag not in VOID:
            self._open.append(f"{tag}.{values['class']}" if values.get("class") == "cell-source" else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1].partition(".")[0] != tag:
            self.unclosed.append(f"</{tag}> in {'>'.join(self._open[-3:])}")
            while self._open and self._open[-1].partition(".")[0] != tag:
                self._open.pop()
        if self._open:
            self._open.pop()
        if tag == "code":
            self._in_source = False

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._in_source:
            self.sources[-1] += data


def check_page(page: Page, site: Site, folder: Path) -> list[str]:
    """What does not hold for one notebook's page."""
    html = site.files[f"{page.slug}/index.html"]
    assert isinstance(html, bytes)
    reader = Reader()
    reader.feed(html.decode())
    wrong = [f"acts: {part}" for part in reader.active] + [
        f"not nested: {part}" for part in reader.unclosed[:3]
    ]
    wrong += [f"id twice: {name}" for name, count in reader.ids.items() if count > 1]
    wrong += [
        f"no such id: {link}" for link in reader.links if link.startswith("#") and link[1:] not in reader.ids
    ]
    there = {path.name for path in (folder / page.file).parent.rglob("*")}
    local = [unquote(src) for src in reader.images if not src.startswith("data:")]
    wrong += [
        f"no such file: {src}"
        for src in local
        if f"{page.slug}/{src}" not in site.files and Path(src).name in there
    ]
    try:
        cells, _ = read_notebook((folder / page.file).read_bytes())
    except Exception:
        return wrong + ([] if "damaged" in html.decode() else ["damaged, and the page does not say so"])
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if [joined(cell["source"]) for cell in code] != reader.sources:
        wrong.append(
            f"cells: {len(code)} in the notebook, {len(reader.sources)} on the page, or their source differs"
        )
    return wrong + check_outputs(page, code, "".join(reader.texts), site)


def joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f]+", "", text)


def check_outputs(page: Page, code: list[dict[str, Any]], text: str, site: Site) -> list[str]:
    """Every stored stream, value, error and picture is on the page."""
    wrong: list[str] = []
    shown = squeezed(text)
    for number, cell in enumerate(code, 1):
        for output in cell.get("outputs", []):
            words = first_words(output)
            if words not in shown:
                wrong.append(f"cell {number}: stored {output['output_type']} is not there: {words[:60]}")
            if any(not has_picture(data, page, site) for data in pictures(output)):
                wrong.append(f"cell {number}: a stored picture is not there")
    return wrong


def first_words(output: dict[str, Any]) -> str:
    """How the text of an output begins, without colours and spaces; nothing where HTML or a picture is shown instead."""
    data = output.get("data", {})
    if output["output_type"] == "stream":
        text = joined(output["text"])
    elif output["output_type"] == "error":
        text = joined(output.get("traceback") or str(output["ename"]))
    else:
        text = joined(data["text/plain"]) if set(data) == {"text/plain"} else ""
    lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).split("\n")
    return squeezed(lines[0].rpartition("\r")[2])[:200]


def pictures(output: dict[str, Any]) -> list[str]:
    """The PNG or JPEG that an output shows; HTML, SVG and LaTeX go first."""
    data = output.get("data", {})
    if {"text/html", "image/svg+xml", "text/latex", "text/markdown"} & set(data):
        return []
    return [joined(data[mime]) for mime in ("image/png", "image/jpeg") if joined(data.get(mime, ""))][:1]


def has_picture(data: str, page: Page, site: Site) -> bool:
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except ValueError:
        return True  # damaged in the notebook; the page says so
    return any(name.startswith(f"{page.slug}/") and value == content for name, value in site.files.items())


def check_marks(page: Page) -> list[str]:
    """A cell that imports what the browser lacks says so, by a simpler rule than the compiler's: a plain import line."""
    wrong: list[str] = []
    for cell in page.cells:
        for name in re.findall(
            r"^(?:import|from)\s+(statsmodels|umap|torch|seaborn|hdbscan|datashader|bokeh|tensorflow)\b",
            cell.source,
            re.M,
        ):
            if (
                cell.runs
                and name not in cell.unavailable
                and "not valid" not in " ".join(cell.notes)
                and "Python 2" not in " ".join(cell.notes)
            ):
                wrong.append(f"cell {cell.number}: {name} is not marked")
    return wrong


def static_stub(folder: Path) -> Path:
    """A front end that is enough for building."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(
        json.dumps({"src/main.ts": {"file": "main.js", "css": ["main.css"]}})
    )
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="source", type=Path, help="folder with .ipynb files or archives")
    parser.add_argument("--record", action="store_true", help="write what was found to docs/records")
    arguments = parser.parse_args()
    cache = cache_folder() / "real-notebooks"
    archives = (
        fetch(cache)
        if arguments.source is None
        else sorted(arguments.source.glob("*.tar.gz")) + sorted(arguments.source.glob("*.zip"))
    )
    folder = cache / "unpacked"
    unpack(archives, folder)
    if arguments.source is not None and not archives:
        folder = arguments.source
    start = time.perf_counter()
    site = Builder(folder, static=static_stub(cache / "static"), dev=False).build()
    seconds = time.perf_counter() - start
    pages = [page for page in site.pages if page.file.endswith(".ipynb")]
    wrong = {page.file: [*check_page(page, site, folder), *check_marks(page)] for page in pages if page.slug}
    for file, found in wrong.items():
        for message in found:
            print(f"{file}: {message}")
    summary = summarize(pages, site, archives, sum(map(bool, wrong.values())))
    print(f"{summary}\nBuilt in {seconds:.1f} s.")
    if arguments.record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(
            f"# Notebooks that nobody here wrote\n\nWritten by `python tools/real_notebooks.py --record`.\n\n{summary}\n"
        )
    return 1 if any(wrong.values()) or len(pages) < 30 else 0


def summarize(pages: list[Page], site: Site, archives: list[Path], faulty: int) -> str:
    missing = Counter(name for page in pages for name in {n for cell in page.cells for n in cell.unavailable})
    rows = Counter(page.file.partition("/")[0] for page in pages)
    kinds = Counter(kind_of(fault.message) for fault in site.warnings)
    lines = [
        "| distribution | notebooks |",
        "|---|---|",
        *(f"| {name} | {count} |" for name, count in sorted(rows.items())),
        "",
    ]
    lines += [
        f"- {len(pages)} notebooks, {sum(len(page.cells) for page in pages)} cells, "
        f"{sum(page.reading.formulas for page in pages)} formulas, {sum(len(page.media) for page in pages)} stored pictures.",
        f"- {faulty} pages with something wrong (cells in order with exact source, stored outputs and pictures there,",
        "  nothing active, elements nested, ids unique, links to ids answered, imports marked).",
        f"- Cells that cannot run: {sum(bool(cell.unavailable) for page in pages for cell in page.cells)}; most often for "
        + ", ".join(f"{name} ({count} notebooks)" for name, count in missing.most_common(6)) + ".",
        "- Warnings about the notebooks themselves: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) + ".",
    ]  # fmt: skip
    return "\n".join(lines)


def kind_of(message: str) -> str:
    for word, kind in (
        ("formula", "formulas"),
        ("picture", "pictures"),
        ("link", "links"),
        ("label", "labels"),
        ("notebook", "damaged files"),
    ):
        if word in message:
            return kind
    return "others"


if __name__ == "__main__":
    sys.exit(main())
