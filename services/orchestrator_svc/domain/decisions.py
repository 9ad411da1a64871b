"""Decisions about open documents, and what each may say."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator_svc.domain.errors import (
    BillNotOpen,
    CurrencyMismatch,
    InvalidField,
    InvoiceNotOpen,
)
from orchestrator_svc.domain.ledger import DocumentState

MAXIMUM_QUEUED = 500


class Action(StrEnum):
    """What to do about a document."""

    PAY_NOW = "pay_now"
    SCHEDULE_PAYMENT = "schedule_payment"
    DELAY_PAYMENT = "delay_payment"
    PART_PAYMENT = "part_payment"
    COLLECT = "collect"
    EARMARK = "earmark"
    WRITE_OFF = "write_off"


PAYMENTS = {
    Action.PAY_NOW,
    Action.SCHEDULE_PAYMENT,
    Action.DELAY_PAYMENT,
    Action.PART_PAYMENT,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants decided. Exactly one of bill_id and invoice_id is set.

    `currency` is that of `amount_minor`; empty where the action has no amount.
    """

    action: Action
    bill_id: str | None
    invoice_id: str | None
    amount_minor: int | None
    currency: str
    action_date: datetime.date | None
    note: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it is kept; `currency` is its document's."""

    decision_id: uuid.UUID
    position: int
    action: Action
    bill_id: str | None
    invoice_id: str | None
    amount_minor: int | None
    currency: str
    action_date: datetime.date | None
    note: str
    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Document:
    """As much of a bill or invoice as a decision needs to know; balance in minor units."""

    document_id: str
    is_bill: bool
    balance_minor: int
    currency: str
    state: DocumentState


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """What a batch does together, in minor units, never negative."""

    payments_minor: int = 0
    collections_minor: int = 0
    earmarked_minor: int = 0
    written_off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions that were finalised together."""

    batch_id: uuid.UUID
    finalized_at: datetime.datetime
    actor: str
    currency: str
    decisions: Sequence[Decision]
    totals: BatchTotals


def check_open(document: Document, field: str = "") -> None:
    """Check that there is something left to decide about a document.

    Raises BillNotOpen or InvoiceNotOpen.
    """
    if document.state is DocumentState.OPEN and document.balance_minor > 0:
        return
    kind, error = ("Bill", BillNotOpen) if document.is_bill else ("Invoice", InvoiceNotOpen)
    raise error(f"{kind} {document.document_id} is {document.state}, not open.", field=field)


def check_currency(document: Document, currency: str) -> None:
    """Check that a decision about a document can be added up with others: in the business's
    currency.

    Raises CurrencyMismatch.
    """
    if document.currency != currency:
        raise CurrencyMismatch(
            f"{document.document_id} is in {document.currency}; no rate to {currency} is known.",
            field="decision",
        )


def check(draft: Draft, document: Document, today: datetime.date) -> None:
    """Check a decision against its document.

    Raises BillNotOpen, InvoiceNotOpen, CurrencyMismatch or InvalidField, naming the field.
    """
    check_open(document, f"decision.{draft.action}")
    path = f"decision.{draft.action}"
    if draft.amount_minor is not None:
        if draft.currency != document.currency:
            raise CurrencyMismatch(
                f"must be in {document.currency}, as the document is; it is in {draft.currency}",
                field=f"{path}.amount.currency_code",
            )
        if draft.amount_minor <= 0:
            raise InvalidField("must be positive", field=f"{path}.amount")
        whole = draft.amount_minor == document.balance_minor
        if draft.amount_minor > document.balance_minor or (
            whole and draft.action is Action.PART_PAYMENT
        ):
            least = "below" if draft.action is Action.PART_PAYMENT else "at most"
            raise InvalidField(f"must be {least} the bill's balance", field=f"{path}.amount")
    _check_date(draft, today, path)


_DATE_FIELDS = {
    Action.SCHEDULE_PAYMENT: "pay_date",
    Action.PART_PAYMENT: "pay_date",
    Action.DELAY_PAYMENT: "until_date",
    Action.COLLECT: "expected_date",
}


def _check_date(draft: Draft, today: datetime.date, path: str) -> None:
    if draft.action_date is None:
        return
    field = f"{path}.{_DATE_FIELDS[draft.action]}"
    if draft.action is Action.DELAY_PAYMENT:
        if draft.action_date <= today:
            raise InvalidField(f"must be after today, {today}", field=field)
    elif draft.action_date < today:
        raise InvalidField(f"must not be before today, {today}", field=field)


def amount_of(decision: Decision, balance_minor: int) -> int:
    """Return what a decision is about, in minor units: its own amount, else the whole balance."""
    return balance_minor if decision.amount_minor is None else decision.amount_minor


def totals(decisions: Sequence[tuple[Decision, int]]) -> BatchTotals:
    """Return the totals of decisions, each given with its document's balance in minor units."""
    sums = dict.fromkeys(("payments", "collections", "earmarked", "written_off"), 0)
    for decision, balance_minor in decisions:
        amount = amount_of(decision, balance_minor)
        if decision.action in PAYMENTS:
            sums["payments"] += amount
        elif decision.action is Action.COLLECT:
            sums["collections"] += amount
        elif decision.action is Action.EARMARK:
            sums["earmarked"] += amount
        else:
            sums["written_off"] += amount
    return BatchTotals(**{f"{name}_minor": minor for name, minor in sums.items()})


def is_shown_by_books(
    decision: Decision, balance_then_minor: int, balance_now_minor: int, is_open: bool
) -> bool:
    """Return whether the books show that a finalised decision was carried out.

    They do once nothing is owed on the document any more, or once as much of it was settled since
    as the decision was about. A bill with an earmark, or one that was to wait, is done when it is
    paid.
    """
    if not is_open or balance_now_minor == 0:
        return True
    if decision.action is Action.PART_PAYMENT:
        return balance_then_minor - balance_now_minor >= amount_of(decision, balance_then_minor)
    return False
