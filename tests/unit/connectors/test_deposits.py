"""Deposits: who paid, and what reached the bank."""

from typing import Any

import pytest

from orchestrator_svc.domain.ledger import CashCategory, CashPosting, CashTransaction
from support.quickbooks import (
    CARD,
    CHECKING,
    LOAN,
    SAVINGS,
    UNDEPOSITED,
    account,
    chart,
    deposit,
    deposit_line,
    link,
    moved,
    only,
    payment,
    read,
    records,
    reference,
    rejected,
    sales_receipt,
)

WAITING = {"DepositToAccountRef": reference(UNDEPOSITED)}


def deposited(*lines: dict[str, Any], **changes: Any) -> CashTransaction:
    reading = read(Deposit=[deposit(Line=list(lines), **changes)])
    return only(reading, CashTransaction)


def test_a_deposit_names_the_customers_whose_money_waited() -> None:
    reading = read(
        Payment=[payment("3", TotalAmt=60, Line=[], **WAITING)],
        SalesReceipt=[sales_receipt("8", TotalAmt=40, CustomerRef=reference("d", "Dan"))],
        Deposit=[deposit(Line=[link("Payment", "3", 60), link("SalesReceipt", "8", 40)])],
    )
    assert reading.unreadable == []
    (found,) = [r for r in records(reading, CashTransaction) if r.source_kind == "Deposit"]
    customer = CashCategory.CUSTOMER
    assert list(found.postings) == [
        CashPosting(UNDEPOSITED, -6000, customer, "Amy"),
        CashPosting(CHECKING, 6000, customer, "Amy"),
        CashPosting(UNDEPOSITED, -4000, customer, "Dan"),
        CashPosting(CHECKING, 4000, customer, "Dan"),
    ]


def test_what_waited_and_was_deposited_leaves_nothing_waiting() -> None:
    reading = read(
        Payment=[payment(TotalAmt=100, **WAITING)],
        Deposit=[deposit(Line=[link("Payment", "3", 100)])],
    )
    total: dict[str, int] = {}
    for found in reading.records:
        for account_id, minor in moved(getattr(found.record, "postings", ())).items():
            total[account_id] = total.get(account_id, 0) + minor
    assert total == {UNDEPOSITED: 0, CHECKING: 10000}


def test_money_leaves_the_undeposited_funds_in_which_its_receipt_put_it() -> None:
    second = account("u2", "More funds", "Other Current Asset", "UndepositedFunds")
    reading = read(
        Account=[*chart(), second],
        Payment=[payment(DepositToAccountRef=reference("u2"))],
        Deposit=[deposit(Line=[link("Payment", "3", 100)])],
    )
    assert reading.unreadable == []
    (found,) = records(reading, CashTransaction)
    assert moved(found.postings) == {"u2": -10000, CHECKING: 10000}


def test_a_receipt_that_was_not_read_still_leaves_undeposited_funds() -> None:
    found = deposited(link("Payment", "unread", 100))
    assert moved(found.postings) == {UNDEPOSITED: -10000, CHECKING: 10000}
    assert {(p.category, p.counterparty) for p in found.postings} == {(CashCategory.CUSTOMER, "")}


def test_other_money_is_for_what_its_account_is() -> None:
    found = deposited(deposit_line(60), deposit_line(40, LOAN))
    assert list(found.postings) == [
        CashPosting(CHECKING, 6000, CashCategory.CUSTOMER, "Sales"),
        CashPosting(CHECKING, 4000, CashCategory.FINANCING, "Loan"),
    ]


def test_money_is_named_for_who_gave_it() -> None:
    (posting,) = deposited(deposit_line(100, Entity=reference("c", "A", type="CUSTOMER"))).postings
    assert posting.counterparty == "Amy"
    (posting,) = deposited(deposit_line(100, "unread", Entity=reference("x", "Xia"))).postings
    assert (posting.counterparty, posting.category) == ("Xia", CashCategory.OTHER)


def test_a_deposit_from_another_bank_account_is_a_transfer() -> None:
    found = deposited(deposit_line(100, SAVINGS))
    assert moved(found.postings) == {SAVINGS: -10000, CHECKING: 10000}
    assert {posting.category for posting in found.postings} == {CashCategory.TRANSFER}
    assert {p.category for p in deposited(deposit_line(100, CARD)).postings} == {
        CashCategory.FINANCING
    }


def test_cash_kept_back_does_not_reach_the_bank() -> None:
    back = {"Amount": 20, "AccountRef": reference(SAVINGS)}
    found = deposited(deposit_line(100), TotalAmt=80, CashBack=back)
    assert moved(found.postings) == {CHECKING: 8000, SAVINGS: 2000}
    pocket = {"Amount": 20, "AccountRef": reference("unread", "Pocket")}
    found = deposited(deposit_line(100), TotalAmt=80, CashBack=pocket)
    assert moved(found.postings) == {CHECKING: 8000}
    assert ("Pocket", -2000) in {(p.counterparty, p.amount_minor) for p in found.postings}
    nothing = deposited(deposit_line(100), CashBack={"Amount": 0})
    assert moved(nothing.postings) == {CHECKING: 10000}


def test_what_no_line_explains_reached_the_bank_all_the_same() -> None:
    found = deposited(deposit_line(100), TotalAmt=107)
    assert moved(found.postings) == {CHECKING: 10700}
    assert CashPosting(CHECKING, 700, CashCategory.OTHER, "") in found.postings


def test_a_line_that_takes_money_off_is_negative() -> None:
    found = deposited(deposit_line(100), deposit_line(-3, "unread"), TotalAmt=97)
    assert moved(found.postings) == {CHECKING: 9700}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"DepositToAccountRef": ...}, "DepositToAccountRef"),
        ({"DepositToAccountRef": reference("?")}, "DepositToAccountRef"),
        ({"TotalAmt": "?"}, "TotalAmt"),
        ({"TxnDate": None}, "TxnDate"),
        ({"CashBack": 5}, "CashBack"),
        ({"CashBack": {"Amount": "?"}}, "CashBack.Amount"),
        ({"CashBack": {"Amount": 5, "AccountRef": {}}}, "CashBack.AccountRef.value"),
        ({"Line": [deposit_line(1), {"Amount": []}]}, "Line[1].Amount"),
        ({"Line": [deposit_line(1, Entity=[])]}, "Line[0].DepositLineDetail.Entity"),
        ({"Line": [{"LinkedTxn": [{}, {}]}]}, "Line[0].LinkedTxn"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    found = rejected(read(Deposit=[deposit(**changes)]))
    assert (found.source_entity, found.field) == ("Deposit", field)


def test_a_receipt_from_nowhere_is_refused_where_there_are_no_undeposited_funds() -> None:
    banks = [known for known in chart() if known["Id"] == CHECKING]
    reading = read(Account=banks, Deposit=[deposit(Line=[link("Payment", "unread", 100)])])
    assert rejected(reading).field == "Line[0].LinkedTxn"
