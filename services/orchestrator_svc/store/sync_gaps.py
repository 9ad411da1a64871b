"""Gaps between the imports of a business."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select

from orchestrator_svc.domain.sync_gaps import SyncGap
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.tables import here, sync_gap

_EVERY = (
    select(sync_gap.c.began_at, sync_gap.c.ended_at)
    .where(here(sync_gap))
    .order_by(sync_gap.c.began_at)
)
_PREPARED = Prepared(_EVERY)


async def every(place: Snapshot | Transaction) -> list[SyncGap]:
    """Return the gaps, earliest first."""
    return [SyncGap(*row) for row in await place.read(_PREPARED)]


async def replace(transaction: Transaction, gaps: Sequence[SyncGap]) -> None:
    """Keep these gaps and no others."""
    await transaction.change(delete(sync_gap).where(here(sync_gap)))
    await transaction.insert(insert(sync_gap), *map(asdict, gaps))
