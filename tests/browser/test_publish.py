"""What an author does: publish on a plain web server, write with --dev, prove in the browser's Python."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cell_page import BOOK, Cell, expect
from playwright.sync_api import Page

COMMAND = [sys.executable, "-m", "pellucid"]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's own output matters."""


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Python's own file server: none of the headers that Pellucid asks for."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def published(tmp_path: Path, runtime: Path) -> Iterator[str]:
    """A site in a folder below the root of a server without headers."""
    result = subprocess.run(
        [*COMMAND, "build", str(BOOK), "-o", str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    with plain_server(tmp_path) as url:
        yield f"{url}/site/"


def test_a_plain_web_server_is_enough_and_what_is_lost_is_said(published: str, page: Page) -> None:
    page.goto(f"{published}01-cells/")
    name = page.locator("pellucid-cell").first.get_attribute("data-cell")
    cell = Cell(page, name or "")
    cell.type_over("while True: pass")
    cell.run()
    expect(cell.status).to_contain_text("Running")
    expect(cell.root).to_contain_text(re.compile("restart", re.IGNORECASE))
    cell.button("Stop").click()
    expect(cell.status).to_contain_text(re.compile("Stopped|Ready"))
    cell.type_over("6 * 7")
    cell.run_to_end()
    expect(cell.output).to_contain_text("42")


@contextmanager
def dev_server(folder: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [*COMMAND, "serve", str(folder), "--dev", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if found := re.search(r":(\d+)  \(Ctrl", line):
                    break
            else:
                pytest.fail("the server ended before it served")
            # Its later lines must go somewhere, or it would wait for a reader.
            threading.Thread(target=server.stdout.read, daemon=True).start()
            yield f"http://127.0.0.1:{found[1]}/"
        finally:
            server.terminate()


def test_dev_refreshes_shows_mistakes_and_goes_on(tmp_path: Path, runtime: Path, page: Page) -> None:
    (tmp_path / "pellucid.yml").write_text("title: Means\nstrict: true\n")
    chapter = tmp_path / "means.md"
    chapter.write_text("# Means\n\nThe first version.\n")
    with dev_server(tmp_path) as url:
        page.goto(f"{url}means/")
        expect(page.get_by_text("The first version.")).to_be_visible()
        page.wait_for_timeout(500)
        chapter.write_text("# Means\n\nThe second version.\n")
        expect(page.get_by_text("The second version.")).to_be_visible()
        chapter.write_text("# Means\n\nThe third version.\n\n```{figure} nowhere.png\n```\n")
        expect(page.get_by_text("The third version.")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("means.md:5")
        chapter.write_text("# Means\n\nThe fourth version.\n")
        expect(page.get_by_text("The fourth version.")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_check_in_the_browser(tmp_path: Path, runtime: Path) -> None:
    (tmp_path / "book").mkdir()
    subprocess.run(
        [*COMMAND, "new", "chapter", "Kernel methods"], cwd=tmp_path, check=True, capture_output=True
    )
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    command = [*COMMAND, "check", "book", "--browser", "--seeds", "10"]

    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280, check=False
        )

    result = check()
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"exercise column-means +browser +holds", result.stdout)
    page = tmp_path / "book" / "01-kernel-methods" / "index.md"
    page.write_text(
        page.read_text().replace(
            "X = np.array", "import sys; assert sys.platform != 'emscripten'\nX = np.array"
        )
    )
    result = check()
    assert result.returncode == 1
    assert re.search(r"cell first-look +python +holds", result.stdout)
    assert re.search(r"cell first-look +browser +FAILS +line 3: AssertionError", result.stdout)
