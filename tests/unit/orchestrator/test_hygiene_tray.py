"""What a person may set an issue to, and what the books make of it."""

import dataclasses
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_svc.domain.errors import FindingsOutdated, InvalidField, TransitionNotAllowed
from orchestrator_svc.domain.hygiene_tray import (
    SETTLED,
    TRANSITIONS,
    Draft,
    Item,
    ItemChange,
    Priority,
    Status,
    changed,
    check_changes,
    check_synced_at,
    found,
    lost,
    record,
)

TODAY = datetime.date(2026, 5, 5)


def hour(number: int) -> datetime.datetime:
    """Return an instant so many hours into the day."""
    start = datetime.datetime(2026, 5, 5, tzinfo=datetime.UTC)
    return start + datetime.timedelta(hours=number)


def item(**fields: Any) -> Item:
    """Return an open item that was first seen at hour 1."""
    new = Item("k", "RULE", Status.OPEN, None, "", "", None, hour(1), None, None, hour(1), 1)
    return dataclasses.replace(new, **fields)


def change(*paths: str, **fields: Any) -> ItemChange:
    """Return a change of what the fields name."""
    empty = Draft("k", "v1", None, None, "", "", None)
    draft = dataclasses.replace(empty, **fields)
    return ItemChange(draft, paths or tuple(fields), "item", "update_mask")


def set_status(old: Item, status: Status, at: int = 2) -> Item:
    return changed(old, change(status=status), TODAY, hour(at))


EVERY_PAIR = [(old, new) for old in Status for new in Status if old is not new]
ALLOWED = {
    "open": "in_progress waiting_on_client fixed approved excluded",
    "in_progress": "open waiting_on_client fixed approved excluded",
    "waiting_on_client": "open in_progress fixed approved excluded",
    "reopened": "open in_progress waiting_on_client fixed approved excluded",
    "fixed": "open approved excluded",
    "approved": "open",
    "excluded": "open",
}


@pytest.mark.parametrize(("old", "new"), EVERY_PAIR)
def test_a_person_may_set_what_the_table_says_and_nothing_else(old: Status, new: Status) -> None:
    if new.value in ALLOWED[old.value].split():
        after = set_status(item(status=old), new)
        assert (after.status, after.status_changed_at, after.version) == (new, hour(2), 2)
    else:
        with pytest.raises(TransitionNotAllowed) as caught:
            set_status(item(status=old), new)
        assert caught.value.field == "item.status"


@pytest.mark.parametrize("status", Status)
def test_the_same_status_again_changes_no_status(status: Status) -> None:
    after = set_status(item(status=status), status)
    assert (after.status, after.status_changed_at) == (status, hour(1))


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.OPEN])
def test_the_status_of_a_gone_issue_cannot_be_set(status: Status) -> None:
    with pytest.raises(TransitionNotAllowed):
        set_status(item(gone_at=hour(1)), status)


def test_what_the_mask_does_not_name_stays() -> None:
    draft = {"priority": Priority.HIGH, "assignee": "Ann", "note": "why"}
    for name, value in draft.items():
        after = changed(item(), change(name, **draft), TODAY, hour(2))
        assert after == item(**{name: value}, version=2)


def test_an_item_is_snoozed_until_a_day_after_today_and_woken_by_none() -> None:
    tomorrow = TODAY + datetime.timedelta(days=1)
    snoozed = changed(item(), change(snoozed_until_date=tomorrow), TODAY, hour(2))
    assert snoozed.snoozed_until_date == tomorrow
    assert changed(snoozed, change("snoozed_until_date"), TODAY, hour(3)).snoozed_until_date is None
    with pytest.raises(InvalidField) as caught:
        changed(item(), change(snoozed_until_date=TODAY), TODAY, hour(2))
    assert caught.value.field == "item.snoozed_until_date"


