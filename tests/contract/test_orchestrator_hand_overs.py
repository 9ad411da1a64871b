"""The orchestrator's HandOverService, called through pytest-grpc's stub."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.ledger.v1 import hand_over_pb2
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    decision_console_service_pb2,
    decision_console_service_pb2_grpc,
    hand_over_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from runway.orchestrator.v1 import hand_over_service_pb2 as pb
from sqlalchemy import text

from support import builders, catalogue
from support.builders import day, request_id
from support.databases import DatabaseUrls
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
OPEN, ACCEPTED = hand_over_pb2.HAND_OVER_STATUS_OPEN, hand_over_pb2.HAND_OVER_STATUS_ACCEPTED
DONE, DECLINED = hand_over_pb2.HAND_OVER_STATUS_DONE, hand_over_pb2.HAND_OVER_STATUS_DECLINED
NEVER = "4bb1a567-ba78-424e-9dd2-898490c10a8f"
SUBJECTS = {
    "a bill": {"bill_id": "1"},
    "an invoice": {"invoice_id": "2"},
    "an issue": {"issue_key": "NO_DUE_DATE:bill:1"},
    "the business": {},
}


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return hand_over_service_pb2_grpc.HandOverServiceStub


@pytest.fixture
def business(grpc_channel: grpc.Channel) -> str:
    """A business with an open bill "1" and an open invoice "2"."""
    business_id = builders.business_id("hand")
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    request = builders.import_ledger(business_id, *builders.small_books())
    ledger_service_pb2_grpc.LedgerServiceStub(grpc_channel).ImportLedger(iter([request]))
    return business_id


def create(business_id: str, **changes: Any) -> pb.CreateHandOverRequest:
    fields = {"from_person": "Ann", "to_person": "bob@example.com", "note": "Please look"}
    return pb.CreateHandOverRequest(
        business_id=business_id,
        request_id=request_id(),
        hand_over=hand_over_pb2.HandOver(**{**fields, **changes}),
    )


def made(stub: Any, business_id: str, **changes: Any) -> hand_over_pb2.HandOver:
    hand_over: hand_over_pb2.HandOver = stub.CreateHandOver(
        create(business_id, **changes)
    ).hand_over
    return hand_over


def update(
    business_id: str, old: hand_over_pb2.HandOver, *paths: str, **changes: Any
) -> pb.UpdateHandOverRequest:
    return pb.UpdateHandOverRequest(
        business_id=business_id,
        request_id=request_id(),
        hand_over_id=old.hand_over_id,
        hand_over=hand_over_pb2.HandOver(etag=old.etag, **changes),
        update_mask=field_mask_pb2.FieldMask(paths=paths or list(changes)),
    )


def listed(stub: Any, business_id: str, **filters: Any) -> list[hand_over_pb2.HandOver]:
    request = pb.ListHandOversRequest(business_id=business_id, **filters)
    return list(stub.ListHandOvers(request).hand_overs)


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_hand_over_is_kept_as_it_was_given_and_is_open(
    grpc_stub: Any, business: str, subject: str
) -> None:
    given = {**SUBJECTS[subject], "due_date": day("2026-05-05")}
    new = made(grpc_stub, business, **given)
    uuid.UUID(new.hand_over_id)
    assert new.WhichOneof("subject") == next(iter(SUBJECTS[subject]), None)
    assert all(getattr(new, name) == value for name, value in given.items())
    assert (new.from_person, new.to_person, new.note) == ("Ann", "bob@example.com", "Please look")
    assert new.status == OPEN
    assert new.create_time == new.update_time
    assert listed(grpc_stub, business) == [new]


def test_the_same_request_hands_over_once(grpc_stub: Any, business: str) -> None:
    request = create(business)
    assert grpc_stub.CreateHandOver(request) == grpc_stub.CreateHandOver(request)
    assert len(listed(grpc_stub, business)) == 1
    request.hand_over.note = "Another"
    assert refused(grpc_stub.CreateHandOver, request)[1:] == ("REQUEST_ID_REUSED", ["request_id"])


@pytest.mark.parametrize(
    ("changes", "status", "reason", "field"),
    [
        ({"bill_id": "none"}, "NOT_FOUND", "BILL_NOT_FOUND", "hand_over.bill_id"),
        ({"invoice_id": "none"}, "NOT_FOUND", "INVOICE_NOT_FOUND", "hand_over.invoice_id"),
        ({"from_person": " "}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.from_person"),
        ({"to_person": ""}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.to_person"),
        ({"to_person": "b" * 257}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.to_person"),
        ({"bill_id": ""}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.bill_id"),
        ({"issue_key": "i" * 513}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.issue_key"),
        ({"note": "n" * 2001}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.note"),
        ({"status": 9}, "INVALID_ARGUMENT", "INVALID_FIELDS", "hand_over.status"),
        (
            {"due_date": day("2026-05-04")},
            "INVALID_ARGUMENT",
            "INVALID_FIELDS",
            "hand_over.due_date",
        ),
        (
            {"due_date": builders.date_pb2.Date(year=2026, month=2, day=30)},
            "INVALID_ARGUMENT",
            "INVALID_FIELDS",
            "hand_over.due_date",
        ),
    ],
)
def test_what_cannot_be_handed_over_is_refused_naming_the_field(
    grpc_stub: Any, business: str, changes: dict[str, Any], status: str, reason: str, field: str
) -> None:
    answer = refused(grpc_stub.CreateHandOver, create(business, **changes))
    assert answer == (status, reason, [field])
    assert listed(grpc_stub, business) == []


def test_it_is_accepted_and_done_and_then_changes_no_more(grpc_stub: Any, business: str) -> None:
    new = made(grpc_stub, business)
    accepted = grpc_stub.UpdateHandOver(update(business, new, status=ACCEPTED)).hand_over
    done = grpc_stub.UpdateHandOver(update(business, accepted, status=DONE)).hand_over
    assert (accepted.status, done.status) == (ACCEPTED, DONE)
    again = update(business, done, note="Once more")
    assert refused(grpc_stub.UpdateHandOver, again) == ("FAILED_PRECONDITION", "HAND_OVER_DONE", [])
    assert listed(grpc_stub, business) == [done]


def test_a_declined_one_cannot_be_done_but_handed_to_another(grpc_stub: Any, business: str) -> None:
    new = made(grpc_stub, business)
    declined = grpc_stub.UpdateHandOver(update(business, new, status=DECLINED)).hand_over
    assert refused(grpc_stub.UpdateHandOver, update(business, declined, status=DONE)) == (
        "FAILED_PRECONDITION",
        "HAND_OVER_STATUS_NOT_ALLOWED",
        ["hand_over.status"],
    )
    given_on = grpc_stub.UpdateHandOver(update(business, declined, to_person="Cid")).hand_over
    assert (given_on.to_person, given_on.status) == ("Cid", OPEN)


def test_an_update_changes_what_the_mask_names_and_nothing_else(
    grpc_stub: Any, business: str
) -> None:
    new = made(grpc_stub, business, bill_id="1", due_date=day("2026-05-20"))
    request = update(business, new, "note", "due_date", note="Look", invoice_id="2", to_person="X")
    changed = grpc_stub.UpdateHandOver(request).hand_over
    assert changed.note == "Look"
    assert not changed.HasField("due_date")
    assert (changed.bill_id, changed.to_person) == (new.bill_id, new.to_person)
    assert changed.etag != new.etag
    assert grpc_stub.UpdateHandOver(request).hand_over == changed


def test_a_change_of_what_has_changed_since_is_refused(grpc_stub: Any, business: str) -> None:
    new = made(grpc_stub, business)
    grpc_stub.UpdateHandOver(update(business, new, status=ACCEPTED))
    stale = update(business, new, status=DECLINED)
    answer = ("ABORTED", "ETAG_MISMATCH", ["hand_over.etag"])
    assert refused(grpc_stub.UpdateHandOver, stale) == answer


@pytest.mark.parametrize("paths", [[], ["from_person"], ["note", "bill_id"], ["etag"]])
def test_a_mask_that_names_what_cannot_be_changed_is_refused(
    grpc_stub: Any, business: str, paths: list[str]
) -> None:
    request = update(business, made(grpc_stub, business), note="Look")
    request.update_mask.paths[:] = paths
    assert refused(grpc_stub.UpdateHandOver, request)[2] == ["update_mask"]


@pytest.mark.parametrize("hand_over_id", ["none", NEVER, NEVER.upper()])
def test_what_was_never_handed_over_is_not_found(
    grpc_stub: Any, business: str, hand_over_id: str
) -> None:
    request = update(business, made(grpc_stub, business), note="Look")
    request.hand_over_id = hand_over_id
    answer = ("NOT_FOUND", "HAND_OVER_NOT_FOUND", ["hand_over_id"])
    assert refused(grpc_stub.UpdateHandOver, request) == answer


def test_they_are_listed_oldest_first_page_by_page(grpc_stub: Any, business: str) -> None:
    ids = [made(grpc_stub, business).hand_over_id for _ in range(5)]
    seen, token, pages = [], "", 0
    while True:
        page = grpc_stub.ListHandOvers(
            pb.ListHandOversRequest(business_id=business, page_size=2, page_token=token)
        )
        seen += [one.hand_over_id for one in page.hand_overs]
        token, pages = page.next_page_token, pages + 1
        if not token:
            break
    assert (seen, pages) == (ids, 3)


def test_they_are_listed_by_status_and_by_person(grpc_stub: Any, business: str) -> None:
    open_, accepted, declined = (made(grpc_stub, business, to_person=who) for who in "aba")
    grpc_stub.UpdateHandOver(update(business, accepted, status=ACCEPTED))
    grpc_stub.UpdateHandOver(update(business, declined, status=DECLINED))

    def ids(**filters: Any) -> list[str]:
        return [one.hand_over_id for one in listed(grpc_stub, business, **filters)]

    assert ids(statuses=[OPEN, ACCEPTED]) == [open_.hand_over_id, accepted.hand_over_id]
    assert ids(to_person="a") == [open_.hand_over_id, declined.hand_over_id]
    assert ids(statuses=[DECLINED], to_person="b") == []


def token_of(stub: Any, business_id: str, **filters: Any) -> str:
    request = pb.ListHandOversRequest(business_id=business_id, page_size=1, **filters)
    return str(stub.ListHandOvers(request).next_page_token)


def test_a_token_is_of_its_filter_alone(grpc_stub: Any, business: str) -> None:
    for _ in range(2):
        made(grpc_stub, business)
    token = token_of(grpc_stub, business, statuses=[OPEN])
    assert len(listed(grpc_stub, business, statuses=[OPEN], page_token=token)) == 1
    for filters in ({}, {"statuses": [OPEN, DONE]}, {"statuses": [OPEN], "to_person": "x"}):
        request = pb.ListHandOversRequest(business_id=business, page_token=token, **filters)
        assert refused(grpc_stub.ListHandOvers, request)[1:] == (
            "PAGE_TOKEN_INVALID",
            ["page_token"],
        )


@pytest.mark.parametrize("place", ["x", "-1", "1.5", "9" * 30, "\u0661"])
def test_a_token_that_somebody_has_made_up_is_refused(
    grpc_stub: Any, business: str, place: str
) -> None:
    for _ in range(2):
        made(grpc_stub, business)
    content = json.loads(base64.urlsafe_b64decode(token_of(grpc_stub, business)))
    forged = base64.urlsafe_b64encode(json.dumps([content[0], place]).encode()).decode()
    request = pb.ListHandOversRequest(business_id=business, page_token=forged)
    assert refused(grpc_stub.ListHandOvers, request)[:2] == (
        "INVALID_ARGUMENT",
        "PAGE_TOKEN_INVALID",
    )


def test_the_console_counts_what_is_open_or_accepted(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    console = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(grpc_channel)

    def count(as_of: str) -> int:
        request = decision_console_service_pb2.GetConsoleDataRequest(
            business_id=business, as_of=day(as_of)
        )
        return int(console.GetConsoleData(request).open_hand_over_count)

    assert count("2026-05-05") == 0
    for status in (OPEN, ACCEPTED, DONE, DECLINED):
        new = made(grpc_stub, business)
        if status != OPEN:
            grpc_stub.UpdateHandOver(update(business, new, status=status))
    assert count("2026-05-05") == count("2026-01-01") == 2


async def test_every_change_is_audited_with_what_it_was_and_became(
    grpc_stub: Any, business: str, database: DatabaseUrls
) -> None:
    new = made(grpc_stub, business)
    grpc_stub.UpdateHandOver(update(business, new, status=ACCEPTED))
    async with catalogue.passing_transaction(database.owner) as owner:
        await owner.execute(text("ALTER TABLE audit_event NO FORCE ROW LEVEL SECURITY"))
        rows = await owner.execute(
            text(
                "SELECT subject_id, before ->> 'status', after ->> 'status' FROM audit_event"
                " WHERE business_id = :business AND subject_kind = 'hand_over'"
                " ORDER BY sequence_number"
            ),
            {"business": business},
        )
        seen = [tuple(row) for row in rows]
    assert seen == [(new.hand_over_id, None, "open"), (new.hand_over_id, "open", "accepted")]
