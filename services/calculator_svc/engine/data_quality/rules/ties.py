"""Ties: figures that should agree and do not, and cash that may not be what it is said to be."""

from collections.abc import Iterator
from itertools import pairwise

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Account, AccountKind, Receipt
from calculator_svc.engine.data_quality.issues import (
    Area,
    Fix,
    Found,
    Rule,
    Severity,
    Subject,
    SubjectKind,
    document_subject,
    party_subject,
)
from calculator_svc.engine.data_quality.rules.naming import account_subjects, counted
from calculator_svc.engine.history import WINDOW_DAYS
from calculator_svc.engine.inputs import Bill, Day, Invoice, Role

LEAST_MOVEMENTS = 6
"""A bank account that moved less in 91 days has no rhythm to fall out of."""
LEAST_QUIET_DAYS = 10
QUIET_TIMES = 2
UNDEPOSITED_DAYS = 14


def receivables_gap(index: Index) -> Iterator[Found]:
    """Find receivables that do not tie; fixed, what is missing is an invoice, and what is too much
    is taken from the oldest invoices.
    """
    yield from _gap(index, Role.CUSTOMER)


def payables_gap(index: Index) -> Iterator[Found]:
    """Find payables that do not tie; fixed, what is missing is a bill, and what is too much is
    taken from the oldest bills.
    """
    yield from _gap(index, Role.VENDOR)


def stale_bank(index: Index) -> Iterator[Found]:
    """Find bank accounts in which nothing happens any more; fixed, what usually happens has.

    An account with six movements and more in the 91 days before its last one is stale when it has
    been quiet for twice its longest pause of them, and for more than ten days.
    """
    for account in index.accounts:
        if account.kind is not AccountKind.BANK or not account.active:
            continue
        movements = _last_movements(account, index.as_of)
        if len(movements) < LEAST_MOVEMENTS:
            continue
        days = [day for day, _ in movements]
        longest = max(later - earlier for earlier, later in pairwise(days))
        quiet = index.as_of - days[-1]
        if quiet <= max(LEAST_QUIET_DAYS, QUIET_TIMES * longest):
            continue
        drift = sum(amount for _, amount in movements) * quiet // WINDOW_DAYS
        yield Found(
            max(Severity.MEDIUM, index.severity(drift)),
            f"{account.name} has not moved for {quiet} days, since {words.date(days[-1])}; its "
            f"longest pause before was {words.days(longest)}.",
            (account.id,),
            account_subjects([account.id]),
            abs(drift),
            Fix() if account.restricted else Fix(cash=drift),
        )


def aged_undeposited(index: Index) -> Iterator[Found]:
    """Find receipts that wait for the bank for more than a fortnight; fixed, they are cash."""
    for receipt in sorted(index.records.undeposited, key=lambda one: (one.day, one.id)):
        waiting = index.as_of - receipt.day
        if waiting <= UNDEPOSITED_DAYS or not receipt.amount:
            continue
        party = index.name(Role.CUSTOMER, receipt.party_id)
        yield Found(
            index.severity(receipt.amount),
            f"{index.money(receipt.amount)} from {party} have been waiting for the bank for "
            f"{waiting} days, since {words.date(receipt.day)}.",
            ("sale" if receipt.is_sale else "payment", receipt.id),
            _receipt_names(receipt),
            abs(receipt.amount),
            Fix(cash=receipt.amount),
        )


def currency_or_rate(index: Index) -> Iterator[Found]:
    """Find currencies that nothing turns into that of the books, and documents that say none.

    One issue a currency. Such amounts are in no figure, and what they would be is not known.
    """
    known = index.records.rates | {index.books.currency}
    open_in: dict[str, list[int]] = {}
    for position, one in enumerate(index.documents):
        if one.balance and one.currency not in known:
            open_in.setdefault(one.currency, []).append(position)
    for currency, positions in sorted(open_in.items()):
        documents = [index.documents[i] for i in positions]
        count = counted(len(documents), "open document")
        what = f"in {currency}, and no rate is known" if currency else "without a currency"
        yield Found(
            Severity.HIGH,
            f"There {'is' if len(documents) == 1 else 'are'} {count} {what}.",
            (currency or "none",),
            [document_subject(one.role, one.id) for one in documents],
        )


