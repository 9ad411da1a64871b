"""The gateway's ForecastService on the real three services, through pytest-grpc's stub."""

from typing import Any

import grpc
import pytest
from google.type import date_pb2
from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import (
    decision_console_service_pb2_grpc,
    forecast_service_pb2_grpc,
    pay_plan_service_pb2_grpc,
)
from runway.experience.v1 import forecast_service_pb2 as pb
from runway.experience.v1 import pay_plan_service_pb2 as pay_plan_pb
from runway.ledger.v1 import decision_pb2, ledger_pb2
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    pay_date_profile_service_pb2_grpc,
)
from runway.orchestrator.v1 import pay_date_profile_service_pb2 as profile_pb

from service_kit.wire import from_date, from_money
from support import builders, identity
from support.builders import day, usd
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
HORIZON_DAYS = 91


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return forecast_service_pb2_grpc.ForecastServiceStub


@pytest.fixture(scope="module")
def business(stack: Stack) -> str:
    """A business whose customer paid ten invoices, each later than the one before."""
    business_id = builders.business_id("forecast")
    paid = [
        builders.invoice(
            f"paid-{n}",
            issue_date=day(f"2026-{1 + n // 4:02}-{1 + 6 * (n % 4):02}"),
            due_date=day(f"2026-{2 + n // 4:02}-{1 + 6 * (n % 4):02}"),
            state=ledger_pb2.DOCUMENT_STATE_PAID,
            balance=usd("0.00"),
        )
        for n in range(8)
    ]
    payments = [
        ledger_pb2.Payment(
            payment_id=f"p{n}",
            kind=ledger_pb2.PAYMENT_KIND_CUSTOMER_PAYMENT,
            party_id="c1",
            payment_date=day(f"2026-{2 + n // 4:02}-{3 + 6 * (n % 4):02}"),
            total=usd("300.00"),
            unapplied=usd("0.00"),
            applications=[ledger_pb2.Application(invoice_id=f"paid-{n}", amount=usd("300.00"))],
            state=ledger_pb2.DOCUMENT_STATE_PAID,
        )
        for n in range(8)
    ]
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        request = builders.import_ledger(business_id, *builders.small_books(), *paid, *payments)
        answer = ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(iter([request]))
    assert answer.applied, answer
    return business_id


def ask(stub: Any, business_id: str, **fields: Any) -> Any:
    return stub.GetForecast(pb.GetForecastRequest(business_id=business_id, **fields))


def dates(band: Any) -> list[date_pb2.Date]:
    return [from_date(date) for date in (band.p10, band.p50, band.p90)]


def amounts(band: Any) -> list[int]:
    return [from_money(money) for money in (band.p10, band.p50, band.p90)]


def test_a_forecast_has_every_day_and_its_bands_are_in_order(grpc_stub: Any, business: str) -> None:
    answer = ask(grpc_stub, business, seed=1)
    forecast = answer.forecast
    assert (answer.display_name, answer.currency_code) == (f"The {business}", "USD")
    assert len(forecast.cash) == HORIZON_DAYS
    assert len(forecast.receipts_by_week) == len(forecast.weeks) == 13
    for one in forecast.cash:
        assert amounts(one.cash) == sorted(amounts(one.cash))
    (invoice,) = forecast.pay_dates
    assert invoice.invoice_id == "2"
    low, median, high = dates(invoice.pay_date)
    assert low <= from_date(invoice.p25) <= median <= from_date(invoice.p75) <= high
    # One invoice is open; more comes in from those that will be written.
    for open_now, all_of_it in zip(
        forecast.invoice_receipts_by_week, forecast.receipts_by_week, strict=True
    ):
        assert set(amounts(open_now)) <= {0, 30_000}
        assert all(a <= b for a, b in zip(amounts(open_now), amounts(all_of_it), strict=True))
    # It paid two days late each time, so that is where the middle lies.
    assert abs((dates(invoice.pay_date)[1] - from_date(day("2026-05-12"))).days) <= 3


def test_the_same_seed_gives_the_same_answer_to_the_byte(grpc_stub: Any, business: str) -> None:
    answers = [
        ask(grpc_stub, business, seed=seed).SerializeToString(deterministic=True)
        for seed in (1, 1, 2)
    ]
    assert answers[0] == answers[1]
    assert answers[0] != answers[2]


def test_a_past_day_is_forecast_from_what_was_known_then(grpc_stub: Any, business: str) -> None:
    then = ask(grpc_stub, business, as_of=day("2026-02-10"), seed=1).forecast
    assert then.as_of == day("2026-02-10")
    # These were written by then and paid after it.
    open_then = {invoice.invoice_id for invoice in then.pay_dates}
    assert open_then == {f"paid-{n}" for n in range(2, 6)}


