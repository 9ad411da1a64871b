"""Reading what a span of days needs to be rolled back through: each kind of row once."""

import datetime
from collections.abc import Sequence

from sqlalchemy import Date as DateType
from sqlalchemy import Select, Table, bindparam, func, literal, select, union_all
from sqlalchemy.sql import ColumnElement

from orchestrator_svc.domain.books import HISTORY_DAYS, BookBill, BookInvoice, CashSeries
from orchestrator_svc.domain.books import Settlements as PartySettlements
from orchestrator_svc.domain.ledger import DocumentState
from orchestrator_svc.domain.ledger_history import SettledDocument, Settlement
from orchestrator_svc.store import books
from orchestrator_svc.store.database import Prepared, Snapshot
from orchestrator_svc.store.tables import (
    bill,
    customer,
    document_application,
    here,
    invoice,
    vendor,
)

_FIRST: ColumnElement[datetime.date] = bindparam("first", type_=DateType)
_LAST: ColumnElement[datetime.date] = bindparam("last", type_=DateType)
_PAID = DocumentState.PAID.value


def _settled_within(document: Table, party: Table) -> Select[tuple[object, ...]]:
    """Select what was settled after the first day and up to the last."""
    return (
        select(
            document.c.settled_date,
            *books.document_columns(document, party, document.c.balance_minor, document.c.state),
        )
        .select_from(books.with_party(document, party))
        .where(
            here(document),
            here(party),
            document.c.state == _PAID,
            document.c.settled_date > _FIRST,
            document.c.settled_date <= _LAST,
            document.c.issue_date <= _LAST,
        )
        .order_by(document.c[f"{document.name}_id"])
    )


def _applied_to(document: Table) -> Select[tuple[object, ...]]:
    document_id = document_application.c[f"{document.name}_id"]
    return (
        select(
            document_application.c.applied_date.label("applied"),
            literal(document.name).label("kind"),
            document_id.label("id"),
            books.as_bigint(func.sum(document_application.c.amount_minor)),
            func.min(document.c.currency),
        )
        .join(
            document,
            (document.c.business_id == document_application.c.business_id)
            & (document.c[f"{document.name}_id"] == document_id),
        )
        .where(
            here(document_application),
            here(document),
            document_application.c.applied_date > _FIRST,
            document_application.c.applied_date <= _LAST,
        )
        .group_by(document_application.c.applied_date, document_id)
    )


_SETTLED_BILLS = Prepared(_settled_within(bill, vendor))
_SETTLED_INVOICES = Prepared(_settled_within(invoice, customer))
_APPLIED = Prepared(union_all(_applied_to(bill), _applied_to(invoice)).order_by("applied", "id"))


async def settled_bills(
    snapshot: Snapshot, first: datetime.date, last: datetime.date
) -> list[SettledDocument[BookBill]]:
    """Return the bills that were settled after `first` and up to `last`, by id."""
    rows = await snapshot.read(_SETTLED_BILLS, first=first, last=last)
    return [SettledDocument(BookBill._make(row), settled) for settled, *row in rows]


async def settled_invoices(
    snapshot: Snapshot, first: datetime.date, last: datetime.date
) -> list[SettledDocument[BookInvoice]]:
    """Return the invoices that were settled after `first` and up to `last`, by id."""
    rows = await snapshot.read(_SETTLED_INVOICES, first=first, last=last)
    return [SettledDocument(BookInvoice._make(row), settled) for settled, *row in rows]


async def settlements(
    snapshot: Snapshot, first: datetime.date, last: datetime.date
) -> list[Settlement]:
    """Return what was taken off documents after `first` and up to `last`, by day."""
    rows = await snapshot.read(_APPLIED, first=first, last=last)
    return [Settlement(day, kind == bill.name, *rest) for day, kind, *rest in rows]


async def history(
    snapshot: Snapshot, first: datetime.date, last: datetime.date, cash_accounts: Sequence[str]
) -> tuple[list[CashSeries], list[PartySettlements]]:
    """Return how cash moved, transfers included, and how documents were settled, over the days of
    history before `first` and up to `last`.
    """
    since = first - datetime.timedelta(days=HISTORY_DAYS)
    return await books.history_since(snapshot, last, since, cash_accounts)
