"""The chain of an audit: what it notices, and what only a head kept elsewhere can notice."""

import dataclasses
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_svc.domain.audit import NOTHING_BEFORE, Event, Fault, Head, Verification, chained

BUSINESS = "acme"
NOON = datetime.datetime(2026, 5, 5, 12, tzinfo=datetime.UTC)
Written = list[tuple[Event, bytes]]


def event(number: int, **values: Any) -> Event:
    after = {"note": f"n{number}"}
    one = Event(number, NOON, "ann", "/s/M", "c", "bill", str(number), None, after)
    return dataclasses.replace(one, **values)


def audit(length: int, business_id: str = BUSINESS) -> Written:
    written: Written = []
    last = NOTHING_BEFORE
    for number in range(1, length + 1):
        last = chained(last, business_id, event(number))
        written.append((event(number), last))
    return written


def followed(events: Written, expected: Head | None = None) -> Verification:
    verification = Verification(BUSINESS, expected)
    for one in events:
        verification.follow([one])
    verification.end()
    return verification


def head(events: Written) -> Head:
    return Head(events[-1][0].sequence_number, events[-1][1])


def test_an_audit_as_it_was_written_is_whole() -> None:
    events = audit(5)
    found = followed(events, head(events[:3]))
    assert (found.fault, found.head) == (None, head(events))


def test_an_audit_without_events_is_whole() -> None:
    assert followed([]).head == Head(0, NOTHING_BEFORE)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "bob"},
        {"after": {"note": "another"}},
        {"before": {}},
        {"method": "/s/N"},
        {"subject_id": "9"},
        {"subject_kind": "invoice"},
        {"correlation_id": "d"},
        {"occurred_at": NOON + datetime.timedelta(microseconds=1)},
    ],
)
@given(at=st.integers(0, 4))
def test_whatever_is_changed_in_an_event_is_found_there(change: dict[str, Any], at: int) -> None:
    events = audit(5)
    events[at] = (dataclasses.replace(events[at][0], **change), events[at][1])
    found = followed(events)
    assert (found.fault, found.fault_at) == (Fault.CHANGED, at + 1)
    assert found.head.sequence_number == at


@given(at=st.integers(0, 3))
def test_an_event_that_is_taken_out_is_missed(at: int) -> None:
    events = audit(5)
    del events[at]
    assert (followed(events).fault, followed(events).fault_at) == (Fault.MISSING, at + 1)


def test_events_of_another_business_do_not_pass() -> None:
    assert followed(audit(2, "another")).fault is Fault.CHANGED


def test_an_end_that_is_cut_off_is_found_by_a_head_kept_elsewhere() -> None:
    events = audit(5)
    assert followed(events[:3]).fault is None
    found = followed(events[:3], head(events))
    assert (found.fault, found.fault_at) == (Fault.MISSING, 4)


def test_an_audit_computed_anew_is_found_by_a_head_kept_elsewhere() -> None:
    kept = head(audit(3))
    rewritten: Written = []
    last = NOTHING_BEFORE
    for number in range(1, 5):
        one = event(number, actor="bob")
        last = chained(last, BUSINESS, one)
        rewritten.append((one, last))
    assert followed(rewritten).fault is None
    found = followed(rewritten, kept)
    assert (found.fault, found.fault_at) == (Fault.REWRITTEN, 3)
