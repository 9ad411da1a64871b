"""Sending digests: what is sent is recorded first, and what became of it afterwards."""

import asyncio
import dataclasses
import datetime
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from runway.experience.v1 import digest_service_pb2 as pb
from runway.ledger.v1 import digest_pb2
from runway.orchestrator.v1 import digest_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.digest_service_pb2_grpc import DigestServiceStub

from experience_gw.clients import InnerServiceError, InnerServices
from experience_gw.digest.mail import Content, Envelope, address_of, composed, message_id
from experience_gw.mail_server import (
    Mailing,
    MailRefused,
    MailServer,
    MailServerUnavailable,
    Reply,
    deliver,
)
from experience_gw.servicers.digest_maker import DigestMaker
from service_kit import calls
from service_kit.errors import ApiError
from service_kit.threads import in_thread, to_its_end
from service_kit.wire import from_date

SUBJECT_LENGTH = 512
"""How much of a subject is recorded."""

_PROBLEM_LENGTH = 256
_PAUSES_SECONDS = (0.2, 1.0, 3.0)
"""How long to wait each time that what became of a mail could not be recorded."""

_PENDING = orchestrator_pb2.DIGEST_RECIPIENT_STATUS_PENDING
_STATUSES = {
    None: _PENDING,
    True: orchestrator_pb2.DIGEST_RECIPIENT_STATUS_ACCEPTED,
    False: orchestrator_pb2.DIGEST_RECIPIENT_STATUS_REFUSED,
}


class MailNotConfigured(Exception):
    """The gateway knows no mail server."""


