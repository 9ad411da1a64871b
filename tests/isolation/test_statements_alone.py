"""The second wall alone: with row-level security off, the statements keep businesses apart.

Every statement of the store names the business itself. A database of its own, without policies,
shows that this would be enough.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from orchestrator_svc.migrations import migrate
from runway_cli.embedded_postgres import EmbeddedPostgres
from support import catalogue, servers, two_businesses
from support.calls import Calls, calling
from support.clock import FixedClock
from support.databases import DatabaseUrls
from support.descriptors import Rpc, rpcs, runway_files
from support.every_request import CALCULATORS, request_of
from support.two_businesses import Two, assert_tells_nothing_of, rows_of

STORED = [rpc for rpc in rpcs(runway_files()) if not rpc.service.startswith(CALCULATORS)]


async def switch_row_security_off(owner_url: str) -> None:
    engine = create_async_engine(owner_url)
    async with engine.begin() as owner:
        for table in await catalogue.tenant_tables(owner):
            await owner.execute(text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
    await engine.dispose()


@pytest.fixture(scope="module")
def open_database() -> Iterator[DatabaseUrls]:
    """A database of its own whose policies are off: to the app's role every row is open."""
    with tempfile.TemporaryDirectory(prefix="runway-test-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        with postgres:
            asyncio.run(migrate(postgres.owner_url, postgres.app_password))
            asyncio.run(switch_row_security_off(postgres.owner_url))
            yield DatabaseUrls(postgres.owner_url, postgres.app_url)


@pytest.fixture(scope="module")
def calls(open_database: DatabaseUrls, clock: FixedClock) -> Iterator[Calls]:
    """A way to call all services, on the open database."""
    with servers.stack(open_database.app, clock) as stack, calling(stack) as calls:
        yield calls


@pytest.fixture(scope="module")
def two(calls: Calls) -> Two:
    """Two businesses with the same ids in everything."""
    return Two(two_businesses.begin_small(calls), two_businesses.begin_large(calls))


async def test_here_the_apps_role_sees_every_business(
    open_database: DatabaseUrls, two: Two
) -> None:
    async with catalogue.passing_transaction(open_database.app) as app:
        seen = await app.execute(text("SELECT business_id FROM business"))
        assert {row[0] for row in seen} >= {business.business_id for business in two}


@pytest.mark.parametrize("rpc", STORED, ids=[rpc.full_name for rpc in STORED])
def test_a_call_tells_and_touches_its_own_business_alone_by_its_statements(
    rpc: Rpc, two: Two, calls: Calls, open_database: DatabaseUrls
) -> None:
    for mine, other in (two, tuple(reversed(two))):
        request = request_of(rpc.full_name, mine)
        before = rows_of(open_database, other)
        answer = calls(rpc.full_name, request)
        assert answer.code == "OK", answer
        assert_tells_nothing_of(other, answer.everything)
        assert rows_of(open_database, other) == before
