"""The database by itself keeps businesses apart: what the app's role can do, without the app.

Every table of the catalogue is tried, with real rows of two businesses, as the role that the
services log in with. No statement here names the business it is bound to: only row-level security
and the keys stand between the two.
"""

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator_svc.store.database import Database, Prepared
from support import catalogue
from support.databases import DatabaseUrls
from support.two_businesses import Two

BIND = text("SELECT set_config('app.business_id', :business_id, true)")
WALL = "new row violates row-level security policy"


class Held(NamedTuple):
    """A table, what the app's role may do with it, and rows of both businesses in it."""

    table: str
    privileges: set[str]
    small: Sequence[dict[str, Any]]
    large: Sequence[dict[str, Any]]


@pytest.fixture
async def held(database: DatabaseUrls, two: Two) -> list[Held]:
    """Every table of the catalogue with the rows of both businesses, read past all policies."""
    found = []
    async with catalogue.passing_transaction(database.owner) as owner:
        for table in await catalogue.tenant_tables(owner):
            await owner.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
            query = text(f"SELECT to_jsonb(t) FROM {table} t WHERE business_id = :business_id")
            rows = [
                [row[0] for row in await owner.execute(query, {"business_id": each.business_id})]
                for each in two
            ]
            granted = await owner.execute(
                text(
                    "SELECT privilege FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) privilege"
                    f" WHERE has_table_privilege('{catalogue.APP_ROLE}', '{table}', privilege)"
                )
            )
            found.append(Held(table, {row[0] for row in granted}, *rows))
    return found


@pytest.fixture
async def app(database: DatabaseUrls) -> AsyncIterator[AsyncConnection]:
    """The app's role, in a transaction that is bound to no business yet and rolled back."""
    async with catalogue.passing_transaction(database.app) as connection:
        yield connection


async def bind(connection: AsyncConnection, business_id: str) -> None:
    await connection.execute(BIND, {"business_id": business_id})


async def count(connection: AsyncConnection, table: str) -> int:
    return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def refusal(connection: AsyncConnection, statement: str, **values: Any) -> str:
    """Run a statement that must fail, and return why; the transaction goes on."""
    with pytest.raises(DBAPIError) as raised:
        async with connection.begin_nested():
            await connection.execute(text(statement), values)
    return str(raised.value.orig)


async def touched(connection: AsyncConnection, statement: str, **values: Any) -> int:
    """Run a statement, take back what it did, and return how many rows it touched."""
    nested = await connection.begin_nested()
    result = await connection.execute(text(statement), values)
    await nested.rollback()
    return int(result.rowcount)  # type: ignore[attr-defined]


def insertion(table: str) -> str:
    """Return the statement that inserts a row that is given as JSON."""
    return f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(null::{table}, :row)"


@pytest.mark.parametrize("bound_to", [None, "", "small-", "%", "Small", "'; --", "0"])
async def test_bound_to_no_business_nothing_is_seen_or_written(
    bound_to: str | None, held: list[Held], app: AsyncConnection
) -> None:
    if bound_to is not None:
        await bind(app, bound_to)
    for table, privileges, _, large in held:
        assert await count(app, table) == 0, table
        row = json.dumps(large[0])
        assert WALL in await refusal(app, insertion(table), row=row), table
        if "UPDATE" in privileges:
            assert await touched(app, f"UPDATE {table} SET business_id = business_id") == 0, table
        if "DELETE" in privileges:
            assert await touched(app, f"DELETE FROM {table}") == 0, table


async def test_bound_to_one_business_its_rows_and_no_others_are_there(
    two: Two, held: list[Held], app: AsyncConnection
) -> None:
    for business, rows_of in ((two.small, "small"), (two.large, "large"), (two.small, "small")):
        await bind(app, business.business_id)
        for of in held:
            query = text(f"SELECT to_jsonb(t) FROM {of.table} t")
            seen = [row[0] for row in await app.execute(query)]
            own = getattr(of, rows_of)
            assert len(own) > 0
            assert sorted(map(json.dumps, seen)) == sorted(map(json.dumps, own)), of.table


