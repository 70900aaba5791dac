"""A page in Chromium that boots the real runtime, and the server that it is loaded from."""

from __future__ import annotations

import json
import mimetypes
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"


class Site(BaseHTTPRequestHandler):
    """Folders and texts under path prefixes, isolated as Pellucid's pages are; `.br` files are served as such."""

    protocol_version = "HTTP/1.1"
    places: ClassVar[dict[str, Path | bytes]] = {}

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        prefix = max((each for each in self.places if path.startswith(each)), key=len, default=None)
        place = self.places.get(prefix or "")
        if isinstance(place, Path):
            place = self._read(place / path.removeprefix(prefix or "").lstrip("/"))
        self._answer(path, place)

    def _read(self, file: Path) -> bytes | None:
        packed = file.with_name(file.name + ".br")
        self.packed = packed.is_file() and "br" in self.headers.get("Accept-Encoding", "")
        if self.packed:
            return packed.read_bytes()
        if file.is_dir():
            file = file / "index.html"
        return file.read_bytes() if file.is_file() else None

    def _answer(self, path: str, body: bytes | None) -> None:
        self.send_response(404 if body is None else 200)
        kind = mimetypes.guess_type(path)[0]
        self.send_header(
            "Content-Type", kind or ("text/html" if path.endswith("/") else "application/octet-stream")
        )
        self.send_header("Content-Length", str(len(body or b"")))
        if getattr(self, "packed", False):
            self.send_header("Content-Encoding", "br")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        page = path.endswith((".html", "/", "manifest.json"))
        self.send_header("Cache-Control", "no-cache" if page else "public, max-age=31536000, immutable")
        self.end_headers()
        self.packed = False
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(places: dict[str, Path | bytes]) -> Iterator[str]:
    """The address of a server for these places, on a free port of this machine."""
    handler = type("Handler", (Site,), {"places": places})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@cache
def page_html() -> bytes:
    """The page, bundled: its worker goes along as text, since an opaque origin can fetch nothing."""
    worker = _bundle("worker.ts")
    page = _bundle("page.ts", f"--define:WORKER_SOURCE={json.dumps(worker)}").replace(
        "</script", "<\\/script"
    )
    return f"<!doctype html><meta charset=utf-8><title>Runtime</title><body><script>{page}</script>".encode()


def _bundle(entry: str, *options: str) -> str:
    esbuild = WEB / "node_modules" / ".bin" / "esbuild"
    command = [esbuild, HERE / "page" / entry, "--bundle", "--format=iife", "--target=es2022", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=WEB).stdout
