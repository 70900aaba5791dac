"""The server of a book: an ASGI application over one `Site` and the folder of the Python runtime."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import cast

import brotli  # pyright: ignore[reportMissingTypeStubs]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from pellucid.server.headers import headers_for, is_frame

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".pack": "application/octet-stream",
    ".md": "text/plain; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
}
COMPRESSIBLE = ("text/", "application/json", "application/wasm", "image/svg+xml", "application/octet-stream")
MAX_COMPRESSED_KEPT = 400
_RUNTIME_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*")
_brotli = cast("Callable[..., bytes]", brotli.compress)  # pyright: ignore[reportUnknownMemberType]

Files = Mapping[str, "bytes | Path"]


def content_type(path: str) -> str:
    """The media type of a site path."""
    suffix = PurePosixPath(path).suffix
    return TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


class SiteServer:
    """Answers requests from what `files()` holds now; `files` is asked anew each time, so that a rebuild shows at once.

    The endpoints are plain functions, which Starlette runs in threads: reading and compressing must not hold up others.
    """

    def __init__(self, files: Callable[[], Files], runtime: Path) -> None:
        self._files = files
        self._runtime = runtime
        self._compressed: dict[str, bytes] = {}

    def page(self, request: Request) -> Response:
        """A page, an asset, or a file beside a page."""
        path = request.path_params["path"]
        files = self._files()
        name = f"{path}index.html" if not path or path.endswith("/") else path
        if name not in files:
            if f"{path}/index.html" in files:
                # Relative, so that a proxy may serve the book under any path.
                return RedirectResponse(f"{PurePosixPath(path).name}/", status_code=308)
            name = "404.html"
        status = 404 if name == "404.html" else 200
        if "br" in _accepted(request) and f"{name}.br" in files:
            headers = {**self._headers(request, name), "Vary": "Accept-Encoding", "Content-Encoding": "br"}
            return Response(_bytes(files[f"{name}.br"]), headers=headers, media_type=content_type(name))
        try:
            return self._answer(request, name, _bytes(files.get(name, b"Not found")), status)
        except OSError:  # a picture that was removed or closed to us since the build
            return self._answer(request, "404.html", _bytes(files.get("404.html", b"Not found")), 404)

    def runtime(self, request: Request) -> Response:
        """A file of the Python runtime."""
        path = request.path_params["path"]
        file = self._runtime / path
        # One flat folder: what has a separator, a drive or a leading dot is not one of its files.
        if not _RUNTIME_FILE.fullmatch(path) or not file.is_file():
            return Response("Not found", status_code=404, media_type="text/plain")
        if path == "manifest.json":
            return self._answer(request, f"runtime/{path}", file.read_bytes(), 200)
        headers = self._headers(request, f"runtime/{path}")
        headers["Vary"] = "Accept-Encoding"
        packed = file.with_name(f"{file.name}.br")
        if "br" in _accepted(request) and packed.is_file():
            headers["Content-Encoding"] = "br"
            file = packed
        return FileResponse(file, headers=headers, media_type=content_type(path))

    def _headers(self, request: Request, path: str) -> dict[str, str]:
        frame = next((name for name in self._files() if is_frame(name)), "")
        host = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
        return headers_for(path, f"{host}/{frame}" if frame else "'none'")

    def _answer(self, request: Request, path: str, body: bytes, status: int) -> Response:
        headers = self._headers(request, path)
        headers["Vary"] = "Accept-Encoding"
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        headers["ETag"] = f'"{tag}"'
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        kind = content_type(path)
        if len(body) > 600 and kind.startswith(COMPRESSIBLE) and "br" in _accepted(request):
            headers["Content-Encoding"] = "br"
            body = self._compress(tag, body)
        return Response(body, status_code=status, headers=headers, media_type=kind)

    def _compress(self, tag: str, body: bytes) -> bytes:
        packed = self._compressed.get(tag)
        if packed is None:
            packed = _brotli(body, quality=11 if len(body) < 400_000 else 5)
            if len(self._compressed) >= MAX_COMPRESSED_KEPT:
                self._compressed.clear()
            self._compressed[tag] = packed
        return packed


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _accepted(request: Request) -> set[str]:
    header = request.headers.get("accept-encoding", "")
    return {
        part.partition(";")[0].strip() for part in header.split(",") if ";q=0" not in part.replace(" ", "")
    }


def create_app(files: Callable[[], Files], runtime: Path, extra: list[Route] | None = None) -> Starlette:
    """The application; `extra` routes stand before the book's own."""
    server = SiteServer(files, runtime)
    return Starlette(
        routes=[
            *(extra or []),
            Route("/runtime/{path:path}", server.runtime),
            Route("/{path:path}", server.page),
        ]
    )
