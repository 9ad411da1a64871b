"""The forecast and its what-ifs: the books of the orchestrator, drawn by the calculator."""

from typing import Any

from runway.calculator.v1 import forecast_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.forecast_calculation_service_pb2_grpc import (
    ForecastCalculationServiceStub,
)
from runway.experience.v1 import forecast_service_pb2 as experience_pb2
from runway.experience.v1.forecast_service_pb2_grpc import ForecastServiceServicer
from runway.orchestrator.v1 import pay_date_profile_service_pb2 as profile_pb2
from runway.orchestrator.v1.pay_date_profile_service_pb2_grpc import PayDateProfileServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.books import BooksReader, heading
from experience_gw.servicers.forecast_history import ForecastHistory
from experience_gw.servicers.policy import policy_of


class ForecastServicer(ForecastHistory, ForecastServiceServicer):
    """Serves the forecast."""

    def __init__(self, inner: InnerServices) -> None:
        super().__init__(inner)
        self._books = BooksReader(inner.orchestrator)
        self._orchestrator, self._calculator = inner.orchestrator, inner.calculator
        self._profiles = PayDateProfileServiceStub(inner.orchestrator.channel)
        self._calculation = ForecastCalculationServiceStub(inner.calculator.channel)

    async def GetForecast(
        self, request: experience_pb2.GetForecastRequest, context: Any
    ) -> experience_pb2.GetForecastResponse:
        """Get the books, and have their forecast drawn."""
        data = await self._books.read(request.business_id, request)
        calculated = await self._calculator.call(
            self._calculation.CalculateForecast,
            calculator_pb2.CalculateForecastRequest(
                business_id=request.business_id,
                ledger=data.ledger,
                policy=policy_of(data.business),
                seed=request.seed,
                view=request.view,
            ),
        )
        return experience_pb2.GetForecastResponse(
            **heading(data),
            forecast=calculated.forecast,
            track_record=data.track_record if data.HasField("track_record") else None,
        )

    async def CompareScenarios(
        self, request: experience_pb2.CompareScenariosRequest, context: Any
    ) -> experience_pb2.CompareScenariosResponse:
        """Get the books, and have the what-ifs drawn beside them."""
        data = await self._books.read(request.business_id, request)
        calculated = await self._calculator.call(
            self._calculation.CompareScenarios,
            calculator_pb2.CompareScenariosRequest(
                business_id=request.business_id,
                ledger=data.ledger,
                policy=policy_of(data.business),
                seed=request.seed,
                scenarios=request.scenarios,
            ),
        )
        return experience_pb2.CompareScenariosResponse(
            business_id=data.business_id,
            currency_code=data.ledger.currency_code,
            baseline=calculated.baseline,
            scenarios=calculated.scenarios,
        )

    async def RefreshPayDateProfile(
        self, request: experience_pb2.RefreshPayDateProfileRequest, context: Any
    ) -> experience_pb2.RefreshPayDateProfileResponse:
        """Get the books, have the profile fitted on them, and have it kept."""
        data = await self._books.read(request.business_id)
        # A new one owes nothing to the one before; should that be refused, this is the cure.
        data.ledger.ClearField("pay_date_profile")
        fitted = await self._calculator.call(
            self._calculation.CalculatePayDateProfile,
            calculator_pb2.CalculatePayDateProfileRequest(
                business_id=request.business_id, ledger=data.ledger
            ),
        )
        kept = await self._orchestrator.call(
            self._profiles.RecordPayDateProfile,
            profile_pb2.RecordPayDateProfileRequest(
                business_id=request.business_id,
                request_id=request.request_id,
                profile=fitted.profile,
            ),
        )
        return experience_pb2.RefreshPayDateProfileResponse(
            business_id=kept.business_id,
            fitted_on=kept.fitted_on,
            observation_count=kept.observation_count,
            customer_count=kept.customer_count,
        )
