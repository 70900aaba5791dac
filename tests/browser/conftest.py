"""A served book and a real Chromium for tests of what a person does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page

from pellucid.book import Builder
from pellucid.places import built_front_end, bundled_book
from pellucid.runtime import prepare
from pellucid.server.app import create_app
from pellucid.server.serve import bind

# A cold start of Python in a tab on two busy cores.
SLOW = 90_000


@pytest.fixture(scope="session")
def runtime() -> Path:
    return prepare()


@contextmanager
def serving_folder(folder: Path, runtime: Path) -> Iterator[str]:
    # In a thread of its own: Playwright's event loop runs in this one, where the formulas' V8 would not wait.
    with ThreadPoolExecutor(1) as builder:
        site = builder.submit(Builder(folder, static=built_front_end(), show_faults=True).build).result()
    listener = bind("127.0.0.1", 0)
    listener.listen()  # a tab that is quicker than the server waits for it
    config = uvicorn.Config(
        create_app(lambda: site.files, runtime), log_level="error", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def serve_folder(runtime: Path) -> Iterator[Callable[[Path], str]]:
    """Serves a folder until the end of the run; the same folder is served once."""
    urls: dict[Path, str] = {}
    with ExitStack() as stack:

        def serve(folder: Path) -> str:
            if folder not in urls:
                urls[folder] = stack.enter_context(serving_folder(folder, runtime))
            return urls[folder]

        yield serve


@pytest.fixture(scope="session")
def book_url(serve_folder: Callable[[Path], str]) -> str:
    """The address of Pellucid's own book, with a slash at its end."""
    return serve_folder(bundled_book())


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor of one's own: empty storage."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SLOW)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; a script error in the page fails the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    assert problems == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
