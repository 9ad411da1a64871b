"""What there is to say of a business."""

from typing import Any

from runway.calculator.v1 import insight_calculation_service_pb2 as pb

from calculator_svc.engine.inputs import Books
from calculator_svc.engine.insights.calculation import InsightFigures, calculate_insights
from calculator_svc.engine.insights.sentences import Figure, Insight
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs
from service_kit.errors import FieldViolation, invalid_argument
from service_kit.threads import in_thread
from service_kit.wire import Fields


class InsightCalculationServicer:
    """Serves `runway.calculator.v1.InsightCalculationService`.

    The draws take tens of milliseconds, so that they are made beside the event loop.
    """

    async def CalculateInsights(
        self, request: pb.CalculateInsightsRequest, context: Any
    ) -> pb.CalculateInsightsResponse:
        """Calculate what there is to say, and what has changed (`calculate_insights`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        now, policy = to_inputs(request.ledger, request.policy)
        before, _ = to_inputs(request.ledger_before, request.policy, "ledger_before")
        _check_pair(before, now)
        figures = await in_thread(calculate_insights, before, now, policy, request.seed, 0)
        return pb.CalculateInsightsResponse(
            business_id=request.business_id, insights=_insights(figures, before, Writer(now))
        )


def _check_pair(before: Books, now: Books) -> None:
    if before.as_of >= now.as_of:
        raise invalid_argument(FieldViolation("ledger_before.as_of", "must be earlier"))
    if before.currency != now.currency:
        wrong = FieldViolation("ledger_before.currency_code", "must be that of the ledger")
        raise invalid_argument(wrong)


def _insights(figures: InsightFigures, before: Books, write: Writer) -> Fields:
    return {
        "forecast": write.forecast(figures.forecast),
        "before": write.date(before.as_of),
        "runway_before": write.runway(figures.runway_before),
        "movements": [
            {"display_name": one.name, "amount": write.money(one.amount)}
            for one in figures.movements
        ],
        "due_items": [
            {
                "date": write.date(one.day),
                "display_name": one.name,
                "amount": write.money(one.amount),
                "bill_id": one.bill_id,
                "days_overdue": one.overdue,
                "is_critical": one.is_critical,
            }
            for one in figures.due
        ],
        "chases": write.chases(figures.chases),
        "insights": [_insight(one, write) for one in figures.insights],
    }


def _insight(insight: Insight, write: Writer) -> Fields:
    return {
        "kind": insight.kind,
        "sentence": insight.sentence,
        "figures": [_figure(one, write) for one in insight.figures],
        "bill_ids": insight.bills,
        "invoice_ids": insight.invoices,
    }


def _figure(figure: Figure, write: Writer) -> Fields:
    fields: Fields = {"text": figure.text}
    if figure.amount is not None:
        fields["amount"] = write.money(figure.amount)
    elif figure.day is not None:
        fields["date"] = write.date(figure.day)
    else:
        fields["number"] = figure.number
    return fields
