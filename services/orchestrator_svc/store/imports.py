"""Writing imported records, many at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, case, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestrator_svc.domain.imports import (
    DELETED_DIGEST,
    Key,
    Shelf,
    Stored,
    digest_of,
    key_of,
)
from orchestrator_svc.domain.ledger import (
    Account,
    Bill,
    CashTransaction,
    Deletion,
    DocumentState,
    Invoice,
    LedgerRecord,
    Party,
    PartyRole,
    Payment,
    PaymentTerms,
)
from orchestrator_svc.store import facts, tables
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.journal import Change
from orchestrator_svc.store.tables import cash_posting, document_application, here

_KEYS: dict[Shelf, tuple[Table, list[str]]] = {
    Shelf.ACCOUNT: (tables.account, ["account_id"]),
    Shelf.CUSTOMER: (tables.customer, ["customer_id"]),
    Shelf.VENDOR: (tables.vendor, ["vendor_id"]),
    Shelf.BILL: (tables.bill, ["bill_id"]),
    Shelf.INVOICE: (tables.invoice, ["invoice_id"]),
    Shelf.TRANSACTION: (tables.ledger_transaction, ["source_kind", "source_id"]),
}
# What the business decides about a record; an import leaves it as it is.
_NOT_IMPORTED = {
    "restricted",
    "tier",
    "grace_days",
    "late_breaks_law",
    "late_fee_once_minor",
    "late_fee_monthly_basis_points",
    "dispute_reason",
    "disputed_at",
    "settled_date",
}
_IDS_PER_STATEMENT = 5000


async def stored(transaction: Transaction) -> dict[Key, Stored]:
    """Return what the books hold, by key."""
    found: dict[Key, Stored] = {}
    for shelf, (table, key) in _KEYS.items():
        columns = [*(table.c[name] for name in key), table.c.source_version, table.c.digest]
        for *ids, version, digest in await transaction.rows(select(*columns).where(here(table))):
            kind = ids[0] if shelf is Shelf.TRANSACTION else ""
            found[shelf, kind, ids[-1]] = Stored(version, bytes(digest))
    return found


async def write(
    transaction: Transaction, added: Sequence[LedgerRecord], updated: Sequence[LedgerRecord]
) -> list[Change]:
    """Write records, in an order in which references hold, and return what changed."""
    before = await _rows_before(transaction, [key_of(record) for record in updated])
    changes = [
        Change(
            key_of(record)[0].value, _subject(key_of(record)), before.get(key_of(record)), record
        )
        for record in (*added, *updated)
    ]
    deletions = [record for record in updated if isinstance(record, Deletion)]
    whole = [record for record in (*added, *updated) if not isinstance(record, Deletion)]
    for shelf, (table, key) in _KEYS.items():
        rows = [row_of(record) for record in whole if key_of(record)[0] is shelf]
        await _upsert(transaction, table, key, rows)
    touched = [key_of(record)[1:] for record in updated if key_of(record)[0] is Shelf.TRANSACTION]
    await _drop_lines(transaction, touched)
    await _write_lines(transaction, whole)
    for deletion in deletions:
        await _mark_deleted(transaction, deletion)
    for document in (tables.bill, tables.invoice):
        await _note_settled(transaction, document)
    return changes


def _subject(key: Key) -> str:
    return f"{key[1]} {key[2]}".strip()


async def _rows_before(transaction: Transaction, keys: Iterable[Key]) -> dict[Key, Any]:
    wanted: dict[Shelf, list[Key]] = {}
    for key in keys:
        wanted.setdefault(key[0], []).append(key)
    found: dict[Key, Any] = {}
    for shelf, of_shelf in wanted.items():
        table, names = _KEYS[shelf]
        for chunk in _chunks(of_shelf):
            ids = [key[-len(names) :] for key in chunk]
            match = tuple_(*(table.c[name] for name in names)).in_(ids)
            for row in await transaction.rows(select(table).where(here(table), match)):
                values = dict(row._mapping)
                kind = values["source_kind"] if shelf is Shelf.TRANSACTION else ""
                found[shelf, kind, values[names[-1]]] = values
    return found


async def _upsert(
    transaction: Transaction, table: Table, key: list[str], rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    statement = insert(table)
    fixed = {"business_id", *key, *_NOT_IMPORTED}
    replaced = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in fixed}
    statement = statement.on_conflict_do_update(index_elements=["business_id", *key], set_=replaced)
    await transaction.insert(statement, *rows)


async def _drop_lines(transaction: Transaction, touched: Sequence[tuple[str, str]]) -> None:
    for chunk in _chunks(touched):
        for table in (document_application, cash_posting):
            match = tuple_(table.c.source_kind, table.c.source_id).in_(chunk)
            await transaction.change(delete(table).where(here(table), match))


async def _write_lines(transaction: Transaction, records: Iterable[LedgerRecord]) -> None:
    applications, postings = [], []
    for record in records:
        if not isinstance(record, Payment | CashTransaction) or _is_history(record.state):
            continue
        _, kind, record_id = key_of(record)
        head = {"source_kind": kind, "source_id": record_id}
        if isinstance(record, Payment):
            applications += _application_rows(record, head)
            when = record.payment_date
        else:
            when = record.transaction_date
        postings += [
            {
                **head,
                "line_number": number,
                "account_id": posting.account_id,
                "posting_date": when,
                "amount_minor": posting.amount_minor,
                "category": posting.category.value,
                "counterparty": posting.counterparty,
            }
            for number, posting in enumerate(record.postings)
        ]
    await transaction.insert(insert(document_application), *applications)
    await transaction.insert(insert(cash_posting), *postings)


def _application_rows(payment: Payment, head: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            **head,
            "line_number": number,
            "bill_id": application.bill_id,
            "invoice_id": application.invoice_id,
            "applied_date": payment.payment_date,
            "amount_minor": application.amount_minor,
        }
        for number, application in enumerate(payment.applications)
    ]


async def _mark_deleted(transaction: Transaction, deletion: Deletion) -> None:
    key = key_of(deletion)
    table, names = _KEYS[key[0]]
    remaining = "unapplied_minor" if key[0] is Shelf.TRANSACTION else "balance_minor"
    values = {"state": DocumentState.DELETED.value, remaining: 0, "digest": DELETED_DIGEST}
    ids = key[-len(names) :]
    match = (table.c[name] == value for name, value in zip(names, ids, strict=True))
    await transaction.change(update(table).where(here(table), *match).values(**values))


async def _note_settled(transaction: Transaction, document: Table) -> None:
    """Note on each document when it was settled: on the day of the last payment of a paid one."""
    key = f"{document.name}_id"
    applied = document_application.c[key]
    last_paid = (
        select(func.max(document_application.c.applied_date))
        .where(here(document_application), applied == document.c[key])
        .scalar_subquery()
    )
    settled = case((document.c.state == DocumentState.PAID.value, last_paid), else_=None)
    await transaction.change(
        update(document)
        .where(here(document), document.c.settled_date.is_distinct_from(settled))
        .values(settled_date=settled)
    )


def _is_history(state: DocumentState) -> bool:
    return state in (DocumentState.VOIDED, DocumentState.DELETED)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), _IDS_PER_STATEMENT):
        yield items[start : start + _IDS_PER_STATEMENT]


def row_of(record: LedgerRecord) -> dict[str, Any]:
    """Return a record as a row of its table, without its lines."""
    match record:
        case Account():
            row = _fields(record, "account_id", "display_name", "subtype", "active")
            row |= {"kind": record.kind.value, "balance_minor": record.balance_minor}
            row |= {"currency": record.currency}
        case Party():
            key = "customer_id" if record.role is PartyRole.CUSTOMER else "vendor_id"
            row = {key: record.party_id, **_terms(record.terms)}
            row |= _fields(record, "display_name", "active", "balance_minor", "currency")
        case Bill():
            row = {"bill_id": record.bill_id, "vendor_id": record.vendor_id}
            row |= {"category": record.category.value, **_document(record)}
        case Invoice():
            row = {"invoice_id": record.invoice_id, "customer_id": record.customer_id}
            row |= _document(record)
        case Payment() | CashTransaction():
            row = _transaction(record)
        case Deletion():
            raise TypeError("a deletion has no row of its own")
    return {
        **row,
        "source_version": record.source_version,
        "digest": digest_of(record),
        "facts": facts.to_json(record.facts),
    }


def _fields(record: object, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _document(document: Bill | Invoice) -> dict[str, Any]:
    return {
        **_fields(document, "document_number", "issue_date", "due_date", "total_minor"),
        **_fields(document, "balance_minor", "currency"),
        "state": document.state.value,
        **_terms(document.terms),
    }


def _transaction(record: Payment | CashTransaction) -> dict[str, Any]:
    _, kind, record_id = key_of(record)
    row: dict[str, Any] = {"source_kind": kind, "source_id": record_id}
    row |= {"currency": record.currency, "state": record.state.value}
    if isinstance(record, CashTransaction):
        when = {"transaction_date": record.transaction_date}
        return row | when | {"total_minor": 0, "unapplied_minor": 0} | _parties(None, None)
    sold = record.kind.role is PartyRole.CUSTOMER
    parties = _parties(record.party_id, None) if sold else _parties(None, record.party_id)
    row |= {"transaction_date": record.payment_date, **parties}
    return row | _fields(record, "total_minor", "unapplied_minor")


def _parties(customer_id: str | None, vendor_id: str | None) -> dict[str, str | None]:
    return {"customer_id": customer_id, "vendor_id": vendor_id}


def _terms(terms: PaymentTerms | None) -> dict[str, Any]:
    return {
        "terms_name": terms.display_name if terms else None,
        "net_days": terms.net_days if terms else None,
        "discount_days": terms.discount_days if terms else None,
        "discount_basis_points": terms.discount_basis_points if terms else None,
    }
