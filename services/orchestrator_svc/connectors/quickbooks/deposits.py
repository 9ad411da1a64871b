"""Deposits: customers' money on its way from undeposited funds, and other money, into a bank."""

from orchestrator_svc.connectors.quickbooks.books import Books, Receipt
from orchestrator_svc.connectors.quickbooks.cash import account_name, transaction
from orchestrator_svc.connectors.quickbooks.fields import Record, Reference
from orchestrator_svc.connectors.quickbooks.lifecycle import is_only_deleted
from orchestrator_svc.connectors.quickbooks.lines import Line, Link, lines_of, link_of
from orchestrator_svc.connectors.quickbooks.postings import Postings
from orchestrator_svc.domain.ledger import (
    Account,
    AccountKind,
    CashCategory,
    CashTransaction,
    Deletion,
)

_FROM_CUSTOMERS = frozenset({"Payment", "SalesReceipt", "RefundReceipt"})


def deposit(record: Record, books: Books) -> CashTransaction | Deletion:
    """Read a Deposit. Raises FieldError.

    The bank gets a posting for each category and counterparty, so that history shows who paid
    rather than "a deposit"; together they are what reached it: the lines less the cash back.
    """
    if is_only_deleted(record):
        return Deletion("Deposit", record.identifier("Id"))
    currency = record.currency(books.home)
    bank = books.chart.required(record, "DepositToAccountRef")
    total = record.amount("TotalAmt", currency)
    postings = Postings(currency)
    reached = 0
    for line in lines_of(record, currency, "DepositLineDetail"):
        _deposit_line(line, books, postings, bank)
        reached += line.amount_minor
    reached -= _cash_back(record, books, postings, bank, currency)
    # What no line explains, such as tax, still reached the bank.
    postings.post(bank, total - reached, CashCategory.OTHER, "")
    return transaction(record, "Deposit", postings, currency, total)


def _deposit_line(line: Line, books: Books, postings: Postings, bank: Account) -> None:
    amount = line.amount_minor
    link = link_of(line)
    if link is not None:
        receipt = books.receipts.get((link.type, link.id))
        from_customer = link.type in _FROM_CUSTOMERS
        category = CashCategory.CUSTOMER if from_customer else CashCategory.OTHER
        payer = receipt.payer if receipt else ""
        postings.post(_waiting(line, books, receipt, link), -amount, category, payer)
        postings.post(bank, amount, category, payer)
        return
    other = books.chart.find(line.account)
    payer = _entity_name(line, books)
    if other is not None:
        postings.move(other, bank, amount, payer)
    else:
        postings.post(bank, amount, CashCategory.OTHER, payer or account_name(None, line))


def _waiting(line: Line, books: Books, receipt: Receipt | None, link: Link) -> Account:
    """Return the undeposited funds in which a receipt waited until now."""
    placed = books.chart.find(Reference(receipt.account_id)) if receipt else None
    if placed is not None and placed.kind is AccountKind.UNDEPOSITED_FUNDS:
        return placed
    return books.chart.undeposited(line.record, "LinkedTxn")


def _entity_name(line: Line, books: Books) -> str:
    entity = line.detail.reference("Entity") if line.detail else None
    return books.parties.entity_name(entity, entity.type.title() if entity else "")


def _cash_back(
    record: Record, books: Books, postings: Postings, bank: Account, currency: str
) -> int:
    """Post what was kept back of a deposit, and return it."""
    back = record.child("CashBack")
    amount = back.amount_or("Amount", currency, 0) if back else 0
    if back is None or amount == 0:
        return 0
    reference = back.reference("AccountRef")
    other = books.chart.find(reference)
    if other is not None:
        postings.move(bank, other, amount)
    else:
        postings.post(bank, -amount, CashCategory.OTHER, reference.name if reference else "")
    return amount
