import time

import pytest

from calculator_svc.engine.data_quality.inputs import TransactionKind
from calculator_svc.engine.data_quality.issues import Fix, Severity
from calculator_svc.engine.inputs import Role

from ..builders import settled
from .builders import bill, invoice, issues, names, party, transaction


def test_a_purchase_and_a_document_that_name_nobody_are_found() -> None:
    bought, billed = issues("NO_PAYEE", transaction(payee=" "), bill(party_id=""))[::-1]
    assert bought.sentence == "Purchase of 20.00 USD names nobody."
    assert billed.sentence == "Bill from nobody over 100.00 USD names nobody."


@pytest.mark.parametrize("kind", ["TRANSFER", "DEPOSIT", "JOURNAL_ENTRY"])
def test_what_has_no_payee_by_nature_names_nobody_rightly(kind: str) -> None:
    assert issues("NO_PAYEE", transaction(TransactionKind[kind], payee="")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northgate Office Supply", "Northgate Office Supplies"),
        ("Pixelloom Software", "Pixel Loom Software"),
        ("Silverline Print", "SILVERLINE PRINT, Inc."),
        ("Müller & Söhne GmbH", "Muller and Sohne"),
        ("Okafor, Tom", "Tom Okafor"),
        ("Hartwell Photo", "Hartwel Photo"),
        ("Hartwell Photo", "Hartwell Phoot"),
        ("Hartwell Photo", "Hartwall Photo"),
        ("Route 66 Diner", "Route 66 Dinner"),
        ("A.B.C. Plumbing", "ABC Plumbing"),
        ("Pier 9 Properties", "Pier 9 Propertie"),
        ("Pier 9 Properties", "Pier 9 Propertis"),
    ],
)
def test_one_name_in_two_spellings_is_found(one: str, other: str) -> None:
    (found,) = issues("DUPLICATE_VENDOR", party("1", name=one), party("2", name=other))
    assert names(found) == ["vendor 1", "vendor 2"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northern Plumbing", "Southern Plumbing"),
        ("Test Vendor 1777975850", "Test Vendor 1777975851"),
        ("Store 12", "Store 21"),
        ("Ford", "Fort"),
        ("Smith Plumbing", "Smith Painting"),
        ("Final Test", "Final Test Two"),
        ("Zacme Tool", "Acme Toolz"),
        ("", ""),
    ],
)
def test_two_names_that_only_resemble_each_other_are_two(one: str, other: str) -> None:
    assert issues("DUPLICATE_VENDOR", party("1", name=one), party("2", name=other)) == []


def test_vendors_are_merged_where_an_open_bill_takes_on_another_ones_habit() -> None:
    two = [party("1"), party("2")]

    def merged(owed: str, settled_by: str) -> dict[str, str]:
        late = [settled([5] * 3, Role.VENDOR, settled_by)]
        (found,) = issues("DUPLICATE_VENDOR", *two, bill(party_id=owed), settlements=late)
        return found.fix.same_vendor

    assert merged("1", "2") == merged("2", "1") == {"2": "1"}
    assert merged("1", "1") == merged("2", "other") == {}


def test_customers_and_inactive_vendors_are_no_duplicates() -> None:
    customers = [party(key, Role.CUSTOMER) for key in ("1", "2")]
    assert issues("DUPLICATE_VENDOR", *customers, party("3"), party("4", active=False)) == []


def test_a_group_of_spellings_is_one_issue_with_its_bills() -> None:
    spelt = ["Acme Tools", "Acme Tool", "Acme Toools"]
    vendors = [party(str(n), name=name) for n, name in enumerate(spelt)]
    (found,) = issues("DUPLICATE_VENDOR", *vendors, bill(party_id="0"), bill("2", 7, party_id="2"))
    assert found.sentence == (
        "3 vendors look like one: Acme Tools (1 bill), Acme Tool (0 bills), Acme Toools (1 bill)."
    )
    assert found.severity >= Severity.MEDIUM


def test_five_thousand_vendors_are_compared_in_seconds_also_when_all_are_alike() -> None:
    different = [party(str(n), name=f"Vendor {chr(97 + n % 26) * 9} {n}") for n in range(5_000)]
    alike = [party(str(n), name="Acme Office Supplies") for n in range(5_000)]
    started = time.process_time()
    assert issues("DUPLICATE_VENDOR", *different) == []
    assert len(issues("DUPLICATE_VENDOR", *alike)) == 1
    assert time.process_time() - started < 10


def test_an_inactive_customer_with_something_open_is_found_and_not_counted_on() -> None:
    gone = party("c", Role.CUSTOMER, "Bolt", 10_000, active=False)
    (found,) = issues("INACTIVE_WITH_BALANCE", gone, invoice())
    assert found.sentence == (
        "Bolt is inactive, and has a balance of 100.00 USD and 1 open document."
    )
    assert names(found) == ["invoice 1", "customer c"]
    assert found.fix == Fix(invoices={"1": None})


def test_what_is_owed_to_an_inactive_vendor_is_still_owed() -> None:
    (found,) = issues("INACTIVE_WITH_BALANCE", party(active=False, balance=10_000), bill())
    assert found.fix.is_nothing


def test_inactive_and_settled_or_active_and_owing_is_no_issue() -> None:
    settled = party("c", Role.CUSTOMER, active=False)
    assert issues("INACTIVE_WITH_BALANCE", settled, party(balance=10_000), bill()) == []
