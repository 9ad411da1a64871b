"""The orchestrator as a process: the books and the state of each business, on one database."""

import structlog

from orchestrator_svc.config import OrchestratorSettings
from orchestrator_svc.domain.errors import DatabaseUnavailable
from orchestrator_svc.servicers import services
from orchestrator_svc.servicers.errors import CATALOGUE
from orchestrator_svc.store.database import (
    AccessRefused,
    Database,
    NotMigrated,
    UnboundTables,
    UnsafeRole,
    asynchronous,
)
from service_kit import logs, process
from service_kit.admission import Admission
from service_kit.grpc_server import GrpcServer
from service_kit.jwks import KeySource
from service_kit.metrics import Metrics
from service_kit.pipeline import Pipeline
from service_kit.process import StartError
from service_kit.tls import server_tls
from service_kit.tokens import Verifier, inner

log = structlog.get_logger()


async def main() -> None:
    """Serve until the process is told to stop."""
    settings = process.read_settings(OrchestratorSettings)
    logs.configure("orchestrator_svc", settings.log_level)
    metrics = Metrics()

    database = Database(asynchronous(settings.database_url), settings.database_pool_size)
    verifier = Verifier(
        KeySource.at(settings.inner_keys, "RUNWAY_INNER_KEYS", settings.keys_longest_seconds),
        inner("orchestrator"),
    )
    tls = server_tls(settings)
    server = GrpcServer(
        services(database),
        Pipeline(CATALOGUE, verifier, Admission(settings.limits), metrics=metrics),
        tls=tls,
        reflection=settings.reflects,
    )

    try:
        await _check(database)
        port = await process.listen(
            server, settings.bind_host, settings.orchestrator_port, "RUNWAY_ORCHESTRATOR_PORT"
        )
        metrics.serve(
            settings.metrics_host,
            settings.orchestrator_metrics_port,
            "RUNWAY_ORCHESTRATOR_METRICS_PORT",
            tls,
        )
        await server.serve()
        log.info("serving", host=settings.bind_host, port=port)
        await process.until_stopped()
    finally:
        await server.stop(settings.grace_seconds)
        await database.close()


async def _check(database: Database) -> None:
    try:
        await database.check()
    except DatabaseUnavailable:
        raise StartError("The database does not answer; check RUNWAY_DATABASE_URL.") from None
    except AccessRefused as error:
        raise StartError(f"The database refuses what RUNWAY_DATABASE_URL names: {error}.") from None
    except NotMigrated:
        raise StartError("The database has no tables yet; run `runway migrate` first.") from None
    except UnboundTables:
        raise StartError(
            "A table of the database does not keep businesses apart; every one with a business_id"
            " needs row-level security, enabled and forced."
        ) from None
    except UnsafeRole:
        raise StartError(
            "RUNWAY_DATABASE_URL names a role that could see every business; use runway_app."
        ) from None


if __name__ == "__main__":
    process.run(main)
