"""A business's settings: the orchestrator keeps them, and the gateway passes them on."""

from typing import Any

from runway.experience.v1 import business_settings_service_pb2 as pb
from runway.experience.v1.business_settings_service_pb2_grpc import BusinessSettingsServiceServicer
from runway.orchestrator.v1 import business_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.business_service_pb2_grpc import BusinessServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.translation import translated


class BusinessSettingsServicer(BusinessSettingsServiceServicer):
    """Serves a business's settings."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = BusinessServiceStub(inner.orchestrator.channel)

    async def GetBusiness(
        self, request: pb.GetBusinessRequest, context: Any
    ) -> pb.GetBusinessResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.GetBusiness, translated(request, orchestrator_pb2.GetBusinessRequest)
        )
        return translated(answer, pb.GetBusinessResponse)

    async def UpdateBusiness(
        self, request: pb.UpdateBusinessRequest, context: Any
    ) -> pb.UpdateBusinessResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateBusiness, translated(request, orchestrator_pb2.UpdateBusinessRequest)
        )
        return translated(answer, pb.UpdateBusinessResponse)
