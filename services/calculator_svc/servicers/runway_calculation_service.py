"""Runway and forecast."""

from typing import Any

from runway.calculator.v1 import runway_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.engine.runway_history import calculate_runway_history
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs, to_policy
from calculator_svc.servicers.past_books import to_days, to_past_books
from calculator_svc.servicers.reading import Reader
from service_kit.threads import in_thread


class RunwayCalculationServicer:
    """Serves `runway.calculator.v1.RunwayCalculationService`."""

    async def CalculateRunway(
        self, request: pb.CalculateRunwayRequest, context: Any
    ) -> pb.CalculateRunwayResponse:
        """Calculate a runway and its forecast by day (`calculate_runway`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, policy = to_inputs(request.ledger, request.policy)
        figures = calculate_runway(books, policy)
        write = Writer(books)
        return pb.CalculateRunwayResponse(
            business_id=request.business_id,
            runway=write.runway(figures.runway),
            weeks=write.weeks(figures.weeks),
            days=write.days(figures.days),
            items=write.items(figures.items),
        )

    async def CalculateRunwayHistory(
        self, request: pb.CalculateRunwayHistoryRequest, context: Any
    ) -> pb.CalculateRunwayHistoryResponse:
        """Calculate the runway on past days, beside the event loop (`calculate_runway_history`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        past = to_past_books(request.history)
        read = Reader(past.last.currency)
        policy = to_policy(request.policy, read)
        read.refuse_foreign()
        days = to_days(request.dates, past)
        points = await in_thread(calculate_runway_history, past, policy, days)
        write = Writer(past.last)
        return pb.CalculateRunwayHistoryResponse(
            business_id=request.business_id,
            points=[
                {
                    "date": write.date(point.day),
                    "cash": write.money(point.runway.cash),
                    "status": point.runway.status,
                    "cash_zero_date": write.date(point.runway.zero),
                    "runway_days": point.runway.days,
                    "low_water_mark": write.money(point.runway.lowest),
                    "low_water_date": write.date(point.runway.lowest_day),
                }
                for point in points
            ],
        )
