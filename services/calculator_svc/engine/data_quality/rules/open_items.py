"""Open items: what is open without saying until when, for too long, or although it is settled."""

from collections.abc import Iterator
from dataclasses import replace

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Document, Payment, PaymentKind, State
from calculator_svc.engine.data_quality.issues import (
    Area,
    Fix,
    Found,
    Rule,
    Severity,
    party_subject,
)
from calculator_svc.engine.data_quality.rules.naming import (
    document_anchor,
    document_names,
    from_or_to,
    payment_anchor,
    payment_names,
)
from calculator_svc.engine.inputs import Role

OPEN_LONG_DAYS = 90
LEAST_SETTLED = 8
"""Fewer settled documents than this have no 95th percentile that could be told from the largest."""
HABIT_GRACE_DAYS = 3
"""A weekend and a bank's day: so much later than ever before is still no news."""

# What of a document is likely still to be paid, in per cent, by the days since its issue: the steps
# of a usual allowance for doubtful accounts. A bill that old is as likely not owed any more.
_LIKELY = ((180, 50), (365, 25))


def without_due_date(index: Index) -> Iterator[Found]:
    """Find open documents without due date or terms; fixed, they fall due after usual terms."""
    for document in index.open_documents:
        if stated_due_of(document) is not None:
            continue
        stake = index.stake(document.balance, document.currency)
        net_days = index.expected_net_days(document.role, document.party_id)
        due = document.issue + net_days
        fix = Fix()
        if document.id in index.bills and document.role is Role.VENDOR:
            fix.bills[document.id] = replace(index.bills[document.id], due=due)
        elif document.id in index.invoices and document.role is Role.CUSTOMER:
            fix.invoices[document.id] = replace(index.invoices[document.id], due=due)
        yield Found(
            index.severity(stake),
            f"{index.title(document)} has neither a due date nor terms; "
            f"{index.money(document.balance, document.currency)} are open, and by what is usual "
            f"it falls due on {words.date(due)}.",
            document_anchor(document),
            document_names(document),
            stake,
            fix,
        )


def parties_without_terms(index: Index) -> Iterator[Found]:
    """Find active parties without terms: one issue a role, so that the tray stays readable.

    No cash moves: a document without due date is an issue of its own.
    """
    for role, plural in ((Role.CUSTOMER, "customers"), (Role.VENDOR, "vendors")):
        of_role = [one for one in index.parties if one.role is role and one.active]
        without = [one for one in of_role if not one.states_terms]
        if not without:
            continue
        owing = [one for one in without if index.open_by_party.get((role, one.id))]
        yield Found(
            Severity.MEDIUM if owing else Severity.LOW,
            f"{len(without)} of {len(of_role)} {plural} have no payment terms, "
            f"{len(owing)} of them with open documents.",
            (plural,),
            [party_subject(role, one.id) for one in without],
        )


