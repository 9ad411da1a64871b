"""The digest: books of two days, what the calculator says of them, and how that reads."""

from typing import Any

from runway.experience.v1 import digest_service_pb2 as pb
from runway.experience.v1.digest_service_pb2_grpc import DigestServiceServicer
from runway.orchestrator.v1 import digest_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.digest_service_pb2_grpc import DigestServiceStub

from experience_gw.clients import InnerServices
from experience_gw.mail_server import Mailing
from experience_gw.servicers.digest_maker import DigestMaker
from experience_gw.servicers.digest_sender import DigestSender, record_of
from experience_gw.servicers.digest_view import is_preview
from experience_gw.servicers.translation import translated


class DigestServicer(DigestServiceServicer):
    """Serves the digest."""

    def __init__(self, inner: InnerServices, mailing: Mailing) -> None:
        self._orchestrator = inner.orchestrator
        self._state = DigestServiceStub(inner.orchestrator.channel)
        self._maker = DigestMaker(inner)
        self._sender = DigestSender(inner, self._maker, mailing)

    async def GetDigest(self, request: pb.GetDigestRequest, context: Any) -> pb.GetDigestResponse:
        """Get the books, have them weighed, and render what there is to say."""
        digest = await self._maker.make(request.business_id, request, request.config)
        return pb.GetDigestResponse(business_id=request.business_id, digest=digest)

    async def MakeDigest(
        self, request: pb.MakeDigestRequest, context: Any
    ) -> pb.MakeDigestResponse:
        """Do the same, and have the orchestrator keep a record of it."""
        digest = await self._maker.make(request.business_id, request, request.config)
        answer = pb.MakeDigestResponse(business_id=request.business_id, digest=digest)
        if not is_preview(request.config):
            recorded = await self._orchestrator.call(
                self._state.RecordDigest,
                orchestrator_pb2.RecordDigestRequest(
                    business_id=request.business_id,
                    request_id=request.request_id,
                    digest=record_of(digest),
                ),
            )
            answer.record.CopyFrom(recorded.digest)
        return answer

    async def SendDigest(
        self, request: pb.SendDigestRequest, context: Any
    ) -> pb.SendDigestResponse:
        """Make it, have the orchestrator keep it, and hand it to the mail server; or show it."""
        answer = pb.SendDigestResponse(business_id=request.business_id)
        if is_preview(request.config):
            answer.mail = await self._sender.preview(request)
        else:
            answer.sending.CopyFrom(await self._sender.send(request))
        return answer

    async def ListDigestSendings(
        self, request: pb.ListDigestSendingsRequest, context: Any
    ) -> pb.ListDigestSendingsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListDigestSendings,
            translated(request, orchestrator_pb2.ListDigestSendingsRequest),
        )
        return translated(answer, pb.ListDigestSendingsResponse)

    async def ListDigests(
        self, request: pb.ListDigestsRequest, context: Any
    ) -> pb.ListDigestsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListDigests, translated(request, orchestrator_pb2.ListDigestsRequest)
        )
        return translated(answer, pb.ListDigestsResponse)

    async def GetDigestSettings(
        self, request: pb.GetDigestSettingsRequest, context: Any
    ) -> pb.GetDigestSettingsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.GetDigestSettings,
            translated(request, orchestrator_pb2.GetDigestSettingsRequest),
        )
        return translated(answer, pb.GetDigestSettingsResponse)

    async def UpdateDigestSettings(
        self, request: pb.UpdateDigestSettingsRequest, context: Any
    ) -> pb.UpdateDigestSettingsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateDigestSettings,
            translated(request, orchestrator_pb2.UpdateDigestSettingsRequest),
        )
        return translated(answer, pb.UpdateDigestSettingsResponse)
