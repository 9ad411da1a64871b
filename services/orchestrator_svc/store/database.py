"""Transactions, each bound to one business.

There is no other way to a connection: `Database.transaction` takes the `business_id` first, sets it
for the length of the transaction, and row-level security does the rest. A setting of the session
would leak to the next one who borrows the connection; one of the transaction ends with it.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from asyncpg import InterfaceError as DriverInterfaceError
from asyncpg import PostgresConnectionError, PostgresError
from sqlalchemy import Delete, Insert, Update, event, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.sql import Executable

from orchestrator_svc.domain.errors import Contended, DatabaseUnavailable

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_BIND = text("SELECT set_config('app.business_id', :business_id, true)")
_BIND_SQL = "SELECT set_config('app.business_id', $1, true)"
# Of the role itself and of every role that it is a member of, whether it inherits from it or not.
_UNSAFE_ROLE = text(
    "SELECT EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER') AND ("
    " rolsuper OR rolbypassrls OR rolcreaterole"
    " OR rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')"
    " OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)))"
)
_UNBOUND_TABLES = text(
    "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relkind IN ('r', 'p') AND a.attname = 'business_id' AND NOT a.attisdropped"
    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity))"
)
_HAS_TABLES = text("SELECT to_regclass('public.business') IS NOT NULL")


def asynchronous(url: str) -> str:
    """Return a PostgreSQL URL with the driver that Runway uses."""
    # libpq and asyncpg know the same values by two names.
    url = re.sub(r"([?&])sslmode=", r"\1ssl=", url)
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", url)


class UnsafeRole(Exception):
    """The database role could see more than one business."""


class UnboundTables(Exception):
    """A table with rows of businesses is not bound by row-level security, or not for its owner."""


class NotMigrated(Exception):
    """The database has no tables yet."""


class AccessRefused(Exception):
    """The server is there and does not let the role in; the text is the server's own."""


class Prepared:
    """A statement compiled once, for `read`."""

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=asyncpg.dialect())  # type: ignore[attr-defined]
        self.sql = str(compiled)
        self._names: list[str] = compiled.positiontup
        self._defaults: dict[str, Any] = compiled.params

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the values of a statement's parameters in their order."""
        values = {**self._defaults, **parameters}
        return [values[name] for name in self._names]


class Snapshot:
    """A read-only transaction in which only one business exists, and whose every statement sees the
    same instant.

    It is the driver's own: for the reads that every Decision Console makes, SQLAlchemy's way to the
    same rows costs several times as much (`make bench` has the figures).
    """

    def __init__(self, business_id: str, driver: Any) -> None:
        self.business_id = business_id
        self._driver = driver

    async def read(self, statement: Prepared, **parameters: Any) -> Sequence[Any]:
        """Return all rows of a statement, which must say `here(table)` of each table that it
        names; values are found by position or by the column's name.
        """
        here = {**parameters, "this_business": self.business_id}
        rows: Sequence[Any] = await self._driver.fetch(statement.sql, *statement.arguments(here))
        return rows


