"""What is done at random over the database itself, as the role that the services log in with.

No statement here says which business it is for: only row-level security and the keys stand between.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from sqlalchemy import make_url, text

from isolation.suite.canaries import Tenant
from isolation.suite.world import World
from orchestrator_svc.domain.errors import DatabaseUnavailable
from orchestrator_svc.store.archives import TABLES
from orchestrator_svc.store.database import Database, Prepared

_BIND = "SELECT set_config('app.business_id', $1, true)"
_NAMES = [table.name for table in TABLES]
_SOME = {name: Prepared(text(f"SELECT t::text FROM {name} t LIMIT 40")) for name in _NAMES}
_GONE = (DatabaseUnavailable, asyncpg.PostgresConnectionError, OSError, asyncpg.InterfaceError)


class Statements:
    """A pool of one connection as the services have it, and connections of the driver's own."""

    def __init__(self, url: str) -> None:
        self._pool_of_one = Database(url, pool_size=1)
        self._url = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._idle: asyncio.Queue[Any] = asyncio.Queue()

    async def open(self, connections: int) -> None:
        """Connect."""
        for _ in range(connections):
            self._idle.put_nowait(await asyncpg.connect(self._url))

    async def close(self) -> None:
        """Close every connection."""
        await self._pool_of_one.close()
        while not self._idle.empty():
            await self._idle.get_nowait().close()

    async def run(self, world: World, tenant: Tenant, chance: random.Random) -> None:
        """Do one of them."""
        if chance.random() < 0.1:
            await self._through_the_pool_of_one(world, tenant, chance)
            return
        connection = await self._idle.get()
        try:
            await chance.choice(_STATEMENTS)(connection, world, tenant, chance)
        except _GONE:
            world.faults["connections lost"] += 1
        finally:
            if connection.is_closed():
                connection = await asyncpg.connect(self._url)
            self._idle.put_nowait(connection)

    async def _through_the_pool_of_one(
        self, world: World, tenant: Tenant, chance: random.Random
    ) -> None:
        """Read as the services do, interrupted at times; unbound, nothing is there after it."""
        table, pool = chance.choice(_NAMES), self._pool_of_one
        opening: Any = pool.transaction if chance.random() < 0.5 else pool.snapshot
        interrupted = chance.random() < 0.3
        try:
            async with asyncio.timeout(chance.uniform(0, 0.004) if interrupted else 10):
                async with opening(tenant.business_id) as transaction:
                    rows = await transaction.read(_SOME[table])
                    _look(world, tenant, rows, f"pool of one, {table}")
        except TimeoutError:
            world.faults["transactions interrupted"] += 1
        except _GONE:
            world.faults["connections lost"] += 1
        async with pool.engine.connect() as connection:
            left = await connection.scalar(text(f"SELECT count(*) FROM {table}"))
            if left:
                world.search.foreign[f"unbound after a pool of one, {table}: {left} rows"] += 1


async def _read(connection: Any, world: World, tenant: Tenant, chance: random.Random) -> None:
    """Bound to a business, its rows are there and no others, in whatever table."""
    table = chance.choice(_NAMES)
    transaction = connection.transaction()
    await transaction.start()
    await connection.fetch(_BIND, tenant.business_id)
    _look(world, tenant, await connection.fetch(f"SELECT t::text FROM {table} t LIMIT 40"), table)
    await (transaction.commit() if chance.random() < 0.5 else transaction.rollback())


async def _read_unbound(
    connection: Any, world: World, tenant: Tenant, chance: random.Random
) -> None:
    """Bound to nothing, after whatever was done before on this connection, nothing is there."""
    table = chance.choice(_NAMES)
    rows = await connection.fetch(f"SELECT t::text FROM {table} t LIMIT 5")
    if rows:
        world.search.foreign[f"unbound, {table}: {len(rows)} rows"] += 1


async def _rebind(connection: Any, world: World, tenant: Tenant, chance: random.Random) -> None:
    """Bound to another one in a savepoint that is rolled back, the first one is there again."""
    other, table = world.another(tenant, chance), chance.choice(_NAMES)
    query = f"SELECT t::text FROM {table} t LIMIT 10"
    async with connection.transaction():
        await connection.fetch(_BIND, tenant.business_id)
        inner = connection.transaction()
        await inner.start()
        await connection.fetch(_BIND, other.business_id)
        _look(world, other, await connection.fetch(query), table)
        await inner.rollback()
        _look(world, tenant, await connection.fetch(query), table)


async def _write_for_another(
    connection: Any, world: World, tenant: Tenant, chance: random.Random
) -> None:
    """A row that is copied to another business is refused; another's rows cannot be changed."""
    other, table = world.another(tenant, chance), chance.choice(_NAMES)
    transaction = connection.transaction()
    await transaction.start()
    await connection.fetch(_BIND, tenant.business_id)
    copied = (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object("
        f"'business_id', $1::text))).* FROM {table} t LIMIT 1"
    )
    changed = f"UPDATE {table} SET business_id = business_id WHERE business_id = $1"
    try:
        status = await connection.execute(
            copied if chance.random() < 0.5 else changed, other.business_id
        )
        if not status.endswith(" 0"):
            world.search.foreign[f"written for another, {table}: {status}"] += 1
    except asyncpg.InsufficientPrivilegeError:
        world.statuses["refused by the database"] += 1
    except asyncpg.IntegrityConstraintViolationError:
        # A key refused it, and no policy: that tells which rows the other has.
        world.search.foreign[f"written for another, {table}: refused by a key"] += 1
    finally:
        await transaction.rollback()


_STATEMENTS: list[Callable[[Any, World, Tenant, random.Random], Awaitable[None]]] = [
    *[_read] * 5,
    *[_read_unbound] * 2,
    *[_rebind] * 2,
    *[_write_for_another] * 2,
]


def _look(world: World, tenant: Tenant, rows: Any, where: str) -> None:
    for row in rows:
        world.search.look(row[0].encode(), tenant, f"database, {where}")
