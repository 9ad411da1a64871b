"""Customers and vendors, and those of whom only documents tell."""

import pytest

from orchestrator_svc.domain.ledger import CashTransaction, Party, PartyRole, PaymentTerms
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


def test_customers_and_vendors_are_two_lists_with_ids_of_their_own() -> None:
    reading = read(Customer=[customer("1", Balance=5)], Vendor=[vendor("1", Balance=7.5)])
    amy, bolt = records(reading, Party)
    assert (amy.role, amy.party_id, amy.balance_minor) == (PartyRole.CUSTOMER, "1", 500)
    assert (bolt.role, bolt.party_id, bolt.balance_minor) == (PartyRole.VENDOR, "1", 750)


def test_a_party_without_a_name_is_called_by_its_id() -> None:
    assert (
        only(read(Customer=[customer("1", DisplayName=...)], Vendor=[]), Party).display_name == "1"
    )


def test_a_party_may_be_inactive() -> None:
    assert not only(read(Customer=[customer(Active=False)], Vendor=[]), Party).active
    assert not only(read(Customer=[customer(status="Deleted")], Vendor=[]), Party).active


def test_customers_and_vendors_name_their_terms_in_fields_of_different_names() -> None:
    terms = reference("3", "Net 30")
    reading = read(Customer=[customer(SalesTermRef=terms)], Vendor=[vendor(TermRef=terms)])
    expected = PaymentTerms("Net 30", 30)
    assert [party.terms for party in records(reading, Party)] == [expected, expected]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"Id": ""}, "Id"),
        ({"DisplayName": 5}, "DisplayName"),
        ({"Balance": ...}, "Balance"),
        ({"Balance": 0.001}, "Balance"),
        ({"CurrencyRef": reference("Dollars")}, "CurrencyRef"),
        ({"Active": "no"}, "Active"),
        ({"TermRef": {"name": "Net 30"}}, "TermRef.value"),
        ({"SyncToken": "?"}, "SyncToken"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], field: str) -> None:
    found = rejected(read(Vendor=[vendor(**changes)]))
    assert (found.source_entity, found.field) == ("Vendor", field)


def test_a_document_of_a_party_that_is_not_there_brings_an_inactive_one_along() -> None:
    gone = reference("9", "Gone Ltd")
    reading = read(Vendor=[], Customer=[], Bill=[bill(VendorRef=gone), bill("3", VendorRef=gone)])
    party = only(reading, Party)
    assert (party.role, party.party_id, party.display_name) == (PartyRole.VENDOR, "9", "Gone Ltd")
    assert (party.active, party.balance_minor, party.source_version) == (False, 0, 0)


def test_invoices_and_payments_bring_customers_along() -> None:
    nameless = reference("9")
    party = only(read(Vendor=[], Customer=[], Invoice=[invoice(CustomerRef=nameless)]), Party)
    assert (party.role, party.display_name) == (PartyRole.CUSTOMER, "9")
    reading = read(Vendor=[], Customer=[], Payment=[payment(CustomerRef=nameless, Line=[])])
    assert only(reading, Party).role is PartyRole.CUSTOMER


def test_a_payee_is_called_what_its_own_record_calls_it() -> None:
    named_before = purchase(EntityRef=reference("v", "Old name", type="Vendor"))
    (posting,) = only(read(Purchase=[named_before]), CashTransaction).postings
    assert posting.counterparty == "Bolt"


def test_a_payee_that_is_on_neither_list_is_called_what_the_transaction_calls_it() -> None:
    employee = purchase(EntityRef=reference("v", "Emily", type="Employee"))
    (posting,) = only(read(Purchase=[employee]), CashTransaction).postings
    assert posting.counterparty == "Emily"


def test_of_two_records_of_one_party_the_newer_names_it() -> None:
    older = vendor(SyncToken="1", DisplayName="Before")
    newer = vendor(SyncToken="2", DisplayName="After")
    for order in ([older, newer], [newer, older]):
        reading = read(Vendor=order, Purchase=[purchase()])
        assert only(reading, CashTransaction).postings[0].counterparty == "After"
