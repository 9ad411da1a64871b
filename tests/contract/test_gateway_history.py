"""The gateway's look back on the real three services: the runway on past days, and backtests."""

import datetime
import tempfile
import uuid
from pathlib import Path
from typing import Any

import grpc
import pytest
from runway.experience.v1 import (
    decision_console_service_pb2 as console_pb,
)
from runway.experience.v1 import (
    decision_console_service_pb2_grpc,
    forecast_service_pb2_grpc,
)
from runway.experience.v1 import forecast_service_pb2 as pb
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb
from runway.orchestrator.v1.business_service_pb2_grpc import BusinessServiceStub
from runway.orchestrator.v1.ledger_service_pb2_grpc import LedgerServiceStub

from orchestrator_svc.connectors.demo_company import write
from runway_cli.books import import_quickbooks
from runway_cli.settings import Settings
from service_kit.wire import from_date, from_money, to_date
from support import builders, identity
from support.builders import day
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
TODAY = datetime.date(2026, 5, 5)


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return forecast_service_pb2_grpc.ForecastServiceStub


@pytest.fixture(scope="module")
def business(stack: Stack) -> str:
    """The demo company: eighteen months of books up to today."""
    business_id = builders.business_id("history")
    port = int(stack.orchestrator.rpartition(":")[2])
    settings = Settings(orchestrator_port=port, state_dir=identity.STATE_DIR)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), TODAY, 1)
        assert import_quickbooks(
            settings, Path(folder), business_id, "America/Los_Angeles", False
        ).applied
    return business_id


def ask(stub: Any, business_id: str, **fields: Any) -> Any:
    return stub.GetRunwayHistory(pb.GetRunwayHistoryRequest(business_id=business_id, **fields))


def run_backtest(stub: Any, business_id: str, request_id: str | None = None) -> Any:
    request = pb.RunBacktestRequest(
        business_id=business_id, request_id=request_id or str(uuid.uuid4())
    )
    return stub.RunBacktest(request, timeout=60)


def test_each_point_is_what_the_decision_console_tells_of_that_day(
    grpc_stub: Any, grpc_channel: Any, business: str
) -> None:
    points = ask(grpc_stub, business, weeks=52).points
    assert [from_date(point.date) for point in points] == [
        TODAY - datetime.timedelta(weeks=back) for back in range(52, -1, -1)
    ]
    consoles = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(grpc_channel)
    for point in points[::4]:
        request = console_pb.GetDecisionConsoleRequest(business_id=business, as_of=point.date)
        runway = consoles.GetDecisionConsole(request).runway
        assert point.cash == runway.cash
        assert point.status == runway.status
        assert point.HasField("cash_zero_date") == runway.HasField("cash_zero_date")
        assert point.cash_zero_date == runway.cash_zero_date
        assert point.runway_days == runway.runway_days
        assert point.low_water_mark == runway.low_water_mark
        assert point.low_water_date == runway.low_water_date


def test_the_runway_of_past_days_is_no_straight_line(grpc_stub: Any, business: str) -> None:
    points = ask(grpc_stub, business, weeks=26).points
    assert len({from_money(point.cash) for point in points}) > 20
    assert len({from_money(point.low_water_mark) for point in points}) > 20


def test_days_are_given_once_each_and_the_earliest_first(grpc_stub: Any, business: str) -> None:
    named = [day("2026-04-15"), day("2026-02-01"), day("2026-04-15")]
    points = ask(grpc_stub, business, dates=named).points
    assert [from_date(point.date).isoformat() for point in points] == ["2026-02-01", "2026-04-15"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"dates": [day("2024-01-01"), day("2026-01-01")]}, "dates"),
        ({"dates": [day("2026-01-01")], "weeks": 3}, "dates"),
        ({"dates": [day("2026-01-01")], "as_of": day("2026-01-01")}, "dates"),
        ({"dates": [{"year": 2026, "month": 2, "day": 30}]}, "dates[0]"),
        ({"weeks": 105}, "weeks"),
    ],
)
def test_days_that_make_no_history_are_refused(
    grpc_stub: Any, business: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(grpc_stub, business, **fields)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations_of(caught.value)) == [field]