def test_what_ifs_stand_beside_the_forecast_with_their_parts(grpc_stub: Any, business: str) -> None:
    hire = calculator_pb.Assumption(
        planned_item=builders.planned_item(
            display_name="Hire", amount=usd("-900.00"), planned_date=day("2026-05-20")
        )
    )
    never = calculator_pb.Assumption(
        customer_pays=calculator_pb.CustomerPays(customer_id="c1", in_days=400)
    )
    scenario = calculator_pb.Scenario(display_name="worst", assumptions=[hire, never])
    request = pb.CompareScenariosRequest(business_id=business, seed=1, scenarios=[scenario])
    answer = grpc_stub.CompareScenarios(request)
    assert answer.baseline == ask(grpc_stub, business, seed=1).forecast
    (outcome,) = answer.scenarios
    assert outcome.display_name == "worst"
    assert from_money(outcome.impact.closing_cash_change) == -1_200_00
    singles = [from_money(single.closing_cash_change) for single in outcome.single_impacts]
    assert singles == [-900_00, -300_00]
    assert from_money(outcome.sum_of_impacts.closing_cash_change) == sum(singles)
    # 1,000 at the bank, a bill of 200 to pay, 900 for the hire, and no 300 from the customer.
    assert outcome.forecast.probability_cash_below_zero == 1
    change = outcome.risk_change
    assert change.cash_zero_date == outcome.forecast.cash_zero_date
    assert change.probability_cash_below_zero_change == 1 - (
        answer.baseline.probability_cash_below_zero
    )
    lowest = zip(
        amounts(outcome.forecast.low_water_mark),
        amounts(answer.baseline.low_water_mark),
        strict=True,
    )
    assert amounts(change.low_water_mark_change) == [a - b for a, b in lowest]
    # Each alone, by the same draws, and what they come to added up.
    alone = [
        calculator_pb.Scenario(display_name="alone", assumptions=[one]) for one in (hire, never)
    ]
    request = pb.CompareScenariosRequest(business_id=business, seed=1, scenarios=alone)
    single_outcomes = grpc_stub.CompareScenarios(request).scenarios
    assert [one.impact for one in single_outcomes] == list(outcome.single_impacts)
    assert [one.risk_change for one in single_outcomes] == list(outcome.single_risk_changes)
    for level in range(3):
        assert amounts(outcome.sum_of_risk_changes.low_water_mark_change)[level] == sum(
            amounts(one.low_water_mark_change)[level] for one in outcome.single_risk_changes
        )


def what_ifs() -> list[calculator_pb.Scenario]:
    """Return a batch of every kind of part, and two others."""
    hire = calculator_pb.Assumption(
        planned_item=builders.planned_item(display_name="Hire", amount=usd("-900.00"))
    )
    pays = calculator_pb.CustomerPays(customer_id="c1", in_days=40)
    revenue = calculator_pb.RevenueChange(basis_points=-1000)
    late = calculator_pb.Delay(late="Party v1", days=5)
    assumptions = [
        hire,
        calculator_pb.Assumption(customer_pays=pays),
        calculator_pb.Assumption(revenue_change=revenue),
        calculator_pb.Assumption(delay=late),
    ]
    batch = calculator_pb.Scenario(
        display_name="all", decisions=[builders.pay_now("1")], assumptions=assumptions
    )
    return [
        batch,
        calculator_pb.Scenario(display_name="less", assumptions=assumptions[2:3]),
        calculator_pb.Scenario(display_name="later", assumptions=assumptions[3:]),
    ]


def test_a_batch_and_its_parts_are_the_same_to_the_byte_whatever_is_compared_beside_them(
    grpc_stub: Any, business: str
) -> None:
    def compared(scenarios: list[calculator_pb.Scenario]) -> Any:
        return grpc_stub.CompareScenarios(
            pb.CompareScenariosRequest(business_id=business, seed=3, scenarios=scenarios)
        )

    def in_bytes(message: Any) -> bytes:
        return bytes(message.SerializeToString(deterministic=True))

    first = compared(what_ifs())
    assert in_bytes(first) == in_bytes(compared(what_ifs()))
    assert len(first.scenarios[0].single_risk_changes) == 5
    backwards = compared(what_ifs()[::-1])
    assert in_bytes(backwards.baseline) == in_bytes(first.baseline)
    for one, same in zip(first.scenarios, reversed(backwards.scenarios), strict=True):
        assert in_bytes(one) == in_bytes(same)
        (alone,) = compared([what_ifs()[list(first.scenarios).index(one)]]).scenarios
        assert in_bytes(alone) == in_bytes(one)


