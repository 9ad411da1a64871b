"""Real servers for tests: the production server, pipeline and servicers, on a loop in a thread."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from calculator_svc.config import MAXIMUM_REQUEST_BYTES
from calculator_svc.servicers import services as calculator_services
from calculator_svc.servicers.errors import CATALOGUE as CALCULATOR_ERRORS
from experience_gw.clients import InnerServices
from experience_gw.config import MOST_ELEMENTS
from experience_gw.servicers import services as gateway_services
from experience_gw.servicers.errors import CATALOGUE as GATEWAY_ERRORS
from experience_gw.web.app import GatewayApp
from experience_gw.web.server import HttpServer
from orchestrator_svc.domain.clock import Clock, system_clock
from orchestrator_svc.servicers import services as orchestrator_services
from orchestrator_svc.servicers.errors import CATALOGUE as ORCHESTRATOR_ERRORS
from orchestrator_svc.store.database import Database
from service_kit.admission import Limits
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline
from support import identity
from support.admission import admission

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


class LyingPipeline(Pipeline):
    """Answers everything rightly, but for the business that it says the answer is for."""

    ANOTHER = "another-business"

    async def run(self, *arguments: Any) -> Any:
        """Handle one call."""
        answer = await super().run(*arguments)
        answer.business_id = self.ANOTHER
        return answer


@contextmanager
def orchestrator(
    database_url: str, clock: Clock = system_clock, pipeline: type[Pipeline] = Pipeline
) -> Iterator[str]:
    """Yield the address of an orchestrator on a database."""

    async def start() -> tuple[int, Stop]:
        database = Database(database_url)
        server = GrpcServer(
            orchestrator_services(database, clock),
            pipeline(ORCHESTRATOR_ERRORS, identity.gateways("orchestrator"), admission()),
        )
        port = await server.start(HOST, 0)
        await server.serve()

        async def stop() -> None:
            await server.stop(0)
            await database.close()

        return port, stop

    with served(start) as address:
        yield address


@dataclass(frozen=True)
class Stack:
    """Where the three services of Runway listen, each as host:port."""

    orchestrator: str
    calculator: str
    gateway_grpc: str
    gateway_http: str


@contextmanager
def calculator(pipeline: type[Pipeline] = Pipeline) -> Iterator[str]:
    """Yield the address of a calculator."""

    async def start() -> tuple[int, Stop]:
        server = GrpcServer(
            calculator_services(),
            pipeline(
                CALCULATOR_ERRORS,
                identity.gateways("calculator"),
                admission(),
                reaches_database=False,
            ),
            MAXIMUM_REQUEST_BYTES,
        )
        port = await server.start(HOST, 0)
        await server.serve()
        return port, lambda: server.stop(0)

    with served(start) as address:
        yield address


@contextmanager
def gateway(
    orchestrator_address: str, calculator_address: str, limits: Limits | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the gRPC and the HTTP address of a gateway before two services."""
    with loop_in_thread() as run:
        grpc_server, http_server, inner, ports = run(
            _start_gateway(orchestrator_address, calculator_address, limits)
        )
        try:
            yield f"{HOST}:{ports[0]}", f"{HOST}:{ports[1]}"
        finally:
            run(grpc_server.stop(0))
            run(http_server.stop(0))
            run(inner.close())


async def _start_gateway(
    orchestrator_address: str, calculator_address: str, limits: Limits | None
) -> tuple[GrpcServer, HttpServer, InnerServices, tuple[int, int]]:
    inner = InnerServices.at(orchestrator_address, calculator_address, 10.0, identity.GATEWAY)
    services, pipeline = (
        gateway_services(inner),
        Pipeline(GATEWAY_ERRORS, identity.users(), admission(limits), most_elements=MOST_ELEMENTS),
    )
    grpc_server = GrpcServer(services, pipeline)
    http_server = HttpServer(GatewayApp(services, pipeline, inner))
    ports = await grpc_server.start(HOST, 0), await http_server.start(HOST, 0)
    await grpc_server.serve()
    return grpc_server, http_server, inner, ports


@contextmanager
def stack(
    database_url: str, clock: Clock = system_clock, inner: type[Pipeline] = Pipeline
) -> Iterator[Stack]:
    """Yield the addresses of all three services, the gateway before the other two."""
    with (
        orchestrator(database_url, clock, inner) as orchestrator_address,
        calculator(inner) as calculator_address,
        gateway(orchestrator_address, calculator_address) as (grpc_address, http_address),
    ):
        yield Stack(orchestrator_address, calculator_address, grpc_address, http_address)
