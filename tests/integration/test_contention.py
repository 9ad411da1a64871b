"""A change that collides with another is begun again from its beginning, and not for ever."""

import asyncio
import datetime
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.errors import Contended
from orchestrator_svc.orchestrators.mutations import ATTEMPTS, Mutation, Mutations, Scope
from orchestrator_svc.store import businesses, journal
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change
from support import builders
from support.databases import DatabaseUrls

NOW = datetime.datetime(2026, 5, 5, tzinfo=datetime.UTC)


@pytest.fixture
async def opened(database: DatabaseUrls) -> AsyncIterator[Database]:
    opened = Database(database.app)
    yield opened
    await opened.close()


@pytest.fixture
async def business_id(opened: Database) -> str:
    new = Business(
        business_id=builders.business_id("busy"),
        display_name="Acme",
        currency="USD",
        time_zone="UTC",
        created_at=NOW,
        updated_at=NOW,
    )
    async with opened.transaction(new.business_id) as transaction:
        assert await businesses.create(transaction, new)
    return new.business_id


def mutation() -> Mutation[str]:
    return Mutation(uuid.uuid4(), "/s/M", b"", "ann", "c", str, str.encode, bytes.decode)


async def noted(opened: Database, business_id: str) -> list[str]:
    async with opened.transaction(business_id) as transaction:
        return [event.subject_id for event, _ in await journal.events(transaction, 0, 100)]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("failures", [1, ATTEMPTS - 1])
async def test_what_collided_is_done_once_all_the_same(
    opened: Database, business_id: str, sqlstate: str, failures: int
) -> None:
    tried = 0

    async def work(scope: Scope) -> str:
        nonlocal tried
        tried += 1
        await scope.record(Change("note", str(tried), None, {}))
        if tried <= failures:
            await scope.transaction.rows(raised(sqlstate))
        return "done"

    answer = await Mutations(opened, lambda: NOW).run(business_id, mutation(), work)
    assert (answer, tried) == ("done", failures + 1)
    assert await noted(opened, business_id) == [str(tried)]


async def test_what_collides_each_time_is_given_up_and_leaves_nothing(
    opened: Database, business_id: str
) -> None:
    async def work(scope: Scope) -> str:
        await scope.record(Change("note", "lost", None, {}))
        await scope.transaction.rows(raised("40001"))
        return "never"

    with pytest.raises(Contended):
        await Mutations(opened, lambda: NOW).run(business_id, mutation(), work)
    assert await noted(opened, business_id) == []


async def test_a_deadlock_ends_with_both_done(opened: Database, business_id: str) -> None:
    """Two lock the same two things in opposite order: the server undoes one, which begins again."""
    order = [1, 2], [2, 1]
    both_hold_one = asyncio.Barrier(2)
    names = [business_id, builders.business_id("other")]
    tried = [0, 0]

    async def one(number: int) -> str:
        async def work(scope: Scope) -> str:
            tried[number] += 1
            first, second = order[number]
            await scope.transaction.rows(text(f"SELECT pg_advisory_xact_lock({first})"))
            if tried[number] == 1:
                await both_hold_one.wait()
            await scope.transaction.rows(text(f"SELECT pg_advisory_xact_lock({second})"))
            return "done"

        return await Mutations(opened, lambda: NOW).run(names[number], mutation(), work)

    other = Business(names[1], "Bolt", "USD", "UTC", created_at=NOW, updated_at=NOW)
    async with opened.transaction(names[1]) as transaction:
        assert await businesses.create(transaction, other)
    assert await asyncio.gather(one(0), one(1)) == ["done", "done"]
    assert sorted(tried) == [1, 2]


def raised(sqlstate: str) -> Any:
    """Return a statement that the server refuses in that way."""
    return text(f"DO $$ BEGIN RAISE EXCEPTION 'collided' USING ERRCODE = '{sqlstate}'; END $$")
