"""The migrations make what the code expects, once; and a server looks before it starts."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from orchestrator_svc.domain.errors import DatabaseUnavailable
from orchestrator_svc.migrations import migrate
from orchestrator_svc.store.database import Database, NotMigrated, UnboundTables, UnsafeRole
from orchestrator_svc.store.tables import metadata
from runway_cli.embedded_postgres import EmbeddedPostgres
from support.databases import DatabaseUrls


@pytest.fixture(scope="module")
def empty() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL on which nothing was migrated yet."""
    with (
        tempfile.TemporaryDirectory(prefix="runway-test-") as folder,
        EmbeddedPostgres(Path(folder), durable=False) as postgres,
    ):
        yield postgres


def differences(connection: Connection) -> list[object]:
    """Return what the tables in the code and those in the database differ in."""
    options = {"compare_type": True, "include_object": _of_the_code}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _of_the_code(_object: object, name: str, kind: str, *_: object) -> bool:
    return not (kind == "table" and name == "schema_version") and kind != "index"


async def test_the_tables_are_those_of_the_code(database: DatabaseUrls) -> None:
    engine = create_async_engine(database.owner)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_migrating_again_changes_nothing(empty: EmbeddedPostgres) -> None:
    async def everything() -> list[object]:
        engine = create_async_engine(empty.owner_url)
        async with engine.connect() as connection:
            columns = await connection.execute(
                text(
                    "SELECT table_name, column_name, data_type, is_nullable"
                    " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
                )
            )
            policies = await connection.execute(
                text("SELECT p::text FROM pg_policies p ORDER BY 1")
            )
            found = [*columns.all(), *policies.all()]
        await engine.dispose()
        return found

    await migrate(empty.owner_url, empty.app_password)
    first = await everything()
    assert len(first) > 100
    await migrate(empty.owner_url, empty.app_password)
    assert await everything() == first


async def test_two_that_migrate_at_once_take_turns(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as postgres:
        both = (migrate(postgres.owner_url, postgres.app_password) for _ in range(2))
        assert await asyncio.gather(*both) == [None, None]


async def test_a_server_does_not_start_as_a_role_that_could_see_every_business(
    database: DatabaseUrls,
) -> None:
    owner, app = Database(database.owner), Database(database.app)
    with pytest.raises(UnsafeRole):
        await owner.check()
    await app.check()
    await owner.close()
    await app.close()


UNSAFE = [
    ("CREATE ROLE other BYPASSRLS; GRANT other TO runway_app", "DROP ROLE other", UnsafeRole),
    ("GRANT runway_owner TO runway_app", "REVOKE runway_owner FROM runway_app", UnsafeRole),
    ("ALTER ROLE runway_app CREATEROLE", "ALTER ROLE runway_app NOCREATEROLE", UnsafeRole),
    (
        "GRANT pg_read_server_files TO runway_app",
        "REVOKE pg_read_server_files FROM runway_app",
        UnsafeRole,
    ),
    (
        "ALTER TABLE bill NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE bill FORCE ROW LEVEL SECURITY",
        UnboundTables,
    ),
    (
        "ALTER TABLE bill DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE bill ENABLE ROW LEVEL SECURITY",
        UnboundTables,
    ),
]


async def test_a_server_does_not_start_where_businesses_are_not_kept_apart(
    tmp_path: Path,
) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as postgres:
        await migrate(postgres.owner_url, postgres.app_password)
        passwords = json.loads((tmp_path / "postgres" / "passwords.json").read_text())
        superuser = create_async_engine(
            make_url(postgres.owner_url).set(username="postgres", password=passwords["postgres"])
        )
        app = Database(postgres.app_url)
        for statements, back, refused in UNSAFE:
            await app.check()
            async with superuser.begin() as connection:
                for statement in statements.split("; "):
                    await connection.execute(text(statement))
            with pytest.raises(refused):
                await app.check()
            async with superuser.begin() as connection:
                await connection.execute(text(back))
        await app.check()
        await app.close()
        await superuser.dispose()


async def test_a_server_does_not_start_on_a_database_without_tables(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path, durable=False) as postgres:
        database = Database(postgres.app_url)
        with pytest.raises(NotMigrated):
            await database.check()
        await database.close()


async def test_a_database_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql+asyncpg://runway_app:secret@127.0.0.1:9/runway")
    with pytest.raises(DatabaseUnavailable):
        await database.check()
    await database.close()
