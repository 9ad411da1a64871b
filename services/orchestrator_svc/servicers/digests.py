"""DigestService: the data and the state behind digests."""

import uuid
from typing import Any

from runway.orchestrator.v1 import digest_service_pb2 as pb
from runway.orchestrator.v1 import digest_service_pb2_grpc

from orchestrator_svc.domain.digest_sendings import DigestSending
from orchestrator_svc.domain.digests import DigestRecord, DigestSettings
from orchestrator_svc.orchestrators.digest_sendings import Attempt, DigestSendingOrchestrator
from orchestrator_svc.orchestrators.digests import DigestDataOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.digest_messages import (
    config_of,
    draft_of,
    recipient_of,
    record_of,
    settings_of,
    to_record,
    to_schedule,
    to_sending,
    to_settings,
)
from orchestrator_svc.servicers.mutation import mutation


class DigestServicer(digest_service_pb2_grpc.DigestServiceServicer):
    """Answers DigestService."""

    def __init__(
        self, digests: DigestDataOrchestrator, sendings: DigestSendingOrchestrator
    ) -> None:
        self._digests = digests
        self._sendings = sendings

    async def GetDigestData(
        self, request: pb.GetDigestDataRequest, context: Any
    ) -> pb.GetDigestDataResponse:
        as_of = mapping.read_date("", request, "as_of")
        data = await self._digests.get_digest_data(
            request.business_id, config_of(request.config), as_of
        )
        return pb.GetDigestDataResponse(
            business_id=request.business_id,
            business=mapping.to_business(data.now.business),
            ledger=mapping.to_ledger(data.now),
            ledger_before=mapping.to_ledger(data.before),
            synced_at=mapping.to_instant(data.now.business.synced_at),
        )

    async def RecordDigest(
        self, request: pb.RecordDigestRequest, context: Any
    ) -> pb.RecordDigestResponse:
        def answer(made: DigestRecord) -> pb.RecordDigestResponse:
            return pb.RecordDigestResponse(business_id=request.business_id, digest=to_record(made))

        return await self._digests.record(
            request.business_id,
            record_of(request.digest),
            mutation(request, pb.RecordDigestResponse, answer),
        )

    async def ListDigests(
        self, request: pb.ListDigestsRequest, context: Any
    ) -> pb.ListDigestsResponse:
        found, token = await self._digests.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListDigestsResponse(
            business_id=request.business_id,
            digests=map(to_record, found),
            next_page_token=token,
        )

    async def GetDigestSettings(
        self, request: pb.GetDigestSettingsRequest, context: Any
    ) -> pb.GetDigestSettingsResponse:
        plan = await self._digests.settings(request.business_id)
        return pb.GetDigestSettingsResponse(
            business_id=request.business_id,
            settings=to_settings(plan.settings),
            schedule=to_schedule(request.business_id, plan),
            time_zone=plan.time_zone,
        )

    async def UpdateDigestSettings(
        self, request: pb.UpdateDigestSettingsRequest, context: Any
    ) -> pb.UpdateDigestSettingsResponse:
        def answer(settings: DigestSettings) -> pb.UpdateDigestSettingsResponse:
            return pb.UpdateDigestSettingsResponse(
                business_id=request.business_id, settings=to_settings(settings)
            )

        return await self._digests.update_settings(
            request.business_id,
            settings_of(request.settings),
            request.settings.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateDigestSettingsResponse, answer),
        )

    async def BeginDigestSending(
        self, request: pb.BeginDigestSendingRequest, context: Any
    ) -> pb.BeginDigestSendingResponse:
        def answer(attempt: Attempt) -> pb.BeginDigestSendingResponse:
            return pb.BeginDigestSendingResponse(
                business_id=request.business_id,
                sending=to_sending(attempt.sending),
                mail=attempt.mail,
            )

        return await self._sendings.begin(
            request.business_id,
            draft_of(request),
            mutation(request, pb.BeginDigestSendingResponse, answer),
        )

    async def RecordDigestDelivery(
        self, request: pb.RecordDigestDeliveryRequest, context: Any
    ) -> pb.RecordDigestDeliveryResponse:
        def answer(sending: DigestSending) -> pb.RecordDigestDeliveryResponse:
            return pb.RecordDigestDeliveryResponse(
                business_id=request.business_id, sending=to_sending(sending)
            )

        return await self._sendings.record_delivery(
            request.business_id,
            uuid.UUID(request.sending_id),
            [recipient_of(one) for one in request.recipients],
            request.problem,
            mutation(request, pb.RecordDigestDeliveryResponse, answer),
        )

    async def ListDigestSendings(
        self, request: pb.ListDigestSendingsRequest, context: Any
    ) -> pb.ListDigestSendingsResponse:
        found, token = await self._sendings.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListDigestSendingsResponse(
            business_id=request.business_id,
            sendings=map(to_sending, found),
            next_page_token=token,
        )
