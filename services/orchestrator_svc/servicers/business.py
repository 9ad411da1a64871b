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
from orchestrator_svc.servicers.mutation import body_digest, mutation, mutation_of
from service_kit.errors import FieldViolation, invalid_argument


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
            mapping.amount_currencies(request.business),
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
            mapping.amount_currencies(request.business),
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
        messages = await _collect(requests)
        first = messages[0]

        def answer(rows: int) -> pb.RestoreBusinessResponse:
            return pb.RestoreBusinessResponse(business_id=first.business_id, rows=rows)

        return await self._businesses.restore(
            first.business_id,
            b"".join(message.archive_part for message in messages),
            mutation_of(
                first.request_id, body_digest(messages), pb.RestoreBusinessResponse, answer
            ),
        )

    async def EraseBusiness(
        self, request: pb.EraseBusinessRequest, context: Any
    ) -> pb.EraseBusinessResponse:
        rows = await self._businesses.erase(
            request.business_id, request.etag, request.allow_missing
        )
        return pb.EraseBusinessResponse(business_id=request.business_id, rows=rows)


async def _collect(
    requests: AsyncIterator[pb.RestoreBusinessRequest],
) -> list[pb.RestoreBusinessRequest]:
    """Return the parts of an archive, all of one business and one request.

    Raises ApiError (INVALID_ARGUMENT) and ArchiveTooLarge.
    """
    messages: list[pb.RestoreBusinessRequest] = []
    size = 0
    async for message in requests:
        for field in ("business_id", "request_id"):
            if messages and getattr(message, field) != getattr(messages[0], field):
                raise invalid_argument(FieldViolation(field, "must be the same in every message"))
        size += len(message.archive_part)
        if size > MAXIMUM_BYTES:
            raise ArchiveTooLarge(f"An archive has {MAXIMUM_BYTES} bytes at most.")
        messages.append(message)
    if not messages:
        raise invalid_argument(FieldViolation("business_id", "value is required"))
    return messages
