"""Payments and credits, what they settle, and what they move."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks.books import Books, Receipt
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record
from orchestrator_svc.connectors.quickbooks.lifecycle import GONE, is_only_deleted, state_of
from orchestrator_svc.connectors.quickbooks.lines import Line, lines_of, link_of
from orchestrator_svc.connectors.quickbooks.postings import Postings
from orchestrator_svc.domain.ledger import (
    Account,
    Application,
    CashCategory,
    CashPosting,
    Deletion,
    Payment,
    PaymentKind,
)
from service_kit.wire import LARGEST_MINOR

MOST_APPLICATIONS = 1000
_CREDITS = frozenset({"CreditMemo", "VendorCredit"})


def customer_payment(record: Record, books: Books) -> Payment | Deletion:
    """Read a Payment: money from a customer, into the bank or undeposited funds.

    A payment of nothing that links credits to invoices is how QuickBooks applies credits: it
    settles the invoices and moves no cash. Raises FieldError.
    """
    kind = PaymentKind.CUSTOMER_PAYMENT
    if is_only_deleted(record):
        return Deletion(kind.value, record.identifier("Id"))
    currency = record.currency(books.home)
    total = record.positive("TotalAmt", currency)
    lines = lines_of(record, currency)
    payer = books.parties.name(kind.role, record.required_reference("CustomerRef"))
    postings = Postings(currency)
    if total:
        account = books.chart.deposited_to(record)
        postings.post(account, total, CashCategory.CUSTOMER, payer)
        books.receipts["Payment", record.identifier("Id")] = Receipt(payer, account.account_id)
    unapplied = record.amount_or("UnappliedAmt", currency, _left_over(total, lines))
    amounts = _Amounts(currency, total, unapplied)
    return _payment(record, kind, amounts, _applications(lines, "Invoice"), postings.all())


def bill_payment(record: Record, books: Books) -> Payment | Deletion:
    """Read a BillPayment: money to a vendor, from a bank or a credit card. Raises FieldError."""
    kind = PaymentKind.BILL_PAYMENT
    if is_only_deleted(record):
        return Deletion(kind.value, record.identifier("Id"))
    currency = record.currency(books.home)
    total = record.positive("TotalAmt", currency)
    lines = lines_of(record, currency)
    applications = _applications(lines, "Bill")
    payee = books.parties.name(kind.role, record.required_reference("VendorRef"))
    postings = Postings(currency)
    if total:
        category = _category(applications, books)
        postings.post(_paid_from(record, books), -total, category, payee)
    # QuickBooks does not say what of a bill payment is unapplied.
    amounts = _Amounts(currency, total, _left_over(total, lines))
    return _payment(record, kind, amounts, applications, postings.all())


def credit_memo(record: Record, books: Books) -> Payment | Deletion:
    """Read a CreditMemo: a credit given to a customer. Raises FieldError."""
    unapplied = "RemainingCredit" if record.has("RemainingCredit") else "Balance"
    return _credit(record, books, PaymentKind.CREDIT_MEMO, unapplied)


def vendor_credit(record: Record, books: Books) -> Payment | Deletion:
    """Read a VendorCredit: a credit received from a vendor. Raises FieldError."""
    return _credit(record, books, PaymentKind.VENDOR_CREDIT, "Balance")


def _credit(record: Record, books: Books, kind: PaymentKind, unapplied: str) -> Payment | Deletion:
    if is_only_deleted(record):
        return Deletion(kind.value, record.identifier("Id"))
    currency = record.currency(books.home)
    total = record.positive("TotalAmt", currency)
    amounts = _Amounts(currency, total, record.amount(unapplied, currency), unapplied)
    return _payment(record, kind, amounts, (), ())


@dataclass(frozen=True, slots=True)
class _Amounts:
    currency: str
    total: int
    unapplied: int
    unapplied_field: str = "UnappliedAmt"


def _payment(
    record: Record,
    kind: PaymentKind,
    amounts: _Amounts,
    applications: Sequence[Application],
    postings: Sequence[CashPosting],
) -> Payment:
    if not 0 <= amounts.unapplied <= amounts.total:
        field = record.path(amounts.unapplied_field)
        raise FieldError(field, "does not lie between zero and TotalAmt")
    state = state_of(record, amounts.total, amounts.unapplied)
    gone = state in GONE
    return Payment(
        payment_id=record.identifier("Id"),
        kind=kind,
        party_id=record.required_reference(f"{kind.role.value.title()}Ref").value,
        payment_date=record.date("TxnDate"),
        total_minor=amounts.total,
        unapplied_minor=0 if gone else amounts.unapplied,
        currency=amounts.currency,
        applications=() if gone else applications,
        postings=() if gone else postings,
        state=state,
        source_version=record.version(),
    )


def _applications(lines: Iterable[Line], settled: str) -> Sequence[Application]:
    """Return what a payment settles. Its lines that link credits, deposits, journal entries and
    the like settle no document of ours.
    """
    amounts: dict[str, int] = {}
    for line in lines:
        link = link_of(line)
        if link is None or link.type != settled:
            continue
        if line.amount_minor < 0:
            raise FieldError(line.record.path("Amount"), "is negative")
        amounts[link.id] = amounts.get(link.id, 0) + line.amount_minor
    if len(amounts) > MOST_APPLICATIONS:
        raise FieldError("Line", f"settles more than {MOST_APPLICATIONS} documents")
    if any(minor > LARGEST_MINOR for minor in amounts.values()):
        raise FieldError("Line", "is too large together")
    return tuple(
        Application(
            bill_id=document_id if settled == "Bill" else None,
            invoice_id=document_id if settled == "Invoice" else None,
            amount_minor=minor,
        )
        for document_id, minor in amounts.items()
        if minor
    )


def _left_over(total: int, lines: Iterable[Line]) -> int:
    """Return what a payment's lines leave of it, the credits that it brings along included."""
    left = total
    for line in lines:
        link = link_of(line)
        if link is not None:
            left += line.amount_minor if link.type in _CREDITS else -line.amount_minor
    return min(max(left, 0), total)


def _paid_from(record: Record, books: Books) -> Account:
    check, card = record.child("CheckPayment"), record.child("CreditCardPayment")
    if check is not None and check.has("BankAccountRef"):
        return books.chart.required(check, "BankAccountRef")
    if card is not None and card.has("CCAccountRef"):
        return books.chart.required(card, "CCAccountRef")
    raise FieldError(record.path("CheckPayment.BankAccountRef"), "is missing")


def _category(applications: Sequence[Application], books: Books) -> CashCategory:
    """Return what a payment is for: what the bill is for of which it pays most."""
    paid = max(applications, key=lambda application: application.amount_minor, default=None)
    if paid is None or paid.bill_id is None:
        return CashCategory.VENDOR
    return books.bill_categories.get(paid.bill_id, CashCategory.VENDOR)
