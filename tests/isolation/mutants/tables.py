"""Holes in the database, one for each table and each reference."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from isolation.mutants.report import Mutant
from orchestrator_svc.store.archives import TABLES
from support import catalogue
from support.databases import DatabaseUrls
from support.two_businesses import Two

CATALOGUE = "catalogue rules"
POLICIES = "row-level security, as the services' role"
OWNER = "row-level security, as the owner"

_HELPER = (
    "CREATE FUNCTION this_business() RETURNS text LANGUAGE sql IMMUTABLE"
    " AS $$ SELECT NULLIF(current_setting('app.business_id', true), '') $$"
)
_HOLES = {
    "no FORCE": ["ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"],
    "row-level security off": ["ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"],
    "USING (true)": ["ALTER POLICY one_business ON {table} USING (true)"],
    "no WITH CHECK": ["ALTER POLICY one_business ON {table} WITH CHECK (true)"],
    "an extra permissive policy": ["CREATE POLICY door ON {table} USING (true)"],
    "IMMUTABLE helper": [
        _HELPER,
        "ALTER POLICY one_business ON {table} USING (business_id = this_business())",
    ],
}
_MENDED = [
    "DROP POLICY IF EXISTS door ON {table}",
    "DROP POLICY IF EXISTS one_business ON {table}",
    "CREATE POLICY one_business ON {table}"
    f" USING {catalogue.ONE_BUSINESS} WITH CHECK {catalogue.ONE_BUSINESS}",
    "DROP FUNCTION IF EXISTS this_business()",
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
]


async def in_tables(urls: DatabaseUrls, two: Two) -> AsyncIterator[Mutant]:
    """Make every hole in every table, and see who notices."""
    assert await _walls(urls, two, "bill") == []
    for table in (table.name for table in TABLES):
        for kind, hole in _HOLES.items():
            await _run(urls.owner, [statement.format(table=table) for statement in hole])
            try:
                caught = await _walls(urls, two, table)
            finally:
                await _run(urls.owner, [statement.format(table=table) for statement in _MENDED])
            yield Mutant(kind, table, caught)
    assert await _walls(urls, two, "bill") == []


async def in_references(urls: DatabaseUrls) -> AsyncIterator[Mutant]:
    """Take business_id out of every reference that has more columns, on tables without rows."""
    for table in TABLES:
        for reference in table.foreign_key_constraints:
            columns = [name for name in reference.column_keys if name != "business_id"]
            if not columns:
                continue
            target = reference.referred_table.name
            names = ", ".join(columns)
            targets = ", ".join(
                element.column.name
                for element in reference.elements
                if element.column.name != "business_id"
            )
            async with catalogue.passing_transaction(urls.owner) as owner:
                for statement in (
                    "TRUNCATE business CASCADE",
                    f"CREATE UNIQUE INDEX hole ON {target} ({targets})",
                    f"ALTER TABLE {table.name} ADD CONSTRAINT hole"
                    f" FOREIGN KEY ({names}) REFERENCES {target} ({targets})",
                ):
                    await owner.execute(text(statement))
                caught = [CATALOGUE] if await _broken(owner) else []
            yield Mutant("one-column foreign key", f"{table.name} -> {target}", caught)


async def _walls(urls: DatabaseUrls, two: Two, table: str) -> list[str]:
    """Return which walls notice that something is wrong with a table."""
    caught = []
    async with _connected(urls.owner) as owner:
        if await _broken(owner):
            caught.append(CATALOGUE)
        if await owner.scalar(text(f"SELECT count(*) FROM {table}")):
            caught.append(OWNER)
    async with _connected(urls.app) as app:
        if await _shows_or_takes(app, two, table):
            caught.append(POLICIES)
    return caught


async def _broken(connection: AsyncConnection) -> list[str]:
    return [rule.name for rule in catalogue.RULES if await rule.broken_by(connection)]


async def _shows_or_takes(app: AsyncConnection, two: Two, table: str) -> bool:
    """Return whether a table shows rows of another business, or takes one that is for another."""
    count = f"SELECT count(*) FROM {table}"
    if await app.scalar(text(count)):
        return True
    bind = text("SELECT set_config('app.business_id', :business_id, true)")
    await app.execute(bind, {"business_id": two.small.business_id})
    others = f"{count} WHERE business_id <> :business_id"
    if await app.scalar(text(others), {"business_id": two.small.business_id}):
        return True
    row = await app.scalar(text(f"SELECT to_jsonb(t) FROM {table} t LIMIT 1"))
    assert row is not None, f"{table} has no rows"
    moved = json.dumps({**row, "business_id": two.large.business_id})
    insert = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(null::{table}, :row)"
    return "row-level security" not in await _refusal(app, insert, row=moved)


async def _refusal(connection: AsyncConnection, statement: str, **values: Any) -> str:
    try:
        async with connection.begin_nested():
            await connection.execute(text(statement), values)
    except DBAPIError as error:
        return str(error.orig)
    return ""


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    """Yield a connection of its own in a transaction that is rolled back."""
    async with catalogue.passing_transaction(url) as connection:
        yield connection


async def _run(url: str, statements: list[str]) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()
