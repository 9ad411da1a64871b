"""Runs the calculator: settings, servicers, serve."""

import structlog

from calculator_svc.config import MAXIMUM_REQUEST_BYTES, CalculatorSettings
from calculator_svc.servicers import services
from calculator_svc.servicers.errors import CATALOGUE
from service_kit import logs, process
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline

log = structlog.get_logger()


async def main() -> None:
    """Serve until a signal ends the process.

    Raises StartError when a setting is wrong or the port cannot be had.
    """
    settings = process.read_settings(CalculatorSettings)
    logs.configure("calculator_svc", settings.log_level)

    server = GrpcServer(services(), Pipeline(CATALOGUE), MAXIMUM_REQUEST_BYTES)

    try:
        port = await server.start(settings.bind_host, settings.calculator_port)
    except OSError as error:
        raise process.StartError(
            f"The calculator cannot start: {error}; set RUNWAY_CALCULATOR_PORT to a free one."
        ) from error
    await server.serve()
    log.info("serving", host=settings.bind_host, port=port)
    try:
        await process.until_stopped()
    finally:
        await server.stop(settings.grace_seconds)


if __name__ == "__main__":
    process.run(main)