def test_the_books_of_a_span_end_in_those_of_its_last_day(stack: Stack, business: str) -> None:
    with identity.channel(stack.orchestrator) as channel:
        stub = LedgerServiceStub(channel)
        ledger = stub.GetLedger(ledger_pb.GetLedgerRequest(business_id=business)).ledger
        history = stub.GetLedgerHistory(
            ledger_pb.GetLedgerHistoryRequest(business_id=business, days=70)
        ).history
    assert from_date(history.first_date) == TODAY - datetime.timedelta(days=70)
    assert list(history.ledger.invoices) == list(ledger.invoices)
    assert history.ledger.balances == ledger.balances
    settled = [from_date(one.settled_date) for one in history.settled_invoices]
    assert settled and all(from_date(history.first_date) < one <= TODAY for one in settled)


def test_a_backtest_is_kept_and_every_forecast_shows_it(grpc_stub: Any, business: str) -> None:
    forecast = pb.GetForecastRequest(business_id=business, seed=1)
    nothing = pb.GetBacktestRequest(business_id=business)
    assert not grpc_stub.GetForecast(forecast).HasField("track_record")
    assert not grpc_stub.GetBacktest(nothing).HasField("record")
    record = run_backtest(grpc_stub, business).record
    assert grpc_stub.GetForecast(forecast).track_record == record
    assert grpc_stub.GetBacktest(nothing).record == record
    assert record.as_of == to_date(TODAY)
    assert record.HasField("recorded_at")
    assert record.origin_count == 52
    assert [(cash.weeks, cash.origin_count) for cash in record.cash] == [(1, 52), (4, 49), (13, 40)]
    for cash in record.cash:
        within = cash.coverage
        assert 0 <= within.share_within_50 <= within.share_within_80 <= within.share_within_95 <= 1
        assert 0 < from_money(cash.pinball_loss) < from_money(cash.mean_absolute_error)
    assert record.pay_dates.count > 100


def test_the_same_books_and_request_give_the_kept_backtest(grpc_stub: Any, business: str) -> None:
    request_id = str(uuid.uuid4())
    first, again = (run_backtest(grpc_stub, business, request_id) for _ in range(2))
    assert first == again


def test_a_backtest_ends_where_the_books_were_last_read(grpc_stub: Any, stack: Stack) -> None:
    """What came after it is not known: a cash that stays would seem to be the best forecast."""
    business_id = builders.business_id("stale")
    settings = Settings(
        orchestrator_port=int(stack.orchestrator.rpartition(":")[2]), state_dir=identity.STATE_DIR
    )
    read = TODAY - datetime.timedelta(weeks=20)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), read, 1)
        assert import_quickbooks(
            settings, Path(folder), business_id, "America/Los_Angeles", False
        ).applied
    record = run_backtest(grpc_stub, business_id).record
    assert from_date(record.as_of) == read
    assert from_date(record.last_origin_date) < read


def test_a_business_without_books_has_a_backtest_of_nothing(grpc_stub: Any, stack: Stack) -> None:
    business_id = builders.business_id("empty")
    with identity.channel(stack.orchestrator) as channel:
        BusinessServiceStub(channel).CreateBusiness(builders.create_business(business_id))
    record = run_backtest(grpc_stub, business_id).record
    assert (record.origin_count, list(record.cash)) == (0, [])
    assert not record.HasField("first_origin_date")


def test_a_business_that_is_not_there_is_not_found(grpc_stub: Any) -> None:
    for call in (lambda: ask(grpc_stub, "nobody"), lambda: run_backtest(grpc_stub, "nobody")):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert reason_of(caught.value) == "BUSINESS_NOT_FOUND"
