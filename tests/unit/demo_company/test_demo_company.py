"""The demo company: a story of eighteen months whose books tie but for what is planted."""

import datetime
import filecmp
import itertools
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from orchestrator_svc.connectors.demo_company import company, generate, story, write
from orchestrator_svc.connectors.quickbooks import read_folder
from orchestrator_svc.connectors.quickbooks.terms import parse_terms
from orchestrator_svc.domain.ledger import (
    Account,
    AccountKind,
    Bill,
    CashCategory,
    CashPosting,
    CashTransaction,
    DocumentState,
    Invoice,
    Party,
    PartyRole,
    Payment,
    PaymentKind,
    SourceReading,
)
from support.quickbooks import records

DAY = datetime.date(2026, 5, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write(folder, DAY)
    return folder


@pytest.fixture(scope="module")
def books(folder: Path) -> SourceReading:
    return read_folder(folder)


def postings(books: SourceReading) -> Iterator[tuple[datetime.date, CashPosting]]:
    for payment in records(books, Payment):
        for posting in payment.postings:
            yield payment.payment_date, posting
    for transaction in records(books, CashTransaction):
        for posting in transaction.postings:
            yield transaction.transaction_date, posting


def in_category(books: SourceReading, category: CashCategory) -> list[tuple[datetime.date, int]]:
    """Return when money left the checking account for something, and how much, the last first."""
    found = [
        (day, posting.amount_minor)
        for day, posting in postings(books)
        if posting.category is category and posting.account_id == company.CHECKING
    ]
    return sorted(found, reverse=True)


# The same seed and day give the same bytes


def test_the_same_seed_and_day_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    # Another process, and so another order of hashes.
    command = [
        sys.executable,
        "-m",
        "orchestrator_svc.connectors.demo_company",
        tmp_path,
        "--as-of",
        str(DAY),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7"}
    printed = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == len(printed.splitlines()) == 16
    assert filecmp.cmpfiles(folder, tmp_path, names, shallow=False) == (names, [], [])


def test_another_seed_and_another_day_give_other_books() -> None:
    assert generate(DAY) != generate(DAY, seed=2)
    assert generate(DAY) != generate(DAY + datetime.timedelta(1))


# What QuickBooks would send


def test_every_record_is_read_and_every_entity_used(books: SourceReading) -> None:
    assert (books.unreadable, books.skipped) == ([], [])
    assert (books.company_name, books.currency) == ("Harbour & Finch Studio", "USD")
    assert len(books.records) > 1300


def test_the_books_are_as_old_as_the_day_that_they_are_for(books: SourceReading) -> None:
    assert books.synced_at == datetime.datetime(2026, 5, 5, 8, tzinfo=datetime.UTC)


def test_it_says_of_every_posting_whom_it_is_with(books: SourceReading) -> None:
    assert all(posting.counterparty for _, posting in postings(books))


def test_every_reference_is_to_a_record_that_is_there(books: SourceReading) -> None:
    parties = {(party.role, party.party_id) for party in records(books, Party)}
    assert len(parties) == len(company.CUSTOMERS) + len(company.VENDORS)
    invoices = {invoice.invoice_id for invoice in records(books, Invoice)}
    bills = {bill.bill_id for bill in records(books, Bill)}
    for payment in records(books, Payment):
        assert (payment.kind.role, payment.party_id) in parties
        for part in payment.applications:
            assert part.invoice_id in invoices or part.bill_id in bills


# Eighteen months


def test_it_goes_back_eighteen_months_and_not_beyond_today(books: SourceReading) -> None:
    days = [day for day, _ in postings(books)]
    assert min(days) < DAY - datetime.timedelta(540)
    assert max(days) <= DAY


def test_fifteen_people_are_paid_twice_a_month(books: SourceReading) -> None:
    paid = in_category(books, CashCategory.PAYROLL)
    assert len(paid) in (35, 36, 37)
    assert all(-3_800_000 < minor < -3_600_000 for _, minor in paid)
    assert all(day.weekday() < 5 for day, _ in paid)
    gaps = {(later[0] - earlier[0]).days for later, earlier in itertools.pairwise(paid)}
    assert gaps <= set(range(12, 19))


def test_rent_tax_and_debts_are_paid_every_month(books: SourceReading) -> None:
    for category in (CashCategory.RENT, CashCategory.TAX, CashCategory.FINANCING):
        months = {(day.year, day.month) for day, _ in in_category(books, category)}
        assert len(months) >= 17


def settled(books: SourceReading, customer_id: str) -> list[int]:
    """Return how late a customer paid each invoice, in days."""
    invoices = {invoice.invoice_id: invoice for invoice in records(books, Invoice)}
    late = []
    for payment in records(books, Payment):
        for part in payment.applications:
            invoice = invoices.get(part.invoice_id or "")
            if invoice and invoice.customer_id == customer_id and payment.total_minor:
                assert invoice.due_date is not None
                late.append((payment.payment_date - invoice.due_date).days)
    return late


def test_customers_have_habits(books: SourceReading) -> None:
    late = {c.name: settled(books, c.customer_id) for c in company.CUSTOMERS}
    mean = {name: sum(days) / len(days) for name, days in late.items() if days}
    assert mean["Foxglove Publishing"] > 25
    assert 15 < mean["Meridian Outdoor Group"] < 35
    assert abs(mean["Cobalt Robotics Lab"]) < 5
    assert mean["Kestrel Analytics"] < -15


def test_who_pays_early_takes_its_discount(books: SourceReading) -> None:
    parties = {(p.role, p.party_id): p for p in records(books, Party)}
    terms = parties[PartyRole.CUSTOMER, "112"].terms
    assert terms == parse_terms("2% 10 Net 30")
    memos = [p for p in records(books, Payment) if p.kind is PaymentKind.CREDIT_MEMO]
    assert sum(memo.party_id == "112" for memo in memos) > 10
    early = [b for b in records(books, Bill) if b.terms and b.terms.discount_basis_points == 200]
    assert any(
        bill.state is DocumentState.OPEN and (DAY - bill.issue_date).days <= 10 for bill in early
    )


# Balances come from postings


@cache
def account(books_day: datetime.date, account_id: str) -> int:
    (found,) = [
        record["CurrentBalance"]
        for record in generate(books_day)["Account"]["QueryResponse"]["Account"]
        if record["Id"] == account_id
    ]
    return round(found * 100)


def test_the_books_balance() -> None:
    assert sum(account(DAY, account_id) for account_id in company.ACCOUNTS) == 0


def test_receivables_and_payables_tie_to_their_control_accounts(books: SourceReading) -> None:
    unapplied: dict[PartyRole, int] = defaultdict(int)
    for payment in records(books, Payment):
        unapplied[payment.kind.role] += payment.unapplied_minor
    invoices = sum(invoice.balance_minor for invoice in records(books, Invoice))
    bills = sum(bill.balance_minor for bill in records(books, Bill))
    assert account(DAY, company.RECEIVABLE) == invoices - unapplied[PartyRole.CUSTOMER]
    assert account(DAY, company.PAYABLE) == -(bills - unapplied[PartyRole.VENDOR])


def test_every_party_is_owed_or_owes_what_its_documents_say(books: SourceReading) -> None:
    owed: dict[tuple[PartyRole, str], int] = defaultdict(int)
    for invoice in records(books, Invoice):
        owed[PartyRole.CUSTOMER, invoice.customer_id] += invoice.balance_minor
    for bill in records(books, Bill):
        owed[PartyRole.VENDOR, bill.vendor_id] += bill.balance_minor
    for payment in records(books, Payment):
        owed[payment.kind.role, payment.party_id] -= payment.unapplied_minor
    for party in records(books, Party):
        assert party.balance_minor == owed[party.role, party.party_id], party.display_name


def test_what_settles_a_document_is_what_is_no_longer_owed_on_it(books: SourceReading) -> None:
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for payment in records(books, Payment):
        for part in payment.applications:
            paid["invoice", part.invoice_id or ""] += part.amount_minor
            paid["bill", part.bill_id or ""] += part.amount_minor
    for invoice in records(books, Invoice):
        settled_minor = invoice.total_minor - invoice.balance_minor
        assert paid["invoice", invoice.invoice_id] == settled_minor
    for bill in records(books, Bill):
        assert paid["bill", bill.bill_id] == bill.total_minor - bill.balance_minor


def test_undeposited_funds_and_the_card_hold_what_moved_there(books: SourceReading) -> None:
    moved: dict[str, int] = defaultdict(int)
    for _, posting in postings(books):
        moved[posting.account_id] += posting.amount_minor
    for account_id in (company.UNDEPOSITED, company.CARD):
        assert moved[account_id] == account(DAY, account_id)
    assert {a.account_id: a.kind for a in records(books, Account)}[company.UNDEPOSITED] is (
        AccountKind.UNDEPOSITED_FUNDS
    )


# What a hygiene check should find


def bills_of(books: SourceReading, vendor_id: str) -> list[Bill]:
    return [bill for bill in records(books, Bill) if bill.vendor_id == vendor_id]


def test_open_items_need_care(books: SourceReading) -> None:
    invoices = records(books, Invoice)
    open_invoices = [i for i in invoices if i.state is DocumentState.OPEN]
    assert any((DAY - i.issue_date).days > 90 for i in open_invoices)
    assert any(i.issue_date > DAY for i in open_invoices)
    assert sum(i.state is DocumentState.VOIDED for i in invoices) == 1
    assert any(bill.due_date is None and bill.balance_minor for bill in records(books, Bill))
    unapplied = {p.kind for p in records(books, Payment) if p.unapplied_minor}
    assert unapplied == {
        PaymentKind.CUSTOMER_PAYMENT,
        PaymentKind.CREDIT_MEMO,
        PaymentKind.VENDOR_CREDIT,
    }


def test_vendors_and_documents_stand_twice(books: SourceReading) -> None:
    names = {party.party_id: party.display_name for party in records(books, Party)}
    assert (names["211"], names["212"]) == ("Northgate Office Supply", "Northgate Office Supplies")
    assert (names["217"], names["218"]) == ("Pixelloom Software", "Pixel Loom Software")
    numbers = [bill.document_number for bill in bills_of(books, "211")]
    assert numbers.count("NG-7741") == 2
    inactive = {p.party_id for p in records(books, Party) if not p.active}
    owing = {i.customer_id for i in records(books, Invoice) if i.balance_minor}
    assert inactive == {"122"} and inactive <= owing


def test_accounts_need_care(books: SourceReading) -> None:
    accounts = {found.account_id: found for found in records(books, Account)}
    assert accounts[company.EQUITY].balance_minor == -125_000
    assert accounts[company.TRUST].subtype == "TrustAccounts"
    assert accounts[company.UNCATEGORISED].balance_minor == 3 * 14_900
    # A cheque that nobody took to the bank waits since 44 days.
    assert accounts[company.UNDEPOSITED].balance_minor >= 77_500


# Whatever day it is shown on


@pytest.mark.parametrize(
    "day",
    [
        datetime.date(2024, 2, 29),
        datetime.date(2026, 8, 31),
        datetime.date(2026, 11, 15),
        datetime.date(2026, 12, 31),
        datetime.date(2031, 3, 1),
    ],
)
def test_whatever_day_it_is_the_books_are_sound_and_there_is_cash(
    day: datetime.date, tmp_path: Path
) -> None:
    write(tmp_path, day)
    books = read_folder(tmp_path)
    assert books.unreadable == []
    assert books.synced_at is not None and books.synced_at.date() == day
    cash = account(day, company.CHECKING) + account(day, company.TAX_SAVINGS)
    assert 500_000 < cash < 20_000_000
    refit = bills_of(books, "221")[0]
    assert refit.balance_minor == story.REFIT
    assert refit.due_date is not None and 35 < (refit.due_date - day).days < 50


@pytest.mark.parametrize("seed", [0, 2, 77])
def test_whatever_the_seed_every_record_is_read_and_the_books_balance(
    seed: int, tmp_path: Path
) -> None:
    write(tmp_path, DAY, seed)
    books = read_folder(tmp_path)
    assert (books.unreadable, books.skipped) == ([], [])
    accounts = records(books, Account)
    assert len(accounts) == len(company.ACCOUNTS)
    assert sum(found.balance_minor for found in accounts) == 0
