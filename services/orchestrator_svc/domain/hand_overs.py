"""Hand-overs: what one person asks another to see to, and how far that is."""

import dataclasses
import datetime
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from orchestrator_svc.domain.errors import (
    HandOverDone,
    HandOverStatusNotAllowed,
    InvalidField,
)


class HandOverStatus(StrEnum):
    """How far a hand-over is."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DONE = "done"
    DECLINED = "declined"


# Somebody still has to see to it.
WAITING = (HandOverStatus.OPEN, HandOverStatus.ACCEPTED)

FOLLOWING: Mapping[HandOverStatus, Collection[HandOverStatus]] = {
    HandOverStatus.OPEN: {HandOverStatus.ACCEPTED, HandOverStatus.DONE, HandOverStatus.DECLINED},
    HandOverStatus.ACCEPTED: {HandOverStatus.OPEN, HandOverStatus.DONE, HandOverStatus.DECLINED},
    HandOverStatus.DECLINED: {HandOverStatus.OPEN},
    HandOverStatus.DONE: (),
}
"""Which statuses can follow on each."""

UPDATABLE = ("to_person", "note", "due_date", "status")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants handed over, or changed. At most one of bill_id, invoice_id and issue_key
    is set; with none it is about the business as a whole. `status` is None where nobody said it.
    """

    bill_id: str | None
    invoice_id: str | None
    issue_key: str | None
    from_person: str
    to_person: str
    note: str
    due_date: datetime.date | None
    status: HandOverStatus | None


@dataclass(frozen=True, slots=True)
class HandOver:
    """A hand-over as it is kept; positions ascend in the order in which they were made."""

    hand_over_id: uuid.UUID
    position: int
    bill_id: str | None
    invoice_id: str | None
    issue_key: str | None
    from_person: str
    to_person: str
    note: str
    due_date: datetime.date | None
    status: HandOverStatus
    version: int
    created_at: datetime.datetime
    updated_at: datetime.datetime


def created(draft: Draft, position: int, now: datetime.datetime, today: datetime.date) -> HandOver:
    """Return a new hand-over, which is open.

    Raises InvalidField.
    """
    _check_person(draft.from_person, "from_person")
    _check_person(draft.to_person, "to_person")
    _check_due_date(draft.due_date, today)
    return HandOver(
        hand_over_id=uuid.uuid4(),
        position=position,
        bill_id=draft.bill_id,
        invoice_id=draft.invoice_id,
        issue_key=draft.issue_key,
        from_person=draft.from_person,
        to_person=draft.to_person,
        note=draft.note,
        due_date=draft.due_date,
        status=HandOverStatus.OPEN,
        version=1,
        created_at=now,
        updated_at=now,
    )


def changed(
    old: HandOver, draft: Draft, paths: Sequence[str], now: datetime.datetime, today: datetime.date
) -> HandOver:
    """Return a hand-over with the fields that `paths` names taken from `draft`.

    Whoever it is newly handed to has not answered yet, so that it is open again.
    Raises HandOverDone, HandOverStatusNotAllowed, InvalidField.
    """
    if old.status is HandOverStatus.DONE:
        raise HandOverDone("It is done; hand over anew what is left to do.")
    values: dict[str, Any] = {name: getattr(draft, name) for name in paths}
    status: HandOverStatus = old.status
    if "to_person" in paths:
        _check_person(draft.to_person, "to_person")
        if draft.to_person != old.to_person:
            status = HandOverStatus.OPEN
    if "due_date" in paths:
        _check_due_date(draft.due_date, today)
    if "status" in paths:
        status = _following(status, draft.status)
    values |= {"status": status, "version": old.version + 1, "updated_at": now}
    return dataclasses.replace(old, **values)


def _following(status: HandOverStatus, wanted: HandOverStatus | None) -> HandOverStatus:
    if wanted is None:
        raise InvalidField("must be a status", field="hand_over.status")
    if wanted is not status and wanted not in FOLLOWING[status]:
        raise HandOverStatusNotAllowed(
            f"cannot become {wanted} while it is {status}", field="hand_over.status"
        )
    return wanted


def _check_person(name: str, field: str) -> None:
    if not name.strip():
        raise InvalidField("must not be empty", field=f"hand_over.{field}")


def _check_due_date(due_date: datetime.date | None, today: datetime.date) -> None:
    if due_date is not None and due_date < today:
        raise InvalidField(f"must not be before today, {today}", field="hand_over.due_date")
