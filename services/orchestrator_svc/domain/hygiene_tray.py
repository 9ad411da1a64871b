"""The Hygiene Tray: what a person may say of an issue, and what the books say of it.

This is the one place that decides an item's status. Readers are shown the status as it is kept,
beside whether the issue is found now: were a reader to work out what the next recording will make
of it, there would be two rules, and sooner or later two answers.
"""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator_svc.domain.errors import (
    FindingsOutdated,
    InvalidField,
    TransitionNotAllowed,
)

UPDATABLE = ("status", "priority", "assignee", "note", "snoozed_until_date")


class Status(StrEnum):
    """Where the work on an issue stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_ON_CLIENT = "waiting_on_client"
    FIXED = "fixed"
    APPROVED = "approved"
    EXCLUDED = "excluded"
    REOPENED = "reopened"


class Priority(StrEnum):
    """How soon somebody wants an issue dealt with."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


# A person's last word: it stays although the issue is found again.
SETTLED = frozenset({Status.APPROVED, Status.EXCLUDED})
_AT_WORK = frozenset({Status.OPEN, Status.IN_PROGRESS, Status.WAITING_ON_CLIENT})
_ENDS = SETTLED | {Status.FIXED}

# What a person may set from each status. None leads to REOPENED: only the books reopen an issue.
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.OPEN: (_AT_WORK | _ENDS) - {Status.OPEN},
    Status.IN_PROGRESS: (_AT_WORK | _ENDS) - {Status.IN_PROGRESS},
    Status.WAITING_ON_CLIENT: (_AT_WORK | _ENDS) - {Status.WAITING_ON_CLIENT},
    Status.REOPENED: _AT_WORK | _ENDS,
    Status.FIXED: SETTLED | {Status.OPEN},
    Status.APPROVED: frozenset({Status.OPEN}),
    Status.EXCLUDED: frozenset({Status.OPEN}),
}


@dataclass(frozen=True, slots=True)
class Item:
    """What the tray keeps of one issue; `gone_at` is None while the books show the issue."""

    issue_key: str
    rule: str
    status: Status
    priority: Priority | None
    assignee: str
    note: str
    snoozed_until_date: datetime.date | None
    first_seen_at: datetime.datetime
    gone_at: datetime.datetime | None
    returned_at: datetime.datetime | None
    status_changed_at: datetime.datetime
    version: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants an item to say; `status` is None where none is given."""

    issue_key: str
    etag: str
    status: Status | None
    priority: Priority | None
    assignee: str
    note: str
    snoozed_until_date: datetime.date | None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """The fields of an item to take from a draft. `field` is the draft's path in the request,
    `mask_field` that of its mask.
    """

    draft: Draft
    paths: Sequence[str]
    field: str
    mask_field: str


def check_changes(changes: Sequence[ItemChange]) -> None:
    """Check what can be checked of changes without their items.

    Raises InvalidField: a mask names nothing or something else than an item's fields, or an item
    comes up twice.
    """
    seen: set[str] = set()
    for change in changes:
        if not change.paths or not set(change.paths) <= set(UPDATABLE):
            raise InvalidField(f"must name some of {', '.join(UPDATABLE)}", field=change.mask_field)
        if change.draft.issue_key in seen:
            raise InvalidField(
                "must not come up in another change", field=f"{change.field}.issue_key"
            )
        seen.add(change.draft.issue_key)


def changed(item: Item, change: ItemChange, today: datetime.date, now: datetime.datetime) -> Item:
    """Return an item as a person has changed it.

    Raises TransitionNotAllowed and InvalidField.
    """
    draft, paths = change.draft, change.paths
    for name in ("priority", "assignee", "note"):
        if name in paths:
            item = dataclasses.replace(item, **{name: getattr(draft, name)})
    if "snoozed_until_date" in paths:
        until = draft.snoozed_until_date
        if until is not None and until <= today:
            field = f"{change.field}.snoozed_until_date"
            raise InvalidField(f"must be after today, {today}", field=field)
        item = dataclasses.replace(item, snoozed_until_date=until)
    if "status" in paths:
        item = _with_status(item, draft.status, now, f"{change.field}.status")
    return dataclasses.replace(item, version=item.version + 1)


def _with_status(item: Item, status: Status | None, now: datetime.datetime, field: str) -> Item:
    if status is None:
        raise InvalidField("must be stated", field=field)
    if status is item.status:
        return item
    if item.gone_at is not None:
        raise TransitionNotAllowed(
            "The issue is gone; its status changes only when the books show it again.", field=field
        )
    if status not in TRANSITIONS[item.status]:
        raise TransitionNotAllowed(
            f"An issue that is {item.status.value} cannot be set to {status.value}.", field=field
        )
    return dataclasses.replace(item, status=status, status_changed_at=now)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What findings make of a tray: each item that changes, before (None: new) and after."""

    changes: Sequence[tuple[Item | None, Item]]
    added: int
    gone: int
    returned: int
    reopened: int


