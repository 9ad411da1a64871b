"""All rows of a business, whatever table they are in: reading, restoring and erasing them."""

import uuid
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Table, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import DataError, IntegrityError

from orchestrator_svc.domain.archives import Row, reader
from orchestrator_svc.domain.errors import ArchiveInvalid
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import business, here, metadata

TABLES: Sequence[Table] = metadata.sorted_tables
"""Every table, after those that it refers to."""

AT_ONCE = 2000


async def every_row(transaction: Transaction) -> list[Row]:
    """Return all rows of the business, table after table, each in the order of its key."""
    rows: list[Row] = []
    for table in TABLES:
        ordered = select(table).where(here(table)).order_by(*table.primary_key.columns)
        rows += [(table.name, dict(row._mapping)) for row in await transaction.rows(ordered)]
    return rows


async def restore(transaction: Transaction, rows: Sequence[Row], incarnation: uuid.UUID) -> bool:
    """Insert all rows of an archive, and return whether there was no such business before. The
    business is the one of old in all but its incarnation.

    Raises ArchiveInvalid when the tables do not take them.
    """
    by_table = {name: [row for _, row in of] for name, of in groupby(rows, itemgetter(0))}
    unknown = by_table.keys() - {table.name for table in TABLES}
    if unknown or len(by_table.get(business.name, ())) != 1:
        raise _refused()
    try:
        for table in TABLES:
            values = _read(table, by_table.get(table.name, []))
            if table is business:
                values[0]["incarnation"] = incarnation
                if not await transaction.insert(
                    insert_or(business).on_conflict_do_nothing(), *values
                ):
                    return False
                continue
            for begin in range(0, len(values), AT_ONCE):
                await transaction.insert(insert(table), *values[begin : begin + AT_ONCE])
    except (DataError, IntegrityError) as error:
        raise _refused() from error
    return True


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
