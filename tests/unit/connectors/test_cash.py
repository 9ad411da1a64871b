"""Purchases, sales receipts and transfers."""

from typing import Any

import pytest

from orchestrator_svc.domain.ledger import CashCategory, CashPosting, CashTransaction
from support.quickbooks import (
    CARD,
    CHECKING,
    LOAN,
    RECEIVABLE,
    SAVINGS,
    UNDEPOSITED,
    WAGES,
    account,
    chart,
    expense_line,
    moved,
    only,
    purchase,
    read,
    reference,
    rejected,
    sales_receipt,
    transfer,
)


def bought(**changes: Any) -> CashTransaction:
    return only(read(Purchase=[purchase(**changes)]), CashTransaction)


def test_a_purchase_leaves_the_account_for_its_payee() -> None:
    found = bought()
    assert (found.source_kind, found.transaction_id) == ("Purchase", "7")
    assert list(found.postings) == [CashPosting(CHECKING, -10000, CashCategory.VENDOR, "Bolt")]


def test_a_purchase_that_is_a_credit_comes_back_into_the_account() -> None:
    assert moved(bought(Credit=True).postings) == {CHECKING: 10000}


def test_a_purchase_without_a_payee_is_named_for_its_largest_line() -> None:
    lines = [expense_line(40), expense_line(60, WAGES)]
    (posting,) = bought(EntityRef=..., Line=lines).postings
    assert (posting.counterparty, posting.category) == ("Wages", CashCategory.PAYROLL)
    (posting,) = bought(EntityRef=..., Line=[]).postings
    assert (posting.counterparty, posting.category) == ("", CashCategory.VENDOR)
    (posting,) = bought(EntityRef=..., Line=[expense_line(100, "unread")]).postings
    assert posting.counterparty == "an account"


def test_a_line_against_another_cash_account_moves_money_between_the_two() -> None:
    found = bought(Line=[expense_line(70, CARD), expense_line(30)])
    assert moved(found.postings) == {CHECKING: -10000, CARD: 7000}
    assert {(p.account_id, p.amount_minor, p.category) for p in found.postings} == {
        (CHECKING, -7000, CashCategory.FINANCING),
        (CARD, 7000, CashCategory.FINANCING),
        (CHECKING, -3000, CashCategory.VENDOR),
    }
    saved = bought(Line=[expense_line(100, SAVINGS)])
    assert moved(saved.postings) == {CHECKING: -10000, SAVINGS: 10000}
    assert {posting.category for posting in saved.postings} == {CashCategory.TRANSFER}


def test_what_a_purchase_spends_is_its_total_whatever_its_lines_say() -> None:
    assert moved(bought(TotalAmt=108, Line=[expense_line(100)]).postings) == {CHECKING: -10800}
    assert moved(bought(Line=[expense_line(100, CHECKING)]).postings) == {CHECKING: -10000}


def test_money_given_back_to_a_customer_is_a_customers() -> None:
    back = bought(EntityRef=reference("c", "Amy", type="Customer"))
    assert (back.postings[0].category, back.postings[0].counterparty) == (
        CashCategory.CUSTOMER,
        "Amy",
    )
    (posting,) = bought(EntityRef=..., Line=[expense_line(100, RECEIVABLE)]).postings
    assert posting.category is CashCategory.CUSTOMER


def test_paying_back_a_loan_is_financing() -> None:
    assert bought(Line=[expense_line(100, LOAN)]).postings[0].category is CashCategory.FINANCING


def test_a_sale_at_once_puts_its_total_into_the_account() -> None:
    found = only(read(SalesReceipt=[sales_receipt()]), CashTransaction)
    assert list(found.postings) == [CashPosting(UNDEPOSITED, 10000, CashCategory.CUSTOMER, "Amy")]
    unnamed = sales_receipt(CustomerRef=..., DepositToAccountRef=reference(CHECKING))
    found = only(read(SalesReceipt=[unnamed]), CashTransaction)
    assert list(found.postings) == [CashPosting(CHECKING, 10000, CashCategory.CUSTOMER, "")]


def test_a_transfer_sums_to_zero_and_names_the_other_account() -> None:
    found = only(read(Transfer=[transfer()]), CashTransaction)
    assert list(found.postings) == [
        CashPosting(CHECKING, -10000, CashCategory.TRANSFER, "Savings"),
        CashPosting(SAVINGS, 10000, CashCategory.TRANSFER, "Checking"),
    ]


def test_a_transfer_to_a_card_pays_it_back() -> None:
    found = only(read(Transfer=[transfer(ToAccountRef=reference(CARD))]), CashTransaction)
    assert moved(found.postings) == {CHECKING: -10000, CARD: 10000}
    assert {posting.category for posting in found.postings} == {CashCategory.FINANCING}


def test_a_transfer_to_an_account_that_is_no_cash_leaves_cash() -> None:
    found = only(read(Transfer=[transfer(ToAccountRef=reference(LOAN))]), CashTransaction)
    assert list(found.postings) == [CashPosting(CHECKING, -10000, CashCategory.FINANCING, "Loan")]


def test_a_transfer_of_an_account_to_itself_moves_nothing() -> None:
    found = only(read(Transfer=[transfer(ToAccountRef=reference(CHECKING))]), CashTransaction)
    assert list(found.postings) == []


@pytest.mark.parametrize(
    ("entity", "record", "field"),
    [
        ("Purchase", purchase(AccountRef=...), "AccountRef"),
        ("Purchase", purchase(AccountRef=reference("?")), "AccountRef"),
        ("Purchase", purchase(Credit="no"), "Credit"),
        ("Purchase", purchase(TotalAmt=...), "TotalAmt"),
        ("Purchase", purchase(TxnDate=...), "TxnDate"),
        ("Purchase", purchase(EntityRef={"name": "Bolt"}), "EntityRef.value"),
        ("Purchase", purchase(Line=[expense_line(None, account_id="")]), None),
        ("SalesReceipt", sales_receipt(TotalAmt=...), "TotalAmt"),
        ("SalesReceipt", sales_receipt(DepositToAccountRef={}), "DepositToAccountRef.value"),
        ("SalesReceipt", sales_receipt(CustomerRef=5), "CustomerRef"),
        ("Transfer", transfer(FromAccountRef=...), "FromAccountRef"),
        ("Transfer", transfer(ToAccountRef=reference("?")), "ToAccountRef"),
        ("Transfer", transfer(Amount=...), "Amount"),
        ("Transfer", transfer(Id=...), "Id"),
        ("Transfer", transfer(CurrencyRef=reference("EUR")), "CurrencyRef"),
    ],
)
def test_a_wrong_field_is_named(entity: str, record: dict[str, Any], field: str | None) -> None:
    found = rejected(read(**{entity: [record]}))
    expected = field or "Line[0].AccountBasedExpenseLineDetail.AccountRef.value"
    assert (found.source_entity, found.field) == (entity, expected)


def test_more_postings_than_the_books_take_are_refused() -> None:
    cards = [account(f"k{n}", f"Card {n}", "Credit Card", "CreditCard") for n in range(501)]
    lines = [expense_line(1, f"k{n}") for n in range(501)]
    reading = read(Account=[*chart(), *cards], Purchase=[purchase(TotalAmt=501, Line=lines)])
    assert rejected(reading).reason == "moves cash in more than 1000 ways"


def test_amounts_that_are_too_large_together_are_refused() -> None:
    lines = [expense_line(10**13 - 1, CARD)] * 2
    reading = read(Purchase=[purchase(Line=lines)])
    assert rejected(reading).reason == "is too large together"
