"""Reading the books as of a day, by rolling back what happened after it."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, Integer, Select, Table, bindparam, func, or_, select
from sqlalchemy.sql import ColumnElement

from orchestrator_svc.domain.books import (
    HISTORY_DAYS,
    TRUST_SUBTYPES,
    BookAccount,
    BookBill,
    BookInvoice,
    CashSeries,
    PartyBalance,
    Settlements,
)
from orchestrator_svc.domain.ledger import (
    AccountKind,
    CashCategory,
    DocumentState,
    PartyRole,
)
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import (
    account,
    bill,
    cash_posting,
    customer,
    document_application,
    here,
    invoice,
    ledger_transaction,
    vendor,
)

_AS_OF: ColumnElement[datetime.date] = bindparam("as_of", type_=Date)
_SINCE: ColumnElement[datetime.date] = bindparam("since", type_=Date)
_IN_BALANCES = [
    kind.value
    for kind in (
        AccountKind.BANK,
        AccountKind.UNDEPOSITED_FUNDS,
        AccountKind.ACCOUNTS_RECEIVABLE,
        AccountKind.ACCOUNTS_PAYABLE,
    )
]
_COUNTED = [DocumentState.OPEN.value, DocumentState.PAID.value]


def _accounts() -> Select[Any]:
    posted_later = (
        select(cash_posting.c.account_id, func.sum(cash_posting.c.amount_minor).label("amount"))
        .where(here(cash_posting), cash_posting.c.posting_date > _AS_OF)
        .group_by(cash_posting.c.account_id)
        .subquery()
    )
    # sum() of bigint is numeric, which the driver would hand over as Decimal.
    balance = account.c.balance_minor - func.coalesce(posted_later.c.amount, 0).cast(
        account.c.balance_minor.type
    )
    return (
        select(
            account.c.account_id,
            account.c.display_name,
            account.c.kind,
            account.c.subtype,
            account.c.active,
            balance,
            account.c.currency,
            account.c.restricted,
            account.c.source_version,
        )
        .outerjoin(posted_later, posted_later.c.account_id == account.c.account_id)
        .where(here(account), account.c.kind.in_(_IN_BALANCES))
        .order_by(account.c.account_id)
    )


def _columns(document: Table, party: Table, balance: Any, state: Any) -> list[Any]:
    return [
        document.c[f"{document.name}_id"],
        document.c[f"{party.name}_id"],
        party.c.display_name,
        document.c.document_number,
        document.c.issue_date,
        document.c.due_date,
        document.c.total_minor,
        balance,
        document.c.currency,
        state,
        document.c.terms_name,
        document.c.net_days,
        document.c.discount_days,
        document.c.discount_basis_points,
        document.c.source_version,
        *((document.c.category, party.c.tier) if document is bill else ()),
    ]


def _with_party(document: Table, party: Table) -> Any:
    key = f"{party.name}_id"
    return document.join(
        party,
        (party.c.business_id == document.c.business_id) & (party.c[key] == document.c[key]),
    )


def _open(document: Table, party: Table) -> Select[Any]:
    """Select what was open on a day: what is open now, and what was settled after it."""
    document_id = document.c[f"{document.name}_id"]
    settled = document_application.c[f"{document.name}_id"]
    settled_later = (
        select(settled.label("id"), func.sum(document_application.c.amount_minor).label("amount"))
        .where(
            here(document_application),
            document_application.c.applied_date > _AS_OF,
            settled.is_not(None),
        )
        .group_by(settled)
        .subquery()
    )
    balance = document.c.balance_minor + func.coalesce(settled_later.c.amount, 0).cast(
        document.c.balance_minor.type
    )
    is_open: ColumnElement[str] = bindparam("open_state", DocumentState.OPEN.value)
    return (
        select(*_columns(document, party, balance, is_open))
        .select_from(
            _with_party(document, party).outerjoin(settled_later, settled_later.c.id == document_id)
        )
        .where(
            here(document),
            here(party),
            document.c.issue_date <= _AS_OF,
            document.c.state.in_(_COUNTED),
            or_(
                document.c.state == DocumentState.OPEN.value,
                document_id.in_(select(settled_later.c.id)),
            ),
        )
        .order_by(document.c.due_date.nulls_last(), document_id)
    )


def _parties(party: Table) -> Select[Any]:
    """Select each party with its own balance and what of its payments settles nothing yet."""
    key = f"{party.name}_id"
    unapplied = (
        select(
            ledger_transaction.c[key].label("id"),
            func.sum(ledger_transaction.c.unapplied_minor).label("amount"),
        )
        .where(
            here(ledger_transaction),
            ledger_transaction.c.state == DocumentState.OPEN.value,
            ledger_transaction.c.transaction_date <= _AS_OF,
            ledger_transaction.c[key].is_not(None),
        )
        .group_by(ledger_transaction.c[key])
        .subquery()
    )
    return (
        select(
            party.c[key],
            party.c.display_name,
            party.c.balance_minor,
            func.coalesce(unapplied.c.amount, 0).cast(party.c.balance_minor.type),
        )
        .outerjoin(unapplied, unapplied.c.id == party.c[key])
        .where(here(party))
        .order_by(party.c[key])
    )


_CASH_HISTORY = (
    select(
        cash_posting.c.category,
        cash_posting.c.counterparty,
        func.array_agg(_AS_OF - cash_posting.c.posting_date),
        func.array_agg(cash_posting.c.amount_minor),
    )
    .join(
        account,
        (account.c.business_id == cash_posting.c.business_id)
        & (account.c.account_id == cash_posting.c.account_id),
    )
    .where(
        here(cash_posting),
        here(account),
        account.c.kind == AccountKind.BANK.value,
        account.c.restricted.is_(False),
        account.c.subtype.not_in(sorted(TRUST_SUBTYPES)),
        account.c.currency == bindparam("currency"),
        cash_posting.c.posting_date > _SINCE,
        cash_posting.c.posting_date <= _AS_OF,
        cash_posting.c.category != CashCategory.TRANSFER.value,
    )
    .group_by(cash_posting.c.category, cash_posting.c.counterparty)
    .order_by(cash_posting.c.category, cash_posting.c.counterparty)
)


def _settlements(document: Table, party: str) -> Select[Any]:
    key = f"{document.name}_id"
    settled = document_application.c[key]
    last = (
        select(settled.label("id"), func.max(document_application.c.applied_date).label("day"))
        .where(
            here(document_application),
            document_application.c.applied_date > _SINCE,
            settled.is_not(None),
        )
        .group_by(settled)
        .subquery()
    )
    return (
        select(
            document.c[party],
            func.array_agg(last.c.day - document.c.issue_date),
            func.array_agg(
                last.c.day
                - func.coalesce(
                    document.c.due_date,
                    document.c.issue_date + func.coalesce(document.c.net_days, 30).cast(Integer),
                )
            ),
        )
        .join(last, last.c.id == document.c[key])
        .where(
            here(document),
            document.c.state == DocumentState.PAID.value,
            last.c.day <= _AS_OF,
        )
        .group_by(document.c[party])
        .order_by(document.c[party])
    )


_ACCOUNTS = _accounts()
_OPEN_BILLS = _open(bill, vendor)
_OPEN_INVOICES = _open(invoice, customer)
_CUSTOMERS = _parties(customer)
_VENDORS = _parties(vendor)
_BILL_SETTLEMENTS = _settlements(bill, "vendor_id")
_INVOICE_SETTLEMENTS = _settlements(invoice, "customer_id")


async def accounts(transaction: Transaction, as_of: datetime.date) -> list[BookAccount]:
    """Return bank, undeposited-funds and control accounts, by id."""
    return [BookAccount._make(row) for row in await transaction.rows(_ACCOUNTS, as_of=as_of)]


async def open_bills(transaction: Transaction, as_of: datetime.date) -> list[BookBill]:
    """Return the bills that were open on a day, by due date."""
    return [BookBill._make(row) for row in await transaction.rows(_OPEN_BILLS, as_of=as_of)]


async def open_invoices(transaction: Transaction, as_of: datetime.date) -> list[BookInvoice]:
    """Return the invoices that were open on a day, by due date."""
    return [BookInvoice._make(row) for row in await transaction.rows(_OPEN_INVOICES, as_of=as_of)]


async def customers(transaction: Transaction, as_of: datetime.date) -> list[PartyBalance]:
    """Return every customer with its balance, by id."""
    return [PartyBalance._make(row) for row in await transaction.rows(_CUSTOMERS, as_of=as_of)]


async def vendors(transaction: Transaction, as_of: datetime.date) -> list[PartyBalance]:
    """Return every vendor with its balance, by id."""
    return [PartyBalance._make(row) for row in await transaction.rows(_VENDORS, as_of=as_of)]


async def cash_history(
    transaction: Transaction, as_of: datetime.date, currency: str
) -> list[CashSeries]:
    """Return the movements of unrestricted cash in one currency over the days of history."""
    since = as_of - datetime.timedelta(days=HISTORY_DAYS)
    rows = await transaction.rows(_CASH_HISTORY, as_of=as_of, since=since, currency=currency)
    return [CashSeries._make(row) for row in rows]


async def settlements(transaction: Transaction, as_of: datetime.date) -> list[Settlements]:
    """Return how documents were settled over the days of history, a row a party."""
    since = as_of - datetime.timedelta(days=HISTORY_DAYS)
    found: list[Settlements] = []
    for role, statement in (
        (PartyRole.CUSTOMER, _INVOICE_SETTLEMENTS),
        (PartyRole.VENDOR, _BILL_SETTLEMENTS),
    ):
        rows = await transaction.rows(statement, as_of=as_of, since=since)
        found += [Settlements(role, *row) for row in rows]
    return found


def _listing(document: Table, party: Table, state: DocumentState | None) -> Select[Any]:
    query = (
        select(*_columns(document, party, document.c.balance_minor, document.c.state))
        .select_from(_with_party(document, party))
        .where(here(document), here(party))
    )
    return query if state is None else query.where(document.c.state == state.value)


async def page_of_bills(
    transaction: Transaction, page: Page, state: DocumentState | None
) -> tuple[Sequence[BookBill], bool]:
    """Return a page of bills as they are now, and whether there are more."""
    query = _listing(bill, vendor, state)
    rows, more = await page_of(transaction, query, bill.c.bill_id, page, page.after or None)
    return [BookBill._make(row) for row in rows], more


async def page_of_invoices(
    transaction: Transaction, page: Page, state: DocumentState | None
) -> tuple[Sequence[BookInvoice], bool]:
    """Return a page of invoices as they are now, and whether there are more."""
    query = _listing(invoice, customer, state)
    rows, more = await page_of(transaction, query, invoice.c.invoice_id, page, page.after or None)
    return [BookInvoice._make(row) for row in rows], more


async def page_of_accounts(
    transaction: Transaction, page: Page
) -> tuple[Sequence[BookAccount], bool]:
    """Return a page of accounts as they are now, and whether there are more."""
    query = select(*(account.c[name] for name in BookAccount._fields)).where(here(account))
    rows, more = await page_of(transaction, query, account.c.account_id, page, page.after or None)
    return [BookAccount._make(row) for row in rows], more
