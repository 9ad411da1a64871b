"""Hand-overs."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, insert, select, update

from orchestrator_svc.domain.hand_overs import HandOver, HandOverStatus
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import hand_over, here

_LAST_POSITION = select(func.coalesce(func.max(hand_over.c.position), 0)).where(here(hand_over))


def _hand_over(row: Mapping[Any, Any]) -> HandOver:
    values = dict(row)
    del values["business_id"]
    values["status"] = HandOverStatus(values["status"])
    return HandOver(**values)


async def next_position(transaction: Transaction) -> int:
    """Return the position of a new hand-over. The caller holds the business's lock."""
    row = await transaction.row(_LAST_POSITION)
    return 1 + (row[0] if row else 0)


async def add(transaction: Transaction, new: HandOver) -> None:
    """Add a hand-over."""
    await transaction.insert(insert(hand_over), asdict(new))


async def find(transaction: Transaction, hand_over_id: uuid.UUID) -> HandOver | None:
    """Return a hand-over by its id, or None."""
    row = await transaction.row(
        select(hand_over).where(here(hand_over), hand_over.c.hand_over_id == hand_over_id)
    )
    return None if row is None else _hand_over(row._mapping)


async def save(transaction: Transaction, new: HandOver) -> None:
    """Replace a hand-over."""
    values = asdict(new)
    hand_over_id = values.pop("hand_over_id")
    await transaction.change(
        update(hand_over)
        .where(here(hand_over), hand_over.c.hand_over_id == hand_over_id)
        .values(**values)
    )


async def page(
    transaction: Transaction, page: Page, statuses: Sequence[HandOverStatus], to_person: str
) -> tuple[list[HandOver], bool]:
    """Return a page of hand-overs, oldest first, and whether there are more.

    No status and no person means all.
    """
    query = select(hand_over).where(here(hand_over))
    if statuses:
        query = query.where(hand_over.c.status.in_([status.value for status in statuses]))
    if to_person:
        query = query.where(hand_over.c.to_person == to_person)
    after = int(page.after) if page.after else None
    rows, more = await page_of(transaction, query, hand_over.c.position, page, after)
    return [_hand_over(row._mapping) for row in rows], more
