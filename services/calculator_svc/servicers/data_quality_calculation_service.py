"""What is wrong in the books, and what it costs."""

from typing import Any

from runway.calculator.v1 import data_quality_calculation_service_pb2 as pb
from runway.calculator.v1.assessment_pb2 import Policy
from runway.ledger.v1 import ledger_pb2

from calculator_svc.engine.data_quality.band import PATHS, Sampling
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
        books, _ = to_inputs(_without_foreign_documents(request.ledger), Policy())
        records = to_records(request.records, request.ledger, books)
        sampling = Sampling(request.seed, request.paths or PATHS)
        found = await in_thread(calculate_data_quality, records, sampling)
        return pb.CalculateDataQualityResponse(
            business_id=request.business_id, **_quality(found, Writer(books))
        )


def _without_foreign_documents(ledger: ledger_pb2.Ledger) -> ledger_pb2.Ledger:
    """Return a ledger without the documents that nothing turns into its currency.

    A rule finds them, which it could not if they kept the whole tray from being calculated.
    """
    bills = [one for one in ledger.bills if not _is_foreign(one, ledger)]
    invoices = [one for one in ledger.invoices if not _is_foreign(one, ledger)]
    if len(bills) == len(ledger.bills) and len(invoices) == len(ledger.invoices):
        return ledger
    home = ledger_pb2.Ledger()
    home.CopyFrom(ledger)
    del home.bills[:], home.invoices[:]
    home.bills.extend(bills)
    home.invoices.extend(invoices)
    return home


def _is_foreign(document: ledger_pb2.Bill | ledger_pb2.Invoice, ledger: ledger_pb2.Ledger) -> bool:
    stated = document.balance.currency_code
    return bool(stated) and stated != ledger.currency_code


def _quality(found: DataQuality, write: Writer) -> Fields:
    return {
        "issues": [_issue(one, write) for one in found.issues],
        "score_hundredths": found.hundredths,
        "activity": write.money(found.activity),
        "cash_zero_date": write.date(found.zero),
        "band_days": found.band,
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
