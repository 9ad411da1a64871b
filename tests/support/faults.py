"""Faults put into clean books, one kind a rule, and near misses that are none.

A fault says which items a rule has to find, and which other items are true of it as well: an
invoice that has been open for a year is also later than its customer ever was. An item is a rule
and what it found: the issue's key, for groups with all that it names.
"""

import datetime
import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from calculator_svc.engine.data_quality.inputs import (
    AccountKind,
    Document,
    Payment,
    PaymentKind,
    Receipt,
    State,
    SyncGap,
    Transaction,
    TransactionKind,
)
from calculator_svc.engine.data_quality.issues import Issue
from calculator_svc.engine.inputs import Role, Terms
from support.clean_company import CONTROL, Company

Item = tuple[str, str]


@dataclass
class Planted:
    """What a fault has to be found as, and what else may be said of it."""

    items: list[Item]
    excused: list[Item] = field(default_factory=list)


def items_of(issue: Issue) -> list[Item]:
    """Return what an issue found, comparable with what was planted."""
    if issue.rule == "NO_TERMS":
        return [(issue.rule, subject.id) for subject in issue.subjects]
    if issue.rule.startswith("DUPLICATE"):
        return [(issue.rule, items_group(subject.id for subject in issue.subjects))]
    return [(issue.rule, issue.key)]


def no_due_date(company: Company) -> Planted:
    """Take a document's due date and terms away."""
    document = company.take(company.open_documents())
    document.due = document.terms = None
    return _about("NO_DUE_DATE", document)


def no_terms(company: Company) -> Planted:
    """Take a party's terms away."""
    party = company.take(company.parties(company.a_role()))
    party.states_terms, party.terms = False, None
    return Planted([("NO_TERMS", party.id)])


def open_long(company: Company) -> Planted:
    """Leave a document open for more than 90 days."""
    role = company.a_role()
    party = company.chance.choice(company.parties(role))
    document = company.add_document(role, party.id, company.chance.randint(91, 500))
    return _about("OPEN_LONG", document, ["OVERDUE_BEYOND_HABIT"])


