"""Payments and credits, what they settle, and what they move."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orchestrator_svc.domain.ledger import (
    Application,
    CashCategory,
    CashPosting,
    DocumentState,
    Payment,
    PaymentKind,
)
from support.quickbooks import (
    CARD,
    CHECKING,
    UNDEPOSITED,
    WAGES,
    account,
    bill,
    bill_payment,
    chart,
    credit_memo,
    customer,
    expense_line,
    link,
    only,
    payment,
    read,
    reference,
    rejected,
    vendor_credit,
)


def received(**changes: Any) -> Payment:
    return only(read(Payment=[payment(**changes)]), Payment)


def paid(**changes: Any) -> Payment:
    return only(read(BillPayment=[bill_payment(**changes)]), Payment)


def settled(found: Payment) -> Sequence[tuple[str | None, int]]:
    return [(part.invoice_id or part.bill_id, part.amount_minor) for part in found.applications]


def test_a_customers_payment_settles_invoices_and_moves_its_total_into_the_account() -> None:
    found = received(TotalAmt=100, Line=[link("Invoice", "1", 70), link("Invoice", "2", 30)])
    assert found.kind is PaymentKind.CUSTOMER_PAYMENT
    assert (found.party_id, found.total_minor, found.unapplied_minor) == ("c", 10000, 0)
    assert list(found.applications) == [Application(None, "1", 7000), Application(None, "2", 3000)]
    assert list(found.postings) == [CashPosting(CHECKING, 10000, CashCategory.CUSTOMER, "Amy")]


def test_a_customers_payment_without_an_account_waits_in_undeposited_funds() -> None:
    (posting,) = received(DepositToAccountRef=...).postings
    assert posting.account_id == UNDEPOSITED


def test_a_payment_of_nothing_applies_credits_and_moves_no_cash() -> None:
    lines = [link("Invoice", "1", 100), link("CreditMemo", "5", 100)]
    found = received(TotalAmt=0, UnappliedAmt=0, Line=lines, DepositToAccountRef=...)
    assert settled(found) == [("1", 10000)]
    assert list(found.postings) == []
    assert (found.state, found.unapplied_minor) == (DocumentState.PAID, 0)


def test_lines_of_one_invoice_add_up_and_lines_of_nothing_settle_nothing() -> None:
    lines = [link("Invoice", "1", 20), link("Invoice", "1", 30), link("Invoice", "2", 0)]
    assert settled(received(Line=lines)) == [("1", 5000)]


def test_what_is_no_invoice_of_ours_is_not_settled() -> None:
    lines = [link("JournalEntry", "1", 20), link("Deposit", "2", 30), {"Amount": 50}]
    assert settled(received(Line=lines)) == []


def test_what_is_unapplied_is_what_quickbooks_says() -> None:
    found = received(TotalAmt=100, UnappliedAmt=Decimal("40.05"), Line=[link("Invoice", "1", 59)])
    assert (found.unapplied_minor, found.state) == (4005, DocumentState.OPEN)


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([], 10000),
        ([link("Invoice", "1", 60)], 4000),
        ([link("Invoice", "1", 130), link("CreditMemo", "5", 30)], 0),
        ([link("Invoice", "1", 100), link("CreditMemo", "5", 30)], 3000),
        ([link("Invoice", "1", 500)], 0),
        ([link("CreditMemo", "1", 500)], 10000),
    ],
)
def test_where_quickbooks_does_not_say_the_lines_do(lines: list[Any], left: int) -> None:
    assert received(UnappliedAmt=..., Line=lines).unapplied_minor == left


def test_a_bill_payment_by_cheque_leaves_the_bank() -> None:
    found = paid()
    assert found.kind is PaymentKind.BILL_PAYMENT
    assert list(found.applications) == [Application("2", None, 10000)]
    assert list(found.postings) == [CashPosting(CHECKING, -10000, CashCategory.VENDOR, "Bolt")]
    assert (found.unapplied_minor, found.state) == (0, DocumentState.PAID)


def test_a_bill_payment_by_card_adds_to_what_the_card_owes() -> None:
    card = {"CreditCardPayment": {"CCAccountRef": reference(CARD)}}
    (posting,) = paid(CheckPayment=..., PayType="CreditCard", **card).postings
    assert (posting.account_id, posting.amount_minor) == (CARD, -10000)


def test_what_a_bill_payment_leaves_over_is_unapplied() -> None:
    lines = [link("Bill", "2", 100), link("VendorCredit", "6", 30)]
    assert paid(TotalAmt=100, Line=lines).unapplied_minor == 3000
    assert paid(TotalAmt=100, Line=[]).unapplied_minor == 10000


def test_a_bill_payment_is_for_what_the_bill_is_for_of_which_it_pays_most() -> None:
    bills = [bill("2"), bill("3", Line=[expense_line(100, WAGES)])]

    def category(*lines: dict[str, Any]) -> CashCategory:
        reading = read(Bill=bills, BillPayment=[bill_payment(Line=list(lines))])
        return only(reading, Payment).postings[0].category

    assert category(link("Bill", "2", 40), link("Bill", "3", 60)) is CashCategory.PAYROLL
    assert category(link("Bill", "2", 60), link("Bill", "3", 40)) is CashCategory.VENDOR
    assert category(link("Bill", "unread", 100)) is CashCategory.VENDOR
    assert category() is CashCategory.VENDOR


def test_of_two_versions_of_a_bill_the_newer_says_what_its_payment_is_for() -> None:
    older = bill(SyncToken="1", Line=[expense_line(100, WAGES)])
    newer = bill(SyncToken="2")
    for order in ([older, newer], [newer, older]):
        reading = read(Bill=order, BillPayment=[bill_payment()])
        assert only(reading, Payment).postings[0].category is CashCategory.VENDOR


def test_credits_move_no_cash_and_are_open_while_something_of_them_is_left() -> None:
    for found in (
        only(read(CreditMemo=[credit_memo(Balance=40, RemainingCredit=40)]), Payment),
        only(read(VendorCredit=[vendor_credit(Balance=40)]), Payment),
    ):
        assert (found.total_minor, found.unapplied_minor) == (10000, 4000)
        assert (list(found.postings), list(found.applications)) == ([], [])
        assert found.state is DocumentState.OPEN


def test_what_remains_of_a_credit_memo_counts_before_its_balance() -> None:
    both = credit_memo(RemainingCredit=40, Balance=100)
    assert only(read(CreditMemo=[both]), Payment).unapplied_minor == 4000
    one = credit_memo(RemainingCredit=..., Balance=30)
    assert only(read(CreditMemo=[one]), Payment).unapplied_minor == 3000


@pytest.mark.parametrize("currency", ["JPY", "USD", "KWD"])
def test_amounts_are_exact_in_every_currency(currency: str) -> None:
    amount = {"JPY": Decimal(1234567), "USD": Decimal("12345.67"), "KWD": Decimal("1234.567")}
    ref = reference(currency)
    accounts = [account("b", "Bank", "Bank", "Checking", CurrencyRef=ref)]
    record = payment(
        CurrencyRef=ref,
        TotalAmt=amount[currency],
        DepositToAccountRef=reference("b"),
        Line=[link("Invoice", "1", amount[currency])],
    )
    found = only(read(Account=accounts, Payment=[record]), Payment)
    assert found.total_minor == found.postings[0].amount_minor == 1234567
    assert found.applications[0].amount_minor == 1234567


TWO_LINKS = {"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}] * 2}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"Id": ...}, "Id", "is missing"),
        ({"TxnDate": ...}, "TxnDate", "is missing"),
        ({"CustomerRef": ...}, "CustomerRef", "is missing"),
        ({"TotalAmt": ...}, "TotalAmt", "is missing"),
        ({"TotalAmt": -1}, "TotalAmt", "is negative"),
        ({"UnappliedAmt": 101}, "UnappliedAmt", "does not lie between zero and TotalAmt"),
        ({"UnappliedAmt": -1}, "UnappliedAmt", "does not lie between zero and TotalAmt"),
        (
            {"DepositToAccountRef": reference("?")},
            "DepositToAccountRef",
            "refers to an account that was not read",
        ),
        ({"Line": [TWO_LINKS]}, "Line[0].LinkedTxn", "links several transactions"),
        ({"Line": [link("Invoice", "1", -5)]}, "Line[0].Amount", "is negative"),
        (
            {"Line": [{"Amount": 1, "LinkedTxn": [{"TxnType": "Invoice"}]}]},
            "Line[0].LinkedTxn[0].TxnId",
            "is missing",
        ),
        (
            {"Line": [link("Invoice", str(number), 1) for number in range(1001)]},
            "Line",
            "settles more than 1000 documents",
        ),
        ({"Line": [link("Invoice", "1", 10**13 - 1)] * 2}, "Line", "is too large together"),
        (
            {"CurrencyRef": reference("CAD")},
            "CurrencyRef",
            "is CAD, and Checking is kept in USD",
        ),
        ({"SyncToken": []}, "SyncToken", "is no version number"),
    ],
)
def test_a_wrong_field_of_a_customers_payment_is_named(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    found = rejected(read(Payment=[payment(**changes)]))
    assert (found.source_entity, found.field, found.reason) == ("Payment", field, reason)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"VendorRef": ...}, "VendorRef"),
        ({"CheckPayment": ...}, "CheckPayment.BankAccountRef"),
        ({"CheckPayment": {}}, "CheckPayment.BankAccountRef"),
        ({"CheckPayment": {"BankAccountRef": reference("?")}}, "CheckPayment.BankAccountRef"),
        (
            {"CheckPayment": ..., "CreditCardPayment": {"CCAccountRef": {}}},
            "CreditCardPayment.CCAccountRef.value",
        ),
        ({"Line": [link("Bill", "2", -1)]}, "Line[0].Amount"),
    ],
)
def test_a_wrong_field_of_a_bill_payment_is_named(changes: dict[str, Any], field: str) -> None:
    found = rejected(read(BillPayment=[bill_payment(**changes)]))
    assert (found.source_entity, found.field) == ("BillPayment", field)


def test_a_wrong_field_of_a_credit_is_named() -> None:
    reading = read(CreditMemo=[credit_memo(RemainingCredit=101)])
    assert rejected(reading).field == "RemainingCredit"
    assert rejected(read(CreditMemo=[credit_memo(CustomerRef=...)])).field == "CustomerRef"
    assert rejected(read(VendorCredit=[vendor_credit(Balance=...)])).field == "Balance"
    assert rejected(read(VendorCredit=[vendor_credit(VendorRef=...)])).field == "VendorRef"


def test_a_payment_is_named_for_its_customers_own_record() -> None:
    renamed = customer(DisplayName="Amy & Sons")
    reading = read(Account=chart(), Customer=[renamed], Payment=[payment()])
    assert only(reading, Payment).postings[0].counterparty == "Amy & Sons"
