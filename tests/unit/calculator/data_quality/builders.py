"""Records for tests: each builder gives a valid whole and takes what the test is about.

Days are given as days from `TODAY`. `records` puts what is open into the books as well, and makes
up the parties that nobody gave.
"""

from typing import Any

from calculator_svc.engine.data_quality.calculation import find_issues
from calculator_svc.engine.data_quality.inputs import (
    Account,
    AccountKind,
    Document,
    Party,
    Payment,
    PaymentKind,
    Receipt,
    Records,
    State,
    SyncGap,
    Transaction,
    TransactionKind,
)
from calculator_svc.engine.data_quality.issues import Issue
from calculator_svc.engine.inputs import Bill, Invoice, Role

from ..builders import TODAY, books

_LISTS = {
    Document: "documents",
    Party: "parties",
    Account: "accounts",
    Payment: "payments",
    Transaction: "transactions",
    Receipt: "undeposited",
    SyncGap: "sync_gaps",
}


def records(*given: Any, **fields: Any) -> Records:
    """Return records of a business that was synced today, with 1,000.00 USD of cash."""
    of_books = {
        name: fields.pop(name) for name in ("history", "settlements", "cash") if name in fields
    }
    found: dict[str, list[Any]] = {name: [] for name in _LISTS.values()}
    for one in given:
        found[_LISTS[type(one)]].append(one)
    known = {(one.role, one.id) for one in found["parties"]}
    for role, key in dict.fromkeys((d.role, d.party_id) for d in found["documents"]):
        if (role, key) not in known and key:
            found["parties"].append(party(key, role, f"Party {key}", _owed(found, role, key)))
    counted = [
        one
        for one in found["documents"]
        if one.state is State.OPEN and one.issue <= TODAY and one.currency == "USD"
    ]
    of_books.setdefault("bills", [_bill(one) for one in counted if one.role is Role.VENDOR])
    of_books.setdefault("invoices", [_invoice(one) for one in counted if one.role is Role.CUSTOMER])
    return Records(**{"books": books(**of_books), "synced": TODAY, **found, **fields})


def issues(rule: str, *given: Any, **fields: Any) -> list[Issue]:
    """Return the issues that a rule finds in such records."""
    return [one for one in find_issues(records(*given, **fields)) if one.rule == rule]


def names(issue: Issue) -> list[str]:
    """Return what an issue names, as `bill 7`."""
    return [f"{subject.kind.name.lower()} {subject.id}" for subject in issue.subjects]


def bill(key: str = "1", total: int = 10_000, ago: int = 20, **fields: Any) -> Document:
    """Return a bill of 100.00 of vendor v, issued 20 days ago, due 30 days later, unpaid."""
    return _document(key, Role.VENDOR, total, ago, {"party_id": "v", **fields})


def invoice(key: str = "1", total: int = 10_000, ago: int = 20, **fields: Any) -> Document:
    """Return the like invoice of customer c."""
    return _document(key, Role.CUSTOMER, total, ago, {"party_id": "c", **fields})


def party(
    key: str = "v", role: Role = Role.VENDOR, name: str = "Acme", balance: int = 0, **fields: Any
) -> Party:
    """Return a party that owes nothing, is owed nothing and states terms."""
    return Party(key, role, name, balance, **fields)


def account(
    kind: AccountKind = AccountKind.BANK, balance: int = 100_000, key: str = "1", **fields: Any
) -> Account:
    """Return an account."""
    return Account(
        **{"id": key, "name": f"Account {key}", "kind": kind, "balance": balance, **fields}
    )


def payment(
    kind: PaymentKind = PaymentKind.CUSTOMER_PAYMENT,
    unapplied: int = 0,
    key: str = "9",
    ago: int = 5,
    **fields: Any,
) -> Payment:
    """Return a payment or credit of 50.00, all of it applied."""
    who = "c" if kind.role is Role.CUSTOMER else "v"
    given = {"party_id": who, "total": 5_000, "currency": "USD", **fields}
    return Payment(id=key, kind=kind, day=TODAY - ago, unapplied=unapplied, **given)


def transaction(
    kind: TransactionKind = TransactionKind.PURCHASE, key: str = "5", ago: int = 5, **fields: Any
) -> Transaction:
    """Return a purchase of 20.00 from Acme."""
    given = {"amount": 2_000, "currency": "USD", "payee": "Acme", **fields}
    return Transaction(id=key, kind=kind, day=TODAY - ago, **given)


def _document(key: str, role: Role, total: int, ago: int, fields: dict[str, Any]) -> Document:
    given = {"number": "", "due": TODAY - ago + 30, "balance": total, "currency": "USD", **fields}
    return Document(id=key, role=role, issue=TODAY - ago, total=total, **given)


def _owed(found: dict[str, list[Any]], role: Role, key: str) -> int:
    documents = (one for one in found["documents"] if (one.role, one.party_id) == (role, key))
    payments = (one for one in found["payments"] if (one.kind.role, one.party_id) == (role, key))
    return sum(one.balance for one in documents) - sum(one.unapplied for one in payments)


def _bill(one: Document) -> Bill:
    name = f"Party {one.party_id}"
    return Bill(one.id, one.party_id, name, one.issue, one.due, one.balance, one.terms)


def _invoice(one: Document) -> Invoice:
    name = f"Party {one.party_id}"
    return Invoice(one.id, one.party_id, name, one.issue, one.due, one.balance, one.terms)
