"""Purchases, sales receipts and transfers: cash transactions that settle no document."""

from collections.abc import Sequence

from orchestrator_svc.connectors.quickbooks.books import Books, Receipt
from orchestrator_svc.connectors.quickbooks.categories import purchase_category
from orchestrator_svc.connectors.quickbooks.fields import Record
from orchestrator_svc.connectors.quickbooks.lifecycle import GONE, is_only_deleted, state_of
from orchestrator_svc.connectors.quickbooks.lines import Line, largest, lines_of
from orchestrator_svc.connectors.quickbooks.postings import Postings, is_cash_like
from orchestrator_svc.domain.ledger import (
    Account,
    CashCategory,
    CashTransaction,
    Deletion,
    PartyRole,
)


def purchase(record: Record, books: Books) -> CashTransaction | Deletion:
    """Read a Purchase: out of a bank or a card, or into it when it is a credit.

    A line against another cash-like account moves money between the two: a card's "purchase" from
    the checking account is how many pay their card. Raises FieldError.
    """
    if is_only_deleted(record):
        return Deletion("Purchase", record.identifier("Id"))
    currency = record.currency(books.home)
    account = books.chart.required(record, "AccountRef")
    sign = 1 if record.flag("Credit", False) else -1
    rest = sign * record.amount("TotalAmt", currency)
    postings, spent = Postings(currency), []
    for line in lines_of(record, currency, "AccountBasedExpenseLineDetail"):
        other = books.chart.find(line.account)
        if other is None or not is_cash_like(other) or other == account:
            spent.append(line)
            continue
        postings.move(other, account, sign * line.amount_minor)
        rest -= sign * line.amount_minor
    _spend(record, books, postings, account, rest, spent)
    return transaction(record, "Purchase", postings, currency, record.amount("TotalAmt", currency))


def _spend(
    record: Record,
    books: Books,
    postings: Postings,
    account: Account,
    minor: int,
    lines: Sequence[Line],
) -> None:
    """Post what a purchase spends for itself, named for its payee or its largest line."""
    entity = record.reference("EntityRef")
    kind = entity.type if entity else ""
    line = largest(lines)
    other = books.chart.find(line.account) if line else None
    payee = books.parties.entity_name(entity, kind) or account_name(other, line)
    postings.post(account, minor, purchase_category(other, kind == "Customer"), payee)


def sales_receipt(record: Record, books: Books) -> CashTransaction | Deletion:
    """Read a SalesReceipt: money from a customer at the sale. Raises FieldError."""
    if is_only_deleted(record):
        return Deletion("SalesReceipt", record.identifier("Id"))
    currency = record.currency(books.home)
    total = record.amount("TotalAmt", currency)
    payer = books.parties.name(PartyRole.CUSTOMER, record.reference("CustomerRef"))
    postings = Postings(currency)
    if total:
        account = books.chart.deposited_to(record)
        postings.post(account, total, CashCategory.CUSTOMER, payer)
        books.receipts["SalesReceipt", record.identifier("Id")] = Receipt(payer, account.account_id)
    return transaction(record, "SalesReceipt", postings, currency, total)


def transfer(record: Record, books: Books) -> CashTransaction | Deletion:
    """Read a Transfer from one account to another. Raises FieldError."""
    if is_only_deleted(record):
        return Deletion("Transfer", record.identifier("Id"))
    currency = record.currency(books.home)
    giving = books.chart.required(record, "FromAccountRef")
    receiving = books.chart.required(record, "ToAccountRef")
    amount = record.amount("Amount", currency)
    postings = Postings(currency)
    postings.move(giving, receiving, amount)
    return transaction(record, "Transfer", postings, currency, amount)


def account_name(account: Account | None, line: Line | None) -> str:
    """Return what the account of a line is called, by its record or the reference to it."""
    if account is not None:
        return account.display_name
    return line.account.name if line and line.account else ""


def transaction(
    record: Record, kind: str, postings: Postings, currency: str, total_minor: int
) -> CashTransaction:
    """Return a cash transaction with its postings; a void or deleted one has none."""
    state = state_of(record, total_minor, 0)
    return CashTransaction(
        transaction_id=record.identifier("Id"),
        source_kind=kind,
        transaction_date=record.date("TxnDate"),
        currency=currency,
        postings=() if state in GONE else postings.all(),
        state=state,
        source_version=record.version(),
    )
