"""From a request's ledger history to the engine's past books."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

from google.type import date_pb2
from runway.ledger.v1 import ledger_history_pb2

from calculator_svc.engine.inputs import Bill, Day, Invoice
from calculator_svc.engine.rollback import PastBooks, Pending, Reduction, Settled
from calculator_svc.servicers import mapping
from calculator_svc.servicers.mapping import every, one
from calculator_svc.servicers.reading import FieldError, Reader
from service_kit.errors import FieldViolation, invalid_argument

Mapped = TypeVar("Mapped")

_PATH = "history"


def to_past_books(history: ledger_history_pb2.LedgerHistory) -> PastBooks:
    """Return a request's books of past days.

    Raises ApiError (INVALID_ARGUMENT) naming a field that is malformed, and CurrencyRateMissing
    when an amount is not in the ledger's currency.
    """
    read = Reader(history.ledger.currency_code)
    last = mapping.to_books(f"{_PATH}.ledger", history.ledger, read)
    _refuse_repeated(history)
    past = PastBooks(
        last=last,
        first=one(_PATH, history, _first, read),
        settled_bills=every(f"{_PATH}.settled_bills", history.settled_bills, _settled_bill, read),
        settled_invoices=every(
            f"{_PATH}.settled_invoices", history.settled_invoices, _settled_invoice, read
        ),
        reductions=every(f"{_PATH}.settlements", history.settlements, _reduction, read),
        pending=_by_start(
            Pending(
                one(f"{_PATH}.pending_decisions[{index}]", message, _start, read),
                every(
                    f"{_PATH}.pending_decisions[{index}].decisions",
                    message.decisions,
                    mapping.to_decision,
                    read,
                ),
            )
            for index, message in enumerate(history.pending_decisions)
        ),
    )
    read.refuse_foreign()
    if past.first > last.as_of:
        raise invalid_argument(
            FieldViolation(f"{_PATH}.first_date", "must not be after ledger.as_of")
        )
    return past


def to_days(dates: Sequence[date_pb2.Date], past: PastBooks) -> list[Day]:
    """Return a request's dates, each of them within the history.

    Raises ApiError (INVALID_ARGUMENT).
    """
    read = Reader(past.last.currency)
    days = [_date(f"dates[{index}]", date, read) for index, date in enumerate(dates)]
    for index, day in enumerate(days):
        if not past.first <= day <= past.last.as_of:
            raise invalid_argument(FieldViolation(f"dates[{index}]", "must lie within the history"))
    return days


def _refuse_repeated(history: ledger_history_pb2.LedgerHistory) -> None:
    """Refuse an id that is there twice among the documents that are open or were settled."""
    settled_bills = (
        (f"{_PATH}.settled_bills[{index}].bill.bill_id", settled.bill.bill_id)
        for index, settled in enumerate(history.settled_bills)
    )
    settled_invoices = (
        (f"{_PATH}.settled_invoices[{index}].invoice.invoice_id", settled.invoice.invoice_id)
        for index, settled in enumerate(history.settled_invoices)
    )
    mapping.refuse_repeated(
        chain(mapping.bill_ids(f"{_PATH}.ledger.bills", history.ledger.bills), settled_bills)
    )
    mapping.refuse_repeated(
        chain(
            mapping.invoice_ids(f"{_PATH}.ledger.invoices", history.ledger.invoices),
            settled_invoices,
        )
    )


def _by_start(pending: Iterable[Pending]) -> list[Pending]:
    return sorted(pending, key=lambda one: one.start)


def _first(history: ledger_history_pb2.LedgerHistory, read: Reader) -> Day:
    return read.day(history.first_date, "first_date")


def _start(pending: ledger_history_pb2.PendingDecisions, read: Reader) -> Day:
    return read.day(pending.start_date, "start_date")


def _settled_bill(settled: ledger_history_pb2.SettledBill, read: Reader) -> Settled[Bill]:
    bill = _below("bill", mapping.to_bill, settled.bill, read)
    return Settled(bill, read.day(settled.settled_date, "settled_date"))


def _settled_invoice(settled: ledger_history_pb2.SettledInvoice, read: Reader) -> Settled[Invoice]:
    invoice = _below("invoice", mapping.to_invoice, settled.invoice, read)
    return Settled(invoice, read.day(settled.settled_date, "settled_date"))


def _reduction(settlement: ledger_history_pb2.Settlement, read: Reader) -> Reduction:
    application = settlement.application
    is_bill = application.WhichOneof("document") == "bill_id"
    return Reduction(
        read.day(settlement.settlement_date, "settlement_date"),
        is_bill,
        application.bill_id if is_bill else application.invoice_id,
        _below("application", _reduced_by, application, read),
    )


def _reduced_by(application: Any, read: Reader) -> int:
    return read.money(application.amount, application, "amount")


def _below(
    name: str, convert: Callable[[Any, Reader], Mapped], message: Any, read: Reader
) -> Mapped:
    """Map a message within another; name the field at fault by both."""
    try:
        return convert(message, read)
    except FieldError as error:
        raise FieldError(f"{name}.{error.field}", error) from None


def _date(path: str, date: date_pb2.Date, read: Reader) -> Day:
    try:
        return read.day(date, path)
    except FieldError as error:
        raise invalid_argument(FieldViolation(path, str(error))) from None
