"""Digests that were made, and when they are wanted."""

import datetime
import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from orchestrator_svc.domain.digests import DigestRecord, DigestSettings
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import cash_posting, digest, digest_settings, here

_FIRST_POSTING = Prepared(select(func.min(cash_posting.c.posting_date)).where(here(cash_posting)))


async def first_day(snapshot: Snapshot) -> datetime.date | None:
    """Return the day of the first movement of cash in the books, or None."""
    (row,) = await snapshot.read(_FIRST_POSTING)
    found: datetime.date | None = row[0]
    return found


async def settings(transaction: Transaction) -> DigestSettings:
    """Return when digests are wanted; the defaults where nobody has said so."""
    row = await transaction.row(select(digest_settings).where(here(digest_settings)))
    if row is None:
        return DigestSettings()
    values = dict(row._mapping)
    del values["business_id"]
    return DigestSettings(**values)


async def save_settings(transaction: Transaction, wanted: DigestSettings) -> None:
    """Keep when digests are wanted."""
    values: dict[str, Any] = {**asdict(wanted), "recipients": list(wanted.recipients)}
    statement = upsert(digest_settings)
    await transaction.insert(
        statement.on_conflict_do_update(
            index_elements=["business_id"],
            set_={name: statement.excluded[name] for name in values},
        ),
        values,
    )


async def add(transaction: Transaction, record: DigestRecord) -> None:
    """Keep a digest."""
    await transaction.insert(insert(digest), asdict(record))


async def page(transaction: Transaction, page: Page) -> tuple[list[DigestRecord], bool]:
    """Return a page of digests, by id, and whether there are more."""
    after = uuid.UUID(page.after) if page.after else None
    query = select(digest).where(here(digest))
    rows, more = await page_of(transaction, query, digest.c.digest_id, page, after)
    return [_record(row) for row in rows], more


def _record(row: Any) -> DigestRecord:
    values = dict(row._mapping)
    del values["business_id"]
    return DigestRecord(**values)
