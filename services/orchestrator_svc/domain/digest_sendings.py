"""Digests on their way: who sends one, who has got it, and when nobody need send it any more."""

import dataclasses
import datetime
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator_svc.domain.digests import DigestRecord
from orchestrator_svc.domain.errors import DigestBeingSent, InvalidField, RequestIdReused

RESERVED = datetime.timedelta(minutes=2)
"""How long an attempt has a digest to itself: over twice what a gateway gives a mail server."""


class RecipientStatus(StrEnum):
    """What became of a digest at one of its recipients."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient, and what the mail server said last of it."""

    address: str
    status: RecipientStatus = RecipientStatus.PENDING
    answer: str = ""


@dataclass(frozen=True, slots=True)
class DigestSending:
    """A digest that was sent or is to be sent.

    `digest` is what was made; `asked_digest` and `mail_digest` are SHA-256, of what was asked for
    and of the mail. Nobody else begins an attempt before `reserved_until`.
    """

    sending_id: uuid.UUID
    digest: DigestRecord
    asked_digest: bytes
    message_id: str
    mail_digest: bytes
    recipients: Sequence[Recipient]
    attempt_count: int
    attempted_at: datetime.datetime
    reserved_until: datetime.datetime
    finished_at: datetime.datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DigestDraft:
    """A mail that somebody asks to have sent."""

    sending_id: uuid.UUID
    digest: DigestRecord
    asked_digest: bytes
    message_id: str
    mail: bytes
    recipients: Sequence[str]


def begun(draft: DigestDraft, digest: DigestRecord, now: datetime.datetime) -> DigestSending:
    """Return the sending of a draft with its first attempt; `digest` is what is kept of it."""
    return DigestSending(
        draft.sending_id,
        digest,
        draft.asked_digest,
        draft.message_id,
        hashlib.sha256(draft.mail).digest(),
        tuple(Recipient(address) for address in draft.recipients),
        attempt_count=1,
        attempted_at=now,
        reserved_until=now + RESERVED,
    )


def begun_again(
    sending: DigestSending, draft: DigestDraft, now: datetime.datetime
) -> DigestSending:
    """Return a sending with one more attempt, or as it is when there is nobody left to reach.

    Raises RequestIdReused when something else was asked for under its id, and DigestBeingSent.
    """
    if sending.asked_digest != draft.asked_digest:
        raise RequestIdReused("was used before with another body", field="request_id")
    if sending.finished_at is not None:
        return sending
    if now < sending.reserved_until:
        raise DigestBeingSent("The digest is being sent by another call; try again.")
    return dataclasses.replace(
        sending,
        attempt_count=sending.attempt_count + 1,
        attempted_at=now,
        reserved_until=now + RESERVED,
    )


def delivered(
    sending: DigestSending, told: Sequence[Recipient], problem: str, now: datetime.datetime
) -> DigestSending:
    """Return a sending after an attempt of which `told` is what the mail server said.

    Who has accepted it has it, whatever another attempt says: an attempt that took too long may
    tell what it did after the one that followed on it.

    Raises InvalidField when a recipient is told of to whom it does not go.
    """
    by_address: Mapping[str, Recipient] = {one.address: one for one in told}
    if not by_address.keys() <= {one.address for one in sending.recipients}:
        raise InvalidField("must be recipients of the digest", field="recipients")
    recipients = tuple(
        one if one.status is RecipientStatus.ACCEPTED else by_address.get(one.address, one)
        for one in sending.recipients
    )
    pending = any(one.status is RecipientStatus.PENDING for one in recipients)
    return dataclasses.replace(
        sending,
        recipients=recipients,
        reserved_until=now,
        finished_at=sending.finished_at or (None if pending else now),
        problem=problem if pending else "",
    )
