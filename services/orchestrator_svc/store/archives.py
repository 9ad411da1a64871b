"""All rows of a business, whatever table they are in: reading, restoring and erasing them."""

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Table, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import DataError, IntegrityError

from orchestrator_svc.domain.archives import Row, reader
from orchestrator_svc.domain.errors import ArchiveInvalid
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import business, here, metadata
from service_kit.threads import in_thread

TABLES: Sequence[Table] = metadata.sorted_tables
"""Every table, after those that it refers to."""

AT_ONCE = 2000
_IF_NEW = insert_or(business).on_conflict_do_nothing()
_BY_NAME = {table.name: table for table in TABLES}


async def every_row(transaction: Transaction) -> list[Row]:
    """Return all rows of the business, table after table, each in the order of its key."""
    rows: list[Row] = []
    for table in TABLES:
        ordered = select(table).where(here(table)).order_by(*table.primary_key.columns)
        rows += [(table.name, dict(row._mapping)) for row in await transaction.rows(ordered)]
    return rows


async def restore(
    transaction: Transaction, rows: Iterator[Row], incarnation: uuid.UUID
) -> int | None:
    """Insert all rows of an archive, and return how many; None where there is such a business. The
    business, whose row comes first, is the one of old in all but its incarnation.

    Raises ArchiveInvalid when the tables do not take them, and what `rows` raises.
    """
    count = 0
    try:
        async for table, values in _portions(rows):
            if (table is business) != (count == 0) or (table is business and len(values) > 1):
                raise _refused()
            count += len(values)
            if table is not business:
                await transaction.insert(insert(table), *values)
                continue
            values[0]["incarnation"] = incarnation
            if not await transaction.insert(_IF_NEW, *values):
                return None
    except (DataError, IntegrityError) as error:
        raise _refused() from error
    if not count:
        raise _refused()
    return count


async def _portions(rows: Iterator[Row]) -> AsyncIterator[tuple[Table, list[dict[str, Any]]]]:
    """Yield rows as their columns hold them, so many of one table at once; unpacking and reading
    them is not for the event loop.
    """
    by_table = groupby(rows, itemgetter(0))

    def portions() -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        for name, of_table in by_table:
            if (table := _BY_NAME.get(name)) is None:
                raise _refused()
            while portion := [row for _, row in islice(of_table, AT_ONCE)]:
                yield table, _read(table, portion)

    remaining = portions()
    while (portion := await in_thread(next, remaining, None)) is not None:
        yield portion


async def erase(transaction: Transaction) -> int:
    """Delete every row of the business, and return how many there were.

    The business's own row takes all others along: every reference to it cascades.
    """
    count = 0
    for table in TABLES:
        row = await transaction.row(select(func.count()).select_from(table).where(here(table)))
        count += row[0] if row else 0
    await transaction.change(delete(business).where(here(business)))
    return count


def _read(table: Table, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    readers = {column.name: _reader(column) for column in table.columns}
    for row in rows:
        if row.keys() != readers.keys():
            raise _refused()
    return [{name: readers[name](value) for name, value in row.items()} for row in rows]


def _reader(column: Column[Any]) -> Any:
    return reader(column.type.python_type)


def _refused() -> ArchiveInvalid:
    return ArchiveInvalid("holds rows that do not fit its version", field="archive_part")
