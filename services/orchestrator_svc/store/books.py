"""Reading the books as of a day, by rolling back what happened after it."""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Integer,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql import ColumnElement

from orchestrator_svc.domain.books import (
    HISTORY_DAYS,
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
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import (
    account,
    bill,
    business,
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
_CONTROL_AND_CASH = [
    kind.value
    for kind in (
        AccountKind.BANK,
        AccountKind.UNDEPOSITED_FUNDS,
        AccountKind.ACCOUNTS_RECEIVABLE,
        AccountKind.ACCOUNTS_PAYABLE,
    )
]
_OF_VENDOR = (
    "tier",
    "grace_days",
    "late_breaks_law",
    "late_fee_once_minor",
    "late_fee_monthly_basis_points",
)
_OPEN = DocumentState.OPEN.value
_PAID = DocumentState.PAID.value


def as_bigint(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum of bigint as bigint: PostgreSQL makes it numeric, the driver then Decimal."""
    return func.coalesce(amount, 0).cast(BigInteger)


def document_columns(document: Table, party: Table, balance: Any, state: Any) -> list[Any]:
    """Return the columns of a BookBill or a BookInvoice in their order."""
    own = (
        [document.c.category, *(party.c[name] for name in _OF_VENDOR)]
        if document is bill
        else [document.c.dispute_reason, document.c.disputed_at]
    )
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
        *own,
    ]


def with_party(document: Table, party: Table) -> Any:
    """Return documents joined with their parties."""
    key = f"{party.name}_id"
    return document.join(
        party,
        (party.c.business_id == document.c.business_id) & (party.c[key] == document.c[key]),
    )


def _open_on_the_day(document: Table, party: Table) -> Select[Any]:
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
    balance = document.c.balance_minor + as_bigint(settled_later.c.amount)
    was_open: ColumnElement[str] = bindparam("open_state", _OPEN)
    return (
        select(*document_columns(document, party, balance, was_open))
        .select_from(
            with_party(document, party).outerjoin(settled_later, settled_later.c.id == document_id)
        )
        .where(
            here(document),
            here(party),
            document.c.issue_date <= _AS_OF,
            or_(
                document.c.state == _OPEN,
                and_(document.c.state == _PAID, document.c.settled_date > _AS_OF),
            ),
        )
        .order_by(document.c.due_date.nulls_last(), document_id)
    )


def _accounts() -> Select[Any]:
    posted_later = (
        select(cash_posting.c.account_id, func.sum(cash_posting.c.amount_minor).label("amount"))
        .where(here(cash_posting), cash_posting.c.posting_date > _AS_OF)
        .group_by(cash_posting.c.account_id)
        .subquery()
    )
    return (
        select(
            account.c.account_id,
            account.c.display_name,
            account.c.kind,
            account.c.subtype,
            account.c.active,
            account.c.balance_minor - as_bigint(posted_later.c.amount),
            account.c.currency,
            account.c.restricted,
            account.c.source_version,
        )
        .outerjoin(posted_later, posted_later.c.account_id == account.c.account_id)
        .where(here(account), account.c.kind == any_(literal(_CONTROL_AND_CASH, ARRAY(Text))))
        .order_by(account.c.account_id)
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
            ledger_transaction.c.state == _OPEN,
            ledger_transaction.c.transaction_date <= _AS_OF,
            ledger_transaction.c[key].is_not(None),
        )
        .group_by(ledger_transaction.c[key])
        .subquery()
    )
    return (
        select(
            literal(party.name).label("role"),
            party.c[key].label("party_id"),
            party.c.display_name,
            party.c.balance_minor,
            as_bigint(unapplied.c.amount),
        )
        .outerjoin(unapplied, unapplied.c.id == party.c[key])
        .where(here(party))
    )


def _numbers(column: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column's values as an array in a stated order.

    The columns of one series have one order, and the same books give the same answer to the byte
    however the rows happen to lie.
    """
    return func.array_agg(aggregate_order_by(column.cast(BigInteger), *order))


def _cash_history(*chosen: ColumnElement[bool]) -> Select[Any]:
    by_day = cash_posting.c.posting_date.desc(), cash_posting.c.amount_minor
    return (
        select(
            literal(_CASH).label("kind"),
            cash_posting.c.category.label("major"),
            cash_posting.c.counterparty.label("minor"),
            _numbers(_AS_OF - cash_posting.c.posting_date, *by_day),
            _numbers(cash_posting.c.amount_minor, *by_day),
            cast(null(), ARRAY(BigInteger)),
            cast(null(), ARRAY(BigInteger)),
        )
        .where(
            here(cash_posting),
            cash_posting.c.account_id == any_(bindparam("cash_accounts", type_=ARRAY(Text))),
            cash_posting.c.posting_date > _SINCE,
            cash_posting.c.posting_date <= _AS_OF,
            *chosen,
        )
        .group_by(cash_posting.c.category, cash_posting.c.counterparty)
    )


def _settlements(document: Table, party: str) -> Select[Any]:
    due = func.coalesce(
        document.c.due_date,
        document.c.issue_date + func.coalesce(document.c.net_days, 30).cast(Integer),
    )
    own = select(business.c.currency).where(here(business)).scalar_subquery()
    amount = case((document.c.currency == own, document.c.total_minor), else_=0)
    by_day = document.c.settled_date.desc(), document.c.issue_date, due, amount
    return (
        select(
            literal(document.name),
            document.c[party],
            literal(""),
            _numbers(document.c.settled_date - document.c.issue_date, *by_day),
            _numbers(document.c.settled_date - due, *by_day),
            _numbers(_AS_OF - document.c.settled_date, *by_day),
            _numbers(amount, *by_day),
        )
        .where(
            here(document),
            document.c.state == _PAID,
            document.c.settled_date > _SINCE,
            document.c.settled_date <= _AS_OF,
        )
        .group_by(document.c[party])
    )


_CASH = "cash"
_OPEN_BILLS = Prepared(_open_on_the_day(bill, vendor))
_OPEN_INVOICES = Prepared(_open_on_the_day(invoice, customer))
_ACCOUNTS = Prepared(_accounts())
_PARTIES = Prepared(union_all(_parties(customer), _parties(vendor)).order_by("role", "party_id"))


def _history(*chosen: ColumnElement[bool]) -> Prepared:
    return Prepared(
        union_all(
            _cash_history(*chosen),
            _settlements(invoice, "customer_id"),
            _settlements(bill, "vendor_id"),
        ).order_by("kind", "major", "minor")
    )


_HISTORY = _history(cash_posting.c.category != CashCategory.TRANSFER.value)
_HISTORY_WITH_TRANSFERS = _history()


async def open_bills(snapshot: Snapshot, as_of: datetime.date) -> list[BookBill]:
    """Return the bills that were open on a day, by due date."""
    return [BookBill._make(row) for row in await snapshot.read(_OPEN_BILLS, as_of=as_of)]


async def open_invoices(snapshot: Snapshot, as_of: datetime.date) -> list[BookInvoice]:
    """Return the invoices that were open on a day, by due date."""
    return [BookInvoice._make(row) for row in await snapshot.read(_OPEN_INVOICES, as_of=as_of)]


async def accounts(snapshot: Snapshot, as_of: datetime.date) -> list[BookAccount]:
    """Return bank, undeposited-funds and control accounts, by id."""
    return [BookAccount._make(row) for row in await snapshot.read(_ACCOUNTS, as_of=as_of)]


async def parties(
    snapshot: Snapshot, as_of: datetime.date
) -> tuple[list[PartyBalance], list[PartyBalance]]:
    """Return every customer, and every vendor, with its balance, by id."""
    found: dict[str, list[PartyBalance]] = {customer.name: [], vendor.name: []}
    for role, *row in await snapshot.read(_PARTIES, as_of=as_of):
        found[role].append(PartyBalance._make(row))
    return found[customer.name], found[vendor.name]


async def history(
    snapshot: Snapshot, as_of: datetime.date, cash_accounts: Sequence[str]
) -> tuple[list[CashSeries], list[Settlements]]:
    """Return how cash moved on the accounts named, and how documents were settled, over the days
    of history.
    """
    since = as_of - datetime.timedelta(days=HISTORY_DAYS)
    return await _read_history(snapshot, _HISTORY, as_of, since, cash_accounts)


async def history_since(
    snapshot: Snapshot,
    as_of: datetime.date,
    since: datetime.date,
    cash_accounts: Sequence[str],
) -> tuple[list[CashSeries], list[Settlements]]:
    """Return what `history` does, of another span of days and with transfers."""
    return await _read_history(snapshot, _HISTORY_WITH_TRANSFERS, as_of, since, cash_accounts)


async def _read_history(
    snapshot: Snapshot,
    statement: Prepared,
    as_of: datetime.date,
    since: datetime.date,
    cash_accounts: Sequence[str],
) -> tuple[list[CashSeries], list[Settlements]]:
    rows = await snapshot.read(
        statement, as_of=as_of, since=since, cash_accounts=list(cash_accounts)
    )
    cash: list[CashSeries] = []
    settlements: list[Settlements] = []
    for kind, major, minor, *arrays in rows:
        if kind == _CASH:
            cash.append(CashSeries(major, minor, *arrays[:2]))
        else:
            settlements.append(Settlements(_ROLES[kind], major, *arrays))
    return cash, settlements


_ROLES = {invoice.name: PartyRole.CUSTOMER, bill.name: PartyRole.VENDOR}


def _listing(document: Table, party: Table, state: DocumentState | None) -> Select[Any]:
    query = (
        select(*document_columns(document, party, document.c.balance_minor, document.c.state))
        .select_from(with_party(document, party))
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
