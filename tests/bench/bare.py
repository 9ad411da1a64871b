"""The bare floor: the same three processes, messages and bytes, without database or calculation.

Each bare service parses its request and writes a recorded answer, as generated stubs do; the
gateway calls the two others one after the other and passes the ledger on. Run as `bare_calculator`
and so on.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import uvloop
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from runway.calculator.v1 import decision_console_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import decision_console_service_pb2 as experience_pb
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb

RECORDED = "BENCH_RECORDED"
CALCULATE = "/runway.calculator.v1.DecisionConsoleCalculationService/CalculateDecisionConsole"
GET_DATA = "/runway.orchestrator.v1.DecisionConsoleService/GetConsoleData"
GET_CONSOLE = "/runway.experience.v1.DecisionConsoleService/GetDecisionConsole"
LARGE = [
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
]


def recorded(name: str) -> bytes:
    """Return an answer that the real service gave."""
    return (Path(os.environ[RECORDED]) / name).read_bytes()


async def serve(path: str, port: str, kind: Any, behaviour: Callable[..., Awaitable[Any]]) -> None:
    """Serve one method."""
    server = grpc.aio.server(options=LARGE)
    service, name = path[1:].split("/")
    handler = grpc.unary_unary_rpc_method_handler(
        behaviour,
        request_deserializer=kind.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(service, {name: handler}),)
    )
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    server.add_insecure_port(f"127.0.0.1:{os.environ[port]}")
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.wait_for_termination()


async def calculator() -> None:
    """Parse a ledger, and give the recorded answer."""
    answer = calculator_pb.CalculateDecisionConsoleResponse.FromString(recorded("calculator"))

    async def behaviour(request: Any, context: Any) -> Any:
        return answer

    kind = calculator_pb.CalculateDecisionConsoleRequest
    await serve(CALCULATE, "RUNWAY_CALCULATOR_PORT", kind, behaviour)


async def orchestrator() -> None:
    """Give the recorded books."""
    answer = orchestrator_pb.GetConsoleDataResponse.FromString(recorded("orchestrator"))

    async def behaviour(request: Any, context: Any) -> Any:
        return answer

    kind = orchestrator_pb.GetConsoleDataRequest
    await serve(GET_DATA, "RUNWAY_ORCHESTRATOR_PORT", kind, behaviour)


async def gateway() -> None:
    """Call the orchestrator, pass the ledger on to the calculator, give the recorded answer."""
    answer = experience_pb.GetDecisionConsoleResponse.FromString(recorded("gateway"))
    inner = grpc.aio.insecure_channel(os.environ["RUNWAY_ORCHESTRATOR_ADDRESS"], LARGE)
    get_data = inner.unary_unary(
        GET_DATA,
        request_serializer=orchestrator_pb.GetConsoleDataRequest.SerializeToString,
        response_deserializer=orchestrator_pb.GetConsoleDataResponse.FromString,
    )
    other = grpc.aio.insecure_channel(os.environ["RUNWAY_CALCULATOR_ADDRESS"], LARGE)
    calculate = other.unary_unary(
        CALCULATE,
        request_serializer=calculator_pb.CalculateDecisionConsoleRequest.SerializeToString,
        response_deserializer=calculator_pb.CalculateDecisionConsoleResponse.FromString,
    )

    async def behaviour(request: Any, context: Any) -> Any:
        data = await get_data(
            orchestrator_pb.GetConsoleDataRequest(business_id=request.business_id)
        )
        await calculate(
            calculator_pb.CalculateDecisionConsoleRequest(
                business_id=request.business_id, ledger=data.ledger
            )
        )
        return answer

    kind = experience_pb.GetDecisionConsoleRequest
    await serve(GET_CONSOLE, "RUNWAY_GATEWAY_PORT", kind, behaviour)


def run(main: Callable[[], Awaitable[None]]) -> None:
    """Run a bare service until it is terminated."""

    async def cancellable() -> None:
        await main()

    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        uvloop.run(cancellable())