class Transaction:
    """A transaction in which only one business exists."""

    def __init__(self, business_id: str, connection: AsyncConnection) -> None:
        self.business_id = business_id
        self._connection = connection

    async def rows(self, statement: Executable, **parameters: Any) -> Sequence[AnyRow]:
        """Return all rows of a statement, which must say `here(table)` of each table that it
        names.
        """
        result = await self._connection.execute(statement, self._here(parameters))
        return result.all()

    async def read(self, statement: Prepared, **parameters: Any) -> Sequence[Any]:
        """Return all rows of a statement as `Snapshot.read` does."""
        return await (await self.snapshot()).read(statement, **parameters)

    async def row(self, statement: Executable, **parameters: Any) -> AnyRow | None:
        """Return the first row, or None."""
        result = await self._connection.execute(statement, self._here(parameters))
        return result.first()

    async def change(self, statement: Update | Delete, **parameters: Any) -> int:
        """Update or delete rows, and return how many."""
        result = await self._connection.execute(statement, self._here(parameters))
        return int(result.rowcount)

    async def insert(self, statement: Insert, *rows: Mapping[str, Any]) -> int:
        """Insert rows of this business, and return how many of a single one were inserted."""
        if not rows:
            return 0
        of_business = [{**row, "business_id": self.business_id} for row in rows]
        result = await self._connection.execute(
            statement, of_business if len(rows) > 1 else of_business[0]
        )
        return int(result.rowcount)

    def _here(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {**parameters, "this_business": self.business_id}

    async def snapshot(self) -> Snapshot:
        """Return what this transaction sees, its own changes included."""
        raw = await self._connection.get_raw_connection()
        return Snapshot(self.business_id, raw.driver_connection)


class Database:
    """The pool of connections of one server process."""

    def __init__(self, url: str, pool_size: int = 8, statement_timeout_ms: int = 15_000) -> None:
        self.engine = create_async_engine(
            url,
            # Values of a business belong in no error's text, and so in no log.
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            connect_args={
                "timeout": 5,
                "server_settings": {
                    "application_name": "runway orchestrator",
                    "statement_timeout": str(statement_timeout_ms),
                    # Short queries on few rows: compiling them costs more than it saves.
                    "jit": "off",
                    # One plan serves all businesses: every statement leads with business_id.
                    "plan_cache_mode": "force_generic_plan",
                },
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)

    @asynccontextmanager
    async def transaction(self, business_id: str) -> AsyncIterator[Transaction]:
        """Begin a transaction that sees and writes one business; commit unless it raises.

        Raises DatabaseUnavailable when there is no connection to be had, Contended when it collided
        with another transaction and was undone.
        """
        async with _named_errors(), self._connection() as connection, connection.begin():
            await connection.execute(_BIND, {"business_id": business_id})
            yield Transaction(business_id, connection)

    @asynccontextmanager
    async def snapshot(self, business_id: str) -> AsyncIterator[Snapshot]:
        """Begin a read-only transaction that sees one business as it is at this instant.

        Raises DatabaseUnavailable when there is no connection to be had.
        """
        async with _named_errors(), self._connection() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.transaction(isolation="repeatable_read", readonly=True):
                await driver.fetch(_BIND_SQL, business_id)
                yield Snapshot(business_id, driver)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """Borrow a connection. One whose use is cancelled does not go back to the pool: it may be
        in the middle of beginning or ending a transaction, and whoever had it next would be within
        one that is never committed.
        """
        async with self.engine.connect() as connection:
            try:
                yield connection
            except asyncio.CancelledError:
                await connection.invalidate()
                raise

    async def check(self) -> None:
        """Make sure that the database is there and that the role is bound by row-level security.

        Raises DatabaseUnavailable, AccessRefused, NotMigrated, UnboundTables, or UnsafeRole when
        the role, or one that it is a member of, is a superuser, may bypass row-level security, make
        roles or reach the server's files, or owns tables.
        """
        try:
            async with _named_errors(), self.engine.connect() as connection:
                if await connection.scalar(_UNSAFE_ROLE):
                    raise UnsafeRole
                if not await connection.scalar(_HAS_TABLES):
                    raise NotMigrated
                if await connection.scalar(_UNBOUND_TABLES):
                    raise UnboundTables
        except DBAPIError as error:
            raise AccessRefused(str(error.orig).rpartition(">: ")[2].rstrip(".")) from error

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


class Within(Database):
    """A database that is one transaction which is under way: whoever reads from it sees what that
    one has changed and not committed.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @asynccontextmanager
    async def transaction(self, business_id: str) -> AsyncIterator[Transaction]:
        """Yield the transaction. Raises DatabaseUnavailable and Contended as every one does."""
        if business_id != self._transaction.business_id:
            raise ValueError("the transaction is of another business")
        async with _named_errors():
            yield self._transaction

    @asynccontextmanager
    async def snapshot(self, business_id: str) -> AsyncIterator[Snapshot]:
        """Yield what the transaction sees. Raises DatabaseUnavailable."""
        async with self.transaction(business_id) as transaction:
            yield await transaction.snapshot()


def _refuse_closed(connection: Any, *_: Any) -> None:
    """Have the pool replace a connection that was closed while nobody used it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


@asynccontextmanager
async def _named_errors() -> AsyncIterator[None]:
    try:
        yield
    except _UNREACHABLE as error:
        raise DatabaseUnavailable("The database cannot be reached; try again.") from error
    except (DBAPIError, PostgresError) as error:
        if _sqlstate(error) in _CONTENDED:
            raise Contended("Others changed the same at the same time; try again.") from error
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or _cannot_now(error):
            raise DatabaseUnavailable("The database cannot be reached; try again.") from error
        raise


# SQLAlchemy's errors, and the driver's own, which a snapshot raises.
_UNREACHABLE = (
    OSError,
    PoolTimeoutError,
    OperationalError,
    InterfaceError,
    DriverInterfaceError,
    PostgresConnectionError,
)


# A serialization failure and a deadlock: the transaction is undone, and may be begun again.
_CONTENDED = ("40001", "40P01")
# Read-only; a statement or a lock that took longer than it may.
_CANNOT_NOW = ("25006", "57014", "55P03")


def _cannot_now(error: Exception) -> bool:
    """Class 57P is operator intervention, class 53 insufficient resources, 08 a lost connection."""
    code = _sqlstate(error)
    return code.startswith(("57P", "53", "08")) or code in _CANNOT_NOW


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
