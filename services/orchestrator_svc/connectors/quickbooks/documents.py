"""Bills and invoices."""

import datetime
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks.books import Books
from orchestrator_svc.connectors.quickbooks.categories import bill_category
from orchestrator_svc.connectors.quickbooks.fields import (
    LONGEST_LABEL,
    FieldError,
    Record,
    Reference,
)
from orchestrator_svc.connectors.quickbooks.lifecycle import is_only_deleted, state_of
from orchestrator_svc.connectors.quickbooks.lines import largest, lines_of
from orchestrator_svc.connectors.quickbooks.terms import document_terms
from orchestrator_svc.domain.ledger import (
    Bill,
    CashCategory,
    Deletion,
    DocumentState,
    Invoice,
    PartyRole,
    PaymentTerms,
)


def invoice(record: Record, books: Books) -> Invoice | Deletion:
    """Read an Invoice. Raises FieldError."""
    invoice_id = record.identifier("Id")
    if is_only_deleted(record):
        return Deletion("invoice", invoice_id)
    customer = record.required_reference("CustomerRef")
    read = _document(record, books, PartyRole.CUSTOMER, customer)
    return Invoice(
        invoice_id=invoice_id,
        customer_id=customer.value,
        document_number=read.number,
        issue_date=read.issued,
        due_date=read.due,
        total_minor=read.total,
        balance_minor=read.balance,
        currency=read.currency,
        state=read.state,
        terms=read.terms,
        source_version=record.version(),
    )


def bill(record: Record, books: Books) -> Bill | Deletion:
    """Read a Bill. Raises FieldError."""
    bill_id = record.identifier("Id")
    if is_only_deleted(record):
        return Deletion("bill", bill_id)
    vendor = record.required_reference("VendorRef")
    read = _document(record, books, PartyRole.VENDOR, vendor)
    return Bill(
        bill_id=bill_id,
        vendor_id=vendor.value,
        document_number=read.number,
        issue_date=read.issued,
        due_date=read.due,
        total_minor=read.total,
        balance_minor=read.balance,
        currency=read.currency,
        state=read.state,
        terms=read.terms,
        category=_category(record, books, read.currency),
        source_version=record.version(),
    )


@dataclass(frozen=True, slots=True)
class _Document:
    number: str
    issued: datetime.date
    due: datetime.date | None
    total: int
    balance: int
    currency: str
    state: DocumentState
    terms: PaymentTerms | None


def _document(record: Record, books: Books, role: PartyRole, owner: Reference) -> _Document:
    currency = record.currency(books.home)
    total = record.positive("TotalAmt", currency)
    balance = record.amount("Balance", currency)
    if not 0 <= balance <= total:
        raise FieldError(record.path("Balance"), "does not lie between zero and TotalAmt")
    state = state_of(record, total, balance)
    issued = record.date("TxnDate")
    terms, due = document_terms(
        _terms_name(record, books, role, owner), issued, record.optional_date("DueDate")
    )
    return _Document(
        number=record.text("DocNumber", longest=LONGEST_LABEL),
        issued=issued,
        due=due,
        total=total,
        balance=0 if state is DocumentState.DELETED else balance,
        currency=currency,
        state=state,
        terms=terms,
    )


def _terms_name(record: Record, books: Books, role: PartyRole, owner: Reference) -> str | None:
    """Return the name of a document's own terms, else of its party's."""
    own = books.terms.stated(record, "SalesTermRef")
    if own is not None:
        return own
    party = books.parties.find(role, owner.value)
    return party.terms.display_name if party and party.terms else None


def _category(record: Record, books: Books, currency: str) -> CashCategory:
    line = largest(lines_of(record, currency, "AccountBasedExpenseLineDetail"))
    return bill_category(books.chart.find(line.account) if line else None)
