"""Reading a folder of QuickBooks responses."""

import datetime
import os
from pathlib import Path

import pytest

from orchestrator_svc.connectors.quickbooks import SourceError, read_folder
from orchestrator_svc.domain.ledger import Account, Invoice, Party
from support.quickbooks import (
    CHECKING,
    chart,
    customer,
    invoice,
    only,
    records,
    rejected,
    response,
    write,
)


def test_a_file_holds_a_response(tmp_path: Path) -> None:
    write(tmp_path, Account=response(Account=chart()))
    reading = read_folder(tmp_path)
    assert CHECKING in {account.account_id for account in records(reading, Account)}
    assert {found.source_file for found in reading.records} == {"Account.json"}
    assert {found.source_entity for found in reading.records} == {"Account"}


def test_a_file_holds_the_pages_of_a_query(tmp_path: Path) -> None:
    pages = [response(Customer=[customer("1")]), response(Customer=[customer("2")])]
    write(tmp_path, Customer=pages)
    assert [party.party_id for party in records(read_folder(tmp_path), Party)] == ["1", "2"]


def test_a_file_holds_a_plain_list_of_the_entity_that_it_is_named_for(tmp_path: Path) -> None:
    write(tmp_path, Customer=[customer("1")])
    assert only(read_folder(tmp_path), Party).party_id == "1"


def test_an_empty_list_and_an_empty_answer_hold_nothing(tmp_path: Path) -> None:
    write(tmp_path, Customer=[], Vendor={"QueryResponse": {}})
    reading = read_folder(tmp_path)
    assert (reading.records, reading.unreadable, reading.skipped) == ([], [], [])


def test_what_one_file_refers_to_may_stand_in_a_later_one(tmp_path: Path) -> None:
    write(tmp_path, A=response(Invoice=[invoice()]), B=response(Customer=[customer()]))
    reading = read_folder(tmp_path)
    assert only(reading, Invoice).customer_id == "c"
    assert only(reading, Party).active


def test_a_byte_order_mark_and_capitals_in_the_ending_do_no_harm(tmp_path: Path) -> None:
    text = '\ufeff{"QueryResponse": {"Customer": [{"Id": "1", "Balance": 0, "CurrencyRef": '
    (tmp_path / "Customer.JSON").write_text(text + '{"value": "USD"}}]}}', encoding="utf-8")
    assert only(read_folder(tmp_path), Party).party_id == "1"


def test_hidden_files_and_files_of_another_kind_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, Customer=[customer("1")])
    (tmp_path / "._Customer.json").write_bytes(b"\x00\x01")
    (tmp_path / "notes.txt").write_text("not JSON")
    assert only(read_folder(tmp_path), Party).party_id == "1"


def test_the_books_are_as_old_as_the_latest_answer(tmp_path: Path) -> None:
    write(
        tmp_path,
        A=response("2026-05-05T06:00:00.000-07:00", Customer=[]),
        B=response("2026-05-05T12:00:00Z", Vendor=[]),
    )
    assert read_folder(tmp_path).synced_at == datetime.datetime(2026, 5, 5, 13, tzinfo=datetime.UTC)


def test_without_a_time_in_any_file_nobody_knows_how_old_the_books_are(tmp_path: Path) -> None:
    write(tmp_path, Customer=[customer()])
    assert read_folder(tmp_path).synced_at is None


@pytest.mark.parametrize(
    "time", ["2026-05-05T06:00:00", "yesterday", "", "1850-01-01T00:00:00Z", "\ud800", 5, None, []]
)
def test_a_time_that_is_no_instant_is_named(tmp_path: Path, time: object) -> None:
    write(tmp_path, Customer={"QueryResponse": {}, "time": time})
    reading = read_folder(tmp_path)
    found = rejected(reading)
    assert (found.source_file, found.field) == ("Customer.json", "time")
    assert found.reason == "is no instant with a time zone"
    assert reading.synced_at is None


def test_an_entity_that_is_no_list_is_named(tmp_path: Path) -> None:
    write(tmp_path, Customer={"QueryResponse": {"Customer": {"Id": "1"}}})
    found = rejected(read_folder(tmp_path))
    assert (found.source_file, found.source_entity) == ("Customer.json", "Customer")
    assert (found.field, found.reason) == ("Customer", "is no list")


def test_a_rejection_names_file_entity_id_and_field(tmp_path: Path) -> None:
    broken = invoice("17", CustomerRef={"name": "Amy"})
    write(tmp_path, Sales=response(Invoice=[invoice("16"), broken]))
    found = rejected(read_folder(tmp_path))
    assert (found.source_file, found.source_entity) == ("Sales.json", "Invoice")
    assert (found.source_id, found.field) == ("17", "CustomerRef.value")
    assert found.reason == "is missing"


@pytest.mark.parametrize(
    "amount", ["NaN", "Infinity", "-Infinity", "1e999999999999999999999", "1e400", "9" * 5000]
)
def test_a_number_without_limits_is_refused_and_named(tmp_path: Path, amount: str) -> None:
    text = '[{"Id": "1", "CurrencyRef": {"value": "USD"}, "Balance": ' + amount + "}]"
    write(tmp_path, Customer=text)
    assert rejected(read_folder(tmp_path)).field == "Balance"


def test_amounts_are_read_digit_by_digit(tmp_path: Path) -> None:
    # As a binary fraction this number would end in .39990234375.
    write(tmp_path, Customer='[{"Id":"1","CurrencyRef":{"value":"UYW"},"Balance":4503599627.3999}]')
    assert only(read_folder(tmp_path), Party).balance_minor == 45035996273999
    write(tmp_path, Customer='[{"Id":"1","CurrencyRef":{"value":"USD"},"Balance":1.005}]')
    found = rejected(read_folder(tmp_path))
    assert (found.field, found.reason) == ("Balance", "is finer than the smallest unit of USD")
    write(
        tmp_path,
        Customer='[{"Id":"1","CurrencyRef":{"value":"USD"},"Balance":1.0000000000000000001}]',
    )
    assert rejected(read_folder(tmp_path)).reason == "is finer than the smallest unit of USD"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is not JSON."),
        ("{", "is not JSON."),
        ("[" * 100_000, "is not JSON."),
        ("5", "holds no QueryResponse."),
        ("null", "holds no QueryResponse."),
        ('{"QueryResponse": []}', "holds no QueryResponse."),
        ('{"Fault": {"Error": [{"code": "3200"}]}}', "holds no QueryResponse."),
        ('[{"QueryResponse": {}}, {"Fault": {}}]', "holds no QueryResponse."),
    ],
    ids=["empty", "cut short", "deep", "number", "null", "list", "fault", "fault among pages"],
)
def test_a_file_that_is_no_response_is_named(tmp_path: Path, content: str, reason: str) -> None:
    write(tmp_path, Account=content)
    with pytest.raises(SourceError) as refused:
        read_folder(tmp_path)
    assert str(refused.value) == f"Account.json {reason}"


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "Account.json").write_bytes(b'["\xff"]')
    with pytest.raises(SourceError, match=r"^Account\.json is not JSON\.$"):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_or_holds_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere is no folder\.$"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(SourceError, match=r"holds no \.json file\.$"):
        read_folder(tmp_path)
    (tmp_path / "Account.json").mkdir()
    with pytest.raises(SourceError, match=r"^Account\.json cannot be read: "):
        read_folder(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0)
    with pytest.raises(SourceError, match=r"locked cannot be read: "):
        read_folder(folder)
