"""The database fails under the orchestrator: a status in time, and well again at once."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from runway.orchestrator.v1 import (
    business_service_pb2 as business_pb,
)
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from runway.orchestrator.v1 import (
    decision_console_service_pb2 as console_pb,
)
from runway.orchestrator.v1 import (
    ledger_service_pb2 as ledger_pb,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from orchestrator_svc.migrations import migrate
from orchestrator_svc.store.database import Database
from runway_cli.embedded_postgres import EmbeddedPostgres
from support import builders, identity, servers
from support.errors import reason_of, retry_after_of

BUSINESS = "acme"
SECONDS = 3.0
"""As long as a caller waits."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture
async def postgres(folder: Path) -> Any:
    """A PostgreSQL of this module's own, running at the start and at the end of each test."""
    postgres = EmbeddedPostgres(folder, durable=False)
    postgres.start()
    await migrate(postgres.owner_url, postgres.app_password)
    yield postgres
    postgres.stop()


@pytest.fixture
def channel(postgres: EmbeddedPostgres) -> Iterator[grpc.Channel]:
    with (
        servers.orchestrator(postgres.app_url) as address,
        identity.channel(address) as channel,
    ):
        request = builders.create_business(BUSINESS)
        stub = business_service_pb2_grpc.BusinessServiceStub(channel)
        try:
            stub.CreateBusiness(request)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.ALREADY_EXISTS
        yield channel


def read(channel: grpc.Channel) -> Any:
    """Read through the driver's own snapshot."""
    stub = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel)
    return stub.GetConsoleData(
        console_pb.GetConsoleDataRequest(business_id=BUSINESS), timeout=SECONDS
    )


def listing(channel: grpc.Channel) -> Any:
    """Read through SQLAlchemy."""
    stub = ledger_service_pb2_grpc.LedgerServiceStub(channel)
    return stub.ListBills(ledger_pb.ListBillsRequest(business_id=BUSINESS), timeout=SECONDS)


def write(channel: grpc.Channel) -> Any:
    request = ledger_pb.CreateEarmarkRequest(
        business_id=BUSINESS, request_id=builders.request_id(), earmark=builders.earmark()
    )
    return ledger_service_pb2_grpc.LedgerServiceStub(channel).CreateEarmark(
        request, timeout=SECONDS
    )


WAYS = pytest.mark.parametrize("way", [read, listing, write])


def unavailable(way: Any, channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        way(channel)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert reason_of(caught.value) == "DATABASE_UNAVAILABLE"
    assert retry_after_of(caught.value) is not None
    assert "postgres" not in caught.value.details().lower()


def well_within(seconds: float, way: Any, channel: grpc.Channel) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            way(channel)
            return
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.UNAVAILABLE, error
            assert time.monotonic() < end


@WAYS
def test_a_stopped_database_is_unavailable_and_well_within_five_seconds_of_its_return(
    way: Any, channel: grpc.Channel, postgres: EmbeddedPostgres
) -> None:
    way(channel)
    postgres.stop()
    unavailable(way, channel)
    unavailable(way, channel)
    postgres.start()
    well_within(5, way, channel)


@WAYS
async def test_connections_that_were_closed_behind_its_back_are_replaced(
    way: Any, channel: grpc.Channel, postgres: EmbeddedPostgres
) -> None:
    way(channel)
    other = create_async_engine(postgres.app_url)
    async with other.connect() as connection:
        closed = await connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'runway orchestrator'"
            )
        )
        assert closed.scalar_one() >= 1
    await other.dispose()
    time.sleep(0.2)
    way(channel)


def test_a_deadline_that_is_too_short_is_refused_before_anything_is_done(
    channel: grpc.Channel,
) -> None:
    stub = business_service_pb2_grpc.BusinessServiceStub(channel)
    with pytest.raises(grpc.RpcError) as caught:
        stub.GetBusiness(business_pb.GetBusinessRequest(business_id=BUSINESS), timeout=0.001)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_pool_without_a_free_connection_is_unavailable_in_time(
    postgres: EmbeddedPostgres,
) -> None:
    database = Database(postgres.app_url, pool_size=1)
    with pytest.raises(Exception) as caught:
        async with database.transaction(BUSINESS):
            started = time.monotonic()
            async with database.snapshot(BUSINESS):
                pass
    assert type(caught.value).__name__ == "DatabaseUnavailable"
    assert time.monotonic() - started < 7
    async with database.snapshot(BUSINESS):
        pass
    await database.close()


@WAYS
def test_a_database_that_stands_still_is_told_of_in_time_and_well_within_five_seconds_of_going_on(
    way: Any, channel: grpc.Channel, postgres: EmbeddedPostgres
) -> None:
    way(channel)
    server = psutil.Process(postgres.process.pid)
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(grpc.RpcError) as caught:
                way(channel)
            assert caught.value.code() in (
                grpc.StatusCode.DEADLINE_EXCEEDED,
                grpc.StatusCode.UNAVAILABLE,
            )
            assert time.monotonic() - began < SECONDS + 1
    finally:
        for process in processes:
            process.resume()
    well_within(5, way, channel)


async def test_the_statement_of_a_call_whose_client_has_gone_ends_within_a_second(
    channel: grpc.Channel, postgres: EmbeddedPostgres
) -> None:
    other = create_async_engine(postgres.app_url)
    async with other.begin() as holding:
        bind = text("SELECT set_config('app.business_id', :business_id, true)")
        await holding.execute(bind, {"business_id": BUSINESS})
        await holding.execute(text("SELECT 1 FROM business FOR UPDATE"))
        call = ledger_service_pb2_grpc.LedgerServiceStub(channel).CreateEarmark.future(
            ledger_pb.CreateEarmarkRequest(
                business_id=BUSINESS,
                request_id=builders.request_id(),
                earmark=builders.earmark(),
            )
        )
        assert await _waiting(other, 1)
        call.cancel()
        assert await _waiting(other, 0)
    await other.dispose()
    write(channel)


async def _waiting(engine: AsyncEngine, wanted: int) -> bool:
    """Return whether so many of the orchestrator's statements wait for a lock, within a second."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND application_name = 'runway orchestrator'"
    )
    end = time.monotonic() + 1
    async with engine.connect() as connection:
        while time.monotonic() < end:
            if await connection.scalar(waiting) == wanted:
                return True
            await asyncio.sleep(0.02)
    return False


async def test_a_database_that_only_reads_still_reads_and_takes_changes_again_when_it_does(
    channel: grpc.Channel, postgres: EmbeddedPostgres
) -> None:
    write(channel)
    await _set_read_only(postgres, "on")
    unavailable(write, channel)
    read(channel)
    listing(channel)
    await _set_read_only(postgres, "off")
    well_within(5, write, channel)


async def _set_read_only(postgres: EmbeddedPostgres, value: str) -> None:
    """Have every session from now on read alone, or no more, and end those that there are."""
    owner = create_async_engine(postgres.owner_url, isolation_level="AUTOCOMMIT")
    async with owner.connect() as connection:
        await connection.execute(text("SET default_transaction_read_only = off"))
        name = await connection.scalar(text("SELECT current_database()"))
        await connection.execute(
            text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
        )
    await owner.dispose()
    app = create_async_engine(postgres.app_url)
    async with app.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'runway orchestrator'"
            )
        )
    await app.dispose()
