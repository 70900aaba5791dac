"""The server over a small site: what is sent, how it is kept, what is refused."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest
import uvicorn

from pellucid.errors import PellucidError
from pellucid.server.app import create_app
from pellucid.server.headers import FRAME_POLICY
from pellucid.server.serve import bind

FRAME = "assets/frame-abc123.html"
LONG = ("<p>The hat matrix puts a hat on y.</p>" * 100).encode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "numpy-1a2b.pack").write_bytes(b"numpy")
    (tmp_path / "numpy-1a2b.pack.br").write_bytes(brotli.compress(b"numpy"))
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("secret")
    files: dict[str, bytes | Path] = {
        "index.html": b"<h1>Book</h1>",
        "404.html": b"<h1>Missing</h1>",
        "svd/index.html": LONG,
        "svd/exercises.json": b"{}",
        "assets/app-1a2b.js": b"0",
        FRAME: b"<script>0</script>",
        "svd/plot.svg": b"<svg/>",
        "svd/gone.png": tmp_path / "gone.png",
    }
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(lambda: files, tmp_path), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Client(listener.getsockname()[1])
    server.should_exit = True
    thread.join()


def test_pages_and_missing_pages(client: Client) -> None:
    assert client.get("/").body == b"<h1>Book</h1>"
    assert client.get("/svd/").body == LONG
    missing = client.get("/nowhere/")
    assert (missing.status, missing.body) == (404, b"<h1>Missing</h1>")


def test_a_folder_without_its_slash_is_redirected_relatively(client: Client) -> None:
    answer = client.get("/svd")
    assert (answer.status, answer.headers["location"]) == (308, "svd/")


def test_pages_are_isolated_and_may_embed_only_the_frame(client: Client) -> None:
    headers = client.get("/svd/").headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    policy = headers["content-security-policy"]
    assert f"frame-src http://127.0.0.1:{client.port}/{FRAME};" in policy
    assert "script-src 'self';" in policy


def test_the_frame_has_its_own_policy(client: Client) -> None:
    headers = client.get(f"/{FRAME}").headers
    assert headers["content-security-policy"] == FRAME_POLICY
    assert "connect-src 'none'" in FRAME_POLICY
    assert "sandbox allow-scripts" in FRAME_POLICY
    assert headers["cross-origin-embedder-policy"] == "require-corp"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/assets/app-1a2b.js", True),
        ("/runtime/numpy-1a2b.pack", True),
        ("/runtime/manifest.json", False),
        ("/svd/", False),
        ("/svd/exercises.json", False),
    ],
)
def test_hashed_files_are_kept_for_good_and_others_asked_for(client: Client, path: str, kept: bool) -> None:
    assert ("immutable" in client.get(path).headers["cache-control"]) is kept


def test_a_picture_at_its_own_address_can_do_nothing(client: Client) -> None:
    assert client.get("/svd/plot.svg").headers["content-security-policy"].startswith("default-src 'none'")


def test_a_file_that_is_gone_since_the_build_is_a_missing_page(client: Client) -> None:
    assert client.get("/svd/gone.png").status == 404


def test_unchanged_pages_are_not_sent_again(client: Client) -> None:
    tag = client.get("/svd/").headers["etag"]
    again = client.get("/svd/", {"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")


def test_brotli_where_it_is_accepted(client: Client) -> None:
    packed = client.get("/svd/", {"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "br"
    assert brotli.decompress(packed.body) == LONG
    assert len(packed.body) < len(LONG) / 10
    assert "content-encoding" not in client.get("/svd/", {"Accept-Encoding": "br;q=0"}).headers


def test_runtime_files_come_compressed_from_beside(client: Client) -> None:
    packed = client.get("/runtime/numpy-1a2b.pack", {"Accept-Encoding": "br"})
    assert brotli.decompress(packed.body) == b"numpy"
    assert client.get("/runtime/numpy-1a2b.pack").body == b"numpy"


@pytest.mark.parametrize(
    "path",
    [
        "/runtime/../secret.txt",
        "/runtime/%2e%2e/secret.txt",
        "/runtime/..%2fsecret.txt",
        "/runtime/C:x",
        "/../x",
    ],
)
def test_nothing_outside_is_served(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_busy_port_is_said_with_what_to_do(client: Client) -> None:
    with pytest.raises(PellucidError, match=f"Port {client.port} is in use") as caught:
        bind("127.0.0.1", client.port)
    assert "--port" in caught.value.next_act
