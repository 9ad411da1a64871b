"""The gateway as a process: gRPC and HTTP over the same handlers, in one event loop."""

import asyncio
from pathlib import Path

import structlog

from experience_gw.clients import InnerServices
from experience_gw.config import MOST_ELEMENTS, GatewaySettings
from experience_gw.servicers import services
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.web.app import GatewayApp
from experience_gw.web.server import HttpServer
from service_kit import logs, process
from service_kit.admission import Admission
from service_kit.grpc_server import GrpcServer
from service_kit.jwks import KeySource
from service_kit.metrics import Metrics
from service_kit.pipeline import Pipeline
from service_kit.process import StartError
from service_kit.tls import client_tls, server_tls
from service_kit.tokens import INNER_ISSUER, Expectation, Signer, Verifier, read_private_key

log = structlog.get_logger()


async def main() -> None:
    """Serve until the process is told to stop."""
    settings = process.read_settings(GatewaySettings)
    logs.configure("experience_gw", settings.log_level)
    metrics = Metrics()

    inner = InnerServices.at(
        settings.orchestrator_target,
        settings.calculator_target,
        settings.default_deadline_seconds,
        _signer(settings.inner_key_file),
        client_tls(
            settings.inner_tls_ca_file,
            settings.inner_tls_certificate_file,
            settings.inner_tls_key_file,
            "RUNWAY_INNER_TLS_",
        ),
    )
    users = Expectation(settings.token_issuer, settings.token_audience)
    verifier = Verifier(
        KeySource.at(settings.user_keys, "RUNWAY_USER_KEYS", settings.keys_longest_seconds), users
    )
    served = services(inner, settings.mailing())
    pipeline = Pipeline(
        CATALOGUE,
        verifier,
        Admission(settings.limits),
        most_elements=MOST_ELEMENTS,
        metrics=metrics,
    )
    tls = server_tls(settings)
    server = GrpcServer(served, pipeline, tls=tls, reflection=settings.reflects)
    http_server = HttpServer(GatewayApp(served, pipeline, inner), tls)

    try:
        host = settings.bind_host
        port = await process.listen(server, host, settings.gateway_port, "RUNWAY_GATEWAY_PORT")
        http_port = await process.listen(http_server, host, settings.http_port, "RUNWAY_HTTP_PORT")
        metrics.serve(
            settings.metrics_host, settings.gateway_metrics_port, "RUNWAY_GATEWAY_METRICS_PORT", tls
        )
        await server.serve()
        log.info("serving", host=host, port=port, http_port=http_port)
        await process.until_stopped()
    finally:
        grace = settings.grace_seconds
        await asyncio.gather(server.stop(grace), http_server.stop(grace))
        await inner.close()


def _signer(key_file: Path) -> Signer:
    try:
        return Signer(read_private_key(key_file.read_bytes()), INNER_ISSUER)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StartError(
            f"The key that RUNWAY_INNER_KEY_FILE names cannot be used ({why});"
            " name a PEM file with a private Ed25519 key."
        ) from None


if __name__ == "__main__":
    process.run(main)
