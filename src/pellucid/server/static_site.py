"""Write a book as files that any web server can publish."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

from pellucid.book import Site
from pellucid.book.sources import BUILT
from pellucid.errors import PellucidError
from pellucid.server.headers import COMMON, IMMUTABLE, ISOLATION, headers_for, is_frame

ADVICE = """\
Send these response headers (the same are in {file}, in the form that several hosts read):
  on every path:  Cross-Origin-Opener-Policy: same-origin
                  Cross-Origin-Embedder-Policy: require-corp
  on assets/frame-*.html:  Cross-Origin-Resource-Policy: cross-origin
  on assets/ and runtime/ (but runtime/manifest.json):  Cache-Control: public, max-age=31536000, immutable
  on pages:  the Content-Security-Policy that stands there for each
  on X where X.br lies beside it:  serve X.br with Content-Encoding: br where the browser accepts it
Without the first two everything works, but Stop must restart Python and input() is not available."""


def write_site(site: Site, runtime: Path, out: Path, book: Path) -> str:
    """Write `site` of the folder `book` and the Python runtime to `out`; returns which headers the web server must send.

    An earlier build in `out` is replaced. Raises PellucidError where `out` holds anything else, or the book itself.
    """
    _empty(out, book)
    for path, content in site.files.items():
        target = out / path
        if not target.resolve().is_relative_to(out.resolve()):
            raise PellucidError(
                f"{path}: this file would be written outside of {out}.", "Rename the file in the book."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)
    shutil.copytree(runtime, out / "runtime", dirs_exist_ok=True)
    headers = out / "_headers"
    headers.write_text(_headers_file(site, runtime), encoding="utf-8")
    return ADVICE.format(file=headers)


def _empty(out: Path, book: Path) -> None:
    """Clear an earlier build; a folder that holds anything else is left alone."""
    if out.exists() and not out.is_dir():
        raise PellucidError(
            f"{out} is a file.", "Name a folder that does not exist yet, or an earlier build."
        )
    if book.resolve().is_relative_to(out.resolve()):
        raise PellucidError(f"{out} holds the book, and would be cleared.", "Name another folder: -o DIR")
    if out.is_dir() and any(out.iterdir()) and not (out / BUILT).is_file():
        raise PellucidError(f"{out} holds files that Pellucid did not write.", "Name an empty or new folder.")
    if out.is_dir():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / BUILT).touch()


def _headers_file(site: Site, runtime: Path) -> str:
    """Rules in the `_headers` format: a path pattern, then its headers, indented.

    Hosts join the values of all rules that match a path, so `/*` sets only what no other rule sets. The pages come last,
    since some hosts read a hundred rules: what they would lose there is the second wall, not the first.
    """
    everywhere = {**COMMON, **ISOLATION}
    del everywhere["Cross-Origin-Resource-Policy"]  # the frame's is another one
    rules = {"/*": everywhere, "/assets/*": {"Cache-Control": IMMUTABLE}}
    paths = {
        "Cross-Origin-Resource-Policy": [path for path in site.files if is_frame(path)],
        "Cache-Control": [f"runtime/{file.name}" for file in sorted(runtime.iterdir())],
        "Content-Security-Policy": [path for path in site.files if path.endswith((".html", ".svg"))],
    }
    for name, places in paths.items():
        for path in places:
            # A pattern sees no host, so the page may frame its own origin; the frame's own policy forbids it everything.
            rules.setdefault(_pattern(path), {})[name] = headers_for(path, "'self'")[name]
    blocks = (
        "\n".join([pattern, *(f"  {name}: {value}" for name, value in headers.items())])
        for pattern, headers in rules.items()
    )
    return "\n\n".join(blocks) + "\n"


def _pattern(path: str) -> str:
    """The address of a site path: a page is asked for by its folder."""
    return "/" + quote(path.removesuffix("index.html"))
