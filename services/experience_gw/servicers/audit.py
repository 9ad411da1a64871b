"""The audit: the orchestrator keeps it, and the gateway passes it on."""

from typing import Any

from runway.experience.v1 import audit_service_pb2 as pb
from runway.experience.v1.audit_service_pb2_grpc import AuditServiceServicer
from runway.orchestrator.v1 import audit_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.audit_service_pb2_grpc import AuditServiceStub

from experience_gw.clients import InnerServices
from experience_gw.servicers.translation import translated


class AuditServicer(AuditServiceServicer):
    """Serves the audit."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._state = AuditServiceStub(inner.orchestrator.channel)

    async def ListAuditEvents(
        self, request: pb.ListAuditEventsRequest, context: Any
    ) -> pb.ListAuditEventsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ListAuditEvents,
            translated(request, orchestrator_pb2.ListAuditEventsRequest),
        )
        return translated(answer, pb.ListAuditEventsResponse)

    async def VerifyAudit(
        self, request: pb.VerifyAuditRequest, context: Any
    ) -> pb.VerifyAuditResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.VerifyAudit, translated(request, orchestrator_pb2.VerifyAuditRequest)
        )
        return translated(answer, pb.VerifyAuditResponse)
