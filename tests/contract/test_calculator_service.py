"""The calculator as its callers see it: the real server with the production pipeline."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.type import date_pb2, money_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import decision_console_calculation_service_pb2 as console_pb2
from runway.calculator.v1 import decision_console_calculation_service_pb2_grpc as console_grpc
from runway.calculator.v1 import forecast_calculation_service_pb2 as forecast_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2_grpc as forecast_grpc
from runway.calculator.v1 import impact_calculation_service_pb2 as impact_pb2
from runway.calculator.v1 import impact_calculation_service_pb2_grpc as impact_grpc
from runway.calculator.v1 import priority_calculation_service_pb2 as priority_pb2
from runway.calculator.v1 import priority_calculation_service_pb2_grpc as priority_grpc
from runway.calculator.v1 import runway_calculation_service_pb2 as runway_pb2
from runway.calculator.v1 import runway_calculation_service_pb2_grpc as runway_grpc
from runway.ledger.v1 import decision_pb2, ledger_pb2

from calculator_svc.config import MAXIMUM_REQUEST_BYTES
from calculator_svc.servicers import services
from calculator_svc.servicers.errors import CATALOGUE
from service_kit.grpc_server import GrpcServer
from service_kit.pipeline import Pipeline
from service_kit.wire import from_money, to_money
from support import identity
from support.admission import admission
from support.builders import day, pay_date_profile, usd
from support.errors import reason_of, violations_of
from support.servers import HOST, Stop, served

BUSINESS = "acme-llc"
METHODS = {
    "console": (
        console_grpc.DecisionConsoleCalculationServiceStub,
        "CalculateDecisionConsole",
        console_pb2.CalculateDecisionConsoleRequest,
    ),
    "runway": (
        runway_grpc.RunwayCalculationServiceStub,
        "CalculateRunway",
        runway_pb2.CalculateRunwayRequest,
    ),
    "priorities": (
        priority_grpc.PriorityCalculationServiceStub,
        "CalculatePriorities",
        priority_pb2.CalculatePrioritiesRequest,
    ),
    "impacts": (
        impact_grpc.ImpactCalculationServiceStub,
        "CalculateImpacts",
        impact_pb2.CalculateImpactsRequest,
    ),
    "profile": (
        forecast_grpc.ForecastCalculationServiceStub,
        "CalculatePayDateProfile",
        forecast_pb2.CalculatePayDateProfileRequest,
    ),
}
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """A channel to a calculator that is served as in production."""

    async def start() -> tuple[int, Stop]:
        server = GrpcServer(
            services(),
            Pipeline(CATALOGUE, identity.gateways("calculator"), admission()),
            MAXIMUM_REQUEST_BYTES,
        )
        port = await server.start(HOST, 0)
        await server.serve()

        async def stop() -> None:
            await server.stop(0)

        return port, stop

    with served(start) as address, identity.channel(address) as open_channel:
        yield open_channel


Call = Callable[..., Any]


@pytest.fixture
def call(channel: grpc.Channel) -> Call:
    """A function that asks a method about a ledger and returns the answer."""

    def ask(method: str, ledger: ledger_pb2.Ledger | None = None, **fields: Any) -> Any:
        stub, name, request = METHODS[method]
        given = {"business_id": BUSINESS, "ledger": books() if ledger is None else ledger, **fields}
        return getattr(stub(channel), name)(request(**given), timeout=10)

    return ask


def books(**fields: Any) -> ledger_pb2.Ledger:
    """Return a ledger as of 2026-05-05 with 1,000.00 USD of cash and nothing else."""
    given = {
        "as_of": day("2026-05-05"),
        "currency_code": "USD",
        "balances": ledger_pb2.Balances(cash=usd("1000.00")),
        **fields,
    }
    return ledger_pb2.Ledger(**given)


def bill(bill_id: str = "b1", **fields: Any) -> ledger_pb2.Bill:
    """Return an open bill of 400.00, due on 2026-05-20."""
    given = {
        "vendor_id": "v1",
        "vendor_name": "Acme",
        "issue_date": day("2026-04-20"),
        "due_date": day("2026-05-20"),
        "total": usd("400.00"),
        "balance": usd("400.00"),
        "state": ledger_pb2.DOCUMENT_STATE_OPEN,
        **fields,
    }
    return ledger_pb2.Bill(bill_id=bill_id, **given)


def invoice(invoice_id: str = "i1", **fields: Any) -> ledger_pb2.Invoice:
    """Return an open invoice of 700.00, due on 2026-05-25."""
    given = {
        "customer_id": "c1",
        "customer_name": "Bolt",
        "issue_date": day("2026-04-25"),
        "due_date": day("2026-05-25"),
        "total": usd("700.00"),
        "balance": usd("700.00"),
        "state": ledger_pb2.DOCUMENT_STATE_OPEN,
        **fields,
    }
    return ledger_pb2.Invoice(invoice_id=invoice_id, **given)


def a_plan() -> ledger_pb2.Ledger:
    """Return books with a bill, an invoice, wages, an earmark and a queued decision."""
    wages = ledger_pb2.PlannedItem(
        planned_item_id="p1",
        display_name="Wages",
        amount=usd("-900.00"),
        planned_date=day("2026-05-15"),
        category=ledger_pb2.CASH_CATEGORY_PAYROLL,
    )
    return books(
        bills=[bill()],
        invoices=[invoice()],
        planned_items=[wages],
        earmarks=[
            ledger_pb2.Earmark(earmark_id="e1", display_name="Tax", amount=usd("50.00")),
        ],
        queued_decisions=[decision_pb2.Decision(decision_id="d1", pay_now={"bill_id": "b1"})],
    )


def error_of(action: Callable[[], Any]) -> grpc.RpcError:
    """Return the error with which a call is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        action()
    return caught.value


