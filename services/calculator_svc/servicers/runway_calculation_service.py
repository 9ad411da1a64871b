"""Runway and forecast."""

from typing import Any

from runway.calculator.v1 import runway_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs


class RunwayCalculationServicer:
    """Serves `runway.calculator.v1.RunwayCalculationService`."""

    async def CalculateRunway(
        self, request: pb.CalculateRunwayRequest, context: Any
    ) -> pb.CalculateRunwayResponse:
        """Calculate a runway and its forecast by day."""
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
