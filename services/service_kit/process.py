"""A server process from start to end: run, wait for a signal, stop gracefully."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import structlog
import uvloop
from pydantic import ValidationError
from pydantic_settings import BaseSettings

Settings = TypeVar("Settings", bound=BaseSettings)

log = structlog.get_logger()

STOPPING = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """A server cannot start; the text is one sentence that says why and what to do."""


def read_settings(kind: type[Settings]) -> Settings:
    """Read a service's settings from the environment, once.

    Raises StartError naming each variable that is missing or wrong.
    """
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "").upper()
        problems = "; ".join(
            # What is wrong with several together names them itself.
            "".join(f"{prefix}{str(name).upper()}: " for name in problem["loc"][:1])
            + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        )
        raise StartError(f"The settings are wrong: {problems}.") from error


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a server's main coroutine on uvloop; a StartError is one sentence and exit code 1."""
    try:
        uvloop.run(_cancelled_by_signals(main))
    except StartError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


async def _cancelled_by_signals(main: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(main())
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # Once: a second signal would cut short how calls under way are let finish.
        for number in STOPPING:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        task.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        log.info("stopped")


class Listener(Protocol):
    """A server that listens on one port."""

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port. Raises OSError when it cannot be had."""


async def listen(server: Listener, host: str, port: int, variable: str) -> int:
    """Let a server listen, and return its port.

    Raises StartError, which names the variable that sets another port.
    """
    try:
        return await server.start(host, port)
    except OSError:
        raise StartError(
            f"Port {port} on {host} cannot be had, most likely because another process has it;"
            f" set {variable} to a free one."
        ) from None


async def until_stopped() -> None:
    """Wait for the signal that ends the process."""
    await asyncio.get_running_loop().create_future()
