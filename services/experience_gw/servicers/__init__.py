"""The experiences as gRPC methods: each maps, calls inner services, and maps back."""

from runway.experience.v1 import audit_service_pb2_grpc as audit_grpc
from runway.experience.v1 import business_settings_service_pb2_grpc as settings_grpc
from runway.experience.v1 import decision_console_service_pb2_grpc as console_grpc
from runway.experience.v1 import digest_service_pb2_grpc as digest_grpc
from runway.experience.v1 import forecast_service_pb2_grpc as forecast_grpc
from runway.experience.v1 import hand_over_service_pb2_grpc as hand_over_grpc
from runway.experience.v1 import hygiene_tray_service_pb2_grpc as tray_grpc
from runway.experience.v1 import leaving_service_pb2_grpc as leaving_grpc
from runway.experience.v1 import pay_plan_service_pb2_grpc as pay_plan_grpc
from runway.experience.v1 import planning_service_pb2_grpc as planning_grpc
from runway.experience.v1 import portfolio_service_pb2_grpc as portfolio_grpc
from runway.experience.v1 import test_drive_service_pb2_grpc as test_drive_grpc

from experience_gw.clients import InnerServices
from experience_gw.mail_server import Mailing
from experience_gw.servicers.audit import AuditServicer
from experience_gw.servicers.business_settings import BusinessSettingsServicer
from experience_gw.servicers.decision_console import DecisionConsoleServicer
from experience_gw.servicers.digest import DigestServicer
from experience_gw.servicers.forecast import ForecastServicer
from experience_gw.servicers.hand_over import HandOverServicer
from experience_gw.servicers.hygiene_tray import HygieneTrayServicer
from experience_gw.servicers.leaving import LeavingServicer
from experience_gw.servicers.pay_plan import PayPlanServicer
from experience_gw.servicers.planning import PlanningServicer
from experience_gw.servicers.portfolio import PortfolioServicer
from experience_gw.servicers.test_drive import TestDriveServicer
from service_kit.grpc_server import Service

_PACKAGE = "runway.experience.v1"


def services(inner: InnerServices, mailing: Mailing | None = None) -> list[Service]:
    """Return every service of the gateway, ready to be served; without `mailing` it sends none."""
    return [
        Service(
            f"{_PACKAGE}.DecisionConsoleService",
            DecisionConsoleServicer(inner),
            console_grpc.add_DecisionConsoleServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.DigestService",
            DigestServicer(inner, mailing or Mailing()),
            digest_grpc.add_DigestServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.ForecastService",
            ForecastServicer(inner),
            forecast_grpc.add_ForecastServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.PayPlanService",
            PayPlanServicer(inner),
            pay_plan_grpc.add_PayPlanServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.PlanningService",
            PlanningServicer(inner),
            planning_grpc.add_PlanningServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.BusinessSettingsService",
            BusinessSettingsServicer(inner),
            settings_grpc.add_BusinessSettingsServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.LeavingService",
            LeavingServicer(inner),
            leaving_grpc.add_LeavingServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.PortfolioService",
            PortfolioServicer(inner),
            portfolio_grpc.add_PortfolioServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.TestDriveService",
            TestDriveServicer(inner),
            test_drive_grpc.add_TestDriveServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.HandOverService",
            HandOverServicer(inner),
            hand_over_grpc.add_HandOverServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.AuditService",
            AuditServicer(inner),
            audit_grpc.add_AuditServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.HygieneTrayService",
            HygieneTrayServicer(inner),
            tray_grpc.add_HygieneTrayServiceServicer_to_server,
        ),
    ]
