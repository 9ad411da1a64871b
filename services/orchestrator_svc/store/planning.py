"""Planned items and earmarks."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Table, delete, insert, select, update

from orchestrator_svc.domain.ledger import CashCategory
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.domain.planning import Earmark, PlannedItem, Recurrence
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import earmark, here, planned_item

Entry = TypeVar("Entry", PlannedItem, Earmark)

_TABLES: dict[type, Table] = {PlannedItem: planned_item, Earmark: earmark}


def _key(table: Table) -> Any:
    return table.c[f"{table.name}_id"]


_EVERY = {
    kind: Prepared(select(table).where(here(table)).order_by(_key(table)))
    for kind, table in _TABLES.items()
}


def _entry(kind: type[Entry], row: Mapping[Any, Any]) -> Entry:
    values = dict(row)
    del values["business_id"]
    if kind is PlannedItem:
        values["recurrence"] = Recurrence(values["recurrence"])
        values["category"] = CashCategory(values["category"])
    return kind(**values)


async def add(transaction: Transaction, entry: PlannedItem | Earmark) -> None:
    """Add an entry."""
    await transaction.insert(insert(_TABLES[type(entry)]), asdict(entry))


async def find(transaction: Transaction, kind: type[Entry], entry_id: uuid.UUID) -> Entry | None:
    """Return an entry by its id, or None."""
    table = _TABLES[kind]
    row = await transaction.row(select(table).where(here(table), _key(table) == entry_id))
    return None if row is None else _entry(kind, row._mapping)


async def save(transaction: Transaction, entry: PlannedItem | Earmark) -> None:
    """Replace an entry."""
    table = _TABLES[type(entry)]
    values = asdict(entry)
    entry_id = values.pop(f"{table.name}_id")
    await transaction.change(
        update(table).where(here(table), _key(table) == entry_id).values(**values)
    )


async def remove(transaction: Transaction, kind: type[Entry], entry_id: uuid.UUID) -> None:
    """Remove an entry."""
    table = _TABLES[kind]
    await transaction.change(delete(table).where(here(table), _key(table) == entry_id))


async def every(snapshot: Snapshot, kind: type[Entry]) -> list[Entry]:
    """Return all entries, by id."""
    return [_entry(kind, row) for row in await snapshot.read(_EVERY[kind])]


async def page(transaction: Transaction, kind: type[Entry], page: Page) -> tuple[list[Entry], bool]:
    """Return a page of entries, and whether there are more."""
    table = _TABLES[kind]
    after = uuid.UUID(page.after) if page.after else None
    query = select(table).where(here(table))
    rows, more = await page_of(transaction, query, _key(table), page, after)
    return [_entry(kind, row._mapping) for row in rows], more