def test_a_mask_names_fields_of_an_item_and_a_batch_each_item_once() -> None:
    for paths in ([], ["rule"], ["note", "version"]):
        with pytest.raises(InvalidField) as caught:
            check_changes([dataclasses.replace(change(note="x"), paths=paths)])
        assert caught.value.field == "update_mask"
    with pytest.raises(InvalidField) as caught:
        check_changes([change(note="x"), change(note="y")])
    assert caught.value.field == "item.issue_key"


def test_a_fixed_issue_that_a_later_sync_still_finds_is_reopened() -> None:
    fixed = set_status(item(), Status.FIXED, at=5)
    for synced_at in (None, hour(4), hour(5)):
        assert found(fixed, synced_at, hour(7)) == fixed
    after = found(fixed, hour(6), hour(7))
    assert (after.status, after.status_changed_at) == (Status.REOPENED, hour(7))
    assert after.returned_at is None


@pytest.mark.parametrize("status", Status)
def test_an_issue_that_comes_back_is_reopened_unless_that_was_a_last_word(status: Status) -> None:
    gone = lost(item(status=status), hour(3))
    assert (gone.gone_at, gone.status) == (hour(3), status)
    back = found(gone, hour(4), hour(5))
    assert (back.gone_at, back.returned_at) == (None, hour(5))
    assert back.status is (status if status in SETTLED else Status.REOPENED)


def test_a_gone_issue_is_gone_since_it_was_first_missed() -> None:
    gone = lost(item(), hour(3))
    assert lost(gone, hour(9)) == gone


def test_the_same_findings_again_change_nothing() -> None:
    first = record({}, {"a": "R", "b": "R"}, hour(1), hour(2))
    assert (first.added, [new.issue_key for _, new in first.changes]) == (2, ["a", "b"])
    items = {new.issue_key: new for _, new in first.changes}
    assert record(items, {"a": "R", "b": "R"}, hour(3), hour(4)).changes == []


def test_findings_are_counted_by_what_they_change() -> None:
    items = {
        "fixed": item(issue_key="fixed", status=Status.FIXED),
        "fixed too": item(issue_key="fixed too", status=Status.FIXED),
        "gone": item(issue_key="gone", gone_at=hour(2)),
        "approved": item(issue_key="approved", status=Status.APPROVED, gone_at=hour(2)),
        "lost": item(issue_key="lost"),
    }
    found_now = dict.fromkeys(("fixed", "fixed too", "gone", "approved", "new"), "RULE")
    recorded = record(items, found_now, hour(3), hour(4))
    counts = (recorded.added, recorded.gone, recorded.returned, recorded.reopened)
    assert counts == (1, 1, 2, 3)


def test_findings_of_older_books_and_of_books_to_come_are_refused() -> None:
    check_synced_at(None, None, None)
    check_synced_at(hour(2), hour(2), hour(2))
    check_synced_at(hour(2), None, hour(3))
    for older in (None, hour(1)):
        with pytest.raises(FindingsOutdated):
            check_synced_at(older, hour(2), hour(3))
    with pytest.raises(InvalidField):
        check_synced_at(hour(4), hour(2), hour(3))


EVENTS = st.lists(st.one_of(st.sampled_from(Status), st.booleans()), max_size=30)


@given(EVENTS)
def test_no_course_of_events_reaches_what_it_may_not(events: list[Status | bool]) -> None:
    """A status is what a person sets; True and False are syncs with and without the issue."""
    now = item()
    for at, event in enumerate(events, start=2):
        before = now
        if isinstance(event, Status):
            try:
                now = set_status(before, event, at)
            except TransitionNotAllowed:
                continue
            assert before.status is event or event in TRANSITIONS[before.status]
            assert event is not Status.REOPENED or before.status is Status.REOPENED
        else:
            now = found(before, hour(at), hour(at)) if event else lost(before, hour(at))
            assert (now.gone_at is None) is event
            # The books reopen and do nothing else; they never touch a last word.
            assert now.status in (before.status, Status.REOPENED)
            assert before.status not in SETTLED or now.status is before.status
            # A later sync that finds it leaves nothing fixed.
            assert not (event and now.status is Status.FIXED)
        assert now.version >= before.version
        assert (now == before) or now.version == before.version + 1
