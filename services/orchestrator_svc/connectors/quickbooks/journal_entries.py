"""Journal entries: what a bookkeeper moves by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator_svc.connectors.quickbooks.books import Books
from orchestrator_svc.connectors.quickbooks.cash import account_name, transaction
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record
from orchestrator_svc.connectors.quickbooks.lifecycle import is_only_deleted
from orchestrator_svc.connectors.quickbooks.lines import lines_of
from orchestrator_svc.connectors.quickbooks.postings import Postings, against, is_cash_like
from orchestrator_svc.domain.ledger import Account, CashCategory, CashTransaction, Deletion

# Debits add to assets and take from debts, which QuickBooks shows as negative: one sign does both.
_SIGNS = {"Debit": 1, "Credit": -1}


@dataclass(frozen=True, slots=True)
class _Side:
    amount_minor: int
    account: Account | None
    account_name: str
    entity_name: str


def journal_entry(record: Record, books: Books) -> CashTransaction | Deletion:
    """Read a JournalEntry: what it moves on each cash-like account, which is for what the largest
    line opposite to it is. Raises FieldError.
    """
    if is_only_deleted(record):
        return Deletion("JournalEntry", record.identifier("Id"))
    currency = record.currency(books.home)
    sides = _sides(record, books, currency)
    postings = Postings(currency)
    for side in sides:
        if side.account is not None and is_cash_like(side.account):
            _post(postings, side, side.account, sides)
    # TotalAmt of a journal entry is always 0; what makes it void are its lines.
    moved = sum(abs(side.amount_minor) for side in sides)
    return transaction(record, "JournalEntry", postings, currency, moved)


def _sides(record: Record, books: Books, currency: str) -> Sequence[_Side]:
    sides = []
    for line in lines_of(record, currency, "JournalEntryLineDetail"):
        if line.detail is None:
            continue  # a line of mere description
        posting = line.detail.text("PostingType")
        if posting not in _SIGNS:
            raise FieldError(line.detail.path("PostingType"), "is neither Debit nor Credit")
        account = books.chart.find(line.account)
        sides.append(
            _Side(
                amount_minor=_SIGNS[posting] * line.amount_minor,
                account=account,
                account_name=account_name(account, line),
                entity_name=_entity_name(line.detail, books),
            )
        )
    return sides


def _entity_name(detail: Record, books: Books) -> str:
    entity = detail.child("Entity")
    if entity is None:
        return ""
    return books.parties.entity_name(entity.reference("EntityRef"), entity.text("Type"))


def _post(postings: Postings, side: _Side, account: Account, sides: Sequence[_Side]) -> None:
    opposite = [other for other in sides if other.amount_minor * side.amount_minor < 0]
    other = max(opposite, key=lambda found: abs(found.amount_minor), default=None)
    if other is None:
        postings.post(account, side.amount_minor, CashCategory.OTHER, side.entity_name)
        return
    name = other.entity_name or side.entity_name or other.account_name
    postings.post(account, side.amount_minor, against(account, other.account), name)
