"""What is known to be wrong with Intuit's sample company, as of 2026-05-05."""

import datetime
from pathlib import Path

import pytest

from calculator_svc.engine.data_quality.calculation import calculate_data_quality, find_issues
from calculator_svc.engine.data_quality.inputs import Records
from calculator_svc.engine.data_quality.issues import Issue
from support.hygiene_records import hygiene_records, read_entities

from .builders import names


@pytest.fixture(scope="module")
def sample(quickbooks_sample: Path) -> Records:
    return hygiene_records(read_entities(quickbooks_sample), datetime.date(2026, 5, 5))


def of_rule(records: Records, rule: str) -> list[Issue]:
    return [one for one in find_issues(records) if one.rule == rule]


def test_the_six_identical_invoices_are_one_issue(sample: Records) -> None:
    (found,) = of_rule(sample, "DUPLICATE_DOCUMENT")
    assert found.sentence.startswith("6 invoices to ")
    assert names(found) == [
        *(f"invoice {key}" for key in (145, 146, 149, 152, 155, 161)),
        "customer 1",
    ]
    assert found.amount == 50_000


def test_the_gap_of_payables_is_600_with_one_vendor_and_receivables_tie(sample: Records) -> None:
    (found,) = of_rule(sample, "PAYABLES_GAP")
    assert found.amount == 60_000
    assert names(found) == ["vendor 56", "account 33"]
    (missing,) = found.fix.added_bills
    assert (missing.party_id, missing.balance) == ("56", 60_000)
    assert of_rule(sample, "RECEIVABLES_GAP") == []


def test_32_of_35_vendors_have_no_terms(sample: Records) -> None:
    (found,) = [one for one in of_rule(sample, "NO_TERMS") if one.key == "NO_TERMS:vendors"]
    assert found.sentence.startswith("32 of 35 vendors have no payment terms")
    assert len(found.subjects) == 32


def test_vendors_that_differ_by_their_numbers_alone_are_no_duplicates(sample: Records) -> None:
    assert of_rule(sample, "DUPLICATE_VENDOR") == []


def test_the_sample_is_scored_and_every_point_traced(sample: Records) -> None:
    found = calculate_data_quality(sample)
    assert 0 < found.hundredths < 10_000
    assert sum(one.lost for one in found.issues) == 10_000 - found.hundredths
