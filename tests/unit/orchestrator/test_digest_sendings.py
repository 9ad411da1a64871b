"""Who sends a digest, and when nobody need send it any more."""

import dataclasses
import datetime
import hashlib
import uuid

import pytest

from orchestrator_svc.domain.digest_sendings import (
    RESERVED,
    DigestDraft,
    DigestSending,
    Recipient,
    RecipientStatus,
    begun,
    begun_again,
    delivered,
)
from orchestrator_svc.domain.digests import DigestRecord, is_address
from orchestrator_svc.domain.errors import DigestBeingSent, InvalidField, RequestIdReused

NOW = datetime.datetime(2026, 5, 5, 19, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
DIGEST = DigestRecord(
    uuid.UUID(int=1), "weekly", "last_4_weeks", "", NOW.date(), "Cash lasts", bytes(32), NOW
)
DRAFT = DigestDraft(uuid.UUID(int=2), DIGEST, b"asked", "<1@a.example>", b"mail", ("ann", "bob"))
ACCEPTED, REFUSED, PENDING = (
    RecipientStatus.ACCEPTED,
    RecipientStatus.REFUSED,
    RecipientStatus.PENDING,
)


def told(*statuses: RecipientStatus) -> list[Recipient]:
    return [Recipient(*one, "said") for one in zip(("ann", "bob"), statuses, strict=False)]


def first() -> DigestSending:
    return begun(DRAFT, DIGEST, NOW)


def test_a_first_attempt_has_the_digest_to_itself_for_two_minutes() -> None:
    sending = first()
    assert sending.mail_digest == hashlib.sha256(b"mail").digest()
    assert [one.status for one in sending.recipients] == [PENDING, PENDING]
    with pytest.raises(DigestBeingSent):
        begun_again(sending, DRAFT, NOW + RESERVED - SECOND)
    again = begun_again(sending, DRAFT, NOW + RESERVED)
    assert (again.attempt_count, again.mail_digest) == (2, sending.mail_digest)
    with pytest.raises(DigestBeingSent):
        begun_again(again, DRAFT, NOW + RESERVED)


def test_an_attempt_that_has_told_what_became_of_it_makes_room_for_the_next() -> None:
    failed = delivered(first(), [], "it is away", NOW + SECOND)
    assert (failed.problem, failed.finished_at) == ("it is away", None)
    assert begun_again(failed, DRAFT, NOW + SECOND).attempt_count == 2


def test_it_is_finished_when_every_recipient_s_fate_is_known_and_then_stays_as_it_is() -> None:
    half = delivered(first(), told(ACCEPTED), "bob was put off", NOW)
    assert (half.finished_at, half.problem) == (None, "bob was put off")
    whole = delivered(half, [Recipient("bob", REFUSED, "550")], "", NOW + SECOND)
    assert (whole.finished_at, whole.problem) == (NOW + SECOND, "")
    assert begun_again(whole, DRAFT, NOW + 9 * RESERVED) is whole


def test_who_has_accepted_it_has_it_whatever_a_late_attempt_tells() -> None:
    whole = delivered(first(), told(ACCEPTED, ACCEPTED), "", NOW)
    late = delivered(whole, told(PENDING, REFUSED), "it is away", NOW + SECOND)
    assert [one.status for one in late.recipients] == [ACCEPTED, ACCEPTED]
    assert late.finished_at == NOW


def test_something_else_under_the_same_id_is_refused_also_once_it_is_sent() -> None:
    other = dataclasses.replace(DRAFT, asked_digest=b"else")
    for sending in (first(), delivered(first(), told(ACCEPTED, ACCEPTED), "", NOW)):
        with pytest.raises(RequestIdReused):
            begun_again(sending, other, NOW + 9 * RESERVED)


def test_nobody_is_told_of_to_whom_it_does_not_go() -> None:
    with pytest.raises(InvalidField):
        delivered(first(), [Recipient("eve", ACCEPTED)], "", NOW)


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("ann@example.com", True),
        ("ann+digest@mail.example.co.uk", True),
        ("o'hara@localhost", True),
        ("ann@example.com\n", False),
        ("ann@example.com\r\nBcc: eve@example.com", False),
        ('"ann"@example.com', False),
        ("ann@[127.0.0.1]", False),
        ("ann@example..com", False),
        ("ann@example.com.", False),
        ("@example.com", False),
        ("", False),
    ],
)
def test_an_address_is_one_that_every_mail_server_takes(text: str, fine: bool) -> None:
    assert is_address(text) is fine
