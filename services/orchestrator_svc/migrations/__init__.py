"""Brings a database up to date: the app's role, then every table with its policies.

Run with `python -m orchestrator_svc.migrations`; RUNWAY_DATABASE_URL is the OWNER's, and
RUNWAY_APP_PASSWORD what the services will log in with as `runway_app`.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from orchestrator_svc.store.database import asynchronous

APP_ROLE = "runway_app"
MINIMUM_SERVER_VERSION = 150000


class MigrationError(Exception):
    """The database cannot be brought up to date; the text says why and what to do."""


async def migrate(owner_url: str, app_password: str) -> None:
    """Create or update the app's role, and bring all tables to the newest version.

    Everything happens in one transaction: a migration that fails leaves the database as it was.

    Raises MigrationError when the server is too old or the owner may not create roles.
    """
    engine = create_async_engine(asynchronous(owner_url))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, app_password)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, app_password: str) -> None:
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    if version < MINIMUM_SERVER_VERSION:
        raise MigrationError("PostgreSQL 15 or newer is needed; this server is older.")
    # Two deployments that start at once migrate one after the other.
    connection.execute(text("SELECT pg_advisory_xact_lock(7786229)"))
    _make_app_role(connection, app_password)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(text(f"GRANT SELECT ON schema_version TO {APP_ROLE}"))


def _make_app_role(connection: Connection, password: str) -> None:
    exists = connection.scalar(
        text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": APP_ROLE}
    )
    may_create = connection.scalar(
        text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    )
    if not exists and not may_create:
        raise MigrationError(
            f"Role {APP_ROLE} is missing and the owner may not create it; "
            f"create it with LOGIN NOBYPASSRLS, or give the owner CREATEROLE."
        )
    if may_create:
        verb = "ALTER" if exists else "CREATE"
        # A password cannot be a bound parameter here; quote_literal makes it one safe literal.
        literal = connection.scalar(text("SELECT quote_literal(:p)"), {"p": password})
        # NOREPLICATION is the default, and PostgreSQL 15 lets only a superuser say it of a role.
        connection.exec_driver_sql(
            f"{verb} ROLE {APP_ROLE} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD {literal}"
        )
    # Nothing but what each table grants: not even the public schema's old CREATE.
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}"))