def test_paying_now_or_on_the_due_date_changes_timing_alone(grpc_stub: Any, business: str) -> None:
    due = calculator_pb.Scenario(
        display_name="due",
        decisions=[
            decision_pb2.Decision(
                schedule_payment=decision_pb2.SchedulePayment(
                    bill_id="1", pay_date=day("2026-05-10")
                )
            )
        ],
    )
    now = calculator_pb.Scenario(display_name="now", decisions=[builders.pay_now("1")])
    request = pb.CompareScenariosRequest(business_id=business, seed=1, scenarios=[now, due])
    paid_now, paid_due = (one.forecast for one in grpc_stub.CompareScenarios(request).scenarios)
    differences = {
        from_date(a.date): {
            from_money(getattr(b.cash, level)) - from_money(getattr(a.cash, level))
            for level in ("p10", "p50", "p90")
        }
        for a, b in zip(paid_now.cash, paid_due.cash, strict=True)
    }
    before_due = [date for date in differences if date < from_date(day("2026-05-10"))]
    for date, found in differences.items():
        # 200.00 are there until the due date, and not from it on; in every quantile alike.
        assert found == ({200_00} if date in before_due else {0})
    assert paid_now.runway.closing_cash == paid_due.runway.closing_cash


def test_a_whole_forecast_goes_down_to_documents_that_sum_to_its_days_and_weeks(
    grpc_stub: Any, business: str
) -> None:
    basic = ask(grpc_stub, business, seed=1).forecast
    assert (len(basic.days), len(basic.items)) == (0, 0)
    whole = ask(grpc_stub, business, seed=1, view=calculator_pb.FORECAST_VIEW_FULL).forecast
    assert len(whole.days) == HORIZON_DAYS
    by_day: dict[Any, list[int]] = {from_date(one.date): [] for one in whole.days}
    for item in whole.items:
        by_day[from_date(item.date)].append(from_money(item.amount))
        assert item.assumption

    def columns(one: Any) -> tuple[int, int]:
        return from_money(one.receipts), from_money(one.disbursements)

    for one in whole.days:
        of_day = by_day[from_date(one.date)]
        receipts = sum(amount for amount in of_day if amount > 0)
        assert columns(one) == (receipts, receipts - sum(of_day))
    for place, week in enumerate(whole.weeks):
        days = whole.days[7 * place : 7 * place + 7]
        assert columns(week) == tuple(map(sum, zip(*map(columns, days), strict=True)))
        assert week.closing_cash == days[-1].closing_cash
    documents = {
        (item.layer, item.document_id, item.counterparty, from_money(item.amount))
        for item in whole.items
        if item.document_id
    }
    assert documents == {
        (assessment_pb2.FORECAST_LAYER_BILL, "1", "Party v1", -200_00),
        (assessment_pb2.FORECAST_LAYER_INVOICE, "2", "Party c1", 300_00),
    }
    for name in ("days", "items"):
        whole.ClearField(name)
    assert whole == basic


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (
            {"customer_pays": calculator_pb.CustomerPays(customer_id="nobody", in_days=3)},
            "customer_pays.customer_id",
        ),
        ({"delay": calculator_pb.Delay(late="nobody", days=3)}, "delay.late"),
    ],
)
def test_a_what_if_about_what_the_books_have_not_is_refused_by_its_field(
    grpc_stub: Any, business: str, part: dict[str, Any], field: str
) -> None:
    scenarios = [*what_ifs(), calculator_pb.Scenario(display_name="?")]
    scenarios[-1].assumptions.add(**part)
    request = pb.CompareScenariosRequest(business_id=business, scenarios=scenarios)
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.CompareScenarios(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(caught.value) == "NOT_IN_LEDGER"
    assert violations_of(caught.value) == [f"scenarios[3].assumptions[0].{field}"]


def test_more_what_ifs_than_are_drawn_at_once_are_refused_by_name(
    grpc_stub: Any, business: str
) -> None:
    hires = [calculator_pb.Assumption(planned_item=builders.planned_item())] * 12
    scenarios = [calculator_pb.Scenario(display_name="hires", assumptions=hires)] * 20
    request = pb.CompareScenariosRequest(business_id=business, scenarios=scenarios)
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.CompareScenarios(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(caught.value) == "TOO_MUCH_TO_COMPARE"
    assert violations_of(caught.value) == ["scenarios"]
    assert "they are 261 courses" in caught.value.details()


def refresh(stub: Any, business_id: str, request_id: str = "") -> Any:
    return stub.RefreshPayDateProfile(
        pb.RefreshPayDateProfileRequest(
            business_id=business_id, request_id=request_id or builders.request_id()
        )
    )


def kept_profile(stack: Stack, business_id: str) -> Any:
    with identity.channel(stack.orchestrator) as channel:
        request = ledger_service_pb2.GetLedgerRequest(business_id=business_id)
        ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel).GetLedger(request).ledger
    return ledger.pay_date_profile if ledger.HasField("pay_date_profile") else None


def test_a_refreshed_profile_is_kept_and_every_answer_stays_what_it_was_to_the_byte(
    grpc_stub: Any, grpc_channel: Any, stack: Stack, business: str
) -> None:
    consoles = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(grpc_channel)
    chases = pay_plan_service_pb2_grpc.PayPlanServiceStub(grpc_channel)

    def told() -> list[bytes]:
        of = {"business_id": business}
        answers = [
            ask(grpc_stub, business, seed=1),
            consoles.GetDecisionConsole(console_pb.GetDecisionConsoleRequest(**of)),
            chases.GetChaseList(pay_plan_pb.GetChaseListRequest(**of)),
            grpc_stub.GetRunwayHistory(pb.GetRunwayHistoryRequest(weeks=4, **of)),
        ]
        return [answer.SerializeToString(deterministic=True) for answer in answers]

    assert kept_profile(stack, business) is None
    before = told()
    answer = refresh(grpc_stub, business)
    assert answer.fitted_on == day("2026-05-05")
    # Eight that were paid and one that is open, all of one customer.
    assert (answer.observation_count, answer.customer_count) == (9, 1)
    kept = kept_profile(stack, business)
    assert (kept.fitted_on, list(kept.customer_ids)) == (day("2026-05-05"), ["c1"])
    assert told() == before


def test_the_console_and_the_forecast_expect_an_invoice_on_one_day_by_the_kept_profile(
    grpc_stub: Any, grpc_channel: Any, stack: Stack, business: str
) -> None:
    with identity.channel(stack.orchestrator) as channel:
        pay_date_profile_service_pb2_grpc.PayDateProfileServiceStub(channel).RecordPayDateProfile(
            profile_pb.RecordPayDateProfileRequest(
                business_id=business,
                request_id=builders.request_id(),
                # By the books this customer is two days late, by what is kept 36 days.
                profile=builders.pay_date_profile(means=[36.0], scales=[0.01]),
            )
        )
    (band,) = ask(grpc_stub, business).forecast.pay_dates
    console = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(grpc_channel)
    found = console.GetDecisionConsole(console_pb.GetDecisionConsoleRequest(business_id=business))
    (invoice,) = found.invoices
    # Due on 10 May; 36 days later is a Monday.
    assert band.pay_date.p50 == invoice.assessment.expected_date == day("2026-06-15")
    # A past day knows nothing of it.
    then = ask(grpc_stub, business, as_of=day("2026-05-04")).forecast
    assert dates(then.pay_dates[0].pay_date)[1] < from_date(day("2026-05-25"))
    refresh(grpc_stub, business)
    (band,) = ask(grpc_stub, business).forecast.pay_dates
    assert dates(band.pay_date)[1] < from_date(day("2026-05-25"))


def test_the_same_books_and_request_refresh_a_profile_once(grpc_stub: Any, business: str) -> None:
    request_id = builders.request_id()
    assert refresh(grpc_stub, business, request_id) == refresh(grpc_stub, business, request_id)


def test_nobody_has_no_profile_to_refresh(grpc_stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        refresh(grpc_stub, "nobody")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert reason_of(caught.value) == "BUSINESS_NOT_FOUND"


def test_a_profile_that_the_calculator_refuses_is_named_and_a_refresh_is_the_cure(
    grpc_stub: Any, stack: Stack, business: str
) -> None:
    with identity.channel(stack.orchestrator) as channel:
        pay_date_profile_service_pb2_grpc.PayDateProfileServiceStub(channel).RecordPayDateProfile(
            profile_pb.RecordPayDateProfileRequest(
                business_id=business,
                request_id=builders.request_id(),
                profile=builders.pay_date_profile(shape=[1.0, 0.0]),
            )
        )
    with pytest.raises(grpc.RpcError) as caught:
        ask(grpc_stub, business)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations_of(caught.value)) == ["ledger.pay_date_profile.shape"]
    refresh(grpc_stub, business)
    ask(grpc_stub, business)
