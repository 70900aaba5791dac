"""The `pellucid` command: parse arguments, call one function, print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pellucid import __version__
from pellucid.errors import Fault, PellucidError

app = typer.Typer(
    name="pellucid",
    help="A practice lab for the mathematics of machine-learning models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
new_app = typer.Typer(help="Begin a chapter or an exercise.", no_args_is_help=True)
runtime_app = typer.Typer(help="The Python runtime for the browser.", no_args_is_help=True)
app.add_typer(new_app, name="new")
app.add_typer(runtime_app, name="runtime")

# No markup: what is printed holds names and texts of others, in which brackets are brackets.
console = Console(highlight=False, soft_wrap=True, markup=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

WARNINGS_SHOWN = 5

Book = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of Markdown files or notebooks. Default: this folder, if it has a pellucid.yml; else Pellucid's own book."
    ),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        console.print(f"pellucid {__version__}")
        raise typer.Exit


@app.callback()
def _main(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None: ...


@app.command()
def serve(
    folder: Book = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    dev: Annotated[
        bool, typer.Option("--dev", help="Rebuild and refresh open pages when a file changes.")
    ] = False,
) -> None:
    """Serve a book: read, run, solve."""
    from pellucid.book import Builder
    from pellucid.places import built_front_end, find_book
    from pellucid.runtime import cache_folder
    from pellucid.server.serve import LiveSite, bind
    from pellucid.server.serve import serve as serve_site

    book = find_book(folder)
    listener = bind(host, port)
    # A stranger's notebooks are served with their faults shown; only a build for others refuses them.
    builder = Builder(
        book, static=built_front_end(), cache=cache_folder() / "books", show_faults=True, dev=dev
    )
    live = LiveSite(builder)
    runtime = _prepare_runtime()
    console.print(f"Serving {_short(book)} at {address(host, listener.getsockname()[1])}  (Ctrl+C to stop)")
    for fault in live.site.faults:
        errors.print(str(fault), style="yellow")
    serve_site(live, runtime, listener, dev=dev, say=console.print)


@app.command()
def build(
    folder: Book = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")] = Path("out"),
) -> None:
    """Write the book as static files for any web server."""
    from pellucid.book import Builder
    from pellucid.places import built_front_end, find_book
    from pellucid.runtime import cache_folder
    from pellucid.server.static_site import write_site

    book = find_book(folder)
    site = Builder(book, static=built_front_end(), cache=cache_folder() / "books").build()
    _warn(site.warnings)
    advice = write_site(site, _prepare_runtime(), out, book)
    console.print(f"Wrote {len(site.files)} files of {_short(book)} to {out}.")
    console.print(advice)


@app.command()
def check(
    folder: Book = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Also in Chromium, in the browser's Python.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Random inputs for each exercise.", min=1)] = 200,
    only: Annotated[str, typer.Option(help="Only the chapters whose name contains this.")] = "",
) -> None:
    """Run every cell and prove every exercise. This executes the book's code on this machine: check only what you trust."""
    from pellucid.checking.report import check_book
    from pellucid.places import find_book

    runtime = _prepare_runtime() if browser else None
    report = check_book(
        find_book(folder), seeds=seeds, only=only, runtime=runtime, console=console, warn=_warn
    )
    raise typer.Exit(0 if report else 1)


@new_app.command("chapter")
def new_chapter(
    title: Annotated[str, typer.Argument(help="The chapter's title.")],
    book: Annotated[Path, typer.Option(help="The book's folder.")] = Path("book"),
) -> None:
    """Make a chapter that builds and is proved, to be written over."""
    from pellucid.scaffold import new_chapter as make

    made = make(book, title)
    console.print(f"Made {made}/index.md and {made}/exercises.py. See it: pellucid serve {book} --dev")


@new_app.command("exercise")
def new_exercise(
    chapter: Annotated[Path, typer.Argument(help="The chapter's folder.")],
    title: Annotated[str, typer.Argument(help="The exercise's title.")],
) -> None:
    """Add an exercise to a chapter, to be written over."""
    from pellucid.scaffold import new_exercise as make

    identity = make(chapter, title)
    console.print(
        f"Added {identity} to {chapter}/index.md and exercises.py. Prove it: pellucid check {chapter.parent}"
    )


@runtime_app.command("fetch")
def runtime_fetch(
    mirror: Annotated[str | None, typer.Option(help="URL or folder that holds Pyodide's files.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when all is there.")] = False,
) -> None:
    """Fetch, verify and pack Python for the browser; what is there already is kept."""
    from pellucid.runtime import remove_damaged

    remove_damaged()
    folder = _prepare_runtime(mirror)
    if not quiet:
        console.print(f"The runtime is ready in {folder}")


@app.command()
def doctor() -> None:
    """Say what this machine has, what is missing, and what to do about it."""
    from pellucid.doctor import MARK_STYLES, examine

    findings = examine()
    for finding in findings:
        console.print(f"{finding.mark:8}", style=MARK_STYLES[finding.mark], end=" ")
        console.print(f"{finding.what}: {finding.detail}")
        if not finding.good:
            console.print(f"{'':8} {finding.next_act}")
    raise typer.Exit(0 if all(finding.good or finding.optional for finding in findings) else 1)


def _prepare_runtime(mirror: str | None = None) -> Path:
    """The runtime folder, fetched and packed first where needed, with a bar once it takes time."""
    from pellucid.runtime import prepare

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("Preparing Python for the browser", total=1.0, visible=False)
        return prepare(
            mirror=mirror,
            progress=lambda step, done: progress.update(task, description=step, completed=done, visible=True),
        )


def _warn(warnings: Sequence[Fault]) -> None:
    """The first mistakes of a book that is read leniently, and how many there are."""
    for fault in warnings[:WARNINGS_SHOWN]:
        errors.print(str(fault), style="yellow")
    if len(warnings) > WARNINGS_SHOWN:
        more = len(warnings) - WARNINGS_SHOWN
        errors.print(
            f"… and {more} more. All of them in their pages: pellucid serve DIR --dev", style="yellow"
        )


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    if host in ("127.0.0.1", "0.0.0.0", "::1", "::", ""):
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def main() -> None:
    """Run the command; a user's mistake gives its message and exit status 2, never a traceback."""
    try:
        app()
    except PellucidError as error:
        _fail(str(error))
    except BrokenPipeError:  # the reader of our output has seen enough, as in `pellucid doctor | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # what may not be read or written, or a full disk: the same in every command
        place = f"{error.filename}: " if error.filename else ""
        _fail(
            f"{place}{error.strerror or error}.\nCheck that it may be read, or that its folder may be written and has room."
        )


def _fail(message: str) -> NoReturn:
    errors.print(message, style="red")
    sys.exit(2)
