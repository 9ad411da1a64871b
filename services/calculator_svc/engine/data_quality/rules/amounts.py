"""Amounts: balances below zero, bills unlike any before, and documents of nothing."""

import math
from collections import defaultdict
from collections.abc import Iterator
from statistics import median, median_low

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import Account, AccountKind, Document
from calculator_svc.engine.data_quality.issues import (
    Area,
    Fix,
    Found,
    Rule,
    Severity,
    Subject,
    SubjectKind,
    party_subject,
)
from calculator_svc.engine.data_quality.rules.naming import document_anchor, document_names
from calculator_svc.engine.history import WINDOW_DAYS
from calculator_svc.engine.inputs import Role

LEAST_BILLS = 9
"""With fewer bills a vendor has no history that one of them could be far outside of."""
OUTLIER_SCORE = 3.5
"""Robust z-scores above this are outliers (Iglewicz and Hoaglin 1993)."""
LEAST_SPREAD = 0.3
"""Bills that are all alike leave room for a factor of e^(3.5 * 0.3) = 2.9 all the same."""

_PER_MAD = 1.4826
"""Makes the median absolute deviation of normal values their standard deviation."""


def negative_bank(index: Index) -> Iterator[Found]:
    """Find bank accounts below zero; fixed, they are empty: a receipt is missing or paid twice."""
    for account in index.accounts:
        if account.kind is AccountKind.BANK and account.balance < 0:
            counted = account.active and not account.restricted
            yield Found(
                max(Severity.MEDIUM, index.severity(account.balance)),
                f"The bank account {account.name} stands at {index.money(account.balance)}.",
                (account.id,),
                [Subject(SubjectKind.ACCOUNT, account.id)],
                -account.balance,
                Fix(cash=-account.balance) if counted else Fix(),
            )


def negative_receivable(index: Index) -> Iterator[Found]:
    """Find receivables below zero: the control account's, or a customer's beyond its credits."""
    yield from _negative(index, Role.CUSTOMER, AccountKind.ACCOUNTS_RECEIVABLE)


def negative_payable(index: Index) -> Iterator[Found]:
    """Find payables below zero: the control account's, or a vendor's beyond its credits."""
    yield from _negative(index, Role.VENDOR, AccountKind.ACCOUNTS_PAYABLE)


def outlying_bill(index: Index) -> Iterator[Found]:
    """Find bills far outside their vendor's history; fixed, they are as large as usual.

    A bill that is open or of the last 91 days is compared with all of the vendor's, at least nine:
    the logarithm of its amount may lie 3.5 robust standard deviations from their median.
    Logarithms, because a slipped decimal point is as far off below as above.
    """
    by_vendor: dict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in index.documents:
        if document.role is Role.VENDOR and document.party_id and document.total > 0:
            by_vendor[document.party_id, document.currency].append(document)
    for bills in by_vendor.values():
        if len(bills) < LEAST_BILLS:
            continue
        usual, lowest, highest = _usual([bill.total for bill in bills])
        for bill in bills:
            if lowest <= math.log(bill.total) <= highest:
                continue
            if not bill.balance and bill.issue <= index.as_of - WINDOW_DAYS:
                continue
            still = max(0, usual - (bill.total - bill.balance))
            stake = index.stake(bill.total - usual, bill.currency)
            yield Found(
                max(Severity.MEDIUM, index.severity(stake)),
                f"{index.title(bill)} is over {index.money(bill.total, bill.currency)}; of the "
                f"vendor's {len(bills)} bills the middle one is over "
                f"{index.money(usual, bill.currency)}.",
                document_anchor(bill),
                document_names(bill),
                stake,
                index.with_balance(bill, still) if bill.balance else Fix(),
            )


def zero_amount(index: Index) -> Iterator[Found]:
    """Find documents of nothing that are not voided. No cash moves."""
    for document in index.documents:
        if document.total == 0:
            yield Found(
                Severity.LOW,
                f"{index.title(document)}, dated {words.date(document.issue)}, is over "
                f"{index.money(0, document.currency)}.",
                document_anchor(document),
                document_names(document),
            )


def _usual(totals: list[int]) -> tuple[int, float, float]:
    """Return the median, and the logarithms of the least and the largest that is no outlier."""
    logs = [math.log(total) for total in totals]
    middle = median(logs)
    spread = _PER_MAD * median(abs(log - middle) for log in logs)
    reach = OUTLIER_SCORE * max(spread, LEAST_SPREAD)
    return median_low(totals), middle - reach, middle + reach


def _negative(index: Index, role: Role, kind: AccountKind) -> Iterator[Found]:
    what = "receivable" if role is Role.CUSTOMER else "payable"
    for account in index.accounts:
        balance = account.balance if role is Role.CUSTOMER else -account.balance
        if account.kind is kind and balance < 0:
            yield _negative_account(index, account, balance, what)
    for party in index.parties:
        explained = index.unapplied.get((role, party.id), 0)
        if party.role is role and party.balance + explained < 0:
            yield Found(
                index.severity(party.balance),
                f"The {what} of {party.name or party.id} stands at {index.money(party.balance)}, "
                f"of which {index.money(explained)} are payments and credits that settle nothing.",
                (party_subject(role, party.id).kind.name.lower(), party.id),
                [party_subject(role, party.id)],
                -party.balance - explained,
            )


def _negative_account(index: Index, account: Account, balance: int, what: str) -> Found:
    return Found(
        max(Severity.MEDIUM, index.severity(balance)),
        f"The control account {account.name} says a {what} of {index.money(balance)}.",
        ("account", account.id),
        [Subject(SubjectKind.ACCOUNT, account.id)],
        -balance,
    )


RULES = (
    Rule("NEGATIVE_BANK", Area.AMOUNTS, negative_bank),
    Rule("NEGATIVE_RECEIVABLE", Area.AMOUNTS, negative_receivable),
    Rule("NEGATIVE_PAYABLE", Area.AMOUNTS, negative_payable),
    Rule("OUTLYING_BILL", Area.AMOUNTS, outlying_bill),
    Rule("ZERO_AMOUNT", Area.AMOUNTS, zero_amount),
)
