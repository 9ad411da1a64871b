"""Real servers for tests: the production server, pipeline and servicers, on a loop in a thread."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator_svc.domain.clock import Clock, system_clock
from orchestrator_svc.servicers import services as orchestrator_services
from orchestrator_svc.servicers.errors import CATALOGUE as ORCHESTRATOR_ERRORS
from orchestrator_svc.store.database import Database
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline

HOST = "127.0.0.1"
Stop = Callable[[], Awaitable[None]]


@contextmanager
def loop_in_thread() -> Iterator[Callable[[Awaitable[Any]], Any]]:
    """Yield a function that runs a coroutine on a loop of its own and waits for its result."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(coroutine: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=60)  # type: ignore[arg-type]

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


@contextmanager
def served(start: Callable[[], Awaitable[tuple[int, Stop]]]) -> Iterator[str]:
    """Yield the address of a server that `start` starts and that the stop which it returns
    stops.
    """
    with loop_in_thread() as run:
        port, stop = run(start())
        try:
            yield f"{HOST}:{port}"
        finally:
            run(stop())


@contextmanager
def orchestrator(database_url: str, clock: Clock = system_clock) -> Iterator[str]:
    """Yield the address of an orchestrator on a database."""

    async def start() -> tuple[int, Stop]:
        database = Database(database_url)
        server = GrpcServer(orchestrator_services(database, clock), Pipeline(ORCHESTRATOR_ERRORS))
        port = await server.start(HOST, 0)
        await server.serve()

        async def stop() -> None:
            await server.stop(0)
            await database.close()

        return port, stop

    with served(start) as address:
        yield address
