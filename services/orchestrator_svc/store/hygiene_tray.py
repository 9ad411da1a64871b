"""The items of the Hygiene Tray, and which books it was last told of."""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from orchestrator_svc.domain.hygiene_tray import Item, Priority, Status
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import here, hygiene_tray_item, hygiene_tray_recording

_EVERY = Prepared(
    select(hygiene_tray_item).where(here(hygiene_tray_item)).order_by(hygiene_tray_item.c.issue_key)
)
_RECORDED = Prepared(select(hygiene_tray_recording.c.synced_at).where(here(hygiene_tray_recording)))
_NEW_ITEM = insert(hygiene_tray_item)
_SAVE = _NEW_ITEM.on_conflict_do_update(
    index_elements=["business_id", "issue_key"],
    set_={
        column.name: _NEW_ITEM.excluded[column.name]
        for column in hygiene_tray_item.columns
        if not column.primary_key
    },
)
_NEW_RECORDING = insert(hygiene_tray_recording)
_NOTE = _NEW_RECORDING.on_conflict_do_update(
    index_elements=["business_id"],
    set_={name: _NEW_RECORDING.excluded[name] for name in ("synced_at", "recorded_at")},
)


def _item(row: Mapping[Any, Any]) -> Item:
    values = {name: value for name, value in row.items() if name != "business_id"}
    values["status"] = Status(values["status"])
    values["priority"] = Priority(values["priority"]) if values["priority"] else None
    return Item(**values)


async def every(transaction: Transaction | Snapshot) -> list[Item]:
    """Return all items, by issue key."""
    return [_item(row) for row in await transaction.read(_EVERY)]


async def find(transaction: Transaction, issue_keys: Collection[str]) -> dict[str, Item]:
    """Return the items of some issues, by issue key; those without one are left out."""
    rows = await transaction.rows(
        select(hygiene_tray_item).where(
            here(hygiene_tray_item), hygiene_tray_item.c.issue_key.in_(issue_keys)
        )
    )
    return {row.issue_key: _item(row._mapping) for row in rows}


async def page(
    transaction: Transaction, page: Page, status: Status | None
) -> tuple[list[Item], bool]:
    """Return a page of items, of one status if any is given, and whether there are more."""
    query = select(hygiene_tray_item).where(here(hygiene_tray_item))
    if status is not None:
        query = query.where(hygiene_tray_item.c.status == status.value)
    key = hygiene_tray_item.c.issue_key
    rows, more = await page_of(transaction, query, key, page, page.after or None)
    return [_item(row._mapping) for row in rows], more


async def save(transaction: Transaction, items: Sequence[Item]) -> None:
    """Add items, or replace those that are there."""
    await transaction.insert(_SAVE, *map(asdict, items))


async def recorded_synced_at(transaction: Transaction | Snapshot) -> datetime.datetime | None:
    """Return the sync of the books that the tray was last told of, or None."""
    rows = await transaction.read(_RECORDED)
    instant: datetime.datetime | None = rows[0]["synced_at"] if rows else None
    return instant


async def note_recording(
    transaction: Transaction, synced_at: datetime.datetime | None, at: datetime.datetime
) -> None:
    """Note which books the tray was told of, and when."""
    await transaction.insert(_NOTE, {"synced_at": synced_at, "recorded_at": at})
