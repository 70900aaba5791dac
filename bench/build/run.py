"""Builds 200 synthetic chapters with Pellucid, Jupyter Book and MkDocs in one run, and prints the ratios.

    python bench/build/run.py [--chapters 200] [--repeat 3] [--cache FOLDER] [--record]

The peers are installed from the package registry into a private folder below the cache. Each tool builds the same text,
from nothing, in a process of its own; the median of the repeats counts. What they do differs, and in whose favour is
said in RESULTS.md. Then one chapter is changed and Pellucid builds again: in the same process, and in a fresh one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pellucid.book import Builder
from pellucid.runtime import cache_folder

HERE = Path(__file__).parent
PEERS = {
    "jupyter-book": ["jupyter-book==1.0.4.post1"],
    "mkdocs": ["mkdocs==1.6.1", "mkdocs-material==9.6.14", "pymdown-extensions"],
}
CHAPTER = """# Chapter {n}: model number {n}

Chapter {n} follows {before}. The model maps $x_i \\in \\mathbb{{R}}^{{{d}}}$ to $\\hat y_i = w^\\top x_i + b_{{{n}}}$, and its
loss $L_{{{n}}}(w)$ is convex in $w$ whenever $\\lambda_{{{n}}} \\ge 0$.

## Loss

$$
L_{{{n}}}(w) = \\frac{{1}}{{2n}} \\sum_{{i=1}}^{{n}} (w^\\top x_i - y_i)^2 + \\frac{{\\lambda_{{{n}}}}}{{2}} \\lVert w \\rVert_2^2
$$

$$
\\nabla L_{{{n}}}(w) = \\begin{{pmatrix}} \\partial_1 \\\\ \\vdots \\\\ \\partial_{{{d}}} \\end{{pmatrix}}
= \\frac{{1}}{{n}} X^\\top (X w - y) + \\lambda_{{{n}}} w
$$

![The loss of chapter {n}](picture.svg)

{sections}
"""
SECTION = """## Step {k}

A gradient step with $\\eta = {k}/{n}$ gives $w^{{({k})}} = w - \\eta \\nabla L_{{{n}}}(w)$, *smaller* than **before**, since
$\\lVert w^{{({k})}} \\rVert \\le \\lVert w \\rVert + {k}$ for every `w` that the data allow.

```{fence}python
import numpy as np

def step_{k}(w, X, y, rate={k} / {n}):
    residual = X @ w - y          # (n,)
    return w - rate * X.T @ residual / len(y)

step_{k}(np.zeros({d}), np.eye({d}), np.ones({d}))
```

| symbol | meaning | shape |
|---|---|---|
| $X$ | features | $(n, {d})$ |
| $w^{{({k})}}$ | coefficients | $({d},)$ |
| $y$ | targets | $(n,)$ |
"""
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120" viewBox="0 0 300 120">'
    '<path d="M10 10Q150 200 290 10"/></svg>'
)


def write_chapters(folder: Path, chapters: int, fence: str) -> None:
    """The same text for every tool, except for what a code cell is called."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "picture.svg").write_text(PICTURE)
    (folder / "index.md").write_text("# Synthetic book\n\nAs many chapters as asked for.\n")
    for n in range(1, chapters + 1):
        d = 2 + n % 5
        sections = "\n".join(SECTION.format(k=k, n=n, d=d, fence=fence) for k in range(1, 6))
        before = f"[the one before](c{n - 1:03}.md)" if n > 1 else "nothing"
        (folder / f"c{n:03}.md").write_text(CHAPTER.format(n=n, d=d, before=before, sections=sections))


def install(cache: Path, name: str) -> Path:
    """The folder of a peer's commands, installed once."""
    bin_folder = cache / name / "bin"
    marker = cache / name / "installed"
    if not marker.exists():
        print(f"installing {name} …", file=sys.stderr)
        venv.create(cache / name, with_pip=True, clear=True)
        subprocess.run([bin_folder / "pip", "install", "--quiet", *PEERS[name]], check=True)
        marker.touch()
    return bin_folder


def build_pellucid(work: Path, chapters: int) -> Callable[[], None]:
    """A fresh process without a cache, every file written."""
    write_chapters(work / "book", chapters, "{code-cell} ")
    return lambda: run_self("--child", "cold", work)


