"""Payment terms, which QuickBooks' documents carry by name alone."""

import datetime

import pytest

from orchestrator_svc.connectors.quickbooks.terms import parse_terms
from orchestrator_svc.domain.ledger import Bill, Invoice, PaymentTerms
from support.quickbooks import bill, customer, invoice, only, read, reference, vendor


@pytest.mark.parametrize(
    ("name", "net", "discount_days", "basis_points"),
    [
        ("Due on receipt", 0, 0, 0),
        ("due upon receipt", 0, 0, 0),
        ("COD", 0, 0, 0),
        ("Net 30", 30, 0, 0),
        ("net30", 30, 0, 0),
        ("N/45", 45, 0, 0),
        ("60 days", 60, 0, 0),
        ("Net 0", 0, 0, 0),
        ("2% 10 Net 30", 30, 10, 200),
        ("2/10, n/30", 30, 10, 200),
        ("2/10 net 30", 30, 10, 200),
        ("1.5% 10 days Net 45 days", 45, 10, 150),
    ],
)
def test_terms_are_read_by_their_name(
    name: str, net: int, discount_days: int, basis_points: int
) -> None:
    assert parse_terms(name) == PaymentTerms(name, net, discount_days, basis_points)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "End of month",
        "Net 9999",
        "2% 60 Net 30",
        "Net thirty",
        "Net \u0663\u0660",
        "Net 30 EOM",
    ],
)
def test_a_name_that_does_not_say_when_is_not_guessed_at(name: str) -> None:
    assert parse_terms(name) is None


def test_a_document_without_a_due_date_is_due_by_its_terms() -> None:
    terms = reference("3", "Net 15")
    found = only(read(Invoice=[invoice(DueDate=..., SalesTermRef=terms)]), Invoice)
    assert found.due_date == datetime.date(2026, 4, 25)
    assert found.terms == PaymentTerms("Net 15", 15)


def test_a_due_date_that_is_stated_counts_whatever_the_terms() -> None:
    terms = reference("3", "Net 15")
    found = only(read(Invoice=[invoice(DueDate="2026-06-01", SalesTermRef=terms)]), Invoice)
    assert found.due_date == datetime.date(2026, 6, 1)


def test_terms_without_days_in_their_name_are_as_long_as_the_due_date_says() -> None:
    found = only(read(Bill=[bill(SalesTermRef=reference("9", "End of month"))]), Bill)
    assert found.terms == PaymentTerms("End of month", 30)
    early = only(read(Bill=[bill(DueDate="2026-01-01", SalesTermRef=reference("9", "Odd"))]), Bill)
    assert early.terms == PaymentTerms("Odd", 0)


def test_a_document_without_terms_has_those_of_its_party() -> None:
    party = vendor(TermRef=reference("3", "2% 10 Net 30"))
    found = only(read(Vendor=[party], Bill=[bill()]), Bill)
    assert found.terms == PaymentTerms("2% 10 Net 30", 30, 10, 200)


def test_a_document_without_any_terms_has_none() -> None:
    found = only(read(Invoice=[invoice(DueDate=...)]), Invoice)
    assert (found.terms, found.due_date) == (None, None)


def test_terms_by_id_alone_have_the_name_that_another_record_gives_them() -> None:
    named = customer(SalesTermRef=reference("3", "Net 30"))
    found = only(read(Customer=[named], Bill=[bill(SalesTermRef=reference("3"))]), Bill)
    assert found.terms == PaymentTerms("Net 30", 30)


def test_terms_that_no_record_names_are_unknown() -> None:
    found = only(read(Bill=[bill(SalesTermRef=reference("3"))]), Bill)
    assert found.terms is None
