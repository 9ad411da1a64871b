"""AuditService: who changed what, and whether that record is whole."""

from typing import Any

from runway.ledger.v1 import audit_pb2
from runway.orchestrator.v1 import audit_service_pb2 as pb
from runway.orchestrator.v1 import audit_service_pb2_grpc

from orchestrator_svc.domain.audit import Event, Fault, Head, canonical
from orchestrator_svc.orchestrators.audits import AuditOrchestrator
from orchestrator_svc.servicers import mapping

_FAULTS = mapping.by_name("AUDIT_FAULT", Fault, pb.AuditFault)


class AuditServicer(audit_service_pb2_grpc.AuditServiceServicer):
    """Answers AuditService."""

    def __init__(self, audits: AuditOrchestrator) -> None:
        self._audits = audits

    async def ListAuditEvents(
        self, request: pb.ListAuditEventsRequest, context: Any
    ) -> pb.ListAuditEventsResponse:
        found, token = await self._audits.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListAuditEventsResponse(
            business_id=request.business_id,
            events=(_to_event(event, written) for event, written in found),
            next_page_token=token,
        )

    async def VerifyAudit(
        self, request: pb.VerifyAuditRequest, context: Any
    ) -> pb.VerifyAuditResponse:
        given = request.expected_head
        expected = Head(given.sequence_number, given.hash) if given.sequence_number else None
        found = await self._audits.verify(request.business_id, expected)
        return pb.VerifyAuditResponse(
            business_id=request.business_id,
            head=audit_pb2.AuditHead(
                sequence_number=found.head.sequence_number, hash=found.head.hash
            ),
            fault=_FAULTS[found.fault] if found.fault else pb.AUDIT_FAULT_UNSPECIFIED,
            fault_sequence_number=found.fault_at,
        )


def _to_event(event: Event, written: bytes) -> audit_pb2.AuditEvent:
    return audit_pb2.AuditEvent(
        sequence_number=event.sequence_number,
        occur_time=mapping.to_instant(event.occurred_at),
        actor=event.actor,
        method=event.method,
        correlation_id=event.correlation_id,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        before_json="" if event.before is None else canonical(event.before),
        after_json="" if event.after is None else canonical(event.after),
        hash=written,
    )
