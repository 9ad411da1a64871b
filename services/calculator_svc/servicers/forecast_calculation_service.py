"""The forecast with its bands, and what-ifs."""

from typing import Any

from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_forecast, compare_scenarios
from calculator_svc.engine.pay_dates import fit_profile
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs, to_scenarios
from calculator_svc.servicers.pay_date_profiles import profile_fields
from service_kit.threads import in_thread


class ForecastCalculationServicer:
    """Serves `runway.calculator.v1.ForecastCalculationService`.

    Fits and draws take tens of milliseconds, so that they are made beside the event loop.
    """

    async def CalculateForecast(
        self, request: pb.CalculateForecastRequest, context: Any
    ) -> pb.CalculateForecastResponse:
        """Calculate the bands of a forecast (`calculate_forecast`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, policy = to_inputs(request.ledger, request.policy)
        whole = request.view == pb.FORECAST_VIEW_FULL
        figures = await in_thread(
            calculate_forecast, books, policy, request.seed, request.paths, whole
        )
        return pb.CalculateForecastResponse(
            business_id=request.business_id, forecast=Writer(books).forecast(figures)
        )

    async def CompareScenarios(
        self, request: pb.CompareScenariosRequest, context: Any
    ) -> pb.CompareScenariosResponse:
        """Calculate what-ifs beside the forecast as it stands (`compare_scenarios`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, NotInLedger, TooMuchToCompare,
        AmountsTooLarge.
        """
        books, policy = to_inputs(request.ledger, request.policy)
        scenarios = to_scenarios(request.scenarios, books.currency)
        baseline, found = await in_thread(
            compare_scenarios, books, policy, request.seed, request.paths, scenarios
        )
        write = Writer(books)
        return pb.CompareScenariosResponse(
            business_id=request.business_id,
            baseline=write.forecast(baseline),
            scenarios=[write.scenario(figures) for figures in found],
        )

    async def CalculatePayDateProfile(
        self, request: pb.CalculatePayDateProfileRequest, context: Any
    ) -> pb.CalculatePayDateProfileResponse:
        """Fit how customers pay on a ledger (`fit_profile`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing.
        """
        books, _ = to_inputs(request.ledger, assessment_pb2.Policy())
        profile = await in_thread(fit_profile, books)
        return pb.CalculatePayDateProfileResponse(
            business_id=request.business_id, profile=profile_fields(profile)
        )
