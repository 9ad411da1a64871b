"""BacktestService of the orchestrator: one record a business, checked, kept once, audited."""

import asyncio
from typing import Any

import grpc
import pytest
from runway.ledger.v1 import ledger_history_pb2
from runway.orchestrator.v1 import backtest_service_pb2 as pb
from runway.orchestrator.v1 import backtest_service_pb2_grpc, business_service_pb2_grpc
from sqlalchemy import text

from support import builders, catalogue, identity
from support.builders import day, usd
from support.databases import DatabaseUrls
from support.errors import reason_of, violations_of
from support.servers import Stack

GRPC_SERVICE = "orchestrator"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return backtest_service_pb2_grpc.BacktestServiceStub


@pytest.fixture
def business(stack: Stack) -> str:
    business_id = builders.business_id("record")
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
    return business_id


def record(error: Any = None, **fields: Any) -> ledger_history_pb2.BacktestRecord:
    cash = ledger_history_pb2.CashAccuracy(
        weeks=4, origin_count=9, mean_absolute_error=usd("12.34") if error is None else error
    )
    return ledger_history_pb2.BacktestRecord(
        **{"as_of": day("2026-05-05"), "origin_count": 9, "cash": [cash], **fields}
    )


def request(business_id: str, what: Any, request_id: str = "") -> pb.RecordBacktestRequest:
    return pb.RecordBacktestRequest(
        business_id=business_id, request_id=request_id or builders.request_id(), record=what
    )


def kept(stub: Any, business_id: str) -> Any:
    return stub.GetBacktest(pb.GetBacktestRequest(business_id=business_id))


def test_a_record_is_given_back_as_it_came_with_the_instant_of_its_keeping(
    grpc_stub: Any, business: str
) -> None:
    answer = grpc_stub.RecordBacktest(request(business, record())).record
    assert answer.recorded_at == builders.instant("2026-05-05T19:00:00+00:00")
    assert kept(grpc_stub, business).record == answer
    answer.ClearField("recorded_at")
    assert answer == record()


def test_the_newer_record_stands_in_the_place_of_the_older_and_both_are_audited(
    grpc_stub: Any, business: str, database: DatabaseUrls
) -> None:
    for count in (1, 2):
        grpc_stub.RecordBacktest(request(business, record(origin_count=count)))
    assert kept(grpc_stub, business).record.origin_count == 2
    before_and_after = asyncio.run(audited(database, business))
    assert before_and_after == [(None, 1), (1, 2)]


async def audited(database: DatabaseUrls, business_id: str) -> list[tuple[Any, Any]]:
    async with catalogue.passing_transaction(database.owner) as owner:
        await owner.execute(text("ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY"))
        rows = await owner.execute(
            text(
                "SELECT before, after FROM audit_event WHERE business_id = :id"
                " AND subject_kind = 'backtest' ORDER BY sequence_number"
            ),
            {"id": business_id},
        )
        return [tuple(side and side["figures"]["origin_count"] for side in row) for row in rows]


def test_the_same_request_id_keeps_the_record_once_and_no_other_body(
    grpc_stub: Any, business: str
) -> None:
    request_id = builders.request_id()
    first = grpc_stub.RecordBacktest(request(business, record(), request_id))
    grpc_stub.RecordBacktest(request(business, record(origin_count=3)))
    assert grpc_stub.RecordBacktest(request(business, record(), request_id)) == first
    assert kept(grpc_stub, business).record.origin_count == 3
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.RecordBacktest(request(business, record(origin_count=4), request_id))
    assert reason_of(caught.value) == "REQUEST_ID_REUSED"


@pytest.mark.parametrize(
    ("what", "field", "reason"),
    [
        (record({"currency_code": "EUR", "units": 1}), "record.cash", "CURRENCY_MISMATCH"),
        (
            record({"currency_code": "USD", "units": 1, "nanos": -1}),
            "record.cash[0].mean_absolute_error",
            "INVALID_FIELDS",
        ),
        (record(as_of={"year": 2026, "month": 2, "day": 30}), "record.as_of", "INVALID_FIELDS"),
        (
            record(last_origin_date={"year": 2026, "month": 2, "day": 30}),
            "record.last_origin_date",
            "INVALID_FIELDS",
        ),
    ],
)
def test_a_record_that_cannot_be_is_refused_and_nothing_kept(
    grpc_stub: Any, business: str, what: Any, field: str, reason: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.RecordBacktest(request(business, what))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (reason_of(caught.value), list(violations_of(caught.value))) == (reason, [field])
    assert not kept(grpc_stub, business).HasField("record")