def test_the_services_say_that_they_are_ready(channel: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for service in services():
        answer = health.Check(health_pb2.HealthCheckRequest(service=service.full_name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@every_method
def test_the_answer_names_the_business_that_was_asked_for(call: Call, method: str) -> None:
    assert call(method, a_plan()).business_id == BUSINESS


@every_method
def test_books_with_nothing_in_them_have_an_answer(call: Call, method: str) -> None:
    bare = ledger_pb2.Ledger(
        as_of=day("2026-05-05"), currency_code="JPY", balances=ledger_pb2.Balances()
    )
    assert call(method, bare).business_id == BUSINESS


@every_method
def test_the_same_request_gives_the_same_answer_byte_for_byte(call: Call, method: str) -> None:
    answers = {call(method, a_plan()).SerializeToString(deterministic=True) for _ in range(5)}
    assert len(answers) == 1


def test_a_console_answers_the_three_questions(call: Call) -> None:
    answer = call("console", a_plan(), policy=assessment_pb2.Policy(cash_floor=usd("100.00")))

    assert answer.runway.cash_zero_date == day("2026-05-15")
    assert answer.runway.runway_days == 10
    assert answer.runway.status == assessment_pb2.RUNWAY_STATUS_CRITICAL
    assert answer.runway.low_water_mark == usd("-350.00")
    assert answer.runway.earmarked == usd("50.00")
    assert not answer.runway.next_payroll.clears
    assert answer.runway.next_payroll.cash_after == usd("-350.00")

    assert [item.source_id for item in answer.items] == ["e1", "d1", "p1"]
    (one_bill,) = answer.bills
    assert one_bill.expected_date == day("2026-05-06")
    assert one_bill.latest_safe_date == day("2026-05-18")
    assert one_bill.priority.rank == 1
    assert [factor.description for factor in one_bill.priority.factors] == [
        "13 days until it must be sent",
        "40% of the cash there is",
    ]
    (one_invoice,) = answer.invoices
    assert one_invoice.impact.low_water_mark_change == usd("0.00")
    assert one_invoice.impact.closing_cash_change == usd("700.00")

    # Paid later, the wages would still not clear: the queue does not change the cash-zero date.
    assert answer.queue_impact.HasField("cash_zero_days")
    assert answer.queue_impact.closing_cash_change == usd("0.00")
    kinds = {breach.kind: breach.caused_by_queue for breach in answer.guardrail_breaches}
    # Below the floor it falls anyway, and by the queue further on the day of the wages.
    assert kinds == {
        assessment_pb2.GUARDRAIL_KIND_CASH_FLOOR: True,
        assessment_pb2.GUARDRAIL_KIND_PAYROLL: True,
    }


def test_the_items_of_a_day_sum_to_the_day_on_the_wire(call: Call) -> None:
    answer = call("runway", a_plan())
    assert len(answer.days) == 91
    assert len(answer.weeks) == 13
    for one in answer.days:
        amounts = [from_money(item.amount) for item in answer.items if item.date == one.date]
        assert from_money(one.receipts) == sum(amount for amount in amounts if amount > 0)
        assert from_money(one.disbursements) == -sum(amount for amount in amounts if amount < 0)


def test_without_a_cash_zero_date_there_is_neither_date_nor_days(call: Call) -> None:
    answer = call("runway")
    assert not answer.runway.HasField("cash_zero_date")
    assert not answer.runway.HasField("runway_days")


def test_impacts_leave_priorities_out_and_priorities_leave_impacts_out(call: Call) -> None:
    assert not call("impacts", a_plan()).bills[0].HasField("priority")
    assert not call("priorities", a_plan()).invoices[0].HasField("impact")


@every_method
@pytest.mark.parametrize("business_id", ["", "Acme-LLC", "-acme", "a" * 64, "acme\n"])
def test_a_malformed_business_id_is_refused(call: Call, method: str, business_id: str) -> None:
    error = error_of(lambda: call(method, business_id=business_id))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(error) == ["business_id"]


@every_method
def test_a_missing_ledger_is_refused(channel: grpc.Channel, method: str) -> None:
    stub, name, request = METHODS[method]
    error = error_of(lambda: getattr(stub(channel), name)(request(business_id=BUSINESS)))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(error) == ["ledger"]


@every_method
def test_mixed_currencies_are_named_and_refused(call: Call, method: str) -> None:
    euros = bill("b2", total=to_money(100, "EUR"), balance=to_money(100, "EUR"))
    pounds = bill("b3", total=to_money(100, "GBP"), balance=to_money(100, "GBP"))
    error = error_of(lambda: call(method, books(bills=[pounds, bill(), euros])))
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert reason_of(error) == "CURRENCY_RATE_MISSING"
    assert "EUR, GBP" in error.details()


@every_method
@pytest.mark.parametrize(
    ("field", "ledger"),
    [
        ("ledger.as_of", books(as_of=date_pb2.Date(year=2026, month=13, day=1))),
        ("ledger.bills[0].due_date", books(bills=[bill(due_date=date_pb2.Date(year=2026))])),
        (
            "ledger.bills[1].balance",
            books(bills=[bill(), bill("b2", balance=money_pb2.Money(currency_code="US"))]),
        ),
        (
            "ledger.invoices[0].balance",
            books(invoices=[invoice(balance=money_pb2.Money(currency_code="USD", nanos=1))]),
        ),
        (
            "ledger.balances.cash",
            books(balances={"cash": money_pb2.Money(currency_code="USD", units=2**62)}),
        ),
        (
            "ledger.cash_history[0].amounts_minor",
            books(cash_history=[ledger_pb2.CashSeries(days_ago=[1], amounts_minor=[])]),
        ),
        ("ledger.pay_date_profile.means", books(pay_date_profile=pay_date_profile(means=[]))),
        (
            "ledger.pay_date_profile.tail_share",
            books(pay_date_profile=pay_date_profile(tail_share=float("nan"))),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_field_is_refused_by_its_path(
    call: Call, method: str, field: str, ledger: ledger_pb2.Ledger
) -> None:
    error = error_of(lambda: call(method, ledger))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert violations_of(error) == [field]


def test_amounts_whose_sum_does_not_fit_are_refused(call: Call) -> None:
    movements = ledger_pb2.CashSeries(days_ago=[1], amounts_minor=[2**63 - 1])
    error = error_of(lambda: call("console", books(cash_history=[movements])))
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(error) == "AMOUNTS_TOO_LARGE"


@every_method
def test_random_bytes_are_an_invalid_argument(channel: grpc.Channel, method: str) -> None:
    _, name, request = METHODS[method]
    service = request.DESCRIPTOR.file.services_by_name
    full_name = next(iter(service.values())).full_name
    raw = channel.unary_unary(f"/{full_name}/{name}")
    allowed = identity.bearer(full_name, BUSINESS)
    chance = random.Random(7)
    for length in (1, 2, 5, 40, 400, 4_000):
        for _ in range(10):
            error = error_of(
                lambda length=length: raw(chance.randbytes(length), timeout=10, metadata=allowed)
            )
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT


@every_method
def test_a_request_with_any_byte_changed_is_answered_or_an_invalid_argument(
    channel: grpc.Channel, method: str
) -> None:
    _, name, request = METHODS[method]
    full_name = next(iter(request.DESCRIPTOR.file.services_by_name.values())).full_name
    raw = channel.unary_unary(f"/{full_name}/{name}")
    whole = request(business_id=BUSINESS, ledger=a_plan()).SerializeToString()
    allowed = identity.bearer(full_name, BUSINESS)
    chance = random.Random(11)
    for _ in range(300):
        data = bytearray(whole)
        data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            raw(bytes(data), timeout=10, metadata=allowed)
        except grpc.RpcError as error:
            assert error.code() in (
                grpc.StatusCode.INVALID_ARGUMENT,
                grpc.StatusCode.FAILED_PRECONDITION,
                # The byte was one of the business's id.
                grpc.StatusCode.PERMISSION_DENIED,
            ), error.details()


def test_a_ledger_of_several_megabytes_is_read(call: Call) -> None:
    series = [
        ledger_pb2.CashSeries(
            category=ledger_pb2.CASH_CATEGORY_CUSTOMER,
            counterparty=f"Customer {i}",
            days_ago=range(400),
            amounts_minor=[10**9] * 400,
        )
        for i in range(2_000)
    ]
    assert call("runway", books(cash_history=series)).runway.burn_window_days == 91
