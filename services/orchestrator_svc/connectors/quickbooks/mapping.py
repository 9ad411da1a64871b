"""Mapping a company's QuickBooks records to ledger records; a wrong record is a rejection."""

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence

from orchestrator_svc.connectors.quickbooks import (
    accounts,
    cash,
    deposits,
    documents,
    journal_entries,
    parties,
    payments,
)
from orchestrator_svc.connectors.quickbooks.books import Books
from orchestrator_svc.connectors.quickbooks.company import read_company
from orchestrator_svc.connectors.quickbooks.facts import facts_of
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record, Reference, printable
from orchestrator_svc.connectors.quickbooks.rows import AnyRecord, Gathering, Row, rejection
from orchestrator_svc.connectors.quickbooks.terms import TermNames
from orchestrator_svc.domain.ledger import (
    Account,
    Bill,
    CashTransaction,
    Deletion,
    Invoice,
    Party,
    PartyRole,
    Payment,
    Rejection,
    SourcedRecord,
    SourceReading,
)

_ROLES = {"Customer": PartyRole.CUSTOMER, "Vendor": PartyRole.VENDOR}
_READ_FIRST = ("CompanyInfo", "Preferences", "Account", *_ROLES)

_Transaction = Bill | Invoice | Payment | CashTransaction | Deletion
# In this order, because later ones look up earlier ones: a payment its bill, a deposit its payment.
_TRANSACTIONS: dict[str, Callable[[Record, Books], _Transaction]] = {
    "Invoice": documents.invoice,
    "Bill": documents.bill,
    "Payment": payments.customer_payment,
    "BillPayment": payments.bill_payment,
    "CreditMemo": payments.credit_memo,
    "VendorCredit": payments.vendor_credit,
    "SalesReceipt": cash.sales_receipt,
    "Purchase": cash.purchase,
    "Deposit": deposits.deposit,
    "JournalEntry": journal_entries.journal_entry,
    "Transfer": cash.transfer,
}

_NOT_READ = "moves cash, and Runway does not read it yet"
_WHY_SKIPPED = {
    "Estimate": "an offer; nothing is owed yet",
    "PurchaseOrder": "an order; nothing is owed before its bill",
    "Item": "what is sold and bought, not what is owed",
    **dict.fromkeys(["RefundReceipt", "CreditCardPayment", "TaxPayment"], _NOT_READ),
}


def map_entities(
    entities: Mapping[str, Sequence[object]],
    files: Mapping[str, str] | None = None,
    synced_at: datetime.datetime | None = None,
) -> SourceReading:
    """Map records by the name of their entity, as QuickBooks' API gives them.

    `files` says where each entity was read. Numbers should be `decimal.Decimal`, as
    `json.loads(parse_float=Decimal)` gives them. Nothing is raised for a wrong record: it is
    listed as unreadable, with its field. A transaction is only read with the accounts that it
    moves cash on: pass them along.
    """
    rows: list[Row] = []
    rejections: list[Rejection] = []
    for entity, items in entities.items():
        file = (files or {}).get(entity, "")
        if isinstance(items, list | tuple):
            rows += [Row(file, entity, item) for item in items]
        else:
            rejections.append(rejection(Row(file, entity, None), entity, "is no list"))
    return map_rows(rows, entities, synced_at, rejections)


def map_rows(
    rows: Iterable[Row],
    entities: Iterable[str],
    synced_at: datetime.datetime | None,
    rejections: Iterable[Rejection],
) -> SourceReading:
    """Map rows of the named entities, each from its own file."""
    by_entity: dict[str, list[Row]] = {entity: [] for entity in entities}
    for row in rows:
        by_entity.setdefault(row.entity, []).append(row)
    used = {e: by_entity.get(e, []) for e in (*_READ_FIRST, *_TRANSACTIONS)}
    found = Gathering(rejections=list(rejections))
    company = read_company(used, found)
    books = Books(company.currency, TermNames(row for rows in used.values() for row in rows))
    _read_lists(used, books, found)
    _read_transactions(used, books, found)
    return SourceReading(
        records=found.records,
        unreadable=found.rejections,
        skipped=[
            (printable(entity)[:64], _WHY_SKIPPED.get(entity, "Runway does not use it"))
            for entity in sorted(by_entity.keys() - used.keys())
        ],
        synced_at=synced_at,
        company_name=company.name,
        currency=company.currency,
        books_closed_through=company.books_closed_through,
    )


def _read_lists(rows: Mapping[str, Sequence[Row]], books: Books, found: Gathering) -> None:
    """Read the accounts and parties that transactions refer to."""
    for row in rows["Account"]:
        account = found.keep(row, _with_facts(_account_reader(books), books))
        if account is not None:
            books.chart.add(account)
    for entity, role in _ROLES.items():
        for row in rows[entity]:
            party = found.keep(row, _with_facts(_party_reader(role, books), books))
            if party is not None:
                books.parties.add(party)


def _with_facts(read: Callable[[Record], AnyRecord], books: Books) -> Callable[[Record], AnyRecord]:
    """Have a reader add what else the record says. A deletion says nothing."""

    def both(record: Record) -> AnyRecord:
        found = read(record)
        if isinstance(found, Deletion):
            return found
        return dataclasses.replace(found, facts=facts_of(record, found, books.home))

    return both


def _account_reader(books: Books) -> Callable[[Record], Account]:
    return lambda record: accounts.account(record, books.home)


def _party_reader(role: PartyRole, books: Books) -> Callable[[Record], Party]:
    return lambda record: parties.party(record, role, books.home, books.terms)


def _read_transactions(rows: Mapping[str, Sequence[Row]], books: Books, found: Gathering) -> None:
    for entity, read in _TRANSACTIONS.items():
        # Of several versions of a record the newest comes last, and is what others look up.
        for row in sorted(rows[entity], key=_version):
            record = found.keep(row, _with_facts(_transaction_reader(read, books), books))
            if isinstance(record, Bill):
                books.bill_categories[record.bill_id] = record.category
            if record is not None:
                _add_missing_party(record, row, books, found)


def _version(row: Row) -> int:
    try:
        return Record.of(row.content).version()
    except FieldError:
        return 0  # named where the record itself is read


def _transaction_reader(
    read: Callable[[Record, Books], _Transaction], books: Books
) -> Callable[[Record], _Transaction]:
    return lambda record: read(record, books)


def _add_missing_party(record: _Transaction, row: Row, books: Books, found: Gathering) -> None:
    """Stand in for a party that a document refers to and that was not read."""
    match record:
        case Invoice():
            role, party_id = PartyRole.CUSTOMER, record.customer_id
        case Bill():
            role, party_id = PartyRole.VENDOR, record.vendor_id
        case Payment():
            role, party_id = record.kind.role, record.party_id
        case CashTransaction() | Deletion():
            return
    if books.parties.find(role, party_id) is not None:
        return
    field = f"{role.value.title()}Ref"
    reference = Record.of(row.content).reference(field) or Reference(party_id)
    party = parties.placeholder(role, reference, record.currency)
    books.parties.add(party)
    found.records.append(SourcedRecord(party, row.file[:512], row.entity[:64]))
