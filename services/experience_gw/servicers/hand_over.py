"""Hand-overs: the orchestrator keeps them, and the gateway passes them on."""

from typing import Any

from runway.experience.v1 import hand_over_service_pb2 as pb
from runway.experience.v1.hand_over_service_pb2_grpc import HandOverServiceServicer
from runway.orchestrator.v1 import hand_over_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.hand_over_service_pb2_grpc import HandOverServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.translation import translated


class HandOverServicer(HandOverServiceServicer):
    """Serves hand-overs."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = HandOverServiceStub(inner.orchestrator.channel)

    async def CreateHandOver(
        self, request: pb.CreateHandOverRequest, context: Any
    ) -> pb.CreateHandOverResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.CreateHandOver, translated(request, orchestrator_pb2.CreateHandOverRequest)
        )
        return translated(answer, pb.CreateHandOverResponse)

    async def UpdateHandOver(
        self, request: pb.UpdateHandOverRequest, context: Any
    ) -> pb.UpdateHandOverResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateHandOver, translated(request, orchestrator_pb2.UpdateHandOverRequest)
        )
        return translated(answer, pb.UpdateHandOverResponse)

    async def ListHandOvers(
        self, request: pb.ListHandOversRequest, context: Any
    ) -> pb.ListHandOversResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListHandOvers, translated(request, orchestrator_pb2.ListHandOversRequest)
        )
        return translated(answer, pb.ListHandOversResponse)
