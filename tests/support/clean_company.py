"""The demo company without any fault, ready to have faults put in: for measuring the rules.

Faults keep the books as consistent as a real ledger would: what is owed on a document is owed by
its party, and stands on the control account.
"""

import copy
import datetime
import random
import statistics
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from unittest import mock

from calculator_svc.engine.data_quality.inputs import (
    Account,
    AccountKind,
    Document,
    Party,
    Records,
    State,
)
from calculator_svc.engine.inputs import Bill, Invoice, Role
from orchestrator_svc.connectors.demo_company.story import Story
from support.hygiene_records import demo_records

Victim = TypeVar("Victim")

CONTROL = {
    Role.CUSTOMER: AccountKind.ACCOUNTS_RECEIVABLE,
    Role.VENDOR: AccountKind.ACCOUNTS_PAYABLE,
}
# Two spellings of one vendor each, on purpose.
_SPELT_TWICE = {"212", "218"}


@cache
def _clean(as_of: datetime.date, seed: int) -> Records:
    # The story of a company that makes no mistakes; the rest of it is the demo company's own.
    with mock.patch.object(Story, "_mistakes", lambda _: None):
        records = demo_records(as_of, seed)
    day = as_of.toordinal()
    records.parties = [
        one for one in records.parties if one.role is Role.CUSTOMER or one.id not in _SPELT_TWICE
    ]
    for party in records.parties:
        party.states_terms = party.active = True
    for account in records.accounts:
        if account.is_opening_balance_equity:
            account.balance = 0
    for key in ("parent", "child"):
        records.accounts.append(Account(key, key.title(), AccountKind.EXPENSE, 0))
    records.accounts[-1].parent_id = "parent"
    records.closed_through, records.closed_on = day - 90, day - 75
    # QuickBooks changes a document whenever it is settled.
    settled = {
        (payment.kind.role, key): payment.day
        for payment in sorted(records.payments, key=lambda one: one.day)
        for key in payment.settles
    }
    for document in records.documents:
        document.changed = settled.get((document.role, document.id), document.issue)
    return records


class Company:
    """A company whose records can be changed without its books falling apart."""

    def __init__(self, as_of: datetime.date, seed: int, chance: random.Random) -> None:
        self.records = copy.deepcopy(_clean(as_of, seed))
        self.as_of = as_of.toordinal()
        self.chance = chance
        # Ids of parties that no other fault may give documents to.
        self.apart: set[str] = set()
        self._taken: set[int] = set()
        self._kept: list[Any] = []
        self._last = 0

    def new_id(self) -> str:
        """Return an id that comes after all others."""
        self._last += 1
        return f"x{self._last:05}"

    def take(self, candidates: Iterable[Victim]) -> Victim:
        """Return a candidate that no fault has changed yet."""
        free = [one for one in candidates if id(one) not in self._taken]
        victim = self.chance.choice(free)
        self._taken.add(id(victim))
        self._kept.append(victim)
        return victim

    def parties(self, role: Role) -> list[Party]:
        """Return the active parties of a role."""
        of_role = (one for one in self.records.parties if one.role is role and one.active)
        return [one for one in of_role if one.id not in self.apart]

    def a_role(self) -> Role:
        """Return one of the two roles."""
        return self.chance.choice([Role.CUSTOMER, Role.VENDOR])

    def amount(self) -> int:
        """Return an amount that nothing else is likely to have."""
        return self.chance.randint(12_345, 987_654)

    def usual_amount(self, role: Role, party_id: str) -> int:
        """Return an amount such as the party's documents have, to the cent unlike any of them."""
        totals = [
            one.total
            for one in self.records.documents
            if (one.role, one.party_id) == (role, party_id) and one.total
        ]
        usual = statistics.median_low(totals) if totals else self.amount()
        return usual * self.chance.randint(80_000, 125_000) // 100_000 + 1

    def open_documents(self, within: int = 60) -> list[Document]:
        """Return open documents that were issued in the last days and nothing is paid of."""
        return [
            one
            for one in self.records.documents
            if one.state is State.OPEN
            and one.balance == one.total > 0
            and 3 < self.as_of - one.issue <= within
        ]

    def owe(self, role: Role, party_id: str, amount: int) -> None:
        """Let more be owed, by the party and on the control account."""
        for party in self.records.parties:
            if (party.role, party.id) == (role, party_id):
                party.balance += amount
        for account in self.records.accounts:
            if account.kind is CONTROL[role]:
                account.balance += amount if role is Role.CUSTOMER else -amount

    def add_party(self, role: Role, name: str) -> Party:
        """Add a party that nothing is owed by or to."""
        party = Party(self.new_id(), role, name, 0)
        self.records.parties.append(party)
        return party

    def add_document(self, role: Role, party_id: str, ago: int, **fields: Any) -> Document:
        """Add an unpaid document, due 30 days after issue."""
        issue, total = self.as_of - ago, fields.pop("total", 0)
        total = total or self.usual_amount(role, party_id)
        given = {"number": "", "due": issue + 30, "balance": total, "changed": issue, **fields}
        key = self.new_id()
        document = Document(key, role, party_id, issue=issue, total=total, currency="USD", **given)
        self.records.documents.append(document)
        self._kept.append(document)
        self._taken.add(id(document))
        self.owe(role, party_id, document.balance)
        if document.state is State.OPEN and document.balance and issue <= self.as_of:
            books, due, owed = self.records.books, document.due, document.balance
            if role is Role.VENDOR:
                books.bills.append(Bill(key, party_id, party_id, issue, due, owed))
            else:
                books.invoices.append(Invoice(key, party_id, party_id, issue, due, owed))
        return document

    def put_balance(self, document: Document, total: int, balance: int) -> None:
        """Change what a document is over and what is owed on it, in the books as well."""
        self.owe(document.role, document.party_id, balance - document.balance)
        document.total, document.balance = total, balance
        for one in (*self.records.books.bills, *self.records.books.invoices):
            is_bill = isinstance(one, Bill)
            if one.id == document.id and is_bill is (document.role is Role.VENDOR):
                one.balance = balance
