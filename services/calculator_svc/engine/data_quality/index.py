"""The records of a business, looked up in the ways that the rules need; built once for all rules.

All lists are in one order whatever order the records come in: by day, then id.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from statistics import median_low

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.inputs import (
    Account,
    AccountKind,
    Document,
    Party,
    Payment,
    PaymentKind,
    Records,
    State,
    Transaction,
    TransactionKind,
)
from calculator_svc.engine.data_quality.issues import Fix, Severity
from calculator_svc.engine.history import WINDOW_DAYS, burn, read
from calculator_svc.engine.inputs import Bill, Day, Invoice, Role
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS

_LIVE = frozenset({State.OPEN, State.PAID})
_HIGH_PER_CENT, _MEDIUM_PER_CENT = 5, 1


class Index:
    """What the rules look things up in. Voided and deleted records are left out."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.books = records.books
        self.as_of: Day = records.books.as_of
        self.documents: list[Document] = sorted(
            (one for one in records.documents if one.state in _LIVE),
            key=lambda one: (one.issue, one.role, one.id),
        )
        self.payments: list[Payment] = sorted(
            (one for one in records.payments if one.state in _LIVE),
            key=lambda one: (one.day, one.kind, one.id),
        )
        self.transactions: list[Transaction] = sorted(
            (one for one in records.transactions if one.state in _LIVE),
            key=lambda one: (one.day, one.kind, one.id),
        )
        self.parties: list[Party] = sorted(records.parties, key=lambda one: (one.role, one.id))
        self.accounts: list[Account] = sorted(records.accounts, key=lambda one: one.id)
        self.bills: dict[str, Bill] = {bill.id: bill for bill in self.books.bills}
        self.invoices: dict[str, Invoice] = {one.id: one for one in self.books.invoices}
        self._parties = {(one.role, one.id): one for one in self.parties}

    def party(self, role: Role, party_id: str) -> Party | None:
        """Return a party, None when it is not known."""
        return self._parties.get((role, party_id))

    def name(self, role: Role, party_id: str) -> str:
        """Return a party's name, else its id."""
        known = self._parties.get((role, party_id))
        return (known.name if known else "") or party_id or "nobody"

    @cached_property
    def open_documents(self) -> list[Document]:
        """Return the documents of which something is owed, the oldest first."""
        return [one for one in self.documents if one.state is State.OPEN and one.balance]

    @cached_property
    def by_party(self) -> dict[tuple[Role, str], list[Document]]:
        """Return the documents of each party, the oldest first."""
        return _grouped(self.documents)

    @cached_property
    def open_by_party(self) -> dict[tuple[Role, str], list[Document]]:
        """Return the open documents of each party, the oldest first."""
        return _grouped(self.open_documents)

    @cached_property
    def unapplied(self) -> dict[tuple[Role, str], int]:
        """Return for each party the sum of its payments and credits that settle nothing yet."""
        sums: dict[tuple[Role, str], int] = defaultdict(int)
        for payment in self.payments:
            sums[payment.kind.role, payment.party_id] += payment.unapplied
        return sums

    @cached_property
    def activity(self) -> int:
        """Return what went through the books in the 91 days up to as_of, at least 1.

        The documents that are open or were issued then, and all other transactions of those days
        but transfers. Amounts in foreign currencies are left out.
        """
        since = self.as_of - WINDOW_DAYS
        total = sum(
            abs(one.total)
            for one in self.documents
            if self.is_home(one.currency) and (one.balance or one.issue > since)
        )
        total += sum(
            abs(one.amount)
            for one in self.transactions
            if self.is_home(one.currency)
            and one.day > since
            and one.kind is not TransactionKind.TRANSFER
        )
        return max(1, total)

    @cached_property
    def net_burn(self) -> tuple[int, int]:
        """Return the past outflow less inflow, and over how many days it was."""
        found = burn(read(self.books.history))
        return found.net, found.days

    @cached_property
    def days_late(self) -> dict[tuple[Role, str], list[int]]:
        """Return, ascending, how late each party's past documents were settled."""
        late: dict[tuple[Role, str], list[int]] = defaultdict(list)
        for party in self.books.settlements:
            late[party.role, party.party_id] += party.days_late
        return {key: sorted(days) for key, days in late.items()}

    @cached_property
    def vendors_owed(self) -> set[str]:
        """Return the vendors of whom the books have open bills."""
        return {bill.party_id for bill in self.books.bills}

    @cached_property
    def accounts_by_id(self) -> dict[str, Account]:
        """Return the accounts by id."""
        return {one.id: one for one in self.accounts}

    @cached_property
    def control_accounts(self) -> dict[str, Account]:
        """Return the control accounts of receivables and payables by id."""
        control = (AccountKind.ACCOUNTS_RECEIVABLE, AccountKind.ACCOUNTS_PAYABLE)
        return {one.id: one for one in self.accounts if one.kind in control}

    @cached_property
    def _net_days(self) -> dict[Role, int]:
        found = {}
        for role in (Role.CUSTOMER, Role.VENDOR):
            stated = _stated(one for one in self.documents if one.role is role)
            found[role] = median_low(stated) if stated else ASSUMED_NET_DAYS
        return found

    @cached_property
    def _net_days_of(self) -> dict[tuple[Role, str], int]:
        stated = {party: _stated(documents) for party, documents in self.by_party.items()}
        return {party: median_low(days) for party, days in stated.items() if days}

    def expected_net_days(self, role: Role, party_id: str) -> int:
        """Return after how many days a document of a party is expected to fall due.

        By the party's own terms, else the median of its documents, else that of all documents of
        its role, else 30.
        """
        party = self.party(role, party_id)
        if party is not None and party.terms is not None:
            return party.terms.net_days
        known = self._net_days_of.get((role, party_id))
        return self._net_days[role] if known is None else known

    def is_home(self, currency: str) -> bool:
        """Return whether an amount is in the currency of the books, or says none."""
        return not currency or currency == self.books.currency

    def stake(self, amount: int, currency: str) -> int:
        """Return an amount as what is at stake: positive, 0 where it cannot be compared."""
        return abs(amount) if self.is_home(currency) else 0

    def severity(self, amount: int) -> Severity:
        """Return how bad an amount at stake is: high from 5% of the activity, medium from 1%."""
        share = 100 * abs(amount)
        if share >= _HIGH_PER_CENT * self.activity:
            return Severity.HIGH
        return Severity.MEDIUM if share >= _MEDIUM_PER_CENT * self.activity else Severity.LOW

    def money(self, amount: int, currency: str = "") -> str:
        """Return an amount in words; one in a foreign currency keeps its own name."""
        books = self.books
        return words.money(amount, books.minor_units, currency or books.currency)

    def title(self, document: Document) -> str:
        """Return a document in words: `Invoice 1038 of Amy's Bird Sanctuary`."""
        kind = "Invoice" if document.role is Role.CUSTOMER else "Bill"
        number = f" {document.number}" if document.number else ""
        link = "to" if document.role is Role.CUSTOMER else "from"
        return f"{kind}{number} {link} {self.name(document.role, document.party_id)}"

    def with_balance(self, document: Document, balance: int) -> Fix:
        """Return the fix that leaves so much owed on a document: dropped where it is nothing.

        Nothing is fixed where the books do not count the document.
        """
        fix = Fix()
        self.put_balance(fix, document, balance)
        return fix

    def put_balance(self, fix: Fix, document: Document, balance: int) -> None:
        """Add to a fix that so much is owed on a document."""
        if document.role is Role.VENDOR:
            bill = self.bills.get(document.id)
            if bill is not None:
                fix.bills[bill.id] = replace(bill, balance=balance) if balance > 0 else None
            return
        invoice = self.invoices.get(document.id)
        if invoice is not None:
            fix.invoices[invoice.id] = replace(invoice, balance=balance) if balance > 0 else None

    def counted(self, document: Document) -> int:
        """Return what the books count as owed on a document."""
        side = self.bills if document.role is Role.VENDOR else self.invoices
        found = side.get(document.id)
        return found.balance if found else 0

    def settle_oldest(self, role: Role, party_id: str, amount: int) -> Fix:
        """Return the fix that settles a party's open documents with an amount, the oldest first."""
        fix = Fix()
        for document in self.open_by_party.get((role, party_id), ()):
            owed = self.counted(document)
            used = min(owed, amount)
            if used > 0:
                self.put_balance(fix, document, owed - used)
                amount -= used
        return fix

    def receivable_or_payable(self, role: Role) -> int | None:
        """Return what the control accounts of a side say is owed, positive; None without one."""
        kind = AccountKind.ACCOUNTS_RECEIVABLE
        if role is Role.VENDOR:
            kind = AccountKind.ACCOUNTS_PAYABLE
        balances = [one.balance for one in self.accounts if one.kind is kind]
        if not balances:
            return None
        return sum(balances) if role is Role.CUSTOMER else -sum(balances)

    @cached_property
    def settled_by(self) -> dict[tuple[Role, str], list[Payment]]:
        """Return for each document the payments and credits that settle some of it."""
        by: dict[tuple[Role, str], list[Payment]] = defaultdict(list)
        for payment in self.payments:
            for document_id in payment.settles:
                by[payment.kind.role, document_id].append(payment)
        return by

    @staticmethod
    def is_money(kind: PaymentKind) -> bool:
        """Return whether a payment moves money; a credit does not."""
        return kind is PaymentKind.CUSTOMER_PAYMENT or kind is PaymentKind.BILL_PAYMENT


def _grouped(documents: Iterable[Document]) -> dict[tuple[Role, str], list[Document]]:
    groups: dict[tuple[Role, str], list[Document]] = defaultdict(list)
    for document in documents:
        groups[document.role, document.party_id].append(document)
    return groups


def _stated(documents: Iterable[Document]) -> list[int]:
    return [one.due - one.issue for one in documents if one.due is not None]
