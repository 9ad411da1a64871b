"""Serving an ASGI application from the process's own event loop."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from service_kit.tls import ServerTls


class HttpServer:
    """uvicorn, started and stopped as the gRPC server is."""

    def __init__(self, app: Any, tls: ServerTls | None = None) -> None:
        self._server = _Uvicorn(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                interface="asgi3",
                # The pipeline logs every call, in the form of all logs.
                access_log=False,
                log_config=None,
                log_level="error",
                server_header=False,
                # Nothing here depends on the client's address.
                proxy_headers=False,
                ssl_context_factory=(lambda config, default: tls.context()) if tls else None,
            )
        )
        self._running: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port (useful where 0 asked for any).

        Raises OSError when the port cannot be had.
        """
        # Bound here and not by uvicorn, which ends the process when it cannot.
        listener = _listener(host, port)
        self._running = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not (self._server.started or self._running.done()):
            await asyncio.sleep(0.001)
        return int(listener.getsockname()[1])

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Take no new requests, let those under way finish, then stop."""
        if self._running is None:
            return
        self._server.config.timeout_graceful_shutdown = math.ceil(grace_seconds)
        self._server.should_exit = True
        await self._running
        self._running = None


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which has two servers to stop."""
        yield


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    listener.setblocking(False)
    return listener
