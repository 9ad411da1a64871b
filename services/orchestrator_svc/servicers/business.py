"""BusinessService: businesses and their settings."""

from collections.abc import AsyncIterator
from typing import Any

from runway.orchestrator.v1 import business_service_pb2 as pb
from runway.orchestrator.v1 import business_service_pb2_grpc

from orchestrator_svc.domain.archives import MAXIMUM_BYTES
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.errors import ArchiveTooLarge
from orchestrator_svc.orchestrators.businesses import BusinessOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import BodyDigest, mutation, mutation_of
from orchestrator_svc.servicers.streams import MAXIMUM_MESSAGES, bounded

# Of each message, the ids and what frames them come on top of the archive's bytes.
MAXIMUM_REQUEST_BYTES = MAXIMUM_BYTES + MAXIMUM_MESSAGES * 256


class BusinessServicer(business_service_pb2_grpc.BusinessServiceServicer):
    """Answers BusinessService."""

    def __init__(self, businesses: BusinessOrchestrator) -> None:
        self._businesses = businesses

    async def CreateBusiness(
        self, request: pb.CreateBusinessRequest, context: Any
    ) -> pb.CreateBusinessResponse:
        def answer(business: Business) -> pb.CreateBusinessResponse:
            return pb.CreateBusinessResponse(
                business_id=request.business_id, business=mapping.to_business(business)
            )

        return await self._businesses.create(
            mapping.business(request.business_id, request.business),
            mutation(request, pb.CreateBusinessResponse, answer),
        )

    async def GetBusiness(
        self, request: pb.GetBusinessRequest, context: Any
    ) -> pb.GetBusinessResponse:
        business = await self._businesses.get(request.business_id)
        return pb.GetBusinessResponse(
            business_id=request.business_id, business=mapping.to_business(business)
        )

    async def UpdateBusiness(
        self, request: pb.UpdateBusinessRequest, context: Any
    ) -> pb.UpdateBusinessResponse:
        def answer(business: Business) -> pb.UpdateBusinessResponse:
            return pb.UpdateBusinessResponse(
                business_id=request.business_id, business=mapping.to_business(business)
            )

        return await self._businesses.update(
            request.business_id,
            mapping.business(request.business_id, request.business),
            request.business.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateBusinessResponse, answer),
        )

    async def ExportBusiness(
        self, request: pb.ExportBusinessRequest, context: Any
    ) -> pb.ExportBusinessResponse:
        archive, rows = await self._businesses.export(request.business_id)
        return pb.ExportBusinessResponse(
            business_id=request.business_id, archive=archive, rows=rows
        )

    async def RestoreBusiness(
        self, requests: AsyncIterator[pb.RestoreBusinessRequest], context: Any
    ) -> pb.RestoreBusinessResponse:
        first, archive, digest = None, bytearray(), BodyDigest()
        async for message in bounded(requests, MAXIMUM_REQUEST_BYTES, ArchiveTooLarge):
            first = first or message
            archive += message.archive_part
            digest.add(message)
        assert first is not None

        def answer(rows: int) -> pb.RestoreBusinessResponse:
            return pb.RestoreBusinessResponse(business_id=first.business_id, rows=rows)

        return await self._businesses.restore(
            first.business_id,
            archive,
            mutation_of(first.request_id, digest.value(), pb.RestoreBusinessResponse, answer),
        )

    async def EraseBusiness(
        self, request: pb.EraseBusinessRequest, context: Any
    ) -> pb.EraseBusinessResponse:
        rows = await self._businesses.erase(
            request.business_id, request.etag, request.allow_missing
        )
        return pb.EraseBusinessResponse(business_id=request.business_id, rows=rows)
