"""Voids and deletions: they leave what is open, move nothing, and stay as history."""

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_svc.domain.ledger import Deletion, DocumentState
from support.quickbooks import (
    CHECKING,
    SALES,
    bill,
    bill_payment,
    credit_memo,
    deleted,
    deposit,
    invoice,
    journal_entry,
    journal_line,
    link,
    only,
    payment,
    purchase,
    read,
    rejected,
    sales_receipt,
    transfer,
    vendor_credit,
)

Build = Callable[..., dict[str, Any]]


def entry(record_id: str = "11", **changes: Any) -> dict[str, Any]:
    lines = [journal_line("Debit", 100, CHECKING), journal_line("Credit", 100, SALES)]
    return journal_entry(*lines, entry_id=record_id, **changes)


TRANSACTIONS: dict[str, Build] = {
    "Invoice": invoice,
    "Bill": bill,
    "Payment": payment,
    "BillPayment": bill_payment,
    "CreditMemo": credit_memo,
    "VendorCredit": vendor_credit,
    "Purchase": purchase,
    "SalesReceipt": sales_receipt,
    "Deposit": deposit,
    "Transfer": transfer,
    "JournalEntry": entry,
}
EACH = pytest.mark.parametrize(("entity", "build"), TRANSACTIONS.items(), ids=TRANSACTIONS)
# How QuickBooks writes a void of each: every amount is zero, and a note says so.
NOTHING = {"TotalAmt": 0, "PrivateNote": "Voided"}
VOIDS: dict[str, dict[str, Any]] = {
    "Invoice": {**NOTHING, "Balance": 0},
    "Bill": {**NOTHING, "Balance": 0, "Line": []},
    "Payment": {**NOTHING, "UnappliedAmt": 0, "Line": []},
    "BillPayment": {**NOTHING, "Line": []},
    "CreditMemo": {**NOTHING, "Balance": 0, "RemainingCredit": 0},
    "VendorCredit": {**NOTHING, "Balance": 0},
    "Purchase": {**NOTHING, "Line": []},
    "SalesReceipt": NOTHING,
    "Deposit": {**NOTHING, "Line": []},
    "Transfer": {"Amount": 0, "PrivateNote": "Voided"},
    "JournalEntry": {**NOTHING, "Line": []},
}


def the_record(entity: str, record: dict[str, Any]) -> Any:
    reading = read(**{entity: [record]})
    assert reading.unreadable == []
    (found,) = [found.record for found in reading.records if found.source_entity == entity]
    return found


def assert_history_only(record: Any, state: DocumentState) -> None:
    assert record.state is state
    assert getattr(record, "balance_minor", 0) == 0
    assert getattr(record, "unapplied_minor", 0) == 0
    assert list(getattr(record, "postings", ())) == []
    assert list(getattr(record, "applications", ())) == []


def test_every_transaction_that_is_read_is_tried_here() -> None:
    every = {entity: [build()] for entity, build in TRANSACTIONS.items()}
    reading = read(**every)
    assert (reading.unreadable, reading.skipped) == ([], [])
    assert TRANSACTIONS.keys() == VOIDS.keys()


@EACH
def test_a_void_is_history(entity: str, build: Build) -> None:
    record = the_record(entity, build(**VOIDS[entity]))
    assert_history_only(record, DocumentState.VOIDED)


@EACH
def test_a_void_is_known_whatever_else_its_note_says(entity: str, build: Build) -> None:
    changes = {**VOIDS[entity], "PrivateNote": "x" * 600 + " VOIDED by Amy"}
    assert the_record(entity, build(**changes)).state is DocumentState.VOIDED


@EACH
def test_nothing_without_the_note_is_not_a_void(entity: str, build: Build) -> None:
    changes = {**VOIDS[entity], "PrivateNote": ...}
    assert the_record(entity, build(**changes)).state is DocumentState.PAID


@EACH
def test_the_note_on_something_that_has_an_amount_is_not_a_void(entity: str, build: Build) -> None:
    record = the_record(entity, build(PrivateNote="Replaces the voided one"))
    assert record.state in (DocumentState.OPEN, DocumentState.PAID)


@EACH
def test_what_is_deleted_is_history(entity: str, build: Build) -> None:
    record = the_record(entity, build(status="Deleted"))
    assert_history_only(record, DocumentState.DELETED)


@EACH
def test_the_news_of_a_deletion_needs_nothing_but_the_id(entity: str, build: Build) -> None:
    assert only(read(**{entity: [deleted("77")]}), Deletion).record_id == "77"
    nameless = {"status": "Deleted"}
    assert rejected(read(**{entity: [nameless]})).field == "Id"


def test_the_news_of_a_deletion_says_what_is_deleted_as_the_books_name_it() -> None:
    targets = {
        entity: only(read(**{entity: [deleted("77")]}), Deletion).target for entity in TRANSACTIONS
    }
    assert targets == {
        "Invoice": "invoice",
        "Bill": "bill",
        "Payment": "customer_payment",
        "BillPayment": "bill_payment",
        "CreditMemo": "credit_memo",
        "VendorCredit": "vendor_credit",
        "Purchase": "Purchase",
        "SalesReceipt": "SalesReceipt",
        "Deposit": "Deposit",
        "Transfer": "Transfer",
        "JournalEntry": "JournalEntry",
    }


def test_a_record_without_a_status_of_its_own_still_stands() -> None:
    assert the_record("Invoice", invoice(status="Draft")).state is DocumentState.OPEN
    assert the_record("Payment", payment(UnappliedAmt=100, Line=[])).state is DocumentState.OPEN
    assert the_record("Payment", payment(Line=[link("Invoice", "1", 100)])).state is (
        DocumentState.PAID
    )
