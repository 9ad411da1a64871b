"""Mapping a company's records: what is used, what is skipped, and who the company is."""

import datetime

import pytest

from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.domain.ledger import Party
from support.quickbooks import (
    bill,
    customer,
    invoice,
    only,
    payment,
    purchase,
    read,
    records,
    reference,
    rejected,
    vendor,
)

PREFERENCES = {"Id": "1", "CurrencyPrefs": {"HomeCurrency": reference("CAD")}}
COMPANY = {"Id": "1", "CompanyName": "Craig's", "HomeCurrency": reference("EUR")}


def test_what_is_not_used_is_named_with_its_reason() -> None:
    names = ["TimeActivity", "Item", "PurchaseOrder", "Estimate", "TaxPayment"]
    reading = map_entities({name: [{"Id": "1"}] for name in names})
    assert reading.skipped == [
        ("Estimate", "an offer; nothing is owed yet"),
        ("Item", "what is sold and bought, not what is owed"),
        ("PurchaseOrder", "an order; nothing is owed before its bill"),
        ("TaxPayment", "moves cash, and Runway does not read it yet"),
        ("TimeActivity", "Runway does not use it"),
    ]
    assert (reading.records, reading.unreadable) == ([], [])


@pytest.mark.parametrize("entity", ["RefundReceipt", "CreditCardPayment", "TaxPayment"])
def test_what_moves_cash_and_is_not_read_is_said_to(entity: str) -> None:
    assert "moves cash" in map_entities({entity: []}).skipped[0][1]


def test_records_come_out_with_the_file_and_the_instant_that_they_came_in_with() -> None:
    now = datetime.datetime(2026, 5, 5, tzinfo=datetime.UTC)
    reading = map_entities({"Customer": [customer()]}, {"Customer": "people.json"}, now)
    assert reading.synced_at == now
    assert reading.records[0].source_file == "people.json"


def test_an_entity_that_is_no_list_is_rejected() -> None:
    for content in ({"Id": "1"}, "text", 5, None):
        found = rejected(map_entities({"Customer": content}))  # type: ignore[dict-item]
        assert (found.source_entity, found.field, found.reason) == (
            "Customer",
            "Customer",
            "is no list",
        )


@pytest.mark.parametrize("content", [None, 5, "Amy", [], True])
def test_a_record_that_is_no_object_is_rejected(content: object) -> None:
    found = rejected(map_entities({"Customer": [content]}))
    assert (found.source_entity, found.source_id, found.reason) == (
        "Customer",
        "",
        "is no object",
    )


def test_one_wrong_record_keeps_no_other_from_being_read() -> None:
    reading = read(Invoice=[invoice("1"), invoice("2", TxnDate="?"), invoice("3")])
    ids = [r.record.invoice_id for r in reading.records if r.source_entity == "Invoice"]
    assert ids == ["1", "3"]
    assert rejected(reading).source_id == "2"


def test_the_companys_currency_is_what_its_preferences_say() -> None:
    everything = {"Preferences": [PREFERENCES], "CompanyInfo": [COMPANY], "Customer": [customer()]}
    reading = map_entities(everything)
    assert (reading.company_name, reading.currency) == ("Craig's", "CAD")


def test_else_what_the_company_says_else_what_most_records_are_in() -> None:
    assert map_entities({"CompanyInfo": [COMPANY], "Customer": [customer()]}).currency == "EUR"
    francs = [customer(name, CurrencyRef=reference("CHF")) for name in "ab"]
    assert map_entities({"Customer": [customer(), *francs]}).currency == "CHF"
    assert map_entities({}).currency == ""


def test_a_record_without_a_currency_is_in_the_companys() -> None:
    reading = map_entities({"Preferences": [PREFERENCES], "Customer": [customer(CurrencyRef=...)]})
    assert only(reading, Party).currency == "CAD"


def test_where_nothing_says_the_currency_a_record_is_rejected() -> None:
    found = rejected(map_entities({"Customer": [customer(CurrencyRef=...)]}))
    assert found.reason == "is missing, and nothing says the company's currency"


@pytest.mark.parametrize(
    ("entity", "record", "field"),
    [
        ("CompanyInfo", {"CompanyName": 5}, "CompanyName"),
        ("CompanyInfo", {"HomeCurrency": reference("Euro")}, "HomeCurrency"),
        ("Preferences", {"CurrencyPrefs": 5}, "CurrencyPrefs"),
        (
            "Preferences",
            {"CurrencyPrefs": {"HomeCurrency": {}}},
            "CurrencyPrefs.HomeCurrency.value",
        ),
    ],
)
def test_a_wrong_field_of_the_company_is_named(
    entity: str, record: dict[str, object], field: str
) -> None:
    found = rejected(map_entities({entity: [record]}))
    assert (found.source_entity, found.field) == (entity, field)


def test_it_does_not_matter_in_which_order_entities_come() -> None:
    entities = {
        "Bill": [bill(VendorRef=reference("w"))],
        "Customer": [customer()],
        "Invoice": [invoice()],
        "Payment": [payment(DepositToAccountRef=...)],
        "Purchase": [purchase()],
        "Vendor": [vendor()],
        "Item": [{"Id": "1"}],
    }
    one = read(**entities)
    other = read(**dict(reversed(entities.items())))
    assert one == other
    assert len(records(one, Party)) == 3


def test_a_rejection_is_cut_to_what_the_books_take() -> None:
    name = "x" * 300
    reading = map_entities({name: 5}, {name: "f" * 600})  # type: ignore[dict-item]
    found = rejected(reading)
    assert (len(found.source_file), len(found.source_entity), len(found.field)) == (512, 64, 128)
    long = rejected(map_entities({"Customer": [customer("y" * 200)]}))
    assert (long.source_id, long.field) == ("y" * 128, "Id")