def check_synced_at(
    synced_at: datetime.datetime | None,
    recorded: datetime.datetime | None,
    books: datetime.datetime | None,
) -> None:
    """Check that findings are not of older books than those recorded last, nor of books that there
    are not. None is before the first import.

    Raises FindingsOutdated and InvalidField.
    """
    if _order(synced_at) > _order(books):
        raise InvalidField("must not be after the last import", field="synced_at")
    if _order(synced_at) < _order(recorded):
        raise FindingsOutdated(
            "Findings of later books are recorded already; calculate again.", field="synced_at"
        )


def _order(instant: datetime.datetime | None) -> float:
    return float("-inf") if instant is None else instant.timestamp()


def record(
    items: Mapping[str, Item],
    findings: Mapping[str, str],
    synced_at: datetime.datetime | None,
    now: datetime.datetime,
) -> Recorded:
    """Return what findings change. `items` are by issue key, `findings` are rules by issue key,
    found in the books of `synced_at`.
    """
    added = [
        _new(issue_key, rule, now) for issue_key, rule in findings.items() if issue_key not in items
    ]
    changes: list[tuple[Item | None, Item]] = [(None, item) for item in added]
    for item in items.values():
        after = found(item, synced_at, now) if item.issue_key in findings else lost(item, now)
        if after != item:
            changes.append((item, after))
    olds = [(old, new) for old, new in changes if old is not None]
    return Recorded(
        changes,
        added=len(added),
        gone=sum(new.gone_at is not None for _, new in olds),
        returned=sum(old.gone_at is not None for old, _ in olds),
        reopened=sum(old.status is not new.status for old, new in olds),
    )


def _new(issue_key: str, rule: str, now: datetime.datetime) -> Item:
    return Item(issue_key, rule, Status.OPEN, None, "", "", None, now, None, None, now, 1)


def lost(item: Item, now: datetime.datetime) -> Item:
    """Return an item whose issue the books do not show: it closes itself, once."""
    if item.gone_at is not None:
        return item
    return dataclasses.replace(item, gone_at=now, version=item.version + 1)


def found(item: Item, synced_at: datetime.datetime | None, now: datetime.datetime) -> Item:
    """Return an item whose issue the books of `synced_at` show."""
    came_back = item.gone_at is not None
    # Books that were read before somebody marked it fixed say nothing about that.
    not_fixed = (
        item.status is Status.FIXED and synced_at is not None and synced_at > item.status_changed_at
    )
    after = item
    if came_back:
        after = dataclasses.replace(after, gone_at=None, returned_at=now)
    if (came_back or not_fixed) and item.status not in SETTLED | {Status.REOPENED}:
        after = dataclasses.replace(after, status=Status.REOPENED, status_changed_at=now)
    return item if after == item else dataclasses.replace(after, version=item.version + 1)
