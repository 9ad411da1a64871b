"""The gateway as a process: gRPC and HTTP over the same handlers, in one event loop."""

import asyncio

import structlog

from experience_gw.clients import InnerServices
from experience_gw.config import GatewaySettings
from experience_gw.servicers import services
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.web.app import GatewayApp
from experience_gw.web.server import HttpServer
from service_kit import logs, process
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline

log = structlog.get_logger()


async def main() -> None:
    """Serve until the process is told to stop."""
    settings = process.read_settings(GatewaySettings)
    logs.configure("experience_gw", settings.log_level)

    inner = InnerServices.at(
        settings.orchestrator_target, settings.calculator_target, settings.default_deadline_seconds
    )
    served, pipeline = services(inner), Pipeline(CATALOGUE)
    server = GrpcServer(served, pipeline)
    http_server = HttpServer(GatewayApp(served, pipeline, inner))

    try:
        host = settings.bind_host
        port = await process.listen(server, host, settings.gateway_port, "RUNWAY_GATEWAY_PORT")
        http_port = await process.listen(http_server, host, settings.http_port, "RUNWAY_HTTP_PORT")
        await server.serve()
        log.info("serving", host=host, port=port, http_port=http_port)
        await process.until_stopped()
    finally:
        grace = settings.grace_seconds
        await asyncio.gather(server.stop(grace), http_server.stop(grace))
        await inner.close()


if __name__ == "__main__":
    process.run(main)
