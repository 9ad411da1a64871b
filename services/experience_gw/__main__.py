"""The gateway as a process: gRPC and HTTP over the same handlers, in one event loop."""

import asyncio
import gc

import structlog
from runway.experience.v1.decision_console_service_pb2_grpc import (
    add_DecisionConsoleServiceServicer_to_server,
)

from experience_gw.clients import InnerServices
from experience_gw.config import GatewaySettings
from experience_gw.servicers import decision_console
from experience_gw.servicers.decision_console import DecisionConsoleServicer
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.web.app import GatewayApp
from experience_gw.web.server import HttpServer
from service_kit import logs, process
from service_kit.grpc_server import GrpcServer, Service
from service_kit.pipeline import Pipeline
from service_kit.process import StartError

log = structlog.get_logger()


async def main() -> None:
    """Serve until the process is told to stop."""
    settings = process.read_settings(GatewaySettings)
    logs.configure("experience_gw", settings.log_level)

    inner = InnerServices.at(
        settings.orchestrator_target, settings.calculator_target, settings.default_deadline_seconds
    )
    services = [
        Service(
            decision_console.SERVICE_NAME,
            DecisionConsoleServicer(inner),
            add_DecisionConsoleServiceServicer_to_server,
        )
    ]
    pipeline = Pipeline(CATALOGUE)
    grpc_server = GrpcServer(services, pipeline)
    http_server = HttpServer(GatewayApp(services, pipeline, inner))

    try:
        host = settings.bind_host
        grpc_port = await _start(grpc_server, host, settings.gateway_port, "RUNWAY_GATEWAY_PORT")
        http_port = await _start(http_server, host, settings.http_port, "RUNWAY_HTTP_PORT")
        # What is there by now stays; not to look at it again saves about a tenth of each read.
        gc.collect()
        gc.freeze()
        await grpc_server.serve()
        log.info("serving", host=host, grpc_port=grpc_port, http_port=http_port)
        await process.until_stopped()
    finally:
        grace = settings.grace_seconds
        await asyncio.gather(grpc_server.stop(grace), http_server.stop(grace))
        await inner.close()


async def _start(server: GrpcServer | HttpServer, host: str, port: int, variable: str) -> int:
    try:
        return await server.start(host, port)
    except OSError:
        raise StartError(
            f"Port {port} on {host} cannot be had, most likely because another process has it;"
            f" set {variable} to a free one."
        ) from None


if __name__ == "__main__":
    process.run(main)
