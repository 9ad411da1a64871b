"""Changes of one business at the same time happen one after the other, and each once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from runway.orchestrator.v1 import decision_console_service_pb2 as pb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from support import builders, identity
from support.builders import request_id
from support.databases import DatabaseUrls

BILLS = 40


@pytest.fixture
def channel(orchestrator_address: str) -> Iterator[grpc.Channel]:
    with identity.channel(orchestrator_address) as channel:
        yield channel


@pytest.fixture
def business(channel: grpc.Channel) -> str:
    """A business with forty open bills."""
    business_id = builders.business_id("busy")
    business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
        builders.create_business(business_id)
    )
    bills = [builders.bill(str(number)) for number in range(BILLS)]
    books = builders.import_ledger(business_id, builders.account(), builders.vendor(), *bills)
    ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel)
    assert ledger.ImportLedger(iter([books])).applied
    return business_id


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make all calls at the same time; a refusal stands for its answer."""

    def outcome(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except grpc.RpcError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


def test_one_request_sent_ten_times_at_once_is_done_once(
    channel: grpc.Channel, business: str
) -> None:
    stub = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel)
    request = pb.AddDecisionRequest(
        business_id=business, request_id=request_id(), decision=builders.pay_now("1")
    )
    answers = at_once([lambda: stub.AddDecision(request)] * 10)
    assert all(answer == answers[0] for answer in answers)
    data = stub.GetConsoleData(pb.GetConsoleDataRequest(business_id=business))
    assert [d.decision_id for d in data.ledger.queued_decisions] == [
        answers[0].decision.decision_id
    ]


async def test_decisions_added_while_others_finalise_are_neither_lost_nor_doubled(
    channel: grpc.Channel, business: str, database: DatabaseUrls
) -> None:
    stub = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel)

    def queue() -> Any:
        return stub.GetConsoleData(pb.GetConsoleDataRequest(business_id=business))

    def add(bill_id: str) -> Callable[[], Any]:
        request = pb.AddDecisionRequest(
            business_id=business, request_id=request_id(), decision=builders.pay_now(bill_id)
        )
        return lambda: stub.AddDecision(request)

    def finalize() -> Any:
        request = pb.FinalizeDecisionsRequest(
            business_id=business, request_id=request_id(), etag=queue().queue_etag
        )
        return stub.FinalizeDecisions(request)

    calls: list[Callable[[], Any]] = []
    for number in range(BILLS):
        calls += [add(str(number)), *([finalize] if number % 4 == 0 else [])]
    answers = at_once(calls)

    added = {a.decision.decision_id for a in answers if isinstance(a, pb.AddDecisionResponse)}
    assert len(added) == BILLS
    batches = [a.batch for a in answers if isinstance(a, pb.FinalizeDecisionsResponse)]
    refused = [a for a in answers if isinstance(a, grpc.RpcError)]
    assert {error.code().name for error in refused} <= {"ABORTED", "FAILED_PRECONDITION"}
    finalised = [d.decision_id for batch in batches for d in batch.decisions]
    queued = [d.decision_id for d in queue().ledger.queued_decisions]
    assert sorted(finalised + queued) == sorted(added)

    engine = create_async_engine(database.app)
    async with engine.begin() as connection:
        await connection.execute(
            text("SELECT set_config('app.business_id', :id, true)"), {"id": business}
        )
        rows = await connection.execute(text("SELECT decision_id::text FROM finalized_decision"))
        assert sorted(row[0] for row in rows) == sorted(finalised)
    await engine.dispose()


def test_two_imports_at_once_take_turns(channel: grpc.Channel, business: str) -> None:
    ledger = ledger_service_pb2_grpc.LedgerServiceStub(channel)

    def imported(version: int) -> Callable[[], Any]:
        bills = [
            builders.bill(str(n), document_number=f"v{version}", source_version=version)
            for n in range(BILLS)
        ]
        request = builders.import_ledger(business, *bills)
        return lambda: ledger.ImportLedger(iter([request]))

    answers = at_once([imported(version) for version in (1, 2, 3, 4)])
    assert all(answer.applied for answer in answers)
    data = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel).GetConsoleData(
        pb.GetConsoleDataRequest(business_id=business)
    )
    assert {bill.document_number for bill in data.ledger.bills} == {"v4"}
