"""Reading single fields: the value exactly, or an error that names the field."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record, to_minor
from service_kit.wire import LARGEST_MINOR

Reader = Callable[[Record], Any]


def refused(content: dict[str, object], read: Reader) -> str:
    with pytest.raises(FieldError) as error:
        read(Record(content))
    return f"{error.value.field} {error.value.reason}"


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (Decimal("1234.50"), "USD", 123450),
        (Decimal("0.01"), "USD", 1),
        (Decimal("-0.01"), "USD", -1),
        (Decimal("5E+2"), "USD", 50000),
        (1234, "JPY", 1234),
        (Decimal("1234.00"), "JPY", 1234),
        (Decimal("1.234"), "KWD", 1234),
        ("1234.50", "USD", 123450),
        (0.1, "USD", 10),
        (Decimal("-0"), "USD", 0),
        (Decimal(LARGEST_MINOR) / 100, "USD", LARGEST_MINOR),
    ],
)
def test_an_amount_is_exact_in_its_currencys_smallest_unit(
    value: object, currency: str, minor: int
) -> None:
    assert to_minor(value, currency) == minor


@pytest.mark.parametrize(
    ("value", "currency", "reason"),
    [
        (Decimal("0.001"), "USD", "is finer than the smallest unit of USD"),
        (Decimal("0.5"), "JPY", "is finer than the smallest unit of JPY"),
        (Decimal("0.0001"), "KWD", "is finer than the smallest unit of KWD"),
        (Decimal("1E-999999"), "USD", "is finer than the smallest unit of USD"),
        (Decimal(LARGEST_MINOR + 1) / 100, "USD", "is too large"),
        (Decimal("1E+999999"), "USD", "is too large"),
        (Decimal("NaN"), "USD", "is no number"),
        (Decimal("-Infinity"), "USD", "is no number"),
        (float("nan"), "USD", "is no number"),
        (True, "USD", "is no number"),
        ("", "USD", "is no number"),
        ("1,234.50", "USD", "is no number"),
        ("\u0661\u0662", "USD", "is no number"),
        ("1e3", "USD", "is no number"),
        ([], "USD", "is no number"),
        ({}, "USD", "is no number"),
    ],
)
def test_what_is_no_exact_amount_is_refused(value: object, currency: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        to_minor(value, currency)


@given(
    st.integers(-LARGEST_MINOR, LARGEST_MINOR),
    st.sampled_from([("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4)]),
)
def test_every_amount_of_every_scale_comes_back(minor: int, scale: tuple[str, int]) -> None:
    currency, digits = scale
    assert to_minor(Decimal(minor).scaleb(-digits), currency) == minor


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (..., "is missing"),
        (None, "is missing"),
        ("", "is missing"),
        (5, "is no text"),
        ("x" * 129, "is longer than 128 characters"),
        ("a\x00b", "holds a character that cannot be printed"),
        ("\ud800", "holds a character that cannot be printed"),
    ],
)
def test_an_id_is_taken_as_it_is_or_not_at_all(value: object, reason: str) -> None:
    content = {} if value is ... else {"Id": value}
    assert refused(content, lambda record: record.identifier("Id")) == f"Id {reason}"


def test_text_is_made_fit_to_be_stored_and_printed() -> None:
    record = Record({"Name": " Amy\x00's\n\ud800 Birds\x1b[31m ", "Long": "x" * 600, "No": None})
    assert record.text("Name") == "Amy 's   Birds [31m"
    assert record.text("Long") == "x" * 512
    assert record.text("No") == record.text("Missing") == ""
    assert refused({"Name": 5}, lambda record: record.text("Name")) == "Name is no text"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-02-30", "is no date (YYYY-MM-DD)"),
        ("20260504", "is no date (YYYY-MM-DD)"),
        ("2026-W01-1", "is no date (YYYY-MM-DD)"),
        ("2026-05-04T00:00:00", "is no date (YYYY-MM-DD)"),
        ("\u0662\u0660\u0662\u0666-05-04", "is no date (YYYY-MM-DD)"),
        ("0000-00-00", "is no date (YYYY-MM-DD)"),
        ("", "is no date (YYYY-MM-DD)"),
        (20260504, "is no date (YYYY-MM-DD)"),
        ("1899-12-31", "lies outside the years 1900 to 2200"),
        ("2201-01-01", "lies outside the years 1900 to 2200"),
        (None, "is missing"),
    ],
)
def test_a_date_is_a_day_of_the_calendar(value: object, reason: str) -> None:
    assert refused({"TxnDate": value}, lambda r: r.date("TxnDate")) == f"TxnDate {reason}"


def test_a_date_is_read() -> None:
    assert Record({"TxnDate": "2024-02-29"}).date("TxnDate") == datetime.date(2024, 2, 29)
    assert Record({}).optional_date("DueDate") is None


@pytest.mark.parametrize(("value", "version"), [(None, 0), ("0", 0), ("17", 17), (4, 4)])
def test_a_version_is_a_number(value: object, version: int) -> None:
    assert Record({"SyncToken": value}).version() == version
    assert Record({"SyncToken": Decimal(17)}).version() == 17


@pytest.mark.parametrize(
    "value",
    ["", "-1", "1.5", "newest", "\u0663", "9" * 19, -1, 10**18, True, Decimal("1.5"), [], {}],
)
def test_what_is_no_version_is_refused(value: object) -> None:
    expected = "SyncToken is no version number"
    assert refused({"SyncToken": value}, lambda record: record.version()) == expected


@pytest.mark.parametrize(
    ("value", "home", "reason"),
    [
        (None, "", "CurrencyRef is missing, and nothing says the company's currency"),
        ({"value": "usd"}, "USD", "CurrencyRef is no currency code"),
        ({"value": "DOLLAR"}, "USD", "CurrencyRef is no currency code"),
        ({"name": "Dollar"}, "USD", "CurrencyRef.value is missing"),
        ("USD", "USD", "CurrencyRef is no object"),
    ],
)
def test_a_currency_is_a_code(value: object, home: str, reason: str) -> None:
    assert refused({"CurrencyRef": value}, lambda record: record.currency(home)) == reason


def test_a_record_without_a_currency_is_in_the_companys() -> None:
    assert Record({}).currency("EUR") == "EUR"
    assert Record({"CurrencyRef": {"value": "CAD"}}).currency("EUR") == "CAD"


@pytest.mark.parametrize(
    ("content", "read", "reason"),
    [
        ({"Line": {}}, lambda r: r.children("Line"), "Line is no list"),
        ({"Line": "ab"}, lambda r: r.children("Line"), "Line is no list"),
        ({"Line": [{}, 5]}, lambda r: r.children("Line"), "Line[1] is no object"),
        ({"Active": "yes"}, lambda r: r.flag("Active", True), "Active is neither true nor false"),
        ({"Ref": []}, lambda r: r.reference("Ref"), "Ref is no object"),
        ({"Ref": {}}, lambda r: r.reference("Ref"), "Ref.value is missing"),
        ({"Ref": {"value": 5}}, lambda r: r.reference("Ref"), "Ref.value is no text"),
        ({}, lambda r: r.required_reference("Ref"), "Ref is missing"),
        ({}, lambda r: r.amount("TotalAmt", "USD"), "TotalAmt is missing"),
        ({"TotalAmt": -1}, lambda r: r.positive("TotalAmt", "USD"), "TotalAmt is negative"),
        (
            {"Line": [{}, {"Detail": {"AccountRef": {}}}]},
            lambda r: r.children("Line")[1].child("Detail").reference("AccountRef"),
            "Line[1].Detail.AccountRef.value is missing",
        ),
    ],
)
def test_an_error_names_the_field_by_its_whole_path(
    content: dict[str, object], read: Reader, reason: str
) -> None:
    assert refused(content, read) == reason


def test_null_counts_as_absent() -> None:
    record = Record(dict.fromkeys(["Line", "Active", "Ref", "Amount", "Detail"]))
    assert not record.has("Line")
    assert list(record.children("Line")) == []
    assert record.flag("Active", True) is True
    assert record.reference("Ref") is None
    assert record.child("Detail") is None
    assert record.amount_or("Amount", "USD", 7) == 7