def overdue_beyond_habit(company: Company) -> Planted:
    """Leave an invoice unpaid for longer than nearly ever before, by more than a weekend."""
    known = [one for one in company.records.books.settlements if one.role is Role.CUSTOMER]
    party = company.chance.choice([one for one in known if len(one.days_late) >= 8])
    late = sorted(party.days_late)
    usual = late[-(-95 * len(late) // 100) - 1]
    overdue = max(0, usual) + 3 + company.chance.randint(1, 40)
    due = company.as_of - overdue
    document = company.add_document(Role.CUSTOMER, party.party_id, overdue + 30, due=due)
    return _about("OVERDUE_BEYOND_HABIT", document, ["OPEN_LONG"])


def unapplied_payment(company: Company) -> Planted:
    """Take or make a payment that settles nothing."""
    kinds = [PaymentKind.CUSTOMER_PAYMENT, PaymentKind.BILL_PAYMENT]
    return _unapplied(company, "UNAPPLIED_PAYMENT", company.chance.choice(kinds))


def unapplied_credit(company: Company) -> Planted:
    """Give a credit that settles nothing."""
    return _unapplied(company, "UNAPPLIED_CREDIT", PaymentKind.CREDIT_MEMO)


def unapplied_vendor_credit(company: Company) -> Planted:
    """Take a credit that settles nothing."""
    return _unapplied(company, "UNAPPLIED_VENDOR_CREDIT", PaymentKind.VENDOR_CREDIT)


def paid_with_balance(company: Company) -> Planted:
    """Leave something owed on a document that is marked as paid."""
    paid = [one for one in company.records.documents if one.state is State.PAID]
    document = company.take(paid)
    company.put_balance(document, document.total, company.chance.randint(1, document.total))
    return _about("PAID_WITH_BALANCE", document)


def no_payee(company: Company) -> Planted:
    """Forget who was paid."""
    purchase = company.take(_of_kind(company, TransactionKind.PURCHASE))
    purchase.payee = ""
    return Planted([("NO_PAYEE", f"NO_PAYEE:purchase:{purchase.id}")])


def duplicate_vendor(company: Company) -> Planted:
    """Enter a vendor for a second time, spelt differently."""
    vendor = company.take([one for one in company.parties(Role.VENDOR) if len(one.name) > 9])
    again = company.add_party(Role.VENDOR, misspelt(company.chance, vendor.name))
    company.take([again])
    return Planted([("DUPLICATE_VENDOR", items_group([vendor.id, again.id]))])


def inactive_with_balance(company: Company) -> Planted:
    """Make a party inactive that has something open."""
    role = company.a_role()
    owing = {(one.role, one.party_id) for one in company.open_documents()}
    party = company.take(one for one in company.parties(role) if (role, one.id) in owing)
    party.active = False
    kind = "customer" if role is Role.CUSTOMER else "vendor"
    return Planted([("INACTIVE_WITH_BALANCE", f"INACTIVE_WITH_BALANCE:{kind}:{party.id}")])


def duplicate_document(company: Company) -> Planted:
    """Enter a document again: the same amount within days, or the same number within weeks."""
    chance = company.chance
    by_number = chance.random() < 0.4
    original = company.take(
        one
        for one in company.records.documents
        if 3 < company.as_of - one.issue <= 60 and one.total and (one.number or not by_number)
    )
    again = []
    for _ in range(1 if by_number else chance.choice([1, 1, 1, 2, 5])):
        later = chance.randint(0, min(45, company.as_of - original.issue) if by_number else 3)
        total = original.total + (chance.randint(1, 900) if by_number else 0)
        number = original.number if by_number else chance.choice([original.number, "", "A-1"])
        ago = company.as_of - original.issue - later
        party = original.party_id
        again.append(company.add_document(original.role, party, ago, total=total, number=number))
    group = items_group([*(one.id for one in (original, *again)), original.party_id])
    excused = [_item("OVERDUE_BEYOND_HABIT", one) for one in again]
    return Planted([("DUPLICATE_DOCUMENT", group)], excused)


def negative_bank(company: Company) -> Planted:
    """Bring a bank account below zero."""
    banks = [one for one in company.records.accounts if one.kind is AccountKind.BANK]
    account = company.take(banks)
    new = -company.amount()
    if not account.restricted:
        company.records.books.cash += new - account.balance
    account.balance = new
    return Planted([("NEGATIVE_BANK", f"NEGATIVE_BANK:{account.id}")])


def negative_receivable(company: Company) -> Planted:
    """Let a customer's balance fall below zero with no credit that says why."""
    return _negative(company, Role.CUSTOMER)


def negative_payable(company: Company) -> Planted:
    """Let a vendor's balance fall below zero with no credit that says why."""
    return _negative(company, Role.VENDOR)


def outlying_bill(company: Company) -> Planted:
    """Slip the decimal point of an open bill."""
    counts: dict[str, int] = {}
    for one in company.records.documents:
        if one.role is Role.VENDOR:
            counts[one.party_id] = counts.get(one.party_id, 0) + 1
    bill = company.take(
        one
        for one in company.open_documents()
        if one.role is Role.VENDOR and counts[one.party_id] >= 12
    )
    total = bill.total // 10 if company.chance.random() < 0.2 else bill.total * 10
    company.put_balance(bill, total, total)
    return _about("OUTLYING_BILL", bill)


def zero_amount(company: Company) -> Planted:
    """Write a document of nothing."""
    role = company.a_role()
    party = company.chance.choice(company.parties(role))
    document = company.add_document(role, party.id, company.chance.randint(0, 300))
    company.put_balance(document, 0, 0)
    document.state = State.PAID
    return _about("ZERO_AMOUNT", document)


def uncategorised(company: Company) -> Planted:
    """Code a record to the account for what nobody has sorted."""
    account = next(one.id for one in company.records.accounts if one.is_uncategorised)
    return _coded(company, "UNCATEGORISED", account)


def parent_account(company: Company) -> Planted:
    """Code a record to a parent account."""
    return _coded(company, "PARENT_ACCOUNT", "parent")


def opening_balance_equity(company: Company) -> Planted:
    """Leave something on opening balance equity."""
    account = next(one for one in company.records.accounts if one.is_opening_balance_equity)
    account.balance = company.amount()
    key = f"OPENING_BALANCE_EQUITY:{account.id}"
    return Planted([("OPENING_BALANCE_EQUITY", key)])


def journal_to_control(company: Company) -> Planted:
    """Write a journal entry to a control account."""
    role, amount = company.a_role(), company.amount()
    control = next(one for one in company.records.accounts if one.kind is CONTROL[role])
    control.balance += amount if role is Role.CUSTOMER else -amount
    entry = _add_transaction(company, TransactionKind.JOURNAL_ENTRY, company.chance.randint(0, 300))
    entry.accounts, entry.payee = ("20", control.id), ""
    key = f"JOURNAL_TO_CONTROL:journal_entry:{entry.id}"
    return Planted([("JOURNAL_TO_CONTROL", key)], [_gap(role)])


def future_date(company: Company) -> Planted:
    """Date something in the future."""
    ahead = company.chance.randint(1, 400)
    if company.chance.random() < 0.5:
        role = company.a_role()
        party = company.chance.choice(company.parties(role))
        return _about("FUTURE_DATE", company.add_document(role, party.id, -ahead))
    purchase = _add_transaction(company, TransactionKind.PURCHASE, -ahead)
    return Planted([("FUTURE_DATE", f"FUTURE_DATE:purchase:{purchase.id}")])


def changed_after_closing(company: Company) -> Planted:
    """Change a record of closed books."""
    through, closed = company.records.closed_through, company.records.closed_on
    assert through is not None and closed is not None
    changed = company.chance.randint(closed + 1, company.as_of)
    if company.chance.random() < 0.5:
        purchase = company.take(
            one for one in _of_kind(company, TransactionKind.PURCHASE) if one.day <= through
        )
        purchase.changed = changed
        key = f"CHANGED_AFTER_CLOSING:purchase:{purchase.id}"
        return Planted([("CHANGED_AFTER_CLOSING", key)])
    document = company.take(
        one
        for one in company.records.documents
        if one.issue <= through and one.changed is not None and one.changed + 3 < changed
    )
    document.changed = changed
    return _about("CHANGED_AFTER_CLOSING", document)


def receivables_gap(company: Company) -> Planted:
    """Leave an invoice or a payment of a customer out."""
    return _unread(company, Role.CUSTOMER)


def payables_gap(company: Company) -> Planted:
    """Leave a bill or a payment to a vendor out."""
    return _unread(company, Role.VENDOR)


def stale_bank(company: Company) -> Planted:
    """Read nothing of a lively bank account any more, for twice its longest pause."""
    account = next(one for one in company.records.accounts if one.id == "1")
    days = sorted(day for day in set(account.movement_days) if day > company.as_of - 200)
    longest = max(later - earlier for earlier, later in itertools.pairwise(days))
    last = company.as_of - max(10, 2 * longest) - company.chance.randint(1, 20)
    kept = [i for i, day in enumerate(account.movement_days) if day <= last]
    account.movement_days = [account.movement_days[i] for i in kept]
    account.movement_amounts = [account.movement_amounts[i] for i in kept]
    return Planted([("STALE_BANK", "STALE_BANK:1")])


def aged_undeposited(company: Company) -> Planted:
    """Forget a cheque in a drawer."""
    key, amount = company.new_id(), company.amount()
    party = company.chance.choice(company.parties(Role.CUSTOMER))
    day = company.as_of - company.chance.randint(15, 120)
    company.records.undeposited.append(Receipt(key, party.id, day, amount))
    return Planted([("AGED_UNDEPOSITED", f"AGED_UNDEPOSITED:payment:{key}")])


def currency_or_rate(company: Company) -> Planted:
    """Write a document in a currency without a rate, or without a currency."""
    document = company.take(company.open_documents())
    document.currency = company.chance.choice(["EUR", "GBP", ""])
    if document.currency:
        company.owe(document.role, document.party_id, -document.balance)
    key = f"CURRENCY_OR_RATE:{document.currency or 'none'}"
    return Planted([("CURRENCY_OR_RATE", key)])


def old_sync(company: Company) -> Planted:
    """Do not sync for days."""
    company.records.synced = company.as_of - company.chance.randint(3, 40)
    return Planted([("OLD_SYNC", "OLD_SYNC")])


def sync_gap(company: Company) -> Planted:
    """Miss the changes of some days."""
    first = company.as_of - company.chance.randint(31, 390)
    gap = SyncGap(first, first + company.chance.randint(0, 29))
    company.records.sync_gaps.append(gap)
    day = datetime.date.fromordinal(first)
    return Planted([("SYNC_GAP", f"SYNC_GAP:{day}")])


FAULTS: dict[str, Callable[[Company], Planted]] = {
    fault.__name__.upper(): fault
    for fault in (
        no_due_date,
        no_terms,
        open_long,
        overdue_beyond_habit,
        unapplied_payment,
        unapplied_credit,
        unapplied_vendor_credit,
        paid_with_balance,
        no_payee,
        duplicate_vendor,
        inactive_with_balance,
        duplicate_document,
        negative_bank,
        negative_receivable,
        negative_payable,
        outlying_bill,
        zero_amount,
        uncategorised,
        parent_account,
        opening_balance_equity,
        journal_to_control,
        future_date,
        changed_after_closing,
        receivables_gap,
        payables_gap,
        stale_bank,
        aged_undeposited,
        currency_or_rate,
        old_sync,
        sync_gap,
    )
}
# Of these a company has one, or the second hides behind the first.
ONCE = frozenset({"STALE_BANK", "OLD_SYNC", "OPENING_BALANCE_EQUITY", "NEGATIVE_BANK"})


def near_misses(company: Company) -> None:
    """Add what looks like a fault and is none."""
    chance = company.chance
    vendor, customer = (
        company.add_party(Role.VENDOR, "Northern Plumbing"),
        company.add_party(Role.CUSTOMER, "Harbour Café"),
    )
    for name in ("Southern Plumbing", "Depot 14", "Depot 15", "Ford", "Fort"):
        company.add_party(Role.VENDOR, name)
    # The same amount a week apart, the same amount of two vendors, a customer's number on bills.
    company.add_document(Role.VENDOR, vendor.id, 40, total=55_000)
    company.add_document(Role.VENDOR, vendor.id, 33, total=55_000)
    company.add_document(Role.VENDOR, "211", 33, total=55_000)
    for month in range(1, 4):
        amount = 30_000 + chance.randint(1, 2_000)
        company.add_document(Role.VENDOR, vendor.id, 29 * month, total=amount, number="ACCT 7")
    company.add_document(Role.CUSTOMER, customer.id, 90, due=None, terms=Terms(60))
    company.add_party(Role.VENDOR, "Gone and settled").active = False
    voided = company.add_document(Role.CUSTOMER, customer.id, 15)
    company.put_balance(voided, 0, 0)
    voided.state = State.VOIDED
    fresh = company.as_of - chance.randint(0, 14)
    company.records.undeposited.append(Receipt(company.new_id(), customer.id, fresh, 40_000))
    company.records.synced = company.as_of - chance.randint(0, 2)
    for kind in (TransactionKind.TRANSFER, TransactionKind.DEPOSIT, TransactionKind.JOURNAL_ENTRY):
        _add_transaction(company, kind, chance.randint(0, 60)).payee = ""


def _unapplied(company: Company, rule: str, kind: PaymentKind) -> Planted:
    party = company.chance.choice(company.parties(kind.role))
    total = company.amount()
    unapplied = total if company.chance.random() < 0.7 else total // 3 + 1
    day = company.as_of - company.chance.randint(0, 200)
    key = company.new_id()
    # What of it is applied settles something that is long paid, and paid for.
    company.records.payments.append(Payment(key, kind, party.id, day, total, unapplied, "USD"))
    company.owe(kind.role, party.id, -unapplied)
    return Planted([(rule, f"{rule}:{kind.name.lower()}:{key}")])


def _negative(company: Company, role: Role) -> Planted:
    party = company.add_party(role, f"Credit Corner {company.new_id()}")
    company.apart.add(party.id)
    company.owe(role, party.id, -company.chance.randint(1_000, 50_000))
    rule, kind = "NEGATIVE_RECEIVABLE", "customer"
    if role is Role.VENDOR:
        rule, kind = "NEGATIVE_PAYABLE", "vendor"
    return Planted([(rule, f"{rule}:{kind}:{party.id}")], [_gap(role)])


def _unread(company: Company, role: Role) -> Planted:
    party = company.chance.choice([one for one in company.parties(role) if one.balance > 0])
    low = -min(party.balance, 200_000)
    company.owe(role, party.id, company.chance.choice([1, -1, 1]) * company.chance.randint(1, -low))
    return Planted([_gap(role)])


def _coded(company: Company, rule: str, account: str) -> Planted:
    if company.chance.random() < 0.5:
        purchase = company.take(_of_kind(company, TransactionKind.PURCHASE))
        purchase.accounts = (account,)
        return Planted([(rule, f"{rule}:purchase:{purchase.id}")])
    bills = [one for one in company.records.documents if one.role is Role.VENDOR]
    bill = company.take(bills)
    bill.accounts = (*bill.accounts, account)
    return _about(rule, bill)


def _of_kind(company: Company, kind: TransactionKind) -> list[Transaction]:
    return [one for one in company.records.transactions if one.kind is kind]


def _add_transaction(company: Company, kind: TransactionKind, ago: int) -> Transaction:
    day, key = company.as_of - ago, company.new_id()
    made = Transaction(key, kind, day, company.amount(), "USD", "Somebody", ("38",), changed=day)
    company.records.transactions.append(made)
    return company.take([made])


def misspelt(chance: random.Random, name: str) -> str:
    """Return a name as a second person would enter it."""
    at = chance.randrange(1, len(name) - 1)
    while not (name[at].isalpha() and name[at + 1].isalpha() and name[at] != name[at + 1]):
        at = chance.randrange(1, len(name) - 1)
    words = name.split()
    ways = [
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[:at] + chance.choice("aeiourst") + name[at + 1 :],
        name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        name.upper(),
        name.replace(" and ", " & ") + chance.choice([", Inc.", " LLC", " Ltd", " Co."]),
        f"{words[-1]}, {' '.join(words[:-1])}",
        name.replace(" ", "", 1),
        name + "s" if not name.endswith("s") else name[:-1],
        f"The {name}.",
    ]
    return chance.choice([way for way in ways if way != name])


def _about(rule: str, document: Document, also: Iterable[str] = ()) -> Planted:
    return Planted([_item(rule, document)], [_item(other, document) for other in also])


def _item(rule: str, document: Document) -> Item:
    kind = "invoice" if document.role is Role.CUSTOMER else "bill"
    return rule, f"{rule}:{kind}:{document.id}"


def _gap(role: Role) -> Item:
    if role is Role.CUSTOMER:
        return "RECEIVABLES_GAP", "RECEIVABLES_GAP:receivable"
    return "PAYABLES_GAP", "PAYABLES_GAP:payable"


def items_about(rule: str, entity: str, key: str, excused: Iterable[Item] = ()) -> Planted:
    """Return a fault of one document, an Invoice or a Bill."""
    return Planted([(rule, f"{rule}:{entity.lower()}:{key}")], list(excused))


def items_group(keys: Iterable[str]) -> str:
    """Return what names a group, whatever the order of its members."""
    return " ".join(sorted(keys))
