"""The two businesses that all proofs of isolation stand on, and a database without policies."""

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
from support.servers import Stack
from support.two_businesses import Two


@pytest.fixture(scope="module")
def calls(stack: Stack) -> Iterator[Calls]:
    """A way to call all services."""
    with calling(stack) as calls:
        yield calls


@pytest.fixture(scope="module")
def two(calls: Calls) -> Two:
    """Two businesses with the same ids in everything."""
    return Two(two_businesses.begin_small(calls), two_businesses.begin_large(calls))


@pytest.fixture(scope="session")
def open_database() -> Iterator[DatabaseUrls]:
    """A database of its own whose policies are off: to the app's role every row is open."""
    with tempfile.TemporaryDirectory(prefix="runway-test-") as folder:
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        with postgres:
            asyncio.run(migrate(postgres.owner_url, postgres.app_password))
            asyncio.run(_switch_row_security_off(postgres.owner_url))
            yield DatabaseUrls(postgres.owner_url, postgres.app_url)


async def _switch_row_security_off(owner_url: str) -> None:
    engine = create_async_engine(owner_url)
    async with engine.begin() as owner:
        for table in await catalogue.tenant_tables(owner):
            await owner.execute(text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
    await engine.dispose()


@pytest.fixture(scope="session")
def open_stack(open_database: DatabaseUrls, clock: FixedClock) -> Iterator[Stack]:
    """All three services on the open database."""
    with servers.stack(open_database.app, clock) as stack:
        yield stack
