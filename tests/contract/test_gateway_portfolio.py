"""The gateway's PortfolioService on the real three services, through pytest-grpc's stub."""

from typing import Any

import grpc
import pytest
from google.type import money_pb2
from runway.calculator.v1 import assessment_pb2
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import decision_console_service_pb2_grpc as console_grpc
from runway.experience.v1 import portfolio_service_pb2 as pb
from runway.experience.v1 import portfolio_service_pb2_grpc
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from service_kit.wire import from_money
from support import builders, identity, servers
from support.builders import day, usd
from support.errors import reason_of, retry_after_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
DAY = "2026-05-05"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return portfolio_service_pb2_grpc.PortfolioServiceStub


def create(stack: Stack, *contents: Any, **settings: Any) -> str:
    """Create a business with books and return its id."""
    business_id = builders.business_id("folio")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id, **settings)
        )
        if contents:
            ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
                iter([builders.import_ledger(business_id, *contents)])
            )
    return business_id


@pytest.fixture(scope="module")
def poor(stack: Stack) -> str:
    """A business whose bill takes more than it has."""
    return create(stack, *builders.small_books(), builders.bill("large", "9000.00"))


@pytest.fixture(scope="module")
def rich(stack: Stack) -> str:
    """A business that owes little."""
    books = [builders.account(balance=usd("50000.00")), *builders.small_books()[1:]]
    return create(stack, *books)


@pytest.fixture(scope="module")
def mixed(stack: Stack) -> str:
    """A business with amounts that cannot be added."""
    yen = builders.account("99", balance=money_pb2.Money(currency_code="JPY", units=5))
    return create(stack, *builders.small_books(), yen)


def ask(stub: Any, *business_ids: str, **fields: Any) -> pb.GetPortfolioResponse:
    request = pb.GetPortfolioRequest(
        **{
            "business_id": "the-firm",
            "business_ids": business_ids,
            "as_of": day(DAY),
            **fields,
        }
    )
    answer: pb.GetPortfolioResponse = stub.GetPortfolio(request, timeout=30)
    return answer


def ids(answer: pb.GetPortfolioResponse) -> list[str]:
    return [item.business_id for item in answer.businesses]


def test_the_worst_comes_first_each_with_the_figures_of_its_console(
    grpc_stub: Any, stack: Stack, poor: str, rich: str
) -> None:
    answer = ask(grpc_stub, rich, poor)
    assert answer.business_id == "the-firm"
    assert ids(answer) == [poor, rich]
    with identity.channel(stack.gateway_grpc) as channel:
        for item in answer.businesses:
            console = console_grpc.DecisionConsoleServiceStub(channel).GetDecisionConsole(
                console_pb.GetDecisionConsoleRequest(business_id=item.business_id, as_of=day(DAY))
            )
            figures = item.figures
            assert figures.runway == console.runway
            assert figures.display_name == console.display_name
            assert figures.overdue_invoices == console.balances.overdue_invoices
            assert figures.overdue_bills == console.balances.overdue_bills
            assert figures.synced_at == console.synced_at
    assert answer.businesses[0].figures.runway.HasField("cash_zero_date")
    assert not answer.businesses[1].figures.runway.HasField("cash_zero_date")


def test_one_that_fails_is_marked_with_its_reason_and_does_not_fail_the_rest(
    grpc_stub: Any, poor: str, mixed: str
) -> None:
    unknown = builders.business_id("nobody")
    answer = ask(grpc_stub, poor, mixed, unknown)
    failures = {
        item.business_id: (item.failure.status, item.failure.reason)
        for item in answer.businesses
        if item.HasField("failure")
    }
    assert failures == {
        mixed: ("FAILED_PRECONDITION", "CURRENCY_RATE_MISSING"),
        unknown: ("NOT_FOUND", "BUSINESS_NOT_FOUND"),
    }
    assert ids(answer)[2] == poor
    assert answer.failed_count == 2
    assert sum(one.count for one in answer.status_counts) == 1


def test_the_filter_leaves_the_counts_of_all_and_what_failed(
    grpc_stub: Any, poor: str, rich: str, mixed: str
) -> None:
    excellent = assessment_pb2.RUNWAY_STATUS_EXCELLENT
    answer = ask(grpc_stub, poor, rich, mixed, statuses=[excellent])
    assert ids(answer) == [mixed, rich]
    assert sum(one.count for one in answer.status_counts) == 2
    assert ids(ask(grpc_stub, poor, rich, text=rich.upper())) == [rich]


def test_by_name_it_stands_by_name(grpc_stub: Any, poor: str, rich: str) -> None:
    answer = ask(grpc_stub, rich, poor, order=pb.PORTFOLIO_ORDER_NAME)
    names = [item.figures.display_name for item in answer.businesses]
    assert names == sorted(names, key=str.casefold)


def test_by_cash_the_least_comes_first(grpc_stub: Any, poor: str, rich: str) -> None:
    answer = ask(grpc_stub, rich, poor, order=pb.PORTFOLIO_ORDER_CASH)
    cash = [from_money(item.figures.runway.cash) for item in answer.businesses]
    assert (ids(answer), cash) == ([poor, rich], sorted(cash))


@pytest.mark.parametrize(
    "business_ids",
    [[], ["a"] * 2, ["Upper"], [""], [f"b-{n}" for n in range(101)]],
    ids=["none", "twice", "upper case", "empty", "101"],
)
def test_a_list_that_is_no_portfolio_is_refused_naming_the_field(
    grpc_stub: Any, business_ids: list[str]
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(grpc_stub, *business_ids)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert all(field.startswith("business_ids") for field in violations_of(caught.value))


def test_a_hundred_businesses_are_shown(grpc_stub: Any, rich: str) -> None:
    others = [f"nobody-{n}" for n in range(99)]
    answer = ask(grpc_stub, rich, *others)
    assert (len(answer.businesses), answer.failed_count) == (100, 99)
    assert from_money(answer.businesses[-1].figures.runway.cash) == 5_000_000


def test_when_a_service_is_away_the_call_says_which_and_when_to_try_again(stack: Stack) -> None:
    with (
        servers.gateway("127.0.0.1:1", stack.calculator) as (address, _),
        identity.channel(address) as channel,
        pytest.raises(grpc.RpcError) as caught,
    ):
        ask(portfolio_service_pb2_grpc.PortfolioServiceStub(channel), "a", "b")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert reason_of(caught.value) == "ORCHESTRATOR_UNAVAILABLE"
    assert retry_after_of(caught.value) == 1.0
