"""The calculator as a process: figures from what a request holds, and nothing kept."""

import structlog

from calculator_svc.config import MAXIMUM_REQUEST_BYTES, CalculatorSettings
from calculator_svc.servicers import services
from calculator_svc.servicers.errors import CATALOGUE
from service_kit import logs, process
from service_kit.admission import Admission
from service_kit.grpc_server import GrpcServer
from service_kit.jwks import KeySource
from service_kit.metrics import Metrics
from service_kit.pipeline import Pipeline
from service_kit.tls import server_tls
from service_kit.tokens import Verifier, inner

log = structlog.get_logger()


async def main() -> None:
    """Serve until the process is told to stop."""
    settings = process.read_settings(CalculatorSettings)
    logs.configure("calculator_svc", settings.log_level)
    metrics = Metrics()

    keys = KeySource.at(settings.inner_keys, "RUNWAY_INNER_KEYS", settings.keys_longest_seconds)
    verifier = Verifier(keys, inner("calculator"))
    tls = server_tls(settings)
    server = GrpcServer(
        services(),
        Pipeline(
            CATALOGUE, verifier, Admission(settings.limits), reaches_database=False, metrics=metrics
        ),
        MAXIMUM_REQUEST_BYTES,
        tls,
        settings.reflects,
    )

    try:
        port = await process.listen(
            server, settings.bind_host, settings.calculator_port, "RUNWAY_CALCULATOR_PORT"
        )
        metrics.serve(
            settings.metrics_host,
            settings.calculator_metrics_port,
            "RUNWAY_CALCULATOR_METRICS_PORT",
            tls,
        )
        await server.serve()
        log.info("serving", host=settings.bind_host, port=port)
        await process.until_stopped()
    finally:
        await server.stop(settings.grace_seconds)


if __name__ == "__main__":
    process.run(main)
