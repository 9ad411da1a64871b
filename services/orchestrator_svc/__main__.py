"""`python -m orchestrator_svc`: serve the books and the state of each business."""

from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2_grpc,
    ledger_service_pb2_grpc,
)

from orchestrator_svc.config import OrchestratorSettings
from orchestrator_svc.domain.clock import Clock, system_clock
from orchestrator_svc.domain.errors import (
    DatabaseUnavailable,
    EarmarkNotFound,
    PlannedItemNotFound,
)
from orchestrator_svc.domain.planning import (
    Earmark,
    PlannedItem,
    check_earmark,
    check_planned_item,
)
from orchestrator_svc.orchestrators.businesses import BusinessOrchestrator
from orchestrator_svc.orchestrators.decision_console import DecisionConsoleDataOrchestrator
from orchestrator_svc.orchestrators.ledgers import LedgerOrchestrator
from orchestrator_svc.orchestrators.mutations import Mutations
from orchestrator_svc.orchestrators.planning import EntryKind, PlanningOrchestrator
from orchestrator_svc.servicers.business import BusinessServicer
from orchestrator_svc.servicers.decision_console import DecisionConsoleServicer
from orchestrator_svc.servicers.errors import CATALOGUE
from orchestrator_svc.servicers.ledger import LedgerServicer
from orchestrator_svc.store.database import Database, UnsafeRole, asynchronous
from service_kit import logs
from service_kit.grpc_server import GrpcServer, Service
from service_kit.pipeline import Pipeline
from service_kit.process import StartError, read_settings, run, until_stopped

PLANNED_ITEMS = EntryKind(PlannedItem, "planned_item", check_planned_item, PlannedItemNotFound)
EARMARKS = EntryKind(Earmark, "earmark", check_earmark, EarmarkNotFound)


def services(database: Database, clock: Clock = system_clock) -> list[Service]:
    """Return the orchestrator's services on a database."""
    mutations = Mutations(database, clock)
    ledger = LedgerServicer(
        LedgerOrchestrator(database, mutations, clock),
        PlanningOrchestrator(database, mutations, PLANNED_ITEMS),
        PlanningOrchestrator(database, mutations, EARMARKS),
    )
    return [
        Service(
            "runway.orchestrator.v1.BusinessService",
            BusinessServicer(BusinessOrchestrator(database, mutations, clock)),
            business_service_pb2_grpc.add_BusinessServiceServicer_to_server,
        ),
        Service(
            "runway.orchestrator.v1.LedgerService",
            ledger,
            ledger_service_pb2_grpc.add_LedgerServiceServicer_to_server,
        ),
        Service(
            "runway.orchestrator.v1.DecisionConsoleService",
            DecisionConsoleServicer(DecisionConsoleDataOrchestrator(database, mutations, clock)),
            decision_console_service_pb2_grpc.add_DecisionConsoleServiceServicer_to_server,
        ),
    ]


async def main() -> None:
    """Serve until stopped."""
    settings = read_settings(OrchestratorSettings)
    logs.configure("orchestrator", settings.log_level)
    database = Database(asynchronous(settings.database_url), settings.database_pool_size)
    server = GrpcServer(services(database), Pipeline(CATALOGUE))
    try:
        await database.check()
        await server.start(settings.bind_host, settings.orchestrator_port)
        await server.serve()
        await until_stopped()
    except DatabaseUnavailable:
        raise StartError("The database does not answer; check RUNWAY_DATABASE_URL.") from None
    except UnsafeRole:
        raise StartError(
            "RUNWAY_DATABASE_URL names a role that could see every business; use runway_app."
        ) from None
    except OSError as error:
        raise StartError(f"{error}; stop what uses it or set RUNWAY_ORCHESTRATOR_PORT.") from None
    finally:
        await server.stop(settings.grace_seconds)
        await database.close()


if __name__ == "__main__":
    run(main)
