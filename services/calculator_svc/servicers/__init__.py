"""One servicer a service: each method maps, calls one use case of the engine, and maps back."""

from runway.calculator.v1 import backtest_calculation_service_pb2_grpc as backtest_grpc
from runway.calculator.v1 import data_quality_calculation_service_pb2_grpc as data_quality_grpc
from runway.calculator.v1 import (
    decision_console_calculation_service_pb2_grpc as console_grpc,
)
from runway.calculator.v1 import forecast_calculation_service_pb2_grpc as forecast_grpc
from runway.calculator.v1 import impact_calculation_service_pb2_grpc as impact_grpc
from runway.calculator.v1 import insight_calculation_service_pb2_grpc as insight_grpc
from runway.calculator.v1 import pay_plan_calculation_service_pb2_grpc as pay_plan_grpc
from runway.calculator.v1 import priority_calculation_service_pb2_grpc as priority_grpc
from runway.calculator.v1 import runway_calculation_service_pb2_grpc as runway_grpc

from calculator_svc.servicers.backtest_calculation_service import BacktestCalculationServicer
from calculator_svc.servicers.data_quality_calculation_service import (
    DataQualityCalculationServicer,
)
from calculator_svc.servicers.decision_console_calculation_service import (
    DecisionConsoleCalculationServicer,
)
from calculator_svc.servicers.forecast_calculation_service import ForecastCalculationServicer
from calculator_svc.servicers.impact_calculation_service import ImpactCalculationServicer
from calculator_svc.servicers.insight_calculation_service import InsightCalculationServicer
from calculator_svc.servicers.pay_plan_calculation_service import PayPlanCalculationServicer
from calculator_svc.servicers.priority_calculation_service import PriorityCalculationServicer
from calculator_svc.servicers.runway_calculation_service import RunwayCalculationServicer
from service_kit.grpc_server import Service

_PACKAGE = "runway.calculator.v1"


def services() -> list[Service]:
    """Return every service of the calculator, ready to be served."""
    return [
        Service(
            f"{_PACKAGE}.DecisionConsoleCalculationService",
            DecisionConsoleCalculationServicer(),
            console_grpc.add_DecisionConsoleCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.RunwayCalculationService",
            RunwayCalculationServicer(),
            runway_grpc.add_RunwayCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.ForecastCalculationService",
            ForecastCalculationServicer(),
            forecast_grpc.add_ForecastCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.PriorityCalculationService",
            PriorityCalculationServicer(),
            priority_grpc.add_PriorityCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.ImpactCalculationService",
            ImpactCalculationServicer(),
            impact_grpc.add_ImpactCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.InsightCalculationService",
            InsightCalculationServicer(),
            insight_grpc.add_InsightCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.DataQualityCalculationService",
            DataQualityCalculationServicer(),
            data_quality_grpc.add_DataQualityCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.PayPlanCalculationService",
            PayPlanCalculationServicer(),
            pay_plan_grpc.add_PayPlanCalculationServiceServicer_to_server,
        ),
        Service(
            f"{_PACKAGE}.BacktestCalculationService",
            BacktestCalculationServicer(),
            backtest_grpc.add_BacktestCalculationServiceServicer_to_server,
        ),
    ]
