"""Serve a book on one port until interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from pellucid.book import Builder, Site
from pellucid.errors import PellucidError
from pellucid.server.app import create_app
from pellucid.server.live import LiveReload


class LiveSite:
    """The newest good build of a book."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self.site: Site = builder.build()

    def rebuild(self) -> str:
        """Build again; one line on what came of it. A build that fails leaves the last good one in place."""
        try:
            self.site = self._builder.build()
        except PellucidError as error:
            return str(error)
        except OSError as error:  # a file went away or was closed to us in the middle of a build; the next change builds again
            return str(error)
        faults = len(self.site.faults)
        return (
            f"rebuilt, {faults} fault{'' if faults == 1 else 's'} shown in the pages" if faults else "rebuilt"
        )

    def watched(self) -> list[Path]:
        """What a change of must rebuild."""
        return self._builder.watched()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything slow so that a busy port is said at once; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # From now on a browser that comes early waits for its answer instead of being refused.
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PellucidError(
                f"Port {port} is in use.",
                "Stop what uses it, or name another; 0 takes a free one: pellucid serve --port 0",
            ) from None
        raise PellucidError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", "Choose another --host or --port."
        ) from None
    return listener


def serve(
    live: LiveSite, runtime: Path, listener: socket.socket, *, dev: bool, say: Callable[[str], None]
) -> None:
    """Answer requests on `listener` until Ctrl+C."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(live, runtime, listener, dev=dev, say=say))


async def _serve(
    live: LiveSite, runtime: Path, listener: socket.socket, *, dev: bool, say: Callable[[str], None]
) -> None:
    reload = LiveReload(live.rebuild, live.watched) if dev else None
    app = create_app(lambda: live.site.files, runtime, [reload.route] if reload else None)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    if reload is None:
        await server.serve(sockets=[listener])
        return
    watching = asyncio.create_task(reload.watch(say))
    try:
        await server.serve(sockets=[listener])
    finally:
        await reload.close()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
