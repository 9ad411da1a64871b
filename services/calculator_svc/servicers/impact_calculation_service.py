"""Impacts."""

from typing import Any

from runway.calculator.v1 import impact_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_impacts
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs


class ImpactCalculationServicer:
    """Serves `runway.calculator.v1.ImpactCalculationService`."""

    async def CalculateImpacts(
        self, request: pb.CalculateImpactsRequest, context: Any
    ) -> pb.CalculateImpactsResponse:
        """Calculate what each document and queued decision does (`calculate_impacts`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, _ = to_inputs(request.ledger, request.policy)
        figures = calculate_impacts(books)
        write = Writer(books)
        return pb.CalculateImpactsResponse(
            business_id=request.business_id,
            bills=write.bills(figures.bills),
            invoices=write.invoices(figures.invoices),
            decisions=write.decisions(figures.decisions),
            queue_impact=write.impact(figures.queue),
            sum_of_impacts=write.impact(figures.sum_of_decisions),
        )
