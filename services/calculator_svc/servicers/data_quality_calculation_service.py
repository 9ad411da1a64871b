"""What is wrong in the books, and what it costs."""

from typing import Any

from runway.calculator.v1 import data_quality_calculation_service_pb2 as pb
from runway.calculator.v1.assessment_pb2 import Policy

from calculator_svc.engine.data_quality.calculation import (
    Assessment,
    DataQuality,
    calculate_data_quality,
)
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.hygiene_records import to_records
from calculator_svc.servicers.mapping import to_inputs
from service_kit.threads import in_thread
from service_kit.wire import Fields


class DataQualityCalculationServicer:
    """Serves `runway.calculator.v1.DataQualityCalculationService`.

    The rules and the prices take tens of milliseconds, so that they are worked out beside the event
    loop.
    """

    async def CalculateDataQuality(
        self, request: pb.CalculateDataQualityRequest, context: Any
    ) -> pb.CalculateDataQualityResponse:
        """Calculate issues, what each costs, and the score (`calculate_data_quality`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, _ = to_inputs(request.ledger, Policy())
        records = to_records(request.records, request.ledger, books)
        found = await in_thread(calculate_data_quality, records)
        return pb.CalculateDataQualityResponse(
            business_id=request.business_id, **_quality(found, Writer(books))
        )


def _quality(found: DataQuality, write: Writer) -> Fields:
    return {
        "issues": [_issue(one, write) for one in found.issues],
        "score_hundredths": found.hundredths,
        "activity": write.money(found.activity),
        "cash_zero_date": write.date(found.zero),
    }


def _issue(one: Assessment, write: Writer) -> Fields:
    issue, price = one.issue, one.price
    return {
        "issue_key": issue.key,
        "rule": issue.rule,
        "area": issue.area,
        "severity": issue.severity,
        "sentence": issue.sentence,
        "subjects": [{"kind": kind, "id": key} for kind, key in issue.subjects],
        "amount": write.money(issue.amount) if issue.amount else None,
        "cost_days": price.cost,
        "moved_days": price.moved,
        "band_days": price.band,
        "cash_zero_date_when_fixed": write.date(price.zero),
        "cost_is_at_least": price.is_at_least,
        "score_lost_hundredths": one.lost,
    }
