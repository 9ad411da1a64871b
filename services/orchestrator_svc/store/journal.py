"""What was done: requests that were handled, and an audit of every change."""

import dataclasses
import datetime
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import bindparam, insert, select

from orchestrator_svc.domain.audit import Event, Head, chained
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import audit_event, handled_request, here

_FIND = select(
    handled_request.c.method, handled_request.c.request_digest, handled_request.c.response
).where(
    here(handled_request),
    handled_request.c.request_id == bindparam("request_id"),
)
_LAST = (
    select(audit_event.c.sequence_number, audit_event.c.hash)
    .where(here(audit_event))
    .order_by(audit_event.c.sequence_number.desc())
    .limit(1)
)
_EVENTS = (
    select(*(audit_event.c[field.name] for field in dataclasses.fields(Event)), audit_event.c.hash)
    .where(here(audit_event), audit_event.c.sequence_number > bindparam("after_number"))
    .order_by(audit_event.c.sequence_number)
    .limit(bindparam("at_most"))
)


@dataclass(frozen=True, slots=True)
class HandledRequest:
    """A request that was handled, and its answer."""

    method: str
    request_digest: bytes
    response: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One change of state: what it was about, and how that was before and is after."""

    subject_kind: str
    subject_id: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who changed something, how and when."""

    actor: str
    method: str
    correlation_id: str
    occurred_at: datetime.datetime


async def find_request(transaction: Transaction, request_id: uuid.UUID) -> HandledRequest | None:
    """Return the request that was handled under an id, or None."""
    row = await transaction.row(_FIND, request_id=request_id)
    return None if row is None else HandledRequest(*row)


async def keep_request(
    transaction: Transaction,
    request_id: uuid.UUID,
    handled: HandledRequest,
    at: datetime.datetime,
) -> None:
    """Keep a handled request with its answer."""
    await transaction.insert(
        insert(handled_request),
        {
            "request_id": request_id,
            "method": handled.method,
            "request_digest": handled.request_digest,
            "response": handled.response,
            "handled_at": at,
        },
    )


async def record(transaction: Transaction, by: Authorship, changes: Sequence[Change]) -> None:
    """Append changes to the audit. The caller holds the business's lock, so that numbers and hashes
    follow on.
    """
    if not changes:
        return
    last = await head(transaction)
    rows, before = [], last.hash
    for number, change in enumerate(changes, start=last.sequence_number + 1):
        event = _event(number, by, change)
        before = chained(before, transaction.business_id, event)
        rows.append({**_values(event), "hash": before})
    await transaction.insert(insert(audit_event), *rows)


async def head(transaction: Transaction) -> Head:
    """Return the last event of the audit."""
    row = await transaction.row(_LAST)
    return Head(*row) if row else Head()


async def events(
    transaction: Transaction, after_number: int, at_most: int
) -> list[tuple[Event, bytes]]:
    """Return the next events of the audit after one, each with the hash that was written for it."""
    rows = await transaction.rows(_EVENTS, after_number=after_number, at_most=at_most)
    return [(Event(*row[:-1]), row[-1]) for row in rows]


def _event(number: int, by: Authorship, change: Change) -> Event:
    return Event(
        sequence_number=number,
        occurred_at=by.occurred_at,
        actor=by.actor,
        method=by.method,
        correlation_id=by.correlation_id,
        subject_kind=change.subject_kind,
        subject_id=change.subject_id,
        before=plain(change.before),
        after=plain(change.after),
    )


def _values(event: Event) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: records as objects, dates and ids as text."""
    return None if value is None else json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.date | uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value)} cannot be kept in the audit")
