"""A business that asks for too much is told so, over gRPC and over HTTP, and nobody else notices.

A row that is locked holds the calls of one business in the orchestrator for as long as a test
wants.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from runway.experience.v1 import hand_over_service_pb2 as hand_over_pb
from runway.experience.v1 import hand_over_service_pb2_grpc
from runway.ledger.v1 import hand_over_pb2
from runway.orchestrator.v1 import business_service_pb2 as business_pb
from runway.orchestrator.v1 import business_service_pb2_grpc
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service_kit.admission import Limits
from service_kit.settings import ServerSettings
from support import builders, identity, servers
from support.databases import DatabaseUrls
from support.errors import reason_of, retry_after_of

CREATE = "/runway.experience.v1.HandOverService/CreateHandOver"
ONE_RUNS_AND_ONE_WAITS = Limits(at_once=2, at_once_each=1, waiting_each=1)


@pytest.fixture(scope="module")
def addresses(database: DatabaseUrls) -> Iterator[tuple[str, str, str]]:
    """An orchestrator and, before it, a gateway that lets few in: over gRPC, over HTTP."""
    with (
        servers.orchestrator(database.app) as orchestrator,
        servers.calculator() as calculator,
        servers.gateway(orchestrator, calculator, ONE_RUNS_AND_ONE_WAITS) as gateway,
    ):
        yield orchestrator, *gateway


@pytest.fixture
def business_ids(addresses: tuple[str, str, str]) -> tuple[str, str]:
    """Two businesses: one that asks for much, and another."""
    made = builders.business_id("greedy"), builders.business_id("quiet")
    with identity.channel(addresses[0]) as channel:
        for business_id in made:
            request = builders.create_business(business_id)
            business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(request)
    return made


@pytest.fixture
async def engine(database: DatabaseUrls) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database.app)
    yield engine
    await engine.dispose()


@contextlib.asynccontextmanager
async def held(engine: AsyncEngine, business_id: str) -> AsyncIterator[None]:
    """Have every change of a business wait in the database."""
    async with engine.begin() as holding:
        bind = text("SELECT set_config('app.business_id', :business_id, true)")
        await holding.execute(bind, {"business_id": business_id})
        await holding.execute(text("SELECT 1 FROM business FOR UPDATE"))
        yield


async def waiting(engine: AsyncEngine, count: int) -> bool:
    """Return whether so many statements come to wait for a lock, within two seconds."""
    statements = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'runway orchestrator'"
    )
    async with engine.connect() as connection:
        for _ in range(100):
            if await connection.scalar(statements) == count:
                return True
            await asyncio.sleep(0.02)
    return False


def change(business_id: str) -> Message:
    return hand_over_pb.CreateHandOverRequest(
        business_id=business_id,
        request_id=builders.request_id(),
        hand_over=hand_over_pb2.HandOver(from_person="Ann", to_person="Bob", note="see rent"),
    )


class OverGrpc:
    """A client of the gateway over gRPC."""

    def __init__(self, address: str) -> None:
        self._channel = identity.aio_channel(address)

    async def ask(self, business_id: str, seconds: float = 20.0) -> None:
        stub = hand_over_service_pb2_grpc.HandOverServiceStub(self._channel)
        await stub.CreateHandOver(change(business_id), timeout=seconds)

    async def refused(self, business_id: str) -> float | None:
        """Ask, be refused, and return after how many seconds to try again."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.ask(business_id)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(caught.value) == "TOO_MANY_CALLS"
        return retry_after_of(caught.value)

    async def close(self) -> None:
        await self._channel.close()


