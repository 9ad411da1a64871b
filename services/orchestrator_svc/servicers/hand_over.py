"""HandOverService: what people hand over to each other."""

from typing import Any

from runway.ledger.v1 import hand_over_pb2
from runway.orchestrator.v1 import hand_over_service_pb2 as pb
from runway.orchestrator.v1 import hand_over_service_pb2_grpc

from orchestrator_svc.domain.hand_overs import Draft, HandOver, HandOverStatus
from orchestrator_svc.orchestrators.hand_overs import HandOverOrchestrator
from orchestrator_svc.orchestrators.mutations import etag
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.mutation import mutation
from service_kit.wire import to_date

_STATUSES = mapping.by_name("HAND_OVER_STATUS", HandOverStatus, hand_over_pb2.HandOverStatus)
_STATUS_OF = mapping.reverse(_STATUSES)


class HandOverServicer(hand_over_service_pb2_grpc.HandOverServiceServicer):
    """Answers HandOverService."""

    def __init__(self, hand_overs: HandOverOrchestrator) -> None:
        self._hand_overs = hand_overs

    async def CreateHandOver(
        self, request: pb.CreateHandOverRequest, context: Any
    ) -> pb.CreateHandOverResponse:
        def answer(made: HandOver) -> pb.CreateHandOverResponse:
            return pb.CreateHandOverResponse(
                business_id=request.business_id, hand_over=_to_hand_over(made)
            )

        return await self._hand_overs.create(
            request.business_id,
            _draft(request.hand_over),
            mutation(request, pb.CreateHandOverResponse, answer),
        )

    async def UpdateHandOver(
        self, request: pb.UpdateHandOverRequest, context: Any
    ) -> pb.UpdateHandOverResponse:
        def answer(changed: HandOver) -> pb.UpdateHandOverResponse:
            return pb.UpdateHandOverResponse(
                business_id=request.business_id, hand_over=_to_hand_over(changed)
            )

        return await self._hand_overs.update(
            request.business_id,
            request.hand_over_id,
            _draft(request.hand_over),
            request.hand_over.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateHandOverResponse, answer),
        )

    async def ListHandOvers(
        self, request: pb.ListHandOversRequest, context: Any
    ) -> pb.ListHandOversResponse:
        found, token = await self._hand_overs.list(
            request.business_id,
            request.page_size,
            request.page_token,
            [_STATUS_OF[status] for status in request.statuses],
            request.to_person,
        )
        return pb.ListHandOversResponse(
            business_id=request.business_id,
            hand_overs=map(_to_hand_over, found),
            next_page_token=token,
        )


def _draft(message: hand_over_pb2.HandOver) -> Draft:
    """Read what a caller wants handed over; its id and its times are the server's to give."""
    subject = message.WhichOneof("subject")
    return Draft(
        bill_id=message.bill_id if subject == "bill_id" else None,
        invoice_id=message.invoice_id if subject == "invoice_id" else None,
        issue_key=message.issue_key if subject == "issue_key" else None,
        from_person=message.from_person,
        to_person=message.to_person,
        note=message.note,
        due_date=mapping.read_date("hand_over", message, "due_date"),
        status=_STATUS_OF.get(message.status),
    )


def _to_hand_over(hand_over: HandOver) -> hand_over_pb2.HandOver:
    return hand_over_pb2.HandOver(
        hand_over_id=str(hand_over.hand_over_id),
        # None leaves a field of the oneof unset: one of them at most is not None.
        bill_id=hand_over.bill_id,
        invoice_id=hand_over.invoice_id,
        issue_key=hand_over.issue_key,
        from_person=hand_over.from_person,
        to_person=hand_over.to_person,
        note=hand_over.note,
        due_date=None if hand_over.due_date is None else to_date(hand_over.due_date),
        status=_STATUSES[hand_over.status],
        etag=etag(hand_over.version),
        create_time=mapping.to_instant(hand_over.created_at),
        update_time=mapping.to_instant(hand_over.updated_at),
    )
