"""A server that is told to stop says so, finishes what it has begun, and loses nothing."""

import asyncio
import signal
import uuid

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from support import builders, identity
from support.databases import DatabaseUrls
from support.processes import Process, environment_of_three

CALLS = 6


@pytest.fixture
def environment(database: DatabaseUrls) -> dict[str, str]:
    # All calls are of one business, and all are to be under way.
    return {**environment_of_three(database.app), "RUNWAY_CALLS_AT_ONCE_EACH": str(CALLS)}


async def test_calls_under_way_are_answered_and_new_ones_are_not_taken(
    environment: dict[str, str], database: DatabaseUrls
) -> None:
    """Six changes wait for a lock when the signal comes; they are done once it is let go."""
    process = Process("orchestrator_svc", int(environment["RUNWAY_ORCHESTRATOR_PORT"]), environment)
    business_id = builders.business_id("stop")
    process.start()
    try:
        async with identity.aio_channel(process.address) as channel:
            await business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
                builders.create_business(business_id)
            )
            stub = ledger_service_pb2_grpc.LedgerServiceStub(channel)
            other = create_async_engine(database.app)
            async with other.begin() as holding:
                bind = text("SELECT set_config('app.business_id', :business_id, true)")
                await holding.execute(bind, {"business_id": business_id})
                await holding.execute(text("SELECT 1 FROM business FOR UPDATE"))
                writing = [
                    asyncio.ensure_future(stub.CreateEarmark(_earmark(business_id, f"e{number}")))
                    for number in range(CALLS)
                ]
                await asyncio.sleep(0.5)
                psutil.Process(process.pid).send_signal(signal.SIGTERM)
                await asyncio.sleep(0.3)
                psutil.Process(process.pid).send_signal(signal.SIGINT)
                await asyncio.sleep(0.2)
                assert not any(call.done() for call in writing)
                assert not await _takes_calls(process.address)
            answers = await asyncio.gather(*writing)
            await other.dispose()
        assert {answer.earmark.display_name for answer in answers} == {
            f"e{number}" for number in range(CALLS)
        }
        assert process.wait() == 0
    finally:
        process.stop()
    assert await _kept(database, business_id) == CALLS


def _earmark(business_id: str, name: str) -> ledger_pb.CreateEarmarkRequest:
    return ledger_pb.CreateEarmarkRequest(
        business_id=business_id,
        request_id=str(uuid.uuid4()),
        earmark=builders.earmark(display_name=name),
    )


async def _takes_calls(address: str) -> bool:
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=1
            )
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _kept(database: DatabaseUrls, business_id: str) -> int:
    engine = create_async_engine(database.app)
    async with engine.begin() as connection:
        await connection.execute(
            text("SELECT set_config('app.business_id', :id, true)"), {"id": business_id}
        )
        count = await connection.scalar(text("SELECT count(*) FROM earmark"))
    await engine.dispose()
    return int(count or 0)
