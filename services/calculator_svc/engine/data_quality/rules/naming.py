"""What an issue about one record says and names, and what makes it the issue it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Document, Payment, PaymentKind, Transaction
from calculator_svc.engine.data_quality.issues import (
    Subject,
    SubjectKind,
    document_subject,
    party_subject,
)
from calculator_svc.engine.inputs import Day


@dataclass(slots=True)
class Entry:
    """A document, payment or transaction, as a rule that looks at all of them needs it.

    `words` name it with its amount; `accounts` are those that it is coded to.
    """

    record: Document | Payment | Transaction
    day: Day
    changed: Day | None
    words: str
    stake: int
    anchor: tuple[str, ...]
    subjects: list[Subject]
    accounts: tuple[str, ...] = ()


def entries(index: Index) -> Iterator[Entry]:
    """Yield every record: documents, payments, then transactions."""
    for one in index.documents:
        yield document_entry(index, one)
    for payment in index.payments:
        stake = index.stake(payment.total, payment.currency)
        party = index.name(payment.kind.role, payment.party_id)
        words = _words(index, payment.kind.name, payment.total, payment.currency)
        yield Entry(
            payment,
            payment.day,
            payment.changed,
            f"{words} {from_or_to(payment.kind)} {party}",
            stake,
            payment_anchor(payment),
            payment_names(payment),
        )
    for transaction in index.transactions:
        yield transaction_entry(index, transaction)


def document_entry(index: Index, document: Document) -> Entry:
    """Return a document as an entry."""
    return Entry(
        document,
        document.issue,
        document.changed,
        f"{index.title(document)} over {index.money(document.total, document.currency)}",
        index.stake(document.total, document.currency),
        document_anchor(document),
        document_names(document),
        document.accounts,
    )


def transaction_entry(index: Index, transaction: Transaction) -> Entry:
    """Return a transaction as an entry."""
    return Entry(
        transaction,
        transaction.day,
        transaction.changed,
        _words(index, transaction.kind.name, transaction.amount, transaction.currency),
        index.stake(transaction.amount, transaction.currency),
        transaction_anchor(transaction),
        [transaction_subject(transaction)],
        transaction.accounts,
    )


def document_anchor(document: Document) -> tuple[str, ...]:
    """Return the anchor of an issue about one document."""
    return document_subject(document.role, document.id).kind.name.lower(), document.id


def document_names(*documents: Document) -> list[Subject]:
    """Return documents and their parties as subjects."""
    found = [document_subject(one.role, one.id) for one in documents]
    return found + [party_subject(one.role, one.party_id) for one in documents if one.party_id]


def payment_anchor(payment: Payment) -> tuple[str, ...]:
    """Return the anchor of an issue about one payment; its id is unique within its kind alone."""
    return payment.kind.name.lower(), payment.id


def payment_names(payment: Payment) -> list[Subject]:
    """Return a payment and its party as subjects."""
    own = Subject(SubjectKind.PAYMENT, ":".join(payment_anchor(payment)))
    return [own, party_subject(payment.kind.role, payment.party_id)]


def transaction_anchor(transaction: Transaction) -> tuple[str, ...]:
    """Return the anchor of an issue about one transaction; see `payment_anchor`."""
    return transaction.kind.name.lower(), transaction.id


def transaction_subject(transaction: Transaction) -> Subject:
    """Return a transaction as a subject."""
    return Subject(SubjectKind.TRANSACTION, ":".join(transaction_anchor(transaction)))


def account_subjects(accounts: list[str]) -> list[Subject]:
    """Return accounts as subjects."""
    return [Subject(SubjectKind.ACCOUNT, account) for account in accounts]


def counted(count: int, noun: str) -> str:
    """Return a number of things in words: `1 bill`, `2 bills`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def from_or_to(kind: PaymentKind) -> str:
    """Return the word before a payment's party."""
    is_from = kind is PaymentKind.CUSTOMER_PAYMENT or kind is PaymentKind.VENDOR_CREDIT
    return "from" if is_from else "to"


def _words(index: Index, kind: str, amount: int, currency: str) -> str:
    return f"{kind.replace('_', ' ').capitalize()} of {index.money(amount, currency)}"
