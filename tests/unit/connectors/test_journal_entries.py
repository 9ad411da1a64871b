"""Journal entries: what a bookkeeper moves by hand."""

from typing import Any

import pytest

from orchestrator_svc.domain.ledger import (
    CashCategory,
    CashPosting,
    CashTransaction,
    DocumentState,
)
from support.quickbooks import (
    CARD,
    CHECKING,
    LOAN,
    SALES,
    SAVINGS,
    SUPPLIES,
    WAGES,
    journal_entry,
    journal_line,
    moved,
    only,
    read,
    reference,
    rejected,
)


def entered(*lines: dict[str, Any], **changes: Any) -> CashTransaction:
    return only(read(JournalEntry=[journal_entry(*lines, **changes)]), CashTransaction)


def test_a_debit_comes_into_an_account_and_a_credit_leaves_it() -> None:
    found = entered(journal_line("Debit", 100, CHECKING), journal_line("Credit", 100, SALES))
    assert list(found.postings) == [CashPosting(CHECKING, 10000, CashCategory.CUSTOMER, "Sales")]
    found = entered(journal_line("Debit", 100, SUPPLIES), journal_line("Credit", 100, CHECKING))
    assert list(found.postings) == [CashPosting(CHECKING, -10000, CashCategory.VENDOR, "Supplies")]


def test_a_card_that_is_debited_owes_less() -> None:
    found = entered(journal_line("Debit", 100, CARD), journal_line("Credit", 100, CHECKING))
    assert moved(found.postings) == {CARD: 10000, CHECKING: -10000}
    assert {posting.category for posting in found.postings} == {CashCategory.FINANCING}


def test_money_moved_between_banks_sums_to_zero() -> None:
    found = entered(journal_line("Debit", 100, SAVINGS), journal_line("Credit", 100, CHECKING))
    assert list(found.postings) == [
        CashPosting(SAVINGS, 10000, CashCategory.TRANSFER, "Checking"),
        CashPosting(CHECKING, -10000, CashCategory.TRANSFER, "Savings"),
    ]


def test_what_a_posting_is_for_the_largest_opposite_line_says() -> None:
    found = entered(
        journal_line("Debit", 70, WAGES),
        journal_line("Debit", 30, LOAN),
        journal_line("Credit", 100, CHECKING),
    )
    assert list(found.postings) == [CashPosting(CHECKING, -10000, CashCategory.PAYROLL, "Wages")]


def test_a_line_with_an_opposite_sign_is_on_the_other_side() -> None:
    found = entered(journal_line("Credit", -100, CHECKING), journal_line("Credit", 100, SALES))
    assert list(found.postings) == [CashPosting(CHECKING, 10000, CashCategory.CUSTOMER, "Sales")]


def test_a_person_on_a_line_names_the_posting() -> None:
    amy = {"Entity": {"Type": "Customer", "EntityRef": reference("c", "A")}}
    debit, credit = ("Debit", 100, CHECKING), ("Credit", 100, SALES)
    for lines in (
        [journal_line(*debit, **amy), journal_line(*credit)],
        [journal_line(*debit), journal_line(*credit, **amy)],
    ):
        assert entered(*lines).postings[0].counterparty == "Amy"


def test_what_touches_no_cash_moves_none() -> None:
    found = entered(journal_line("Debit", 100, SUPPLIES), journal_line("Credit", 100, LOAN))
    assert list(found.postings) == []
    assert found.state is DocumentState.PAID


def test_a_line_of_mere_description_is_passed_over() -> None:
    words = {"Description": "See the memo", "DetailType": "DescriptionOnly"}
    found = entered(words, journal_line("Debit", 100, CHECKING), journal_line("Credit", 100, SALES))
    assert moved(found.postings) == {CHECKING: 10000}


def test_a_line_without_another_side_is_for_something_unknown() -> None:
    found = entered(journal_line("Debit", 100, CHECKING))
    assert list(found.postings) == [CashPosting(CHECKING, 10000, CashCategory.OTHER, "")]


DETAIL = "Line[0].JournalEntryLineDetail"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([journal_line("debit", 1, CHECKING)], f"{DETAIL}.PostingType"),
        ([{"Amount": 1, "JournalEntryLineDetail": {}}], f"{DETAIL}.PostingType"),
        ([{"Amount": 1, "JournalEntryLineDetail": 5}], DETAIL),
        ([journal_line("Debit", 1, "")], f"{DETAIL}.AccountRef.value"),
        ([journal_line("Debit", "?", CHECKING)], "Line[0].Amount"),
        ([journal_line("Debit", 1, CHECKING, Entity="Amy")], f"{DETAIL}.Entity"),
        (
            [journal_line("Debit", 1, CHECKING, Entity={"EntityRef": {}})],
            f"{DETAIL}.Entity.EntityRef.value",
        ),
        ([journal_line("Debit", 1, CHECKING, Entity={"Type": 1})], f"{DETAIL}.Entity.Type"),
    ],
)
def test_a_wrong_field_is_named_by_its_line(lines: list[dict[str, Any]], field: str) -> None:
    found = rejected(read(JournalEntry=[journal_entry(*lines)]))
    assert (found.source_entity, found.field) == ("JournalEntry", field)


def test_an_entry_in_a_currency_that_the_account_does_not_have_is_refused() -> None:
    lines = [journal_line("Debit", 100, CHECKING), journal_line("Credit", 100, SALES)]
    foreign = journal_entry(*lines, CurrencyRef=reference("CAD"))
    found = rejected(read(JournalEntry=[foreign]))
    assert (found.field, found.reason) == ("CurrencyRef", "is CAD, and Checking is kept in USD")


def test_where_both_lines_name_a_person_the_opposite_one_counts() -> None:
    amy = {"Entity": {"Type": "Customer", "EntityRef": reference("c", "A")}}
    bolt = {"Entity": {"Type": "Vendor", "EntityRef": reference("v", "B")}}
    found = entered(
        journal_line("Debit", 100, CHECKING, **bolt), journal_line("Credit", 100, SALES, **amy)
    )
    assert found.postings[0].counterparty == "Amy"
