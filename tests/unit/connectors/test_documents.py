"""Bills and invoices."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orchestrator_svc.domain.ledger import (
    Bill,
    CashCategory,
    Deletion,
    DocumentState,
    Invoice,
    PaymentTerms,
)
from support.quickbooks import (
    LOAN,
    WAGES,
    account,
    bill,
    chart,
    deleted,
    expense_line,
    invoice,
    only,
    read,
    reference,
    rejected,
)

Build = Callable[..., dict[str, Any]]
BOTH = pytest.mark.parametrize(("entity", "build"), [("Invoice", invoice), ("Bill", bill)])


def test_an_invoice_is_read_whole() -> None:
    record = invoice(
        "17",
        SyncToken="3",
        TotalAmt=Decimal("362.07"),
        Balance=Decimal("62.07"),
        SalesTermRef=reference("3", "Net 30"),
    )
    assert only(read(Invoice=[record]), Invoice) == Invoice(
        invoice_id="17",
        customer_id="c",
        document_number="1001",
        issue_date=datetime.date(2026, 4, 10),
        due_date=datetime.date(2026, 5, 10),
        total_minor=36207,
        balance_minor=6207,
        currency="USD",
        state=DocumentState.OPEN,
        terms=PaymentTerms("Net 30", 30),
        source_version=3,
    )


def test_a_bill_is_read_whole() -> None:
    assert only(read(Bill=[bill("18")]), Bill) == Bill(
        bill_id="18",
        vendor_id="v",
        document_number="",
        issue_date=datetime.date(2026, 4, 10),
        due_date=datetime.date(2026, 5, 10),
        total_minor=10000,
        balance_minor=10000,
        currency="USD",
        state=DocumentState.OPEN,
        terms=None,
        category=CashCategory.VENDOR,
        source_version=0,
    )


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("JPY", 1500, 1500), ("EUR", Decimal("12.34"), 1234), ("KWD", Decimal("12.345"), 12345)],
)
def test_a_document_is_in_its_own_currency(currency: str, amount: Any, minor: int) -> None:
    record = invoice(CurrencyRef=reference(currency), TotalAmt=amount, Balance=amount)
    found = only(read(Invoice=[record]), Invoice)
    assert (found.currency, found.total_minor, found.balance_minor) == (currency, minor, minor)


@BOTH
def test_what_is_settled_is_paid(entity: str, build: Build) -> None:
    (found,) = read(**{entity: [build(Balance=0)]}).records[-1:]
    assert found.record.state is DocumentState.PAID  # type: ignore[union-attr]


@BOTH
@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"Id": ...}, "Id", "is missing"),
        ({"Id": 5}, "Id", "is no text"),
        ({"TxnDate": ...}, "TxnDate", "is missing"),
        ({"TxnDate": "10.04.2026"}, "TxnDate", "is no date (YYYY-MM-DD)"),
        ({"DueDate": "soon"}, "DueDate", "is no date (YYYY-MM-DD)"),
        ({"TotalAmt": ...}, "TotalAmt", "is missing"),
        ({"TotalAmt": -5}, "TotalAmt", "is negative"),
        ({"TotalAmt": Decimal("5.001")}, "TotalAmt", "is finer than the smallest unit of USD"),
        ({"TotalAmt": 10**15}, "TotalAmt", "is too large"),
        ({"Balance": ...}, "Balance", "is missing"),
        ({"Balance": -1}, "Balance", "does not lie between zero and TotalAmt"),
        ({"Balance": 101}, "Balance", "does not lie between zero and TotalAmt"),
        ({"CurrencyRef": {}}, "CurrencyRef.value", "is missing"),
        ({"CurrencyRef": reference("$")}, "CurrencyRef", "is no currency code"),
        ({"SalesTermRef": {"value": ""}}, "SalesTermRef.value", "is missing"),
        ({"DocNumber": 1001}, "DocNumber", "is no text"),
        ({"SyncToken": "-1"}, "SyncToken", "is no version number"),
        ({"PrivateNote": [], "TotalAmt": 0, "Balance": 0}, "PrivateNote", "is no text"),
        ({"status": 1}, "status", "is no text"),
    ],
)
def test_a_wrong_field_is_named(
    entity: str, build: Build, changes: dict[str, Any], field: str, reason: str
) -> None:
    found = rejected(read(**{entity: [build(**changes)]}))
    assert (found.source_entity, found.field, found.reason) == (entity, field, reason)


def test_a_document_names_its_party() -> None:
    assert rejected(read(Invoice=[invoice(CustomerRef=...)])).field == "CustomerRef"
    assert rejected(read(Bill=[bill(VendorRef=...)])).field == "VendorRef"
    assert rejected(read(Bill=[bill(VendorRef={"name": "Bolt"})])).field == "VendorRef.value"


def test_a_wrong_line_of_a_bill_is_named_by_its_number() -> None:
    lines = [expense_line(1), expense_line("much")]
    assert rejected(read(Bill=[bill(Line=lines)])).field == "Line[1].Amount"
    lines = [expense_line(1, AccountBasedExpenseLineDetail={"AccountRef": {"name": "Rent"}})]
    found = rejected(read(Bill=[bill(Line=lines)]))
    assert found.field == "Line[0].AccountBasedExpenseLineDetail.AccountRef.value"
    assert rejected(read(Bill=[bill(Line=[None])])).field == "Line[0]"
    assert rejected(read(Bill=[bill(Line={})])).field == "Line"


def test_a_bill_is_for_what_its_largest_line_is_for() -> None:
    def category(*lines: dict[str, Any]) -> CashCategory:
        return only(read(Bill=[bill(Line=list(lines))]), Bill).category

    assert category(expense_line(40), expense_line(60, WAGES)) is CashCategory.PAYROLL
    assert category(expense_line(60), expense_line(40, WAGES)) is CashCategory.VENDOR
    # The first of equal ones; a discount may be the largest.
    assert category(expense_line(50, WAGES), expense_line(50)) is CashCategory.PAYROLL
    assert category(expense_line(50), expense_line(-60, WAGES)) is CashCategory.PAYROLL
    # An item's line names no account, and neither does a line against one that was not read.
    assert category({"Amount": 100, "ItemBasedExpenseLineDetail": {}}) is CashCategory.VENDOR
    assert category(expense_line(100, "unread")) is CashCategory.VENDOR
    assert category() is CashCategory.VENDOR


@pytest.mark.parametrize(
    ("name", "subtype", "category"),
    [
        ("Rent", "RentOrLeaseOfBuildings", CashCategory.RENT),
        ("Wages", "PayrollExpenses", CashCategory.PAYROLL),
        ("Payroll taxes", "TaxesPaid", CashCategory.TAX),
        ("Payroll:Taxes", "OtherBusinessExpenses", CashCategory.TAX),
        ("Salaries", "OtherBusinessExpenses", CashCategory.PAYROLL),
        ("Office lease", "OtherBusinessExpenses", CashCategory.RENT),
        # These only sound like it.
        ("Rent of excavators", "EquipmentRental", CashCategory.VENDOR),
        ("Payroll service", "LegalProfessionalFees", CashCategory.VENDOR),
        ("Parental coaching", "OtherBusinessExpenses", CashCategory.VENDOR),
        # A bill for a loan or for interest is a vendor's bill all the same.
        ("Interest", "InterestPaid", CashCategory.VENDOR),
    ],
)
def test_payroll_tax_and_rent_are_known_by_the_account(
    name: str, subtype: str, category: CashCategory
) -> None:
    accounts = [*chart(), account("e", name, "Expense", subtype)]
    found = only(read(Account=accounts, Bill=[bill(Line=[expense_line(1, "e")])]), Bill)
    assert found.category is category


def test_a_bill_against_a_loan_is_a_vendors_bill() -> None:
    assert only(read(Bill=[bill(Line=[expense_line(1, LOAN)])]), Bill).category is (
        CashCategory.VENDOR
    )


@BOTH
def test_the_news_of_a_deletion_is_a_deletion(entity: str, build: Build) -> None:
    assert only(read(**{entity: [deleted("7")]}), Deletion) == Deletion(entity.lower(), "7")
