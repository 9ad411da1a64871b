"""Digests that were made, and when they are wanted."""

import datetime
import uuid
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from orchestrator_svc.domain.digest_sendings import DigestSending, Recipient, RecipientStatus
from orchestrator_svc.domain.digests import DigestRecord, DigestSettings
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.paging import page_of
from orchestrator_svc.store.tables import (
    cash_posting,
    digest,
    digest_sending,
    digest_settings,
    here,
)

_FIRST_POSTING = Prepared(select(func.min(cash_posting.c.posting_date)).where(here(cash_posting)))

_SENDING: Any = bindparam("sending")
_SENDINGS = select(digest_sending, digest).where(
    here(digest_sending), here(digest), digest.c.digest_id == digest_sending.c.digest_id
)


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


async def sending(transaction: Transaction, sending_id: uuid.UUID) -> DigestSending | None:
    """Return a sending, or None."""
    row = await transaction.row(
        _SENDINGS.where(digest_sending.c.sending_id == _SENDING), sending=sending_id
    )
    return None if row is None else _sending(row)


async def mail_of(transaction: Transaction, sending_id: uuid.UUID) -> bytes:
    """Return the mail of a sending that is not finished."""
    row = await transaction.row(
        select(digest_sending.c.mail).where(
            here(digest_sending), digest_sending.c.sending_id == _SENDING
        ),
        sending=sending_id,
    )
    assert row is not None
    return bytes(row[0])


async def add_sending(transaction: Transaction, new: DigestSending, mail: bytes) -> None:
    """Keep a sending with its mail; its digest is kept already."""
    await transaction.insert(
        insert(digest_sending),
        {
            **_changing(new),
            "sending_id": new.sending_id,
            "digest_id": new.digest.digest_id,
            "asked_digest": new.asked_digest,
            "message_id": new.message_id,
            "mail_digest": new.mail_digest,
            "mail": mail,
        },
    )


async def update_sending(transaction: Transaction, changed: DigestSending) -> None:
    """Keep how far a sending is; let go of the mail of one that is finished."""
    values = _changing(changed)
    if changed.finished_at is not None:
        values["mail"] = None
    await transaction.change(
        update(digest_sending)
        .where(here(digest_sending), digest_sending.c.sending_id == _SENDING)
        .values(**values),
        sending=changed.sending_id,
    )


async def page_of_sendings(
    transaction: Transaction, page: Page
) -> tuple[list[DigestSending], bool]:
    """Return a page of sendings, by id, and whether there are more."""
    after = uuid.UUID(page.after) if page.after else None
    rows, more = await page_of(transaction, _SENDINGS, digest_sending.c.sending_id, page, after)
    return [_sending(row) for row in rows], more


def _changing(of: DigestSending) -> dict[str, Any]:
    return {
        "recipients": [asdict(one) for one in of.recipients],
        "attempt_count": of.attempt_count,
        "attempted_at": of.attempted_at,
        "reserved_until": of.reserved_until,
        "finished_at": of.finished_at,
        "problem": of.problem,
    }


def _sending(row: Any) -> DigestSending:
    columns = row._mapping
    return DigestSending(
        columns[digest_sending.c.sending_id],
        DigestRecord(
            **{field.name: columns[digest.c[field.name]] for field in fields(DigestRecord)}
        ),
        columns[digest_sending.c.asked_digest],
        columns[digest_sending.c.message_id],
        columns[digest_sending.c.mail_digest],
        tuple(
            Recipient(one["address"], RecipientStatus(one["status"]), one["answer"])
            for one in columns[digest_sending.c.recipients]
        ),
        columns[digest_sending.c.attempt_count],
        columns[digest_sending.c.attempted_at],
        columns[digest_sending.c.reserved_until],
        columns[digest_sending.c.finished_at],
        columns[digest_sending.c.problem],
    )


def _record(row: Any) -> DigestRecord:
    values = dict(row._mapping)
    del values["business_id"]
    return DigestRecord(**values)
