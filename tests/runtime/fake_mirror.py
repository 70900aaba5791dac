"""A mirror on this machine that behaves as mirrors do on bad days."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler

from pellucid.runtime.pins import PinnedFile


class Mirror:
    """Files by name, and what goes wrong with the next answers: "cut" ends halfway, "wrong" has other bytes, "gone" is a 404."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.troubles: list[str] = []
        self.requests: list[tuple[str, str | None]] = []
        self.url = ""

    def add(self, name: str, content: bytes) -> PinnedFile:
        self.files[name] = content
        return PinnedFile(name, hashlib.sha256(content).hexdigest())

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name, asked = request.path.lstrip("/"), request.headers.get("Range")
        self.requests.append((name, asked))
        trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble == "gone" or name not in self.files:
            request.send_error(404)
            return
        content = self.files[name]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        rest = content[start:]
        request.send_response(206 if asked else 200)
        request.send_header("Content-Length", str(len(rest)))
        request.end_headers()
        if trouble == "cut":
            rest = rest[: len(rest) // 2]
        request.wfile.write(bytes(byte ^ 1 for byte in rest) if trouble == "wrong" else rest)