async def test_another_businesss_rows_cannot_be_changed_or_deleted(
    two: Two, held: list[Held], app: AsyncConnection
) -> None:
    await bind(app, two.small.business_id)
    where = "WHERE business_id = :other"
    tried = set()
    for table, privileges, small, _ in held:
        for privilege, statement in (
            ("UPDATE", f"UPDATE {table} SET business_id = business_id"),
            ("DELETE", f"DELETE FROM {table}"),
        ):
            other = {"other": two.large.business_id}
            if privilege in privileges:
                tried.add(privilege)
                assert await touched(app, f"{statement} {where}", **other) == 0, table
                assert await touched(app, statement) == len(small), table
            else:
                assert "permission denied" in await refusal(app, statement), table
    assert tried == {"UPDATE", "DELETE"}


async def test_no_row_can_be_written_for_another_business_nor_moved_to_it(
    two: Two, held: list[Held], app: AsyncConnection
) -> None:
    """A row that is there and one that is not are refused alike: neither tells of the other."""
    await bind(app, two.small.business_id)
    for table, privileges, small, large in held:
        there = json.dumps(large[0])
        elsewhere = json.dumps({**small[0], "business_id": "nobody-here"})
        refusals = {await refusal(app, insertion(table), row=row) for row in (there, elsewhere)}
        assert len(refusals) == 1 and WALL in refusals.pop(), table
        upsert = f"{insertion(table)} ON CONFLICT DO NOTHING"
        assert WALL in await refusal(app, upsert, row=there), table
        if "UPDATE" in privileges:
            move = f"UPDATE {table} SET business_id = :other"
            assert WALL in await refusal(app, move, other=two.large.business_id), table


class Reference(NamedTuple):
    """A foreign key: from which columns to which, and the other columns of the table's keys."""

    table: str
    name: str
    columns: list[str]
    target: str
    target_columns: list[str]
    free: dict[str, str]

    def ids(self) -> list[str]:
        """Return the columns that refer, without the business."""
        return [name for name in self.columns if name != "business_id"]

    def to(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what these columns hold when they refer to a row."""
        pairs = zip(self.columns, self.target_columns, strict=True)
        return {here: row[there] for here, there in pairs if here != "business_id"}


REFERENCES = text(
    """
    WITH names AS (SELECT attrelid, attnum, attname::text AS name,
        format_type(atttypid, atttypmod) AS type FROM pg_attribute)
    SELECT conrelid::regclass::text, conname::text,
        ARRAY(SELECT name FROM unnest(conkey) WITH ORDINALITY k (n, o)
            JOIN names ON attrelid = conrelid AND attnum = n ORDER BY o),
        confrelid::regclass::text,
        ARRAY(SELECT name FROM unnest(confkey) WITH ORDINALITY k (n, o)
            JOIN names ON attrelid = confrelid AND attnum = n ORDER BY o),
        (SELECT jsonb_object_agg(name, type) FROM pg_index, unnest(indkey::int2[]) k (n)
            JOIN names ON attnum = n WHERE indrelid = conrelid AND indisunique
            AND attrelid = conrelid AND NOT EXISTS (SELECT FROM pg_constraint other
                WHERE other.contype = 'f' AND other.conrelid = indrelid AND n = ANY (other.conkey)))
    FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) > 1
    """
)


async def test_no_row_can_refer_to_another_businesss_row(
    two: Two, held: list[Held], app: AsyncConnection
) -> None:
    """Copies a row of the small business, once with a reference of its own and once with a foreign
    one. The first copy goes in, so that nothing but the reference keeps the second one out.
    """
    references = [Reference(*row[:5], row[5] or {}) for row in await app.execute(REFERENCES)]
    by_table = {of.table: of for of in held}
    await bind(app, two.small.business_id)
    for reference in references:
        rows, target = by_table[reference.table].small, by_table[reference.target]
        template = next(row for row in rows if all(row[name] for name in reference.columns))
        fresh = {name: fresh_value(kind) for name, kind in reference.free.items()}
        good = {**template, **fresh, **unused(reference, target, rows)}
        bad = {**good, **foreign(reference, target)}
        statement = insertion(reference.table)
        assert await touched(app, statement, row=json.dumps(good)) == 1, reference
        refused = await refusal(app, statement, row=json.dumps(bad))
        assert "violates foreign key constraint" in refused and reference.name in refused
    assert len({reference.target for reference in references}) > 5


def unused(reference: Reference, target: Held, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a reference to a row of the small business, to which no row refers if there is one."""
    used = [{name: row[name] for name in reference.ids()} for row in rows]
    choices = [reference.to(row) for row in target.small]
    return next((choice for choice in choices if choice not in used), choices[0])


