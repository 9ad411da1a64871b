"""Leaving: the orchestrator exports and erases, and the gateway passes it on."""

from typing import Any

from runway.experience.v1 import leaving_service_pb2 as pb
from runway.experience.v1.leaving_service_pb2_grpc import LeavingServiceServicer
from runway.orchestrator.v1 import business_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.business_service_pb2_grpc import BusinessServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.translation import translated


class LeavingServicer(LeavingServiceServicer):
    """Serves the right to leave."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = BusinessServiceStub(inner.orchestrator.channel)

    async def ExportBusiness(
        self, request: pb.ExportBusinessRequest, context: Any
    ) -> pb.ExportBusinessResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ExportBusiness, translated(request, orchestrator_pb2.ExportBusinessRequest)
        )
        return translated(answer, pb.ExportBusinessResponse)

    async def EraseBusiness(
        self, request: pb.EraseBusinessRequest, context: Any
    ) -> pb.EraseBusinessResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.EraseBusiness, translated(request, orchestrator_pb2.EraseBusinessRequest)
        )
        return translated(answer, pb.EraseBusinessResponse)
