"""The records behind the books, as the hygiene rules look at them."""

import datetime
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from orchestrator_svc.domain.hygiene_records import AccountMovements
from orchestrator_svc.domain.ledger import (
    Account,
    AccountKind,
    Application,
    Bill,
    CashCategory,
    CashPosting,
    CashTransaction,
    DocumentState,
    Invoice,
    Party,
    PartyRole,
    Payment,
    PaymentKind,
    PaymentTerms,
)
from orchestrator_svc.store import facts
from orchestrator_svc.store.database import Prepared, Snapshot
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

_AS_OF = bindparam("as_of", type_=Date)
_SINCE = bindparam("since", type_=Date)
_LIVE = literal([DocumentState.OPEN.value, DocumentState.PAID.value], ARRAY(Text))


def _documents(table: Table) -> Select[Any]:
    """Select open documents, and those that were issued or settled not long ago."""
    return (
        select(table)
        .where(
            here(table),
            table.c.state == any_(_LIVE),
            or_(
                table.c.state == DocumentState.OPEN.value,
                table.c.issue_date > _SINCE,
                table.c.settled_date > _SINCE,
            ),
        )
        .order_by(table.c[f"{table.name}_id"])
    )


def _of_transactions(table: Table) -> Select[Any]:
    """Select the lines of the transactions that are looked at."""
    head = ledger_transaction
    joined = table.join(
        head,
        and_(
            head.c.business_id == table.c.business_id,
            head.c.source_kind == table.c.source_kind,
            head.c.source_id == table.c.source_id,
        ),
    )
    return (
        select(table)
        .select_from(joined)
        .where(here(table), here(head), head.c.transaction_date > _SINCE)
        .order_by(table.c.source_kind, table.c.source_id, table.c.line_number)
    )


def _movements() -> Select[Any]:
    by_day = cash_posting.c.posting_date.desc(), cash_posting.c.amount_minor
    ago = (_AS_OF - cash_posting.c.posting_date).cast(BigInteger)
    return (
        select(
            cash_posting.c.account_id,
            func.array_agg(aggregate_order_by(ago, *by_day)),
            func.array_agg(aggregate_order_by(cash_posting.c.amount_minor, *by_day)),
        )
        .where(
            here(cash_posting),
            cash_posting.c.posting_date > _SINCE,
            cash_posting.c.posting_date <= _AS_OF,
        )
        .group_by(cash_posting.c.account_id)
        .order_by(cash_posting.c.account_id)
    )


_BILLS, _INVOICES = Prepared(_documents(bill)), Prepared(_documents(invoice))
_ACCOUNTS = Prepared(select(account).where(here(account)).order_by(account.c.account_id))
_PARTIES = {
    PartyRole.CUSTOMER: Prepared(
        select(customer).where(here(customer)).order_by(customer.c.customer_id)
    ),
    PartyRole.VENDOR: Prepared(select(vendor).where(here(vendor)).order_by(vendor.c.vendor_id)),
}
_TRANSACTIONS = Prepared(
    select(ledger_transaction)
    .where(
        here(ledger_transaction),
        ledger_transaction.c.state == any_(_LIVE),
        or_(
            ledger_transaction.c.transaction_date > _SINCE,
            ledger_transaction.c.unapplied_minor > 0,
        ),
    )
    .order_by(ledger_transaction.c.source_kind, ledger_transaction.c.source_id)
)
_APPLICATIONS = Prepared(_of_transactions(document_application))
_POSTINGS = Prepared(_of_transactions(cash_posting))
_MOVEMENTS = Prepared(_movements())


async def bills(snapshot: Snapshot, since: datetime.date) -> list[Bill]:
    """Return the open bills, and those issued or settled after a day, as they are now."""
    return [
        Bill(
            bill_id=row["bill_id"],
            vendor_id=row["vendor_id"],
            category=CashCategory(row["category"]),
            **_document(row),
        )
        for row in await snapshot.read(_BILLS, since=since)
    ]


async def invoices(snapshot: Snapshot, since: datetime.date) -> list[Invoice]:
    """Return the open invoices, and those issued or settled after a day, as they are now."""
    return [
        Invoice(invoice_id=row["invoice_id"], customer_id=row["customer_id"], **_document(row))
        for row in await snapshot.read(_INVOICES, since=since)
    ]


