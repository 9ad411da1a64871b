"""DataQualityCalculationService: what the rules find, over the wire, is what they find."""

import datetime
import random
from typing import Any

import grpc
import pytest
from runway.calculator.v1 import data_quality_calculation_service_pb2 as pb
from runway.calculator.v1 import data_quality_calculation_service_pb2_grpc
from runway.ledger.v1 import hygiene_records_pb2, ledger_pb2

from calculator_svc.engine.data_quality.band import Sampling
from calculator_svc.engine.data_quality.calculation import calculate_data_quality
from calculator_svc.engine.data_quality.inputs import Records
from service_kit.wire import from_money
from support import builders
from support.builders import day, usd
from support.clean_company import Company
from support.errors import violations_of
from support.faults import FAULTS
from support.hygiene_records import demo_records
from support.hygiene_request import request_of

GRPC_SERVICE = "calculator"
DAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return data_quality_calculation_service_pb2_grpc.DataQualityCalculationServiceStub


def damaged(rule: str) -> Records:
    """Return a company with one fault of a kind."""
    company = Company(DAY, 1, random.Random(rule))
    FAULTS[rule](company)
    return company.records


@pytest.mark.parametrize("rule", FAULTS)
def test_the_service_finds_prices_and_scores_what_the_rules_do(grpc_stub: Any, rule: str) -> None:
    records = damaged(rule)
    expected = calculate_data_quality(records)
    answer = grpc_stub.CalculateDataQuality(request_of(records, "acme"), timeout=30)
    assert rule in {one.rule for one in answer.issues}
    assert [
        (
            one.issue_key,
            one.rule,
            one.area,
            one.severity,
            one.sentence,
            [(subject.kind, subject.id) for subject in one.subjects],
            from_money(one.amount) if one.HasField("amount") else 0,
            one.cost_days,
            one.moved_days,
            one.band_days,
            one.cost_is_at_least,
            one.score_lost_hundredths,
        )
        for one in answer.issues
    ] == [
        (
            one.issue.key,
            one.issue.rule,
            one.issue.area,
            one.issue.severity,
            one.issue.sentence,
            [(subject.kind, subject.id) for subject in one.issue.subjects],
            one.issue.amount,
            one.price.cost,
            one.price.moved,
            one.price.band,
            one.price.is_at_least,
            one.lost,
        )
        for one in expected.issues
    ]
    assert answer.score_hundredths == expected.hundredths
    assert from_money(answer.activity) == expected.activity


def demo_with(more_cash: int) -> Records:
    """Return the demo company with more in the bank, in cents: as it is one bill decides it all."""
    records = demo_records(DAY)
    records.books.cash += more_cash
    return records


def test_an_issue_that_makes_the_runway_less_sure_costs_the_band_that_it_adds(
    grpc_stub: Any,
) -> None:
    """The demo company: whether an invoice comes that is later than ever decides on weeks."""
    adding = 0
    for more_cash in range(1_000_000, 4_000_000, 500_000):
        request = request_of(demo_with(more_cash), "acme")
        answer = grpc_stub.CalculateDataQuality(request, timeout=30)
        for one in answer.issues:
            assert one.cost_days == abs(one.moved_days) + one.band_days
            assert one.band_days <= answer.band_days
            adding += one.band_days > 0
        assert answer == grpc_stub.CalculateDataQuality(request, timeout=30)
    assert adding


def test_the_bands_are_those_of_the_seed_and_of_as_many_courses_as_are_asked_for(
    grpc_stub: Any,
) -> None:
    records = demo_with(2_000_000)
    request = request_of(records, "acme")
    widths = set()
    for seed, paths in ((0, 0), (0, 200), (7, 40), (8, 40), (7, 1)):
        request.seed, request.paths = seed, paths
        answer = grpc_stub.CalculateDataQuality(request, timeout=30)
        expected = calculate_data_quality(records, Sampling(seed, paths or 200))
        assert answer.band_days == expected.band
        assert [one.band_days for one in answer.issues] == [
            one.price.band for one in expected.issues
        ]
        widths.add(answer.band_days)
    assert len(widths) > 1


def test_a_document_in_a_currency_without_a_rate_is_told_of_and_left_out_of_the_runway(
    grpc_stub: Any,
) -> None:
    """It would be no help to refuse the tray for what the tray is there to tell."""
    euros = {"currency_code": "EUR", "units": 900}
    foreign = builders.bill(total=euros, balance=euros, issue_date=day("2026-05-01"))
    request = pb.CalculateDataQualityRequest(
        business_id="acme",
        ledger=ledger_pb2.Ledger(
            as_of=day("2026-05-05"),
            currency_code="USD",
            balances={"cash": usd("1.00")},
            bills=[foreign],
        ),
        records=hygiene_records_pb2.HygieneRecords(bills=[foreign]),
    )
    answer = grpc_stub.CalculateDataQuality(request, timeout=30)
    assert "CURRENCY_OR_RATE:EUR" in {one.issue_key for one in answer.issues}
    assert not answer.HasField("cash_zero_date")


@pytest.mark.parametrize(
    ("records", "field"),
    [
        (
            {"bills": [builders.bill(issue_date={"year": 2026})]},
            "records.bills[0].issue_date",
        ),
        (
            {"account_movements": [{"account_id": "1", "days_ago": [1, 2], "amounts_minor": [3]}]},
            "records.account_movements[0].amounts_minor",
        ),
        (
            {"sync_gaps": [{"first_date": {"year": 2026, "month": 2, "day": 30}}]},
            "records.sync_gaps[0].first_date",
        ),
        ({"synced_date": {"year": 1}}, "records.synced_date"),
    ],
)
def test_records_that_cannot_be_read_are_refused_naming_the_field(
    grpc_stub: Any, records: dict[str, Any], field: str
) -> None:
    request = pb.CalculateDataQualityRequest(
        business_id="acme",
        ledger=ledger_pb2.Ledger(
            as_of=day("2026-05-05"), currency_code="USD", balances={"cash": usd("1.00")}
        ),
        records=hygiene_records_pb2.HygieneRecords(**records),
    )
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.CalculateDataQuality(request, timeout=30)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert field in violations_of(caught.value)


def test_however_much_is_wrong_the_caller_is_told_so_and_the_first_of_it(grpc_stub: Any) -> None:
    """Errors travel as metadata, which has a limit: beyond it a caller would only see a break."""
    wrong = [ledger_pb2.Account(account_id="x" * 100, display_name="y" * 600)] * 2_000
    request = pb.CalculateDataQualityRequest(
        business_id="acme",
        ledger=ledger_pb2.Ledger(
            as_of=day("2026-05-05"), currency_code="USD", balances={"cash": usd("1.00")}
        ),
        records=hygiene_records_pb2.HygieneRecords(accounts=wrong),
    )
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.CalculateDataQuality(request, timeout=30)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(violations_of(caught.value)) == 16
    assert "; and " in (caught.value.details() or "")