def foreign(reference: Reference, target: Held) -> dict[str, Any]:
    """Return a reference to a row that the large business has and the small one has not."""
    own = [reference.to(row) for row in target.small]
    return next(choice for row in target.large if (choice := reference.to(row)) not in own)


def fresh_value(kind: str) -> Any:
    """Return a value of a type that no row has in a key."""
    return {"uuid": str(uuid.uuid4()), "bigint": 987_654_321, "text": f"fresh-{uuid.uuid4()}"}[kind]


async def visible(database: Database) -> tuple[int, int]:
    """Return which server process a pool gives, and how many businesses it sees by itself."""
    async with database.engine.connect() as connection:
        process = await connection.scalar(text("SELECT pg_backend_pid()"))
        return int(process or 0), await count(connection, "business")


@contextlib.asynccontextmanager
async def pool(urls: DatabaseUrls, size: int) -> AsyncIterator[Database]:
    database = Database(urls.app, pool_size=size)
    try:
        yield database
    finally:
        await database.close()


class Interrupted(Exception):
    """Something goes wrong in the middle of a transaction."""


SEEN = Prepared(text("SELECT pg_backend_pid() AS process, business_id FROM business"))
WRONG = Prepared(text("SELECT 1 / 0"))


@pytest.mark.parametrize("end", ["well", "with an exception", "with an error of the database"])
@pytest.mark.parametrize("kind", ["transaction", "snapshot"])
async def test_a_connection_that_is_given_back_is_bound_to_no_business(
    kind: str, end: str, two: Two, database: DatabaseUrls
) -> None:
    """Whichever way a transaction ends, the next one on the same connection sees nothing."""
    async with pool(database, 1) as one:
        with contextlib.suppress(Interrupted, DBAPIError, asyncpg.DivisionByZeroError):
            async with getattr(one, kind)(two.small.business_id) as transaction:
                rows = await transaction.read(SEEN)
                assert [row["business_id"] for row in rows] == [two.small.business_id]
                if end == "with an exception":
                    raise Interrupted
                if end == "with an error of the database":
                    await transaction.read(WRONG)
        assert await visible(one) == (rows[0]["process"], 0)


async def test_transactions_at_the_same_time_see_their_own_business_each(
    two: Two, database: DatabaseUrls
) -> None:
    async def seen(transaction: Any) -> list[str]:
        return [row["business_id"] for row in await transaction.read(SEEN)]

    async with (
        pool(database, 2) as both,
        both.transaction(two.small.business_id) as small,
        both.snapshot(two.large.business_id) as large,
    ):
        for _ in range(2):
            assert await seen(small) == [two.small.business_id]
            assert await seen(large) == [two.large.business_id]


async def test_a_statement_that_is_prepared_for_one_business_shows_the_next_one_its_own(
    two: Two, database: DatabaseUrls
) -> None:
    """A plan that is kept with the connection holds no business."""
    async with pool(database, 1) as one:
        for business in [two.small, two.large] * 6:
            for opening in (one.transaction, one.snapshot):
                async with opening(business.business_id) as transaction:
                    rows = await transaction.read(SEEN)
                    assert [row["business_id"] for row in rows] == [business.business_id]


async def test_the_apps_role_cannot_put_the_policies_aside(
    two: Two, app: AsyncConnection, database: DatabaseUrls
) -> None:
    owner = make_url(database.owner).username
    await bind(app, two.small.business_id)
    for statement in (
        "ALTER TABLE bill DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE bill NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY one_business ON bill",
        "CREATE POLICY door ON bill USING (true)",
        "TRUNCATE bill CASCADE",
        "CREATE TABLE copied AS SELECT * FROM bill",
        f'SET LOCAL ROLE "{owner}"',
        "COPY bill TO PROGRAM 'cat'",
    ):
        refused = await refusal(app, statement)
        refusals = ("must be owner", "must be superuser", "permission denied")
        assert any(words in refused for words in refusals), statement
    # Without row security, a query that a policy would filter is an error, and not everything.
    await app.execute(text("SET LOCAL row_security = off"))
    assert "would be affected by row-level security" in await refusal(app, "SELECT FROM bill")
