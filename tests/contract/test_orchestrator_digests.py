"""The orchestrator's DigestService, called through pytest-grpc's stub."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    digest_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from runway.orchestrator.v1 import digest_service_pb2 as pb
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb

from service_kit.wire import from_date
from support import builders
from support.builders import day, request_id
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
WEEKLY = digest_pb2.DIGEST_TRIGGER_WEEKLY
FULL = digest_pb2.DIGEST_WINDOW_FULL_HISTORY


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return digest_service_pb2_grpc.DigestServiceStub


@pytest.fixture
def ledger(grpc_channel: grpc.Channel) -> Any:
    return ledger_service_pb2_grpc.LedgerServiceStub(grpc_channel)


@pytest.fixture
def business(grpc_channel: grpc.Channel, ledger: Any) -> str:
    business_id = builders.business_id("digest")
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    books = [*builders.small_books(), builders.rent_paid("2025-11-20")]
    ledger.ImportLedger(iter([builders.import_ledger(business_id, *books)]))
    return business_id


def data(stub: Any, business_id: str, as_of: str = "2026-05-05", **config: Any) -> Any:
    return stub.GetDigestData(
        pb.GetDigestDataRequest(
            business_id=business_id, as_of=day(as_of), config=digest_pb2.DigestConfig(**config)
        )
    )


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


@pytest.mark.parametrize(
    ("config", "looked_back_to"),
    [
        ({}, "2026-04-07"),
        ({"trigger_type": digest_pb2.DIGEST_TRIGGER_WEEKLY}, "2026-04-07"),
        ({"trigger_type": digest_pb2.DIGEST_TRIGGER_ONBOARDING}, "2025-11-20"),
        ({"trigger_type": digest_pb2.DIGEST_TRIGGER_TEST_DRIVE}, "2025-11-20"),
        ({"time_window": FULL}, "2025-11-20"),
        (
            {
                "trigger_type": digest_pb2.DIGEST_TRIGGER_ONBOARDING,
                "time_window": digest_pb2.DIGEST_WINDOW_LAST_4_WEEKS,
            },
            "2026-04-07",
        ),
    ],
)
def test_a_digest_looks_back_as_far_as_its_trigger_or_window_says(
    grpc_stub: Any, business: str, config: dict[str, Any], looked_back_to: str
) -> None:
    found = data(grpc_stub, business, **config)
    assert from_date(found.ledger.as_of).isoformat() == "2026-05-05"
    assert from_date(found.ledger_before.as_of).isoformat() == looked_back_to


def test_both_books_are_those_of_their_days(grpc_stub: Any, ledger: Any, business: str) -> None:
    found = data(grpc_stub, business)
    for part in (found.ledger, found.ledger_before):
        request = ledger_pb.GetLedgerRequest(business_id=business, as_of=part.as_of)
        assert part == ledger.GetLedger(request).ledger
    assert len(found.ledger.bills) == 1
    assert len(found.ledger_before.bills) == 0


def test_full_history_goes_back_400_days_and_no_farther(
    grpc_stub: Any, ledger: Any, business: str
) -> None:
    old = builders.rent_paid("2024-01-02")
    ledger.ImportLedger(iter([builders.import_ledger(business, old)]))
    found = data(grpc_stub, business, time_window=FULL)
    assert (from_date(found.ledger.as_of) - from_date(found.ledger_before.as_of)).days == 400


def record(business_id: str, **changes: Any) -> pb.RecordDigestRequest:
    fields = {
        "config": digest_pb2.DigestConfig(trigger_type=WEEKLY),
        "as_of": day("2026-05-05"),
        "subject": "Cash lasts until 8 Jan 2027",
        "content_digest": bytes(range(32)),
        **changes,
    }
    return pb.RecordDigestRequest(
        business_id=business_id, request_id=request_id(), digest=digest_pb2.DigestRecord(**fields)
    )


def test_a_recorded_digest_is_listed_as_it_was_made(grpc_stub: Any, business: str) -> None:
    request = record(business)
    made = grpc_stub.RecordDigest(request).digest
    assert made.config.time_window == digest_pb2.DIGEST_WINDOW_LAST_4_WEEKS
    assert (made.subject, made.content_digest) == ("Cash lasts until 8 Jan 2027", bytes(range(32)))
    listed = grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests
    assert list(listed) == [made]


def test_the_same_request_records_once(grpc_stub: Any, business: str) -> None:
    request = record(business)
    first = grpc_stub.RecordDigest(request)
    assert grpc_stub.RecordDigest(request) == first
    assert len(grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests) == 1
    request.digest.subject = "Another"
    assert refused(grpc_stub.RecordDigest, request)[1] == "REQUEST_ID_REUSED"


def test_digests_are_listed_page_by_page(grpc_stub: Any, business: str) -> None:
    made = {grpc_stub.RecordDigest(record(business)).digest.digest_id for _ in range(5)}
    seen, token = [], ""
    while True:
        page = grpc_stub.ListDigests(
            pb.ListDigestsRequest(business_id=business, page_size=2, page_token=token)
        )
        seen += [one.digest_id for one in page.digests]
        token = page.next_page_token
        if not token:
            break
    assert seen == sorted(made)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"config": digest_pb2.DigestConfig(preview_mode=True)}, "digest.config"),
        (
            {"config": digest_pb2.DigestConfig(trigger_type=digest_pb2.DIGEST_TRIGGER_TEST_DRIVE)},
            "digest.config",
        ),
        ({"subject": ""}, "digest.subject"),
        ({"content_digest": b"short"}, "digest.content_digest"),
        ({"as_of": builders.date_pb2.Date(year=2026, month=2, day=30)}, "digest.as_of"),
    ],
)
def test_what_is_no_digest_to_keep_is_refused_naming_the_field(
    grpc_stub: Any, business: str, changes: dict[str, Any], field: str
) -> None:
    status, _, fields = refused(grpc_stub.RecordDigest, record(business, **changes))
    assert (status, fields) == ("INVALID_ARGUMENT", [field])
    assert not grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests


def settings_of(stub: Any, business_id: str) -> digest_pb2.DigestSettings:
    request = pb.GetDigestSettingsRequest(business_id=business_id)
    found: digest_pb2.DigestSettings = stub.GetDigestSettings(request).settings
    return found


def update(business_id: str, etag: str, *paths: str, **changes: Any) -> Any:
    return pb.UpdateDigestSettingsRequest(
        business_id=business_id,
        request_id=request_id(),
        settings=digest_pb2.DigestSettings(etag=etag, **changes),
        update_mask=field_mask_pb2.FieldMask(paths=paths),
    )


def test_nobody_gets_a_digest_until_somebody_says_so(grpc_stub: Any, business: str) -> None:
    settings = settings_of(grpc_stub, business)
    assert (settings.enabled, settings.weekday, settings.hour) == (False, 1, 7)
    assert list(settings.recipients) == []


def test_an_update_changes_what_the_mask_names_and_nothing_else(
    grpc_stub: Any, business: str
) -> None:
    before = settings_of(grpc_stub, business)
    changed = grpc_stub.UpdateDigestSettings(
        update(
            business,
            before.etag,
            "enabled",
            "recipients",
            enabled=True,
            recipients=["ann@example.com"],
            hour=22,
        )
    ).settings
    assert (changed.enabled, changed.hour, list(changed.recipients)) == (
        True,
        7,
        ["ann@example.com"],
    )
    assert changed.etag != before.etag
    assert settings_of(grpc_stub, business) == changed
    stale = update(business, before.etag, "hour", hour=3)
    assert refused(grpc_stub.UpdateDigestSettings, stale)[:2] == ("ABORTED", "ETAG_MISMATCH")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "settings.time_zone"),
        ({"hour": 24}, "settings.hour"),
        ({"recipients": ["no address"]}, "settings.recipients[0]"),
        ({"recipients": ["a@example.com"] * 2}, "settings.recipients"),
        ({"enabled": True}, "settings.recipients"),
    ],
)
def test_settings_that_cannot_be_are_refused_naming_the_field(
    grpc_stub: Any, business: str, changes: dict[str, Any], field: str
) -> None:
    before = settings_of(grpc_stub, business)
    request = update(business, before.etag, *changes, **changes)
    status, _, fields = refused(grpc_stub.UpdateDigestSettings, request)
    assert (status, fields) == ("INVALID_ARGUMENT", [field])
    assert settings_of(grpc_stub, business) == before


@pytest.mark.parametrize("paths", [[], ["etag"], ["hour", "version"]])
def test_a_mask_that_names_what_cannot_be_changed_is_refused(
    grpc_stub: Any, business: str, paths: list[str]
) -> None:
    request = update(business, settings_of(grpc_stub, business).etag, *paths, hour=3)
    assert refused(grpc_stub.UpdateDigestSettings, request)[2] == ["update_mask"]


def begin(business_id: str, sending_id: str, **changes: Any) -> pb.BeginDigestSendingRequest:
    fields = {
        "asked_digest": bytes(32),
        "digest": record(business_id).digest,
        "message_id": "<1@runway.example>",
        "mail": b"Subject: Cash lasts\r\n\r\n",
        "recipients": ["ann@example.com"],
        **changes,
    }
    return pb.BeginDigestSendingRequest(
        business_id=business_id, request_id=request_id(), sending_id=sending_id, **fields
    )


def told(business_id: str, sending_id: str, **fields: Any) -> pb.RecordDigestDeliveryRequest:
    return pb.RecordDigestDeliveryRequest(
        business_id=business_id, request_id=request_id(), sending_id=sending_id, **fields
    )


def test_an_attempt_that_follows_on_another_is_given_the_mail_that_was_kept(
    grpc_stub: Any, business: str
) -> None:
    sending = request_id()
    first = grpc_stub.BeginDigestSending(begin(business, sending))
    assert (first.mail, first.sending.attempt_count) == (b"", 1)
    assert refused(grpc_stub.BeginDigestSending, begin(business, sending))[:2] == (
        "ABORTED",
        "DIGEST_BEING_SENT",
    )
    grpc_stub.RecordDigestDelivery(told(business, sending, problem="it is away"))
    other = begin(business, sending, mail=b"Subject: Another\r\n\r\n", recipients=["eve@a.example"])
    again = grpc_stub.BeginDigestSending(other)
    assert again.mail == b"Subject: Cash lasts\r\n\r\n"
    assert (again.sending.attempt_count, again.sending.mail_digest) == (
        2,
        first.sending.mail_digest,
    )
    assert [one.address for one in again.sending.recipients] == ["ann@example.com"]


def test_a_finished_sending_is_told_of_and_not_begun_again(grpc_stub: Any, business: str) -> None:
    sending = request_id()
    begun = grpc_stub.BeginDigestSending(begin(business, sending)).sending
    begun.recipients[0].status = pb.DIGEST_RECIPIENT_STATUS_ACCEPTED
    request = told(business, sending, recipients=begun.recipients)
    done = grpc_stub.RecordDigestDelivery(request)
    assert grpc_stub.RecordDigestDelivery(request) == done
    assert done.sending.HasField("finish_time")
    again = grpc_stub.BeginDigestSending(begin(business, sending))
    assert (again.sending, again.mail) == (done.sending, b"")
    assert list(grpc_stub.ListDigests(pb.ListDigestsRequest(business_id=business)).digests) == [
        done.sending.digest
    ]


def test_another_business_s_sending_is_one_that_is_not_there(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    other = builders.business_id("digest")
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(other)
    )
    sending = request_id()
    grpc_stub.BeginDigestSending(begin(business, sending))
    missing = refused(grpc_stub.RecordDigestDelivery, told(other, sending))
    assert missing == ("NOT_FOUND", "DIGEST_SENDING_NOT_FOUND", ["sending_id"])
    # The same id is free there: nobody can tell that it is taken elsewhere.
    own = grpc_stub.BeginDigestSending(begin(other, sending, asked_digest=b"1" * 32)).sending
    assert own.attempt_count == 1


def test_sendings_are_listed_page_by_page(grpc_stub: Any, business: str) -> None:
    made = sorted(request_id() for _ in range(3))
    for sending in made:
        grpc_stub.BeginDigestSending(begin(business, sending))
    seen, token = [], ""
    while True:
        page = grpc_stub.ListDigestSendings(
            pb.ListDigestSendingsRequest(business_id=business, page_size=2, page_token=token)
        )
        seen += [one.sending_id for one in page.sendings]
        token = page.next_page_token
        if not token:
            break
    assert seen == made


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recipients": []}, "recipients"),
        ({"recipients": ['"ann"@example.com']}, "recipients[0]"),
        ({"message_id": "<1@a.example>\r\nBcc: eve@example.com"}, "message_id"),
        ({"asked_digest": b"short"}, "asked_digest"),
        ({"mail": b""}, "mail"),
        ({"digest": digest_pb2.DigestRecord()}, "digest.config"),
    ],
)
def test_what_is_no_mail_to_send_is_refused_naming_the_field(
    grpc_stub: Any, business: str, changes: dict[str, Any], field: str
) -> None:
    request = begin(business, request_id(), **changes)
    status, _, fields = refused(grpc_stub.BeginDigestSending, request)
    assert status == "INVALID_ARGUMENT" and field in fields
