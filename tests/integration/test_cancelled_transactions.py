"""A call that is cancelled, at whatever moment, leaves no trace on the connection that it used.

The driver begins a transaction with a statement of its own. Cancelled just then, the connection
would go back to the pool within a transaction that nobody ends: the next change on it would be
answered as done, and never be committed.
"""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import insert, text

from orchestrator_svc.domain.business import Business
from orchestrator_svc.store import businesses
from orchestrator_svc.store.database import Database, Prepared
from orchestrator_svc.store.tables import sync_gap
from support import builders
from support.databases import DatabaseUrls

NOW = datetime.datetime(2026, 5, 5, tzinfo=datetime.UTC)
SEEN = Prepared(text("SELECT business_id FROM business"))
TIMES = 120


@pytest.fixture
async def pool_of_one(database: DatabaseUrls) -> AsyncIterator[Database]:
    opened = Database(database.app, pool_size=1)
    yield opened
    await opened.close()


@pytest.fixture
async def business_id(pool_of_one: Database) -> str:
    name = builders.business_id("cut")
    new = Business(name, "Acme", "USD", "UTC", created_at=NOW, updated_at=NOW)
    async with pool_of_one.transaction(name) as transaction:
        assert await businesses.create(transaction, new)
    return name


async def write(pool: Database, business_id: str, number: int) -> None:
    began = NOW + datetime.timedelta(days=number)
    row = {"began_at": began, "ended_at": began + datetime.timedelta(hours=1)}
    async with pool.transaction(business_id) as transaction:
        await transaction.insert(insert(sync_gap), row)


async def kept(urls: DatabaseUrls, business_id: str) -> int:
    """Return how many of the writes somebody else sees: those that were committed."""
    other = Database(urls.app, pool_size=1)
    async with other.transaction(business_id) as transaction:
        rows = await transaction.rows(text("SELECT 1 FROM sync_gap"))
    await other.close()
    return len(rows)


@pytest.mark.parametrize("kind", ["transaction", "snapshot"])
async def test_what_is_answered_after_a_cancelled_call_is_committed(
    kind: str, pool_of_one: Database, business_id: str, database: DatabaseUrls
) -> None:
    async def read() -> None:
        opening: Any = getattr(pool_of_one, kind)
        async with opening(business_id) as transaction:
            await transaction.read(SEEN)

    for number in range(TIMES):
        # From before the first byte is sent until after the last one is read.
        for _ in range(3):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.003 * number / TIMES):
                    await read()
        await write(pool_of_one, business_id, number)
        async with pool_of_one.engine.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM business")) == 0
    assert await kept(database, business_id) == TIMES
