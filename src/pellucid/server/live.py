"""`--dev`: watch the book, rebuild what changed, and tell open pages to refresh."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import watchfiles
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

HEARTBEAT_SECONDS = 15.0


class LiveReload:
    """Rebuilds on change and streams the number of the newest build to the pages as server-sent events."""

    def __init__(self, rebuild: Callable[[], str], watched: Callable[[], list[Path]]) -> None:
        self._rebuild = rebuild
        self._watched = watched
        self._version = 0
        self._changed = asyncio.Condition()
        self._closing = False

    @property
    def route(self) -> Route:
        """Where the pages listen."""
        return Route("/dev/events", self.events)

    async def watch(self, say: Callable[[str], None]) -> None:
        """Rebuild after each change until cancelled; a fault in a chapter is said and the last good pages stay."""
        changes_of = watchfiles.awatch(  # pyright: ignore[reportUnknownMemberType]
            *self._watched(), debounce=150
        )
        async for changes in changes_of:
            names = ", ".join(sorted({Path(path).name for _, path in changes})[:3])
            summary = await asyncio.to_thread(self._rebuild)
            say(f"{names}: {summary}")
            async with self._changed:
                self._version += 1
                self._changed.notify_all()

    async def close(self) -> None:
        """Let every open stream end, so that the server can stop."""
        self._closing = True
        async with self._changed:
            self._changed.notify_all()

    async def events(self, _request: Request) -> StreamingResponse:
        """The stream that a page listens to."""
        return StreamingResponse(
            self._stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _stream(self) -> AsyncGenerator[str]:
        seen = self._version
        yield f"retry: 500\nevent: hello\ndata: {seen}\n\n"
        while not self._closing:
            # Nothing is sent while the condition is held: a page that reads slowly would hold up every other.
            if await self._wait(seen):
                seen = self._version
                yield f"event: changed\ndata: {seen}\n\n"
            elif not self._closing:
                yield ": still here\n\n"

    async def _wait(self, seen: int) -> bool:
        """Whether there is a build after number `seen` within a heartbeat."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                news = self._changed.wait_for(lambda: self._closing or self._version != seen)
                await asyncio.wait_for(news, HEARTBEAT_SECONDS)
            return self._version != seen