def build_jupyter_book(work: Path, chapters: int, commands: Path) -> Callable[[], None]:
    write_chapters(work / "book", chapters, "{code-block} ")
    (work / "book" / "_config.yml").write_text(
        "title: Synthetic\nexecute: {execute_notebooks: 'off'}\nparse: {myst_enable_extensions: [dollarmath, amsmath]}\n"
    )
    parts = "".join(f"- file: c{n:03}\n" for n in range(1, chapters + 1))
    (work / "book" / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{parts}")

    def build() -> None:
        shutil.rmtree(work / "book" / "_build", ignore_errors=True)
        environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}"}
        subprocess.run(
            [commands / "jupyter-book", "build", "-q", work / "book"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    return build


def build_mkdocs(work: Path, chapters: int, commands: Path) -> Callable[[], None]:
    write_chapters(work / "docs", chapters, "")
    (work / "mkdocs.yml").write_text(
        "site_name: Synthetic\ntheme: {name: material}\nplugins: [search]\n"
        "markdown_extensions: [tables, toc, pymdownx.highlight, pymdownx.superfences, {pymdownx.arithmatex: {generic: true}}]\n"
    )

    def build() -> None:
        shutil.rmtree(work / "site", ignore_errors=True)
        subprocess.run(
            [commands / "mkdocs", "build", "-q", "-f", work / "mkdocs.yml"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    return build


def run_self(*arguments: object) -> None:
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)


def child(kind: str, work: Path) -> None:
    """One build in this process: `cold` without a cache, `warm` with the one that is there."""
    site = Builder(
        work / "book", static=front_end(work), cache=work / "cache" if kind == "warm" else None
    ).build()
    out = work / f"out-{kind}"
    shutil.rmtree(out, ignore_errors=True)
    for name, content in site.files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())


def front_end(work: Path) -> Path:
    folder = work / "static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(
        json.dumps({"src/main.ts": {"file": "main.js", "css": ["main.css"]}})
    )
    return folder


@dataclass(frozen=True)
class Cost:
    """Median seconds on the clock, and of the processor: the second says what the first hides on a busy machine."""

    clock: float
    processor: float


def measure(build: Callable[[], None], repeat: int) -> Cost:
    clocks: list[float] = []
    processors: list[float] = []
    for _ in range(repeat):
        start, used = time.perf_counter(), processor_seconds()
        build()
        clocks.append(time.perf_counter() - start)
        processors.append(processor_seconds() - used)
        print(f"  {clocks[-1]:.1f} s, {processors[-1]:.1f} s of processor", file=sys.stderr)
    return Cost(statistics.median(clocks), statistics.median(processors))


def processor_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def one_chapter(work: Path, repeat: int) -> tuple[Cost, Cost, Cost]:
    """What it costs to build again after one chapter changed, after a title did, and in a fresh process with a warm cache."""
    shutil.rmtree(work / "cache", ignore_errors=True)
    builder = Builder(work / "book", static=front_end(work), cache=work / "cache")
    builder.build()
    chapter = work / "book" / "c100.md" if (work / "book" / "c100.md").exists() else work / "book" / "c001.md"
    text = chapter.read_text()
    edits = iter(range(10_000))

    def change(title: bool) -> None:
        edit = next(edits)
        chapter.write_text(
            text.replace("# Chapter", f"# Edit {edit} of chapter", 1)
            if title
            else f"{text}\nEdit $x_{{{edit}}}$.\n"
        )
        builder.build()

    same = measure(lambda: change(title=False), repeat)
    title = measure(lambda: change(title=True), repeat)
    fresh = measure(lambda: run_self("--child", "warm", work), repeat)
    return same, title, fresh


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chapters", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--record", action="store_true", help="write the table to RESULTS.md")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], Path(arguments.child[1]))
        return
    cache = arguments.cache or cache_folder() / "bench-build"
    chapters, repeat = arguments.chapters, arguments.repeat
    builds = {
        "Pellucid": build_pellucid(cache / "work-pellucid", chapters),
        "Jupyter Book 1.0.4": build_jupyter_book(
            cache / "work-jupyter-book", chapters, install(cache, "jupyter-book")
        ),
        "MkDocs 1.6.1, Material 9.6": build_mkdocs(cache / "work-mkdocs", chapters, install(cache, "mkdocs")),
    }
    costs = {name: measure(build, repeat) for name, build in builds.items()}
    ours = costs["Pellucid"]
    lines = [
        f"{chapters} chapters, median of {repeat}, {os.cpu_count()} cores, Python {platform.python_version()}", "",
        "| tool | seconds | against Pellucid | processor seconds | against Pellucid |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, cost in costs.items():
        ratios = cost.clock / ours.clock, cost.processor / ours.processor
        lines.append(
            f"| {name} | {cost.clock:.1f} | {ratios[0]:.1f} × | {cost.processor:.1f} | {ratios[1]:.1f} × |"
        )
    lines += ["", "| Pellucid, after a change | seconds | processor seconds |", "|---|---|---|"]
    changes = ("one chapter's text, same process", "one chapter's title, so every page's contents, same process",
               "nothing, fresh process, warm cache, all files written")  # fmt: skip
    for name, cost in zip(changes, one_chapter(cache / "work-pellucid", max(repeat, 5)), strict=True):
        lines.append(f"| {name} | {cost.clock:.2f} | {cost.processor:.2f} |")
    print("\n".join(lines))
    if arguments.record:
        write_results(lines)


def write_results(lines: list[str]) -> None:
    """Replace the figures in RESULTS.md, keeping what is said about them."""
    path = HERE / "RESULTS.md"
    marks = "<!-- figures -->", "<!-- end of figures -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(marks[0])
    after = rest.partition(marks[1])[2]
    body = "\n".join(lines)
    path.write_text(f"{before}{marks[0]}\n\n{body}\n\n{marks[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
