"""Dates: what is dated in the future, and what has changed in books that were closed."""

from collections.abc import Iterator
from dataclasses import replace

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Document
from calculator_svc.engine.data_quality.issues import Area, Fix, Found, Rule, Severity
from calculator_svc.engine.data_quality.rules.naming import entries
from calculator_svc.engine.inputs import Bill, Day, Invoice, Role

CLOSING_TAKES_DAYS = 31
"""Where it is not known when the books were closed: a month after the last day of theirs."""
SETTLED_WITHIN_DAYS = 3
"""A payment changes what it settles; the day that it bears may be a few before it was entered."""


def future_date(index: Index) -> Iterator[Found]:
    """Find records dated after as_of; fixed, an open document is dated today and counts.

    Money that is dated in the future has not moved cash yet, and nothing changes for it.
    """
    for entry in entries(index):
        if entry.day <= index.as_of:
            continue
        ahead = words.days(entry.day - index.as_of)
        yield Found(
            max(Severity.MEDIUM, index.severity(entry.stake)),
            f"{entry.words} is dated {words.date(entry.day)}, {ahead} ahead.",
            entry.anchor,
            entry.subjects,
            entry.stake,
            _dated_today(index, entry.record) if isinstance(entry.record, Document) else Fix(),
        )


def changed_after_closing(index: Index) -> Iterator[Found]:
    """Find records of closed books that changed after closing. No cash moves.

    A document that was settled then has changed by that, and is none.
    """
    through = index.records.closed_through
    if through is None:
        return
    closed = index.records.closed_on
    closed = through + CLOSING_TAKES_DAYS if closed is None else closed
    for entry in entries(index):
        changed, record = entry.changed, entry.record
        if entry.day > through or changed is None or changed <= closed:
            continue
        if isinstance(record, Document) and _is_settled_on(index, record, changed):
            continue
        yield Found(
            max(Severity.MEDIUM, index.severity(entry.stake)),
            f"{entry.words}, dated {words.date(entry.day)}, changed on {words.date(changed)}, "
            f"after the books up to {words.date(through)} were closed.",
            entry.anchor,
            entry.subjects,
            entry.stake,
        )


def _is_settled_on(index: Index, document: Document, changed: Day) -> bool:
    return any(
        payment.changed == changed or 0 <= changed - payment.day <= SETTLED_WITHIN_DAYS
        for payment in index.settled_by.get((document.role, document.id), ())
    )


def _dated_today(index: Index, document: Document) -> Fix:
    """Return the fix that dates a document today and leaves its terms as they are."""
    owed = index.stake(document.balance, document.currency)
    if not owed:
        return Fix()
    due = None if document.due is None else document.due - (document.issue - index.as_of)
    key, party, today = document.id, document.party_id, index.as_of
    name, terms = index.name(document.role, party), document.terms
    if document.role is Role.VENDOR:
        if key in index.bills:
            return Fix(bills={key: replace(index.bills[key], issue=today, due=due)})
        return Fix(added_bills=[Bill(key, party, name, today, due, owed, terms)])
    if key in index.invoices:
        return Fix(invoices={key: replace(index.invoices[key], issue=today, due=due)})
    return Fix(added_invoices=[Invoice(key, party, name, today, due, owed, terms)])


RULES = (
    Rule("FUTURE_DATE", Area.DATES, future_date),
    Rule("CHANGED_AFTER_CLOSING", Area.DATES, changed_after_closing),
)
