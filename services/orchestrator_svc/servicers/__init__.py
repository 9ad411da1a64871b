"""The gRPC face: each method maps the request, calls one use case, and maps the answer back."""

from runway.orchestrator.v1 import audit_service_pb2_grpc as audit_grpc
from runway.orchestrator.v1 import backtest_service_pb2_grpc as backtest_grpc
from runway.orchestrator.v1 import business_service_pb2_grpc as business_grpc
from runway.orchestrator.v1 import decision_console_service_pb2_grpc as console_grpc
from runway.orchestrator.v1 import digest_service_pb2_grpc as digest_grpc
from runway.orchestrator.v1 import hand_over_service_pb2_grpc as hand_over_grpc
from runway.orchestrator.v1 import hygiene_tray_service_pb2_grpc as tray_grpc
from runway.orchestrator.v1 import ledger_service_pb2_grpc as ledger_grpc
from runway.orchestrator.v1 import test_drive_service_pb2_grpc as test_drive_grpc

from orchestrator_svc.domain.clock import Clock, system_clock
from orchestrator_svc.domain.errors import EarmarkNotFound, PlannedItemNotFound
from orchestrator_svc.domain.planning import (
    UPDATABLE_OF_EARMARK,
    UPDATABLE_OF_PLANNED_ITEM,
    Earmark,
    PlannedItem,
    check_earmark,
    check_planned_item,
)
from orchestrator_svc.orchestrators.audits import AuditOrchestrator
from orchestrator_svc.orchestrators.backtests import BacktestOrchestrator
from orchestrator_svc.orchestrators.businesses import BusinessOrchestrator
from orchestrator_svc.orchestrators.decision_console import DecisionConsoleDataOrchestrator
from orchestrator_svc.orchestrators.digests import DigestDataOrchestrator
from orchestrator_svc.orchestrators.experiments import ExperimentOrchestrator
from orchestrator_svc.orchestrators.hand_overs import HandOverOrchestrator
from orchestrator_svc.orchestrators.hygiene_tray import HygieneTrayDataOrchestrator
from orchestrator_svc.orchestrators.ledger_history import LedgerHistoryOrchestrator
from orchestrator_svc.orchestrators.ledgers import LedgerOrchestrator
from orchestrator_svc.orchestrators.mutations import Mutations
from orchestrator_svc.orchestrators.planning import EntryKind, PlanningOrchestrator
from orchestrator_svc.orchestrators.sandboxes import SandboxOrchestrator
from orchestrator_svc.servicers.audit import AuditServicer
from orchestrator_svc.servicers.backtest import BacktestServicer
from orchestrator_svc.servicers.business import BusinessServicer
from orchestrator_svc.servicers.decision_console import DecisionConsoleServicer
from orchestrator_svc.servicers.digests import DigestServicer
from orchestrator_svc.servicers.hand_over import HandOverServicer
from orchestrator_svc.servicers.hygiene_tray import HygieneTrayServicer
from orchestrator_svc.servicers.ledger import LedgerServicer
from orchestrator_svc.servicers.reading_back import read_back
from orchestrator_svc.servicers.test_drive import TestDriveServicer
from orchestrator_svc.store.database import Database
from service_kit.grpc_server import Service

_PACKAGE = "runway.orchestrator.v1"
_PLANNED_ITEMS = EntryKind(
    PlannedItem,
    "planned_item",
    check_planned_item,
    PlannedItemNotFound,
    UPDATABLE_OF_PLANNED_ITEM,
)
_EARMARKS = EntryKind(Earmark, "earmark", check_earmark, EarmarkNotFound, UPDATABLE_OF_EARMARK)


def services(database: Database, clock: Clock = system_clock) -> list[Service]:
    """Return every service of the orchestrator on a database, ready to be served."""
    mutations = Mutations(database, clock)

    async def read(within: Database, business_id: str) -> None:
        await read_back(services(within, clock), business_id)

    return [
        Service(
            f"{_PACKAGE}.BusinessService",
            BusinessServicer(BusinessOrchestrator(database, mutations, clock, read)),
            business_grpc.add_BusinessServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.LedgerService",
            LedgerServicer(
                LedgerOrchestrator(database, mutations, clock),
                PlanningOrchestrator(database, mutations, _PLANNED_ITEMS),
                PlanningOrchestrator(database, mutations, _EARMARKS),
                LedgerHistoryOrchestrator(database, clock),
            ),
            ledger_grpc.add_LedgerServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.DecisionConsoleService",
            DecisionConsoleServicer(DecisionConsoleDataOrchestrator(database, mutations, clock)),
            console_grpc.add_DecisionConsoleServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.DigestService",
            DigestServicer(DigestDataOrchestrator(database, mutations, clock)),
            digest_grpc.add_DigestServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.BacktestService",
            BacktestServicer(BacktestOrchestrator(database, mutations)),
            backtest_grpc.add_BacktestServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.TestDriveService",
            TestDriveServicer(
                ExperimentOrchestrator(database, mutations), SandboxOrchestrator(mutations, clock)
            ),
            test_drive_grpc.add_TestDriveServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.HandOverService",
            HandOverServicer(HandOverOrchestrator(database, mutations)),
            hand_over_grpc.add_HandOverServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.AuditService",
            AuditServicer(AuditOrchestrator(database)),
            audit_grpc.add_AuditServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.HygieneTrayService",
            HygieneTrayServicer(HygieneTrayDataOrchestrator(database, mutations, clock)),
            tray_grpc.add_HygieneTrayServiceServicer_to_server,
        ),
    ]
