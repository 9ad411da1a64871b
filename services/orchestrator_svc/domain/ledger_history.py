"""The books of every day of a span: those of its last day, and what is rolled back from there."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from orchestrator_svc.domain.books import BookBill, BookInvoice, Books
from orchestrator_svc.domain.decisions import Decision

Document = TypeVar("Document", BookBill, BookInvoice)


@dataclass(frozen=True, slots=True)
class SettledDocument(Generic[Document]):
    """A document that is open no more, and the day on which it was settled."""

    document: Document
    settled: datetime.date


class Settlement(NamedTuple):
    """What was taken off a bill, else an invoice, on a day."""

    day: datetime.date
    is_bill: bool
    document_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PendingDecisions:
    """The decisions that the books did not show yet, from a day on."""

    start: datetime.date
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class LedgerHistory:
    """The books on the last day, and what must be rolled back to come to an earlier one."""

    books: Books
    first: datetime.date
    settled_bills: Sequence[SettledDocument[BookBill]]
    settled_invoices: Sequence[SettledDocument[BookInvoice]]
    settlements: Sequence[Settlement]
    pending: Sequence[PendingDecisions]
