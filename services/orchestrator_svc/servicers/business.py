"""BusinessService: businesses and their settings."""

from typing import Any

from runway.orchestrator.v1 import business_service_pb2 as pb
from runway.orchestrator.v1 import business_service_pb2_grpc

from orchestrator_svc.domain.business import Business
from orchestrator_svc.orchestrators.businesses import BusinessOrchestrator
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation


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