def open_long(index: Index) -> Iterator[Found]:
    """Find documents that are open for more than 90 days; fixed, only what is likely is owed."""
    for document in index.open_documents:
        age = index.as_of - document.issue
        if age <= OPEN_LONG_DAYS:
            continue
        stake = index.stake(document.balance, document.currency)
        likely = next((per_cent for days, per_cent in _LIKELY if age <= days), 0)
        yield Found(
            index.severity(stake),
            f"{index.title(document)} has been open for {age} days; of "
            f"{index.money(document.balance, document.currency)} about {likely}% are likely to be "
            "paid.",
            document_anchor(document),
            document_names(document),
            stake,
            index.with_balance(document, index.counted(document) * likely // 100),
        )


def overdue_beyond_habit(index: Index) -> Iterator[Found]:
    """Find invoices later than the customer's P95; fixed, they are not counted on.

    The percentile is the nearest rank of at least eight settled invoices.
    """
    for document in index.open_documents:
        due = stated_due_of(document)
        late = index.days_late.get((document.role, document.party_id), [])
        if document.role is not Role.CUSTOMER or due is None or len(late) < LEAST_SETTLED:
            continue
        overdue, usual = index.as_of - due, late[(95 * len(late) + 99) // 100 - 1]
        if overdue <= max(0, usual) + HABIT_GRACE_DAYS:
            continue
        stake = index.stake(document.balance, document.currency)
        yield Found(
            max(Severity.MEDIUM, index.severity(stake)),
            f"{index.title(document)} is {words.days(overdue)} overdue with "
            f"{index.money(document.balance, document.currency)}; of the customer's {len(late)} "
            f"settled invoices 95% were at most {words.days(max(0, usual))} late.",
            document_anchor(document),
            document_names(document),
            stake,
            index.with_balance(document, 0),
        )


def unapplied_payment(index: Index) -> Iterator[Found]:
    """Find money received or paid that settles nothing; fixed, it settles the oldest open items."""
    for payment in index.payments:
        if index.is_money(payment.kind):
            yield from _unapplied(index, payment, "payment")


def unapplied_credit(index: Index) -> Iterator[Found]:
    """Find credits given to customers that settle nothing; fixed, they settle the oldest."""
    for payment in index.payments:
        if payment.kind is PaymentKind.CREDIT_MEMO:
            yield from _unapplied(index, payment, "credit")


def unapplied_vendor_credit(index: Index) -> Iterator[Found]:
    """Find vendors' credits that settle nothing; fixed, they settle the oldest open bills."""
    for payment in index.payments:
        if payment.kind is PaymentKind.VENDOR_CREDIT:
            yield from _unapplied(index, payment, "credit")


def paid_with_balance(index: Index) -> Iterator[Found]:
    """Find documents that are marked paid and still owed; fixed, nothing is owed."""
    for document in index.documents:
        if document.state is not State.PAID or not document.balance:
            continue
        stake = index.stake(document.balance, document.currency)
        yield Found(
            index.severity(stake),
            f"{index.title(document)} is marked as paid, and "
            f"{index.money(document.balance, document.currency)} are still open on it.",
            document_anchor(document),
            document_names(document),
            stake,
            index.with_balance(document, 0),
        )


def stated_due_of(document: Document) -> int | None:
    """Return the due date by the document or its terms."""
    if document.due is not None:
        return document.due
    return None if document.terms is None else document.issue + document.terms.net_days


def _unapplied(index: Index, payment: Payment, what: str) -> Iterator[Found]:
    if payment.unapplied <= 0:
        return
    role = payment.kind.role
    open_ones = index.open_by_party.get((role, payment.party_id), [])
    owed = sum(index.counted(one) for one in open_ones)
    age = index.as_of - payment.day
    party = index.name(role, payment.party_id)
    worst = Severity.MEDIUM if owed and age > OPEN_LONG_DAYS else Severity.LOW
    stake = index.stake(payment.unapplied, payment.currency)
    yield Found(
        max(worst, index.severity(stake)),
        f"{index.money(payment.unapplied, payment.currency)} of a {what} dated "
        f"{words.date(payment.day)} {from_or_to(payment.kind)} {party} settle nothing; "
        f"{index.money(owed)} are open there.",
        payment_anchor(payment),
        payment_names(payment),
        stake,
        index.settle_oldest(role, payment.party_id, stake),
    )


RULES = (
    Rule("NO_DUE_DATE", Area.OPEN_ITEMS, without_due_date),
    Rule("NO_TERMS", Area.OPEN_ITEMS, parties_without_terms),
    Rule("OPEN_LONG", Area.OPEN_ITEMS, open_long),
    Rule("OVERDUE_BEYOND_HABIT", Area.OPEN_ITEMS, overdue_beyond_habit),
    Rule("UNAPPLIED_PAYMENT", Area.OPEN_ITEMS, unapplied_payment),
    Rule("UNAPPLIED_CREDIT", Area.OPEN_ITEMS, unapplied_credit),
    Rule("UNAPPLIED_VENDOR_CREDIT", Area.OPEN_ITEMS, unapplied_vendor_credit),
    Rule("PAID_WITH_BALANCE", Area.OPEN_ITEMS, paid_with_balance),
)