async def accounts(snapshot: Snapshot) -> list[Account]:
    """Return every account as it is now."""
    return [
        Account(
            account_id=row["account_id"],
            display_name=row["display_name"],
            kind=AccountKind(row["kind"]),
            subtype=row["subtype"],
            active=row["active"],
            balance_minor=row["balance_minor"],
            currency=row["currency"],
            source_version=row["source_version"],
            facts=facts.from_json(row["facts"]),
        )
        for row in await snapshot.read(_ACCOUNTS)
    ]


async def parties(snapshot: Snapshot) -> list[Party]:
    """Return every customer and every vendor."""
    return [
        Party(
            party_id=row[f"{role.value}_id"],
            role=role,
            display_name=row["display_name"],
            active=row["active"],
            balance_minor=row["balance_minor"],
            currency=row["currency"],
            terms=_terms(row),
            source_version=row["source_version"],
            facts=facts.from_json(row["facts"]),
        )
        for role, statement in _PARTIES.items()
        for row in await snapshot.read(statement)
    ]


async def transactions(
    snapshot: Snapshot, since: datetime.date
) -> tuple[list[Payment], list[CashTransaction]]:
    """Return payments and cash transactions after a day, and what is unapplied before it."""
    applied: dict[tuple[str, str], list[Application]] = defaultdict(list)
    for row in await snapshot.read(_APPLICATIONS, since=since):
        applied[row["source_kind"], row["source_id"]].append(
            Application(row["bill_id"], row["invoice_id"], row["amount_minor"])
        )
    posted: dict[tuple[str, str], list[CashPosting]] = defaultdict(list)
    for row in await snapshot.read(_POSTINGS, since=since):
        posted[row["source_kind"], row["source_id"]].append(
            CashPosting(
                row["account_id"],
                row["amount_minor"],
                CashCategory(row["category"]),
                row["counterparty"],
            )
        )
    payments: list[Payment] = []
    others: list[CashTransaction] = []
    for row in await snapshot.read(_TRANSACTIONS, since=since):
        key = row["source_kind"], row["source_id"]
        if row["source_kind"] in _PAYMENT_KINDS:
            payments.append(_payment(row, applied[key], posted[key]))
        else:
            others.append(_cash_transaction(row, posted[key]))
    return payments, others


async def movements(
    snapshot: Snapshot, as_of: datetime.date, since: datetime.date
) -> list[AccountMovements]:
    """Return how each account moved between two days, the first left out."""
    rows = await snapshot.read(_MOVEMENTS, as_of=as_of, since=since)
    return [AccountMovements(*row) for row in rows]


_PAYMENT_KINDS = {kind.value for kind in PaymentKind}


def _document(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "document_number": row["document_number"],
        "issue_date": row["issue_date"],
        "due_date": row["due_date"],
        "total_minor": row["total_minor"],
        "balance_minor": row["balance_minor"],
        "currency": row["currency"],
        "state": DocumentState(row["state"]),
        "terms": _terms(row),
        "source_version": row["source_version"],
        "facts": facts.from_json(row["facts"]),
    }


def _terms(row: Mapping[str, Any]) -> PaymentTerms | None:
    if row["terms_name"] is None:
        return None
    return PaymentTerms(
        row["terms_name"],
        row["net_days"] or 0,
        row["discount_days"] or 0,
        row["discount_basis_points"] or 0,
    )


def _payment(
    row: Mapping[str, Any], applied: list[Application], posted: list[CashPosting]
) -> Payment:
    return Payment(
        payment_id=row["source_id"],
        kind=PaymentKind(row["source_kind"]),
        party_id=row["customer_id"] or row["vendor_id"],
        payment_date=row["transaction_date"],
        total_minor=row["total_minor"],
        unapplied_minor=row["unapplied_minor"],
        currency=row["currency"],
        applications=applied,
        postings=posted,
        state=DocumentState(row["state"]),
        source_version=row["source_version"],
        facts=facts.from_json(row["facts"]),
    )


def _cash_transaction(row: Mapping[str, Any], posted: list[CashPosting]) -> CashTransaction:
    return CashTransaction(
        transaction_id=row["source_id"],
        source_kind=row["source_kind"],
        transaction_date=row["transaction_date"],
        currency=row["currency"],
        postings=posted,
        state=DocumentState(row["state"]),
        source_version=row["source_version"],
        facts=facts.from_json(row["facts"]),
    )
