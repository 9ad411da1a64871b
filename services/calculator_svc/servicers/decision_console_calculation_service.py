"""Everything that a Decision Console calculates."""

from typing import Any

from runway.calculator.v1 import decision_console_calculation_service_pb2 as pb

from calculator_svc.engine.calculations import calculate_decision_console
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs


class DecisionConsoleCalculationServicer:
    """Serves `runway.calculator.v1.DecisionConsoleCalculationService`."""

    async def CalculateDecisionConsole(
        self, request: pb.CalculateDecisionConsoleRequest, context: Any
    ) -> pb.CalculateDecisionConsoleResponse:
        """Calculate all from one forecast (`calculate_decision_console`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, policy = to_inputs(request.ledger, request.policy)
        figures = calculate_decision_console(books, policy)
        write = Writer(books)
        return pb.CalculateDecisionConsoleResponse(
            business_id=request.business_id,
            runway=write.runway(figures.runway),
            weeks=write.weeks(figures.weeks),
            items=write.items(figures.items),
            bills=write.bills(figures.bills),
            invoices=write.invoices(figures.invoices),
            decisions=write.decisions(figures.decisions),
            queue_impact=write.impact(figures.queue),
            sum_of_impacts=write.impact(figures.sum_of_decisions),
            guardrail_breaches=write.breaches(figures.breaches),
        )
