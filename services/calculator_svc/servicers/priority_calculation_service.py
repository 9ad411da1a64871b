"""Priorities."""

from typing import Any

from runway.calculator.v1 import priority_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_priorities
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs


class PriorityCalculationServicer:
    """Serves `runway.calculator.v1.PriorityCalculationService`."""

    async def CalculatePriorities(
        self, request: pb.CalculatePrioritiesRequest, context: Any
    ) -> pb.CalculatePrioritiesResponse:
        """Calculate the priority of every open bill and invoice (`calculate_priorities`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing.
        """
        books, _ = to_inputs(request.ledger, request.policy)
        figures = calculate_priorities(books)
        write = Writer(books)
        return pb.CalculatePrioritiesResponse(
            business_id=request.business_id,
            bills=write.bills(figures.bills),
            invoices=write.invoices(figures.invoices),
        )
