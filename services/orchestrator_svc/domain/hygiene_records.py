"""The records behind the books of a day."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from orchestrator_svc.domain.books import Books
from orchestrator_svc.domain.ledger import (
    Account,
    AccountKind,
    Bill,
    CashTransaction,
    DocumentState,
    Invoice,
    Party,
    Payment,
)

Document = TypeVar("Document", Bill, Invoice)


@dataclass(frozen=True, slots=True)
class AccountMovements:
    """How an account moved: days before the day of the books, and amounts in minor units."""

    account_id: str
    days_ago: Sequence[int]
    amounts_minor: Sequence[int]


@dataclass(frozen=True, slots=True)
class UndepositedReceipt:
    """Money that was received and waits for the bank; `record_id` is a payment's, or a sale's."""

    record_id: str
    is_sale: bool
    party_id: str
    received_date: datetime.date
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class HygieneRecords:
    """What is known of a business's books on a day, besides the books.

    `days_not_read` are spans of days, both included, of which changes were not read.
    """

    bills: Sequence[Bill]
    invoices: Sequence[Invoice]
    parties: Sequence[Party]
    accounts: Sequence[Account]
    payments: Sequence[Payment]
    transactions: Sequence[CashTransaction]
    movements: Sequence[AccountMovements]
    synced_date: datetime.date | None
    closed_through: datetime.date | None = None
    days_not_read: Sequence[tuple[datetime.date, datetime.date]] = ()


def undeposited(records: HygieneRecords) -> list[UndepositedReceipt]:
    """Return what customers' payments and sales have left in undeposited funds."""
    waiting = {
        one.account_id for one in records.accounts if one.kind is AccountKind.UNDEPOSITED_FUNDS
    }

    def amount(record: Payment | CashTransaction) -> int:
        if record.facts.is_deposited:
            return 0
        return sum(one.amount_minor for one in record.postings if one.account_id in waiting)

    payments = [
        UndepositedReceipt(
            one.payment_id, False, one.party_id, one.payment_date, amount(one), one.currency
        )
        for one in records.payments
        if amount(one)
    ]
    sales = [
        UndepositedReceipt(
            one.transaction_id,
            True,
            one.facts.payee_id,
            one.transaction_date,
            amount(one),
            one.currency,
        )
        for one in records.transactions
        if one.source_kind == SALE and amount(one)
    ]
    return payments + sales


SALE = "SalesReceipt"


def on_the_day(records: HygieneRecords, books: Books, today: datetime.date) -> HygieneRecords:
    """Return records that are known now as they were on the day of the books.

    Documents are open as far as the books say so, and accounts have the balances of the books. On a
    day gone by, nothing is known that was dated after it.
    """
    past = books.as_of < today
    owed_bills = {one.bill_id: one.balance_minor for one in books.bills}
    owed_invoices = {one.invoice_id: one.balance_minor for one in books.invoices}
    balances = {one.account_id: one.balance_minor for one in books.balances.accounts}
    return replace(
        records,
        bills=[
            _as_owed(one, owed_bills, one.bill_id, books.as_of)
            for one in records.bills
            if not past or one.issue_date <= books.as_of
        ],
        invoices=[
            _as_owed(one, owed_invoices, one.invoice_id, books.as_of)
            for one in records.invoices
            if not past or one.issue_date <= books.as_of
        ],
        accounts=[
            replace(one, balance_minor=balances.get(one.account_id, one.balance_minor))
            for one in records.accounts
        ],
        payments=[one for one in records.payments if not past or one.payment_date <= books.as_of],
        transactions=[
            one for one in records.transactions if not past or one.transaction_date <= books.as_of
        ],
        days_not_read=[span for span in records.days_not_read if span[0] <= books.as_of],
    )


def _as_owed(
    document: Document, owed: Mapping[str, int], key: str, as_of: datetime.date
) -> Document:
    if document.issue_date > as_of:
        return document
    if key in owed:
        return replace(document, balance_minor=owed[key], state=DocumentState.OPEN)
    return replace(document, balance_minor=0, state=DocumentState.PAID)
