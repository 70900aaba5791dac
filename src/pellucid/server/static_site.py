"""Write a book as files that any web server can publish."""

from __future__ import annotations

import shutil
from pathlib import Path

from pellucid.book import Site
from pellucid.errors import PellucidError
from pellucid.server.headers import headers_for, is_frame

MARKER = ".pellucid-site"

ADVICE = """\
Send these response headers (the same are in {file}, in the form that several hosts read):
  on every path:  Cross-Origin-Opener-Policy: same-origin
                  Cross-Origin-Embedder-Policy: require-corp
  on assets/frame-*.html:  Cross-Origin-Resource-Policy: cross-origin
  on assets/ and runtime/ (but runtime/manifest.json):  Cache-Control: public, max-age=31536000, immutable
  on X where X.br lies beside it:  serve X.br with Content-Encoding: br where the browser accepts it
Without the first two everything works, but Stop must restart Python and input() is not available."""


def write_site(site: Site, runtime: Path, out: Path) -> str:
    """Write `site` and the Python runtime to `out`; returns which headers the web server must send."""
    _empty(out)
    for path, content in site.files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)
    shutil.copytree(runtime, out / "runtime", dirs_exist_ok=True)
    headers = out / "_headers"
    headers.write_text(_headers_file(site), encoding="utf-8")
    return ADVICE.format(file=headers)


def _empty(out: Path) -> None:
    """Clear an earlier build; a folder that holds anything else is left alone."""
    if out.exists() and not out.is_dir():
        raise PellucidError(
            f"{out} is a file.", "Name a folder that does not exist yet, or an earlier build."
        )
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise PellucidError(f"{out} holds files that Pellucid did not write.", "Name an empty or new folder.")
    if out.is_dir():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARKER).touch()


def _headers_file(site: Site) -> str:
    """Rules in the `_headers` format: a path pattern, then its headers, indented."""
    frame = next((path for path in site.files if is_frame(path)), "")
    # A pattern sees no host, so the page may frame its own origin; the frame's own policy forbids it everything.
    rules = {"/*": "", f"/{frame}": frame, "/assets/*": "assets/x", "/runtime/*": "runtime/x"}
    blocks: list[str] = []
    for pattern, example in rules.items():
        lines = [f"  {name}: {value}" for name, value in headers_for(example, "'self'").items()]
        blocks.append("\n".join([pattern, *lines]))
    return "\n\n".join(blocks) + "\n"
