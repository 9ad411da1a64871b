"""How far a hand-over is, and what may become of it."""

import datetime
import itertools
from typing import Any

import pytest

from orchestrator_svc.domain.errors import HandOverDone, HandOverStatusNotAllowed, InvalidField
from orchestrator_svc.domain.hand_overs import (
    UPDATABLE,
    Draft,
    HandOver,
    HandOverStatus,
    changed,
    created,
)

OPEN, ACCEPTED = HandOverStatus.OPEN, HandOverStatus.ACCEPTED
DONE, DECLINED = HandOverStatus.DONE, HandOverStatus.DECLINED
NOW = datetime.datetime(2026, 5, 5, 19, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=1)
TODAY = NOW.date()
YESTERDAY = TODAY - datetime.timedelta(days=1)

ALLOWED = {
    (OPEN, ACCEPTED),
    (OPEN, DONE),
    (OPEN, DECLINED),
    (ACCEPTED, OPEN),
    (ACCEPTED, DONE),
    (ACCEPTED, DECLINED),
    (DECLINED, OPEN),
}
NOT_DONE = [OPEN, ACCEPTED, DECLINED]


def draft(**changes: Any) -> Draft:
    fields = {
        "bill_id": None,
        "invoice_id": None,
        "issue_key": None,
        "from_person": "Ann",
        "to_person": "Bob",
        "note": "Please look",
        "due_date": None,
        "status": None,
        **changes,
    }
    return Draft(**fields)


def a_hand_over(status: HandOverStatus = OPEN, **changes: Any) -> HandOver:
    """Return a hand-over that came to a status by the shortest way."""
    made = created(draft(**changes), 1, NOW, TODAY)
    return made if status is OPEN else set_status(made, status)


def set_status(old: HandOver, status: HandOverStatus | None) -> HandOver:
    return changed(old, draft(status=status), ["status"], LATER, TODAY)


def test_a_new_one_is_open_whatever_was_asked_for() -> None:
    assert created(draft(status=DONE), 7, NOW, TODAY).status is OPEN


@pytest.mark.parametrize(("before", "after"), list(itertools.product(NOT_DONE, HandOverStatus)))
def test_one_status_follows_another_as_the_table_says(
    before: HandOverStatus, after: HandOverStatus
) -> None:
    old = a_hand_over(before)
    if (before, after) in ALLOWED or before is after:
        assert set_status(old, after).status is after
    else:
        with pytest.raises(HandOverStatusNotAllowed) as caught:
            set_status(old, after)
        assert caught.value.field == "hand_over.status"


@pytest.mark.parametrize("path", UPDATABLE)
def test_of_what_is_done_nothing_changes(path: str) -> None:
    with pytest.raises(HandOverDone):
        changed(a_hand_over(DONE), draft(status=OPEN, to_person="Cid"), [path], LATER, TODAY)


@pytest.mark.parametrize("before", NOT_DONE)
def test_given_to_somebody_else_it_is_open_again(before: HandOverStatus) -> None:
    given_on = changed(a_hand_over(before), draft(to_person="Cid"), ["to_person"], LATER, TODAY)
    assert (given_on.to_person, given_on.status) == ("Cid", OPEN)


def test_given_to_the_same_person_it_stays_as_it_is() -> None:
    assert changed(a_hand_over(ACCEPTED), draft(), ["to_person"], LATER, TODAY).status is ACCEPTED


def test_a_declined_one_can_be_given_on_and_accepted_at_once() -> None:
    wanted = draft(to_person="Cid", status=ACCEPTED)
    old = a_hand_over(DECLINED)
    assert changed(old, wanted, ["to_person", "status"], LATER, TODAY).status is ACCEPTED


def test_a_change_takes_what_is_named_and_nothing_else() -> None:
    old = a_hand_over(note="Please look", due_date=TODAY, bill_id="1")
    wanted = draft(bill_id="2", from_person="Eve", to_person="Cid", note="Look again")
    new = changed(old, wanted, ["note"], LATER, TODAY)
    assert (new.note, new.version, new.updated_at) == ("Look again", 2, LATER)
    assert (new.bill_id, new.from_person, new.to_person) == ("1", "Ann", "Bob")
    assert (new.due_date, new.created_at, new.status) == (TODAY, NOW, OPEN)


def test_a_due_date_that_has_passed_is_in_the_way_of_no_other_change() -> None:
    old = a_hand_over(due_date=TODAY)
    next_week = TODAY + datetime.timedelta(days=7)
    given_back = draft(note="Late", due_date=TODAY)
    assert changed(old, given_back, ["note"], LATER, next_week).note == "Late"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_person": " "}, "hand_over.from_person"),
        ({"to_person": ""}, "hand_over.to_person"),
        ({"due_date": YESTERDAY}, "hand_over.due_date"),
    ],
)
def test_what_cannot_be_is_refused_naming_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        created(draft(**changes), 1, NOW, TODAY)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"to_person": "\t"}, "to_person"), ({"due_date": YESTERDAY}, "due_date"), ({}, "status")],
)
def test_what_cannot_be_is_refused_of_a_change_as_well(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as caught:
        changed(a_hand_over(), draft(**changes), [path], LATER, TODAY)
    assert caught.value.field == f"hand_over.{path}"
