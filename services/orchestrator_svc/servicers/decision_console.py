"""DecisionConsoleService: the state behind the Decision Console."""

from typing import Any

from runway.orchestrator.v1 import decision_console_service_pb2 as pb
from runway.orchestrator.v1 import decision_console_service_pb2_grpc

from orchestrator_svc.orchestrators.decision_console import (
    DecisionConsoleDataOrchestrator,
    Finalized,
    Queued,
    Removed,
)
from orchestrator_svc.orchestrators.mutations import etag
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.backtest import to_record
from orchestrator_svc.servicers.mutation import mutation


class DecisionConsoleServicer(decision_console_service_pb2_grpc.DecisionConsoleServiceServicer):
    """Answers DecisionConsoleService."""

    def __init__(self, console: DecisionConsoleDataOrchestrator) -> None:
        self._console = console

    async def GetConsoleData(
        self, request: pb.GetConsoleDataRequest, context: Any
    ) -> pb.GetConsoleDataResponse:
        as_of = mapping.read_date("", request, "as_of")
        books = await self._console.get_console_data(request.business_id, as_of)
        return pb.GetConsoleDataResponse(
            business_id=request.business_id,
            business=mapping.to_business(books.business),
            ledger=mapping.to_ledger(books),
            queue_etag=etag(books.business.queue_version),
            synced_at=mapping.to_instant(books.business.synced_at),
            track_record=to_record(books.backtest) if books.backtest else None,
            open_hand_over_count=books.open_hand_overs,
        )

    async def AddDecision(
        self, request: pb.AddDecisionRequest, context: Any
    ) -> pb.AddDecisionResponse:
        def answer(result: Queued) -> pb.AddDecisionResponse:
            return pb.AddDecisionResponse(
                business_id=request.business_id,
                decision=mapping.to_decision(result.decision),
                queue_etag=etag(result.queue_version),
            )

        return await self._console.add(
            request.business_id,
            mapping.draft(request.decision),
            mutation(request, pb.AddDecisionResponse, answer),
        )

    async def UpdateDecision(
        self, request: pb.UpdateDecisionRequest, context: Any
    ) -> pb.UpdateDecisionResponse:
        def answer(result: Queued) -> pb.UpdateDecisionResponse:
            return pb.UpdateDecisionResponse(
                business_id=request.business_id,
                decision=mapping.to_decision(result.decision),
                queue_etag=etag(result.queue_version),
            )

        return await self._console.update(
            request.business_id,
            request.decision_id,
            mapping.draft(request.decision),
            request.decision.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateDecisionResponse, answer),
        )

    async def RemoveDecision(
        self, request: pb.RemoveDecisionRequest, context: Any
    ) -> pb.RemoveDecisionResponse:
        def answer(result: Removed) -> pb.RemoveDecisionResponse:
            return pb.RemoveDecisionResponse(
                business_id=request.business_id, queue_etag=etag(result.queue_version)
            )

        return await self._console.remove(
            request.business_id,
            request.decision_id,
            request.etag,
            mutation(request, pb.RemoveDecisionResponse, answer),
        )

    async def ClearDecisionQueue(
        self, request: pb.ClearDecisionQueueRequest, context: Any
    ) -> pb.ClearDecisionQueueResponse:
        def answer(result: Removed) -> pb.ClearDecisionQueueResponse:
            return pb.ClearDecisionQueueResponse(
                business_id=request.business_id,
                removed_count=result.count,
                queue_etag=etag(result.queue_version),
            )

        return await self._console.clear(
            request.business_id,
            request.etag,
            mutation(request, pb.ClearDecisionQueueResponse, answer),
        )

    async def FinalizeDecisions(
        self, request: pb.FinalizeDecisionsRequest, context: Any
    ) -> pb.FinalizeDecisionsResponse:
        def answer(result: Finalized) -> pb.FinalizeDecisionsResponse:
            return pb.FinalizeDecisionsResponse(
                business_id=request.business_id,
                batch=mapping.to_batch(result.batch),
                queue_etag=etag(result.queue_version),
            )

        return await self._console.finalize(
            request.business_id,
            request.etag,
            mutation(request, pb.FinalizeDecisionsResponse, answer),
        )
