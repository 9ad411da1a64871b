"""The gateway's PayPlanService on the real three services, through pytest-grpc's stub."""

from typing import Any

import grpc
import pytest
from runway.calculator.v1 import pay_plan_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import decision_console_service_pb2_grpc as console_grpc
from runway.experience.v1 import pay_plan_service_pb2 as pb
from runway.experience.v1 import pay_plan_service_pb2_grpc
from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from service_kit.wire import from_date, from_money
from support import builders, identity
from support.builders import day, usd
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
DAY = "2026-05-05"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return pay_plan_service_pb2_grpc.PayPlanServiceStub


@pytest.fixture(scope="module")
def business(stack: Stack) -> str:
    """A business with 2,101.00, a rent to pay, a large bill that can wait, and a late customer."""
    business_id = builders.business_id("plan")
    rent = builders.bill(
        "rent", "1500.00", due_date=day("2026-05-15"), category=ledger_pb2.CASH_CATEGORY_RENT
    )
    large = builders.bill("large", "1900.00", due_date=day("2026-05-20"))
    cash = builders.account(balance=usd("2101.00"))
    overdue = builders.invoice("overdue", "4000.00", due_date=day("2026-04-01"))
    books = [cash, *builders.small_books()[1:], rent, large, overdue]
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *books)])
        )
    return business_id


def plan_of(stub: Any, business: str, **fields: Any) -> pb.GetPayPlanResponse:
    request = pb.GetPayPlanRequest(**{"business_id": business, "as_of": day(DAY), **fields})
    answer: pb.GetPayPlanResponse = stub.GetPayPlan(request, timeout=30)
    return answer


def test_what_is_critical_is_in_time_and_what_can_wait_makes_room(
    grpc_stub: Any, business: str
) -> None:
    answer = plan_of(grpc_stub, business)
    bills = {bill.bill_id: bill for bill in answer.plan.bills}
    rent, large = bills["rent"], bills["large"]
    assert rent.is_critical
    assert from_date(rent.pay_date) <= from_date(rent.latest_safe_date)
    assert not large.is_critical
    assert not large.HasField("pay_date") or from_date(large.pay_date) > from_date(rent.pay_date)
    assert large.reason
    assert [bill.bill_id for bill in answer.bills] == [bill.bill_id for bill in answer.plan.bills]
    assert len(answer.plan.cash) == 35
    assert all(from_money(one.cash) >= 0 for one in answer.plan.cash)
    assert list(answer.plan.shortages) == list(answer.plan.late_bills) == []


def test_bills_stand_by_the_day_to_pay_and_those_after_the_plan_last(
    grpc_stub: Any, business: str
) -> None:
    bills = plan_of(grpc_stub, business).plan.bills
    days = [from_date(one.pay_date) if one.HasField("pay_date") else None for one in bills]
    dated = [one for one in days if one is not None]
    assert days == sorted(dated) + [None] * (len(days) - len(dated))


def test_a_plan_is_as_long_as_was_asked_for(grpc_stub: Any, business: str) -> None:
    assert len(plan_of(grpc_stub, business, weeks=13).plan.cash) == 91
    (rent,) = [one for one in plan_of(grpc_stub, business, weeks=1).plan.bills if one.is_critical]
    assert not rent.HasField("pay_date")


def test_the_same_seed_gives_the_same_plan_to_the_byte(grpc_stub: Any, business: str) -> None:
    first, second = (
        plan_of(grpc_stub, business, seed=5).SerializeToString(deterministic=True) for _ in range(2)
    )
    assert first == second


def test_what_paying_late_costs_can_be_said(grpc_stub: Any, business: str) -> None:
    dear = calculator_pb.PayPolicy(late_fee_basis_points=5_000)
    fees = [
        sum(from_money(one.late_fee) for one in plan_of(grpc_stub, business, **fields).plan.bills)
        for fields in ({}, {"pay_policy": dear})
    ]
    assert 0 < fees[0] < fees[1]


def test_a_bill_with_a_decision_is_not_planned_anew(
    grpc_stub: Any, stack: Stack, business: str
) -> None:
    assert "1" in {one.bill_id for one in plan_of(grpc_stub, business).plan.bills}
    with identity.channel(stack.gateway_grpc) as channel:
        console = console_grpc.DecisionConsoleServiceStub(channel)
        added = console.AddDecision(
            console_pb.AddDecisionRequest(
                business_id=business,
                request_id=builders.request_id(),
                decision=builders.pay_now("1"),
            )
        )
        planned = {one.bill_id for one in plan_of(grpc_stub, business).plan.bills}
        console.RemoveDecision(
            console_pb.RemoveDecisionRequest(
                business_id=business,
                request_id=builders.request_id(),
                decision_id=added.decision.decision_id,
                etag=added.decision.etag,
            )
        )
    assert planned == {"rent", "large"}


def test_the_overdue_invoice_is_the_one_to_chase(grpc_stub: Any, business: str) -> None:
    answer = grpc_stub.GetChaseList(
        pb.GetChaseListRequest(business_id=business, as_of=day(DAY)), timeout=30
    )
    first, second = answer.chases
    assert first.invoice.invoice_id == first.chase.invoice_id == "overdue"
    assert first.invoice.balance == usd("4000.00")
    assert 0 < first.chase.probability_paid < first.chase.probability_paid_chased < 1
    assert from_money(first.chase.value) > 0
    assert second.chase.reason == "not due until 2026-05-10"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"as_of": builders.date_pb2.Date(year=2026, month=2, day=30)}, "as_of"),
        (
            {"pay_policy": calculator_pb.PayPolicy(late_fee_basis_points=-1)},
            "pay_policy.late_fee_basis_points",
        ),
        ({"weeks": 14}, "weeks"),
    ],
)
def test_bad_input_is_refused_naming_the_field(
    grpc_stub: Any, business: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plan_of(grpc_stub, business, **fields)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(caught.value) == [field]


def test_amounts_that_cannot_be_added_are_refused(grpc_stub: Any, stack: Stack) -> None:
    business_id = builders.business_id("yen")
    yen = builders.account("99", balance=builders.money_pb2.Money(currency_code="JPY", units=5))
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *builders.small_books(), yen)])
        )
    with pytest.raises(grpc.RpcError) as caught:
        plan_of(grpc_stub, business_id)
    assert reason_of(caught.value) == "CURRENCY_RATE_MISSING"
