"""A server that nothing may reach: it counts every connection that is opened to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Canary:
    """Answers any request, and keeps the first bytes of each."""

    def __init__(self, listener: socket.socket) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.heard: list[bytes] = []
        self._listener = listener

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed: the tests are over
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2)
            try:
                self.heard.append(connection.recv(2000))
            except TimeoutError:
                self.heard.append(b"a connection without a word")
            body = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
            connection.sendall(body)


@contextmanager
def canary_server() -> Iterator[Canary]:
    listener = socket.create_server(("127.0.0.1", 0))
    canary = Canary(listener)
    thread = threading.Thread(target=canary.serve, daemon=True)
    thread.start()
    try:
        yield canary
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
