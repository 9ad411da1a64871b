"""Digests on the wire: from messages to the domain's records, and back."""

import datetime
import uuid

from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as pb

from orchestrator_svc.domain.digest_sendings import (
    DigestDraft,
    DigestSending,
    Recipient,
    RecipientStatus,
)
from orchestrator_svc.domain.digests import (
    DigestConfig,
    DigestRecord,
    DigestSettings,
    DigestTrigger,
    DigestWindow,
)
from orchestrator_svc.domain.errors import InvalidField
from orchestrator_svc.orchestrators.digests import DigestPlan
from orchestrator_svc.orchestrators.mutations import etag
from orchestrator_svc.servicers import mapping
from service_kit.wire import to_date

_TRIGGERS = {
    DigestTrigger.WEEKLY: digest_pb2.DIGEST_TRIGGER_WEEKLY,
    DigestTrigger.TEST_DRIVE: digest_pb2.DIGEST_TRIGGER_TEST_DRIVE,
    DigestTrigger.ONBOARDING: digest_pb2.DIGEST_TRIGGER_ONBOARDING,
}
_WINDOWS = {
    DigestWindow.LAST_4_WEEKS: digest_pb2.DIGEST_WINDOW_LAST_4_WEEKS,
    DigestWindow.FULL_HISTORY: digest_pb2.DIGEST_WINDOW_FULL_HISTORY,
}
_TRIGGER_OF: dict[int, DigestTrigger] = {number: name for name, number in _TRIGGERS.items()}
_WINDOW_OF: dict[int, DigestWindow] = {number: name for name, number in _WINDOWS.items()}
_STATUSES = {
    RecipientStatus.PENDING: pb.DIGEST_RECIPIENT_STATUS_PENDING,
    RecipientStatus.ACCEPTED: pb.DIGEST_RECIPIENT_STATUS_ACCEPTED,
    RecipientStatus.REFUSED: pb.DIGEST_RECIPIENT_STATUS_REFUSED,
}
_STATUS_OF: dict[int, RecipientStatus] = {number: name for name, number in _STATUSES.items()}


def config_of(message: digest_pb2.DigestConfig) -> DigestConfig:
    """Return a configuration; what it leaves open is as its trigger has it."""
    variant = message.experiment_variant
    by_trigger = {
        DigestTrigger.WEEKLY: DigestConfig.for_weekly(),
        DigestTrigger.TEST_DRIVE: DigestConfig.for_test_drive(variant),
        DigestTrigger.ONBOARDING: DigestConfig.for_onboarding(),
    }
    default = by_trigger[_TRIGGER_OF.get(message.trigger_type, DigestTrigger.WEEKLY)]
    return DigestConfig(
        default.trigger_type,
        _WINDOW_OF.get(message.time_window, default.time_window),
        message.preview_mode or default.preview_mode,
        variant,
    )


def record_of(message: digest_pb2.DigestRecord) -> DigestRecord:
    """Return a digest that was made; id and time are given when it is kept.

    Raises InvalidField for a preview and for a day that there is not.
    """
    config = config_of(message.config)
    if config.preview_mode:
        raise InvalidField("is a preview, of which nothing is kept", field="digest.config")
    as_of = mapping.read_date("digest", message, "as_of")
    if as_of is None:
        raise InvalidField("must be a day", field="digest.as_of")
    return DigestRecord(
        uuid.UUID(int=0),
        config.trigger_type.value,
        config.time_window.value,
        config.experiment_variant,
        as_of,
        message.subject,
        message.content_digest,
        datetime.datetime.min,
    )


def to_record(made: DigestRecord) -> digest_pb2.DigestRecord:
    """Return a digest that was made on the wire."""
    return digest_pb2.DigestRecord(
        digest_id=str(made.digest_id),
        config=digest_pb2.DigestConfig(
            trigger_type=_TRIGGERS[DigestTrigger(made.trigger_type)],
            time_window=_WINDOWS[DigestWindow(made.time_window)],
            experiment_variant=made.experiment_variant,
        ),
        as_of=to_date(made.as_of),
        subject=made.subject,
        content_digest=made.content_digest,
        create_time=mapping.to_instant(made.created_at),
    )


def settings_of(message: digest_pb2.DigestSettings) -> DigestSettings:
    """Return when digests are wanted."""
    return DigestSettings(
        enabled=message.enabled,
        weekday=message.weekday or digest_pb2.WEEKDAY_MONDAY,
        hour=message.hour,
        time_zone=message.time_zone,
        recipients=tuple(message.recipients),
    )


def to_settings(settings: DigestSettings) -> digest_pb2.DigestSettings:
    """Return when digests are wanted on the wire."""
    return digest_pb2.DigestSettings(
        enabled=settings.enabled,
        weekday=settings.weekday,  # type: ignore[arg-type]
        hour=settings.hour,
        time_zone=settings.time_zone,
        recipients=settings.recipients,
        etag=etag(settings.version),
    )


def to_schedule(business_id: str, plan: DigestPlan) -> pb.DigestSchedule | None:
    """Return the digest that is due or the next on the wire; None while none is wanted."""
    if plan.scheduled is None:
        return None
    return pb.DigestSchedule(
        is_due=plan.is_due,
        scheduled_time=mapping.to_instant(plan.scheduled.begins),
        request_id=str(plan.scheduled.request_id(business_id)),
    )


def draft_of(request: pb.BeginDigestSendingRequest) -> DigestDraft:
    """Return a mail that somebody asks to have sent.

    Raises InvalidField as `record_of`.
    """
    return DigestDraft(
        uuid.UUID(request.sending_id),
        record_of(request.digest),
        request.asked_digest,
        request.message_id,
        request.mail,
        tuple(request.recipients),
    )


def recipient_of(message: pb.DigestRecipient) -> Recipient:
    """Return what a mail server said of a recipient; of one that it said nothing of, pending."""
    status = _STATUS_OF.get(message.status, RecipientStatus.PENDING)
    return Recipient(message.address, status, message.answer)


def to_sending(sending: DigestSending) -> pb.DigestSending:
    """Return a sending on the wire."""
    return pb.DigestSending(
        sending_id=str(sending.sending_id),
        digest=to_record(sending.digest),
        message_id=sending.message_id,
        mail_digest=sending.mail_digest,
        recipients=[
            pb.DigestRecipient(address=one.address, status=_STATUSES[one.status], answer=one.answer)
            for one in sending.recipients
        ],
        attempt_count=sending.attempt_count,
        attempt_time=mapping.to_instant(sending.attempted_at),
        finish_time=mapping.to_instant(sending.finished_at),
        problem=sending.problem,
    )
