"""Coding: records on accounts that they do not belong on.

Cash is what it is, whatever it is called, so that none of these costs days.
"""

from collections.abc import Iterator

from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.inputs import TransactionKind
from calculator_svc.engine.data_quality.issues import Area, Found, Rule, Severity
from calculator_svc.engine.data_quality.rules.naming import (
    account_subjects,
    entries,
    transaction_entry,
)


def uncategorised(index: Index) -> Iterator[Found]:
    """Find records coded to an account for what nobody has sorted yet."""
    named = {one.id for one in index.accounts if one.is_uncategorised}
    yield from _coded_to(index, named, "is uncategorised")


def parent_account(index: Index) -> Iterator[Found]:
    """Find records coded to an account that has active sub-accounts to choose from."""
    parents = {one.parent_id for one in index.accounts if one.parent_id and one.active}
    yield from _coded_to(index, parents, "is coded to an account that has sub-accounts")


def opening_balance_equity(index: Index) -> Iterator[Found]:
    """Find opening balance equity that was never brought to where it belongs."""
    for account in index.accounts:
        if account.is_opening_balance_equity and account.balance:
            yield Found(
                Severity.LOW,
                f"{account.name} still holds {index.money(account.balance)}.",
                (account.id,),
                account_subjects([account.id]),
                abs(account.balance),
            )


def journal_to_control(index: Index) -> Iterator[Found]:
    """Find journal entries straight to receivables or payables, which no document explains."""
    for transaction in index.transactions:
        control = sorted(index.control_accounts.keys() & set(transaction.accounts))
        if transaction.kind is TransactionKind.JOURNAL_ENTRY and control:
            entry = transaction_entry(index, transaction)
            yield Found(
                max(Severity.MEDIUM, index.severity(entry.stake)),
                f"{entry.words} goes straight to {_names(index, control)}.",
                entry.anchor,
                [*entry.subjects, *account_subjects(control)],
                entry.stake,
            )


def _coded_to(index: Index, accounts: set[str], how: str) -> Iterator[Found]:
    if not accounts:
        return
    for entry in entries(index):
        if found := sorted(accounts.intersection(entry.accounts)):
            yield Found(
                index.severity(entry.stake),
                f"{entry.words} {how}: {_names(index, found)}.",
                entry.anchor,
                [*entry.subjects, *account_subjects(found)],
                entry.stake,
            )


def _names(index: Index, accounts: list[str]) -> str:
    known = index.accounts_by_id
    return ", ".join(known[key].name if key in known else key for key in accounts)


RULES = (
    Rule("UNCATEGORISED", Area.CODING, uncategorised),
    Rule("PARENT_ACCOUNT", Area.CODING, parent_account),
    Rule("OPENING_BALANCE_EQUITY", Area.CODING, opening_balance_equity),
    Rule("JOURNAL_TO_CONTROL", Area.CODING, journal_to_control),
)
