"""The books of a business, which every experience begins with."""

from typing import Any

from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.decision_console_service_pb2_grpc import DecisionConsoleServiceStub

from experience_gw.clients import InnerService


class BooksReader:
    """Asks the orchestrator for books."""

    def __init__(self, orchestrator: InnerService) -> None:
        self._orchestrator = orchestrator
        self._state = DecisionConsoleServiceStub(orchestrator.channel)

    async def read(
        self, business_id: str, request: Any = None
    ) -> orchestrator_pb2.GetConsoleDataResponse:
        """Return a business's books and settings on the `as_of` of a request, or today."""
        wanted = orchestrator_pb2.GetConsoleDataRequest(business_id=business_id)
        if request is not None and request.HasField("as_of"):
            wanted.as_of.CopyFrom(request.as_of)
        answer: orchestrator_pb2.GetConsoleDataResponse = await self._orchestrator.call(
            self._state.GetConsoleData, wanted
        )
        return answer


def heading(data: orchestrator_pb2.GetConsoleDataResponse) -> dict[str, Any]:
    """Return the fields that most answers begin with: whose books these are, and how old."""
    return {
        "business_id": data.business_id,
        "display_name": data.business.display_name,
        "synced_at": data.synced_at if data.HasField("synced_at") else None,
        "currency_code": data.ledger.currency_code,
    }
