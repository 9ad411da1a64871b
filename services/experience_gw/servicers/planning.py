"""What people know and no ledger says: the orchestrator keeps it, and the gateway passes it on."""

from typing import Any

from runway.experience.v1 import planning_service_pb2 as pb
from runway.experience.v1.planning_service_pb2_grpc import PlanningServiceServicer
from runway.orchestrator.v1 import ledger_service_pb2 as inner_pb
from runway.orchestrator.v1.ledger_service_pb2_grpc import LedgerServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.translation import translated


class PlanningServicer(PlanningServiceServicer):
    """Serves planned items, earmarks and disputes."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = LedgerServiceStub(inner.orchestrator.channel)

    async def CreatePlannedItem(
        self, request: pb.CreatePlannedItemRequest, context: Any
    ) -> pb.CreatePlannedItemResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.CreatePlannedItem,
            translated(request, inner_pb.CreatePlannedItemRequest),
        )
        return translated(answer, pb.CreatePlannedItemResponse)

    async def UpdatePlannedItem(
        self, request: pb.UpdatePlannedItemRequest, context: Any
    ) -> pb.UpdatePlannedItemResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdatePlannedItem,
            translated(request, inner_pb.UpdatePlannedItemRequest),
        )
        return translated(answer, pb.UpdatePlannedItemResponse)

    async def DeletePlannedItem(
        self, request: pb.DeletePlannedItemRequest, context: Any
    ) -> pb.DeletePlannedItemResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.DeletePlannedItem,
            translated(request, inner_pb.DeletePlannedItemRequest),
        )
        return translated(answer, pb.DeletePlannedItemResponse)

    async def ListPlannedItems(
        self, request: pb.ListPlannedItemsRequest, context: Any
    ) -> pb.ListPlannedItemsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListPlannedItems,
            translated(request, inner_pb.ListPlannedItemsRequest),
        )
        return translated(answer, pb.ListPlannedItemsResponse)

    async def CreateEarmark(
        self, request: pb.CreateEarmarkRequest, context: Any
    ) -> pb.CreateEarmarkResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.CreateEarmark, translated(request, inner_pb.CreateEarmarkRequest)
        )
        return translated(answer, pb.CreateEarmarkResponse)

    async def UpdateEarmark(
        self, request: pb.UpdateEarmarkRequest, context: Any
    ) -> pb.UpdateEarmarkResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateEarmark, translated(request, inner_pb.UpdateEarmarkRequest)
        )
        return translated(answer, pb.UpdateEarmarkResponse)

    async def DeleteEarmark(
        self, request: pb.DeleteEarmarkRequest, context: Any
    ) -> pb.DeleteEarmarkResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.DeleteEarmark, translated(request, inner_pb.DeleteEarmarkRequest)
        )
        return translated(answer, pb.DeleteEarmarkResponse)

    async def ListEarmarks(
        self, request: pb.ListEarmarksRequest, context: Any
    ) -> pb.ListEarmarksResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListEarmarks, translated(request, inner_pb.ListEarmarksRequest)
        )
        return translated(answer, pb.ListEarmarksResponse)

    async def DisputeInvoice(
        self, request: pb.DisputeInvoiceRequest, context: Any
    ) -> pb.DisputeInvoiceResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.DisputeInvoice, translated(request, inner_pb.DisputeInvoiceRequest)
        )
        return translated(answer, pb.DisputeInvoiceResponse)

    async def SettleDispute(
        self, request: pb.SettleDisputeRequest, context: Any
    ) -> pb.SettleDisputeResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.SettleDispute, translated(request, inner_pb.SettleDisputeRequest)
        )
        return translated(answer, pb.SettleDisputeResponse)