class OverHttp:
    """A client of the gateway over HTTP."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=f"http://{address}")

    async def _post(self, business_id: str, seconds: float) -> httpx.Response:
        return await self._client.post(
            CREATE,
            json=json_format.MessageToDict(change(business_id)),
            headers={
                **identity.headers(business_id),
                "connect-timeout-ms": str(int(seconds * 1000)),
            },
            timeout=30,
        )

    async def ask(self, business_id: str, seconds: float = 20.0) -> None:
        (await self._post(business_id, seconds)).raise_for_status()

    async def refused(self, business_id: str) -> float | None:
        answer = await self._post(business_id, 20.0)
        assert answer.status_code == 429
        assert answer.json()["code"] == "resource_exhausted"
        assert answer.json()["message"].startswith("Too many calls")
        return int(answer.headers["retry-after"])

    async def close(self) -> None:
        await self._client.aclose()


@pytest.fixture(params=["gRPC", "HTTP"])
async def client(
    request: pytest.FixtureRequest, addresses: tuple[str, str, str]
) -> AsyncIterator[Any]:
    over = OverGrpc(addresses[1]) if request.param == "gRPC" else OverHttp(addresses[2])
    yield over
    await over.close()


async def test_one_that_asks_too_often_is_told_when_to_ask_again_and_others_are_served(
    client: Any, business_ids: tuple[str, str], engine: AsyncEngine
) -> None:
    greedy, quiet = business_ids
    async with held(engine, greedy):
        calls = [asyncio.create_task(client.ask(greedy)) for _ in range(2)]
        assert await waiting(engine, 1)  # the other one of them waits in the gateway
        retry_after = await client.refused(greedy)
        assert retry_after is not None
        assert 0 < retry_after <= 10
        await client.ask(quiet)
    await asyncio.gather(*calls)
    await client.ask(greedy)


async def test_a_call_that_waits_and_whose_client_goes_leaves_its_place_to_another(
    client: Any, business_ids: tuple[str, str], engine: AsyncEngine
) -> None:
    greedy, _ = business_ids
    async with held(engine, greedy):
        first = asyncio.create_task(client.ask(greedy))
        assert await waiting(engine, 1)
        second = asyncio.create_task(client.ask(greedy, seconds=0.3))
        with pytest.raises((grpc.aio.AioRpcError, httpx.HTTPStatusError)):
            await second
        third = asyncio.create_task(client.ask(greedy))
        await asyncio.sleep(0.1)
        await client.refused(greedy)
    await asyncio.gather(first, third)


async def test_the_statement_of_a_call_ends_with_its_deadline_also_behind_the_gateway(
    client: Any, business_ids: tuple[str, str], engine: AsyncEngine
) -> None:
    greedy, _ = business_ids
    async with held(engine, greedy):
        call = asyncio.create_task(client.ask(greedy, seconds=1.0))
        assert await waiting(engine, 1)
        with pytest.raises((grpc.aio.AioRpcError, httpx.HTTPStatusError)):
            await call
        assert await waiting(engine, 0)


async def test_the_statement_of_a_call_ends_when_its_client_goes_also_behind_the_gateway(
    client: Any, business_ids: tuple[str, str], engine: AsyncEngine
) -> None:
    greedy, _ = business_ids
    async with held(engine, greedy):
        call = asyncio.create_task(client.ask(greedy))
        assert await waiting(engine, 1)
        call.cancel()
        assert await waiting(engine, 0)


async def test_streams_that_say_nothing_take_nobody_s_place(
    business_ids: tuple[str, str], addresses: tuple[str, str, str]
) -> None:
    greedy, _ = business_ids
    method = "/runway.orchestrator.v1.LedgerService/ImportLedger"
    async with identity.aio_channel(addresses[0]) as channel:
        silent = [
            channel.stream_unary(method)(metadata=identity.bearer(method, greedy))
            for _ in range(ServerSettings().calls_at_once_each)
        ]
        for stream in silent:
            await stream.wait_for_connection()
        stub = business_service_pb2_grpc.BusinessServiceStub(channel)
        await stub.GetBusiness(business_pb.GetBusinessRequest(business_id=greedy), timeout=2)
        for stream in silent:
            stream.cancel()


async def test_health_and_reflection_wait_for_nobody(
    business_ids: tuple[str, str], addresses: tuple[str, str, str], engine: AsyncEngine
) -> None:
    over = OverGrpc(addresses[1])
    async with held(engine, business_ids[0]), held(engine, business_ids[1]):
        calls = [
            asyncio.create_task(over.ask(business_id)) for business_id in business_ids for _ in "12"
        ]
        assert await waiting(engine, 2)  # every place is taken
        async with grpc.aio.insecure_channel(addresses[1]) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=2)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
            reflected = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
                iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=2
            )
            assert [one async for one in reflected]
    await asyncio.gather(*calls)
    await over.close()
