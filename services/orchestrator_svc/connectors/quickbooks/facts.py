"""What a record says besides what the books are made from."""

import datetime
import re
from collections.abc import Sequence
from typing import Any

from orchestrator_svc.connectors.quickbooks.fields import Record
from orchestrator_svc.domain.ledger import (
    Account,
    Bill,
    CashTransaction,
    Invoice,
    Party,
    Payment,
    SourceFacts,
)

Found = Account | Party | Bill | Invoice | Payment | CashTransaction

MOST_ACCOUNTS = 100
"""How many accounts of one record are kept: the lines of a bill, not of a year."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TERMS = ("TermRef", "SalesTermRef")


def facts_of(record: Record, found: Found, home: str) -> SourceFacts:
    """Read what a record says besides what was read of it already. Raises FieldError."""
    of_lines: dict[str, Any] = {
        "account_ids": _account_ids(record),
        "changed_date": _changed(record),
    }
    match found:
        case Account():
            parent = record.reference("ParentRef")
            return SourceFacts(parent_account_id=parent.value if parent else "")
        case Party():
            return SourceFacts(states_terms=any(record.has(name) for name in _TERMS))
        case Bill() | Invoice():
            return SourceFacts(**of_lines)
        case Payment():
            return SourceFacts(**of_lines, is_deposited=_is_deposited(record))
        case CashTransaction():
            payee = record.reference("EntityRef") or record.reference("CustomerRef")
            return SourceFacts(
                **of_lines,
                payee_id=payee.value if payee else "",
                total_minor=_total(record, home),
                is_deposited=_is_deposited(record),
            )


def _is_deposited(record: Record) -> bool:
    return any(link.text("TxnType") == "Deposit" for link in record.children("LinkedTxn"))


def _account_ids(record: Record) -> Sequence[str]:
    found: dict[str, None] = {}
    for line in record.children("Line"):
        detail = line.text("DetailType")
        inner = line.child(detail) if detail else None
        if inner is None:
            continue
        for name in ("AccountRef", "ItemAccountRef"):
            reference = inner.reference(name)
            if reference is not None:
                found[reference.value] = None
    return tuple(found)[:MOST_ACCOUNTS]


def _changed(record: Record) -> datetime.date | None:
    """Return the day of the last change; a stamp that is none says nothing and refuses nothing."""
    stamps = record.child("MetaData")
    text = stamps.text("LastUpdatedTime")[:10] if stamps else ""
    try:
        return datetime.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _total(record: Record, home: str) -> int:
    """Return the size of a cash transaction: its total, else the sum of its lines.

    Of a journal entry, whose total QuickBooks gives as zero, it is the sum of its debits.
    """
    currency = record.currency(home)
    if debits := sum(_debit(line, currency) for line in record.children("Line")):
        return abs(debits)
    for name in ("TotalAmt", "Amount"):
        if record.has(name):
            return abs(record.amount(name, currency))
    return abs(sum(line.amount_or("Amount", currency, 0) for line in record.children("Line")))


def _debit(line: Record, currency: str) -> int:
    detail = line.child("JournalEntryLineDetail")
    if detail is None or detail.text("PostingType") != "Debit":
        return 0
    return line.amount_or("Amount", currency, 0)
