"""The audit of a business: events chained by hash, so that a change of what was written shows.

The hash of an event is SHA-256 of the hash before it (none before the first) followed by the event
as JSON with sorted keys, no spaces and ASCII only. Whoever changes, inserts or takes out an event
must compute every later hash anew, and then the head is another one than was read before.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NOTHING_BEFORE = b""


@dataclass(frozen=True, slots=True)
class Event:
    """One change: its place, when, by whom and by which call, and how things were and are, as JSON
    can hold it.
    """

    sequence_number: int
    occurred_at: datetime.datetime
    actor: str
    method: str
    correlation_id: str
    subject_kind: str
    subject_id: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Head:
    """A place in an audit: an event's number, 0 for none, and its hash."""

    sequence_number: int = 0
    hash: bytes = NOTHING_BEFORE


class Fault(StrEnum):
    """How an audit is not as it was written."""

    MISSING = "missing"
    CHANGED = "changed"
    REWRITTEN = "rewritten"


def canonical(value: Any) -> str:
    """Return JSON of which there is but one for a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def chained(before: bytes, business_id: str, event: Event) -> bytes:
    """Return an event's hash: 32 bytes."""
    content = {
        "business_id": business_id,
        "sequence_number": event.sequence_number,
        "occurred_at": event.occurred_at.astimezone(datetime.UTC).isoformat(),
        "actor": event.actor,
        "method": event.method,
        "correlation_id": event.correlation_id,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "before": event.before,
        "after": event.after,
    }
    return hashlib.sha256(before + canonical(content).encode("ascii")).digest()


class Verification:
    """Follows an audit from its first event on, until one is not as it was written.

    `head` is the last event that was right, `fault` what is wrong with the one at `fault_at`.
    """

    def __init__(self, business_id: str, expected: Head | None = None) -> None:
        self.head = Head()
        self.fault: Fault | None = None
        self.fault_at = 0
        self._business_id = business_id
        self._expected = expected

    def follow(self, events: Iterable[tuple[Event, bytes]]) -> None:
        """Go on with the next events, each with the hash that was written for it."""
        for event, written in events:
            if self.fault:
                return
            number = self.head.sequence_number + 1
            if event.sequence_number != number:
                self._found(Fault.MISSING, number)
            elif chained(self.head.hash, self._business_id, event) != written:
                self._found(Fault.CHANGED, number)
            elif self._differs(number, written):
                self._found(Fault.REWRITTEN, number)
            else:
                self.head = Head(number, written)

    def end(self) -> None:
        """Say that there are no more events."""
        last = self.head.sequence_number
        if not self.fault and self._expected and self._expected.sequence_number > last:
            self._found(Fault.MISSING, last + 1)

    def _differs(self, number: int, written: bytes) -> bool:
        expected = self._expected
        return bool(expected and expected.sequence_number == number and expected.hash != written)

    def _found(self, fault: Fault, number: int) -> None:
        self.fault, self.fault_at = fault, number