def _gap(index: Index, role: Role) -> Iterator[Found]:
    control = index.receivable_or_payable(role)
    if control is None:
        return
    by_party = dict.fromkeys((one.id for one in index.parties if one.role is role), 0)
    for one in index.documents:
        if one.role is role and index.is_home(one.currency):
            by_party[one.party_id] = by_party.get(one.party_id, 0) + one.balance
    for payment in index.payments:
        if payment.kind.role is role and index.is_home(payment.currency):
            before = by_party.get(payment.party_id, 0)
            by_party[payment.party_id] = before - payment.unapplied
    gap = control - sum(by_party.values())
    parties = {}
    for key, by_documents in by_party.items():
        party = index.party(role, key)
        if party is not None and party.balance != by_documents:
            parties[key] = party.balance - by_documents
    if not gap and not parties:
        return
    what = "receivable" if role is Role.CUSTOMER else "payable"
    largest = sorted(parties, key=lambda key: (-abs(parties[key]), key))
    named = ", ".join(f"{index.name(role, k)} {index.money(parties[k])}" for k in largest[:3])
    kinds = AccountKind.ACCOUNTS_RECEIVABLE, AccountKind.ACCOUNTS_PAYABLE
    kind = kinds[0] if role is Role.CUSTOMER else kinds[1]
    yield Found(
        max(Severity.MEDIUM, index.severity(gap)),
        f"The control account of {what}s says {index.money(control)}, the documents "
        f"{index.money(control - gap)}: a gap of {index.money(gap)}"
        + (f" ({named}{', …' if len(largest) > 3 else ''})." if named else "."),
        (what,),
        [
            *account_subjects([one.id for one in index.accounts if one.kind is kind]),
            *(party_subject(role, key) for key in parties),
        ],
        abs(gap) or sum(abs(amount) for amount in parties.values()),
        _closing(index, role, gap, largest),
    )


def _closing(index: Index, role: Role, gap: int, parties: list[str]) -> Fix:
    """Return the fix of a gap; it stands with the party that differs most, where one does."""
    party = parties[0] if parties else ""
    if gap > 0:
        due = index.as_of + index.expected_net_days(role, party)
        name, today = index.name(role, party), index.as_of
        if role is Role.VENDOR:
            return Fix(added_bills=[Bill("gap", party, name, today, due, gap)])
        return Fix(added_invoices=[Invoice("gap", party, name, today, due, gap)])
    fix, left, differs = Fix(), -gap, set(parties)
    of_role = [one for one in index.open_documents if one.role is role]
    # A sort keeps the oldest first among those of the parties that differ, and among the others.
    for document in sorted(of_role, key=lambda one: one.party_id not in differs):
        used = min(index.counted(document), left)
        if used > 0:
            index.put_balance(fix, document, index.counted(document) - used)
            left -= used
    return fix


def _receipt_names(receipt: Receipt) -> list[Subject]:
    if receipt.is_sale:
        own = Subject(SubjectKind.TRANSACTION, f"sales_receipt:{receipt.id}")
    else:
        own = Subject(SubjectKind.PAYMENT, f"customer_payment:{receipt.id}")
    party = receipt.party_id
    return [own, party_subject(Role.CUSTOMER, party)] if party else [own]


def _last_movements(account: Account, as_of: Day) -> list[tuple[Day, int]]:
    """Return the movements of the 91 days up to the last one that is not in the future."""
    columns = zip(account.movement_days, account.movement_amounts, strict=True)
    past = sorted(movement for movement in columns if movement[0] <= as_of)
    return [movement for movement in past if movement[0] > past[-1][0] - WINDOW_DAYS]


RULES = (
    Rule("RECEIVABLES_GAP", Area.TIES, receivables_gap),
    Rule("PAYABLES_GAP", Area.TIES, payables_gap),
    Rule("STALE_BANK", Area.TIES, stale_bank),
    Rule("AGED_UNDEPOSITED", Area.TIES, aged_undeposited),
    Rule("CURRENCY_OR_RATE", Area.TIES, currency_or_rate),
)