class DigestWithoutRecipients(Exception):
    """A business's settings name nobody to whom its digest goes."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Made:
    """A digest with its mail."""

    digest: pb.Digest
    message_id: str
    mail: bytes


class DigestSender:
    """Sends digests as mails, or shows these."""

    def __init__(self, inner: InnerServices, maker: DigestMaker, mailing: Mailing) -> None:
        self._orchestrator = inner.orchestrator
        self._state = DigestServiceStub(inner.orchestrator.channel)
        self._maker = maker
        self._mailing = mailing

    async def preview(self, request: pb.SendDigestRequest) -> bytes:
        """Return the mail that would be sent.

        Raises UnknownVariant.
        """
        return (await self._made(request, await self._plan(request))).mail

    async def send(self, request: pb.SendDigestRequest) -> orchestrator_pb2.DigestSending:
        """Send the mail to whom it was not sent yet, and return what became of it.

        Raises MailNotConfigured, DigestWithoutRecipients, MailServerUnavailable, MailRefused,
        UnknownVariant.
        """
        server = self._mailing.server
        if server is None:
            raise MailNotConfigured("The gateway knows no mail server; RUNWAY_SMTP_HOST names it.")
        plan = await self._plan(request)
        if not plan.settings.recipients:
            raise DigestWithoutRecipients("The settings of the digest name no recipient.")
        made = await self._made(request, plan)
        begun = await self._orchestrator.call(
            self._state.BeginDigestSending, _beginning(request, made, plan.settings.recipients)
        )
        if begun.sending.HasField("finish_time"):
            return begun.sending  # type: ignore[no-any-return]
        # What was handed over must be recorded, also when the caller has given up by then.
        return await to_its_end(
            self._deliver(server, request.business_id, begun.sending, begun.mail or made.mail)
        )

    async def _plan(self, request: pb.SendDigestRequest) -> Any:
        return await self._orchestrator.call(
            self._state.GetDigestSettings,
            orchestrator_pb2.GetDigestSettingsRequest(business_id=request.business_id),
        )

    async def _made(self, request: pb.SendDigestRequest, plan: Any) -> _Made:
        digest = await self._maker.make(request.business_id, request, request.config)
        sender = self._mailing.sender
        name = message_id(request.business_id, request.request_id, sender)
        envelope = Envelope(
            sender,
            plan.settings.recipients,
            name,
            _date(request.request_id, plan, from_date(digest.as_of)),
            self._mailing.unsubscribe,
        )
        content = Content(digest.subject, digest.text, digest.html, digest.chart_png)
        return _Made(digest, name, composed(content, envelope))

    async def _deliver(
        self,
        server: MailServer,
        business_id: str,
        sending: orchestrator_pb2.DigestSending,
        mail: bytes,
    ) -> orchestrator_pb2.DigestSending:
        sender = address_of(self._mailing.sender).addr_spec
        pending = [one.address for one in sending.recipients if one.status == _PENDING]
        try:
            replies = await in_thread(deliver, server, sender, pending, mail)
        except (MailServerUnavailable, MailRefused) as error:
            await self._record(business_id, sending.sending_id, [], str(error))
            raise
        problem = "".join(
            f"The mail server has put off {one.address}: {one.text}; try again."
            for one in [one for one in replies if one.accepted is None][:1]
        )
        recorded = await self._record(business_id, sending.sending_id, replies, problem)
        if problem:
            raise MailServerUnavailable(problem)
        return recorded

    async def _record(
        self, business_id: str, sending_id: str, replies: Sequence[Reply], problem: str
    ) -> orchestrator_pb2.DigestSending:
        """Record what became of a mail, and if that fails try again: nobody else knows."""
        request = orchestrator_pb2.RecordDigestDeliveryRequest(
            business_id=business_id,
            request_id=str(uuid.uuid4()),
            sending_id=sending_id,
            recipients=[
                orchestrator_pb2.DigestRecipient(
                    address=one.address, status=_STATUSES[one.accepted], answer=one.text
                )
                for one in replies
            ],
            problem=problem[:_PROBLEM_LENGTH],
        )
        for pause in _PAUSES_SECONDS:
            try:
                return await self._record_once(request)
            except (InnerServiceError, ApiError, TimeoutError):
                await asyncio.sleep(pause)
        return await self._record_once(request)

    async def _record_once(
        self, request: orchestrator_pb2.RecordDigestDeliveryRequest
    ) -> orchestrator_pb2.DigestSending:
        # Whatever time the caller gave, the mail server has used it.
        calls.enter(dataclasses.replace(calls.current(), deadline=None))
        answer = await self._orchestrator.call(self._state.RecordDigestDelivery, request)
        return answer.sending  # type: ignore[no-any-return]


def record_of(digest: pb.Digest) -> digest_pb2.DigestRecord:
    """Return what is kept of a digest."""
    content = hashlib.sha256()
    for part in (digest.html.encode(), digest.text.encode(), digest.chart_png):
        content.update(part)
    return digest_pb2.DigestRecord(
        config=digest.config,
        as_of=digest.as_of,
        subject=digest.subject[:SUBJECT_LENGTH],
        content_digest=content.digest(),
    )


def _beginning(
    request: pb.SendDigestRequest, made: _Made, recipients: Sequence[str]
) -> orchestrator_pb2.BeginDigestSendingRequest:
    asked = request.SerializeToString(deterministic=True)
    return orchestrator_pb2.BeginDigestSendingRequest(
        business_id=request.business_id,
        request_id=str(uuid.uuid4()),
        sending_id=request.request_id,
        asked_digest=hashlib.sha256(asked).digest(),
        digest=record_of(made.digest),
        message_id=made.message_id,
        mail=made.mail,
        recipients=recipients,
    )


def _date(request_id: str, plan: Any, as_of: datetime.date) -> datetime.datetime:
    """Return when a mail is from by its own account: the hour for which it was scheduled, or else
    the beginning of the day that it describes.

    Not the clock's time: preview and mail are the same bytes.
    """
    zone = ZoneInfo(plan.time_zone)
    if plan.HasField("schedule") and plan.schedule.request_id == request_id:
        return datetime.datetime.fromtimestamp(plan.schedule.scheduled_time.seconds, zone)
    return datetime.datetime.combine(as_of, datetime.time(), zone)
