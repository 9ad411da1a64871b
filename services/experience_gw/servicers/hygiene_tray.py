"""The Hygiene Tray: what the calculator finds, beside what the orchestrator keeps of it."""

import datetime
import math
from typing import Any, TypeVar

from google.protobuf.message import Message
from runway.calculator.v1 import data_quality_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.data_quality_calculation_service_pb2_grpc import (
    DataQualityCalculationServiceStub,
)
from runway.experience.v1 import hygiene_tray_service_pb2 as experience_pb2
from runway.experience.v1.hygiene_tray_service_pb2_grpc import HygieneTrayServiceServicer
from runway.ledger.v1 import hygiene_tray_pb2
from runway.orchestrator.v1 import hygiene_tray_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.hygiene_tray_service_pb2_grpc import HygieneTrayServiceStub

from experience_gw.clients import InnerServices
from experience_gw.compose.tray import compose
from service_kit.wire import from_date

Kind = TypeVar("Kind", bound=Message)


class HygieneTrayServicer(HygieneTrayServiceServicer):
    """Serves the Hygiene Tray."""

    def __init__(self, inner: InnerServices) -> None:
        self._orchestrator = inner.orchestrator
        self._calculator = inner.calculator
        self._state = HygieneTrayServiceStub(inner.orchestrator.channel)
        self._calculation = DataQualityCalculationServiceStub(inner.calculator.channel)

    async def GetHygieneTray(
        self, request: experience_pb2.GetHygieneTrayRequest, context: Any
    ) -> experience_pb2.GetHygieneTrayResponse:
        """Get the books and the tray, have the books' quality calculated, and compose the two."""
        data = await self._orchestrator.call(
            self._state.GetTrayData, _translated(request, orchestrator_pb2.GetTrayDataRequest)
        )
        return _composed(data, await self._calculated(data))

    async def UpdateTrayItem(
        self, request: experience_pb2.UpdateTrayItemRequest, context: Any
    ) -> experience_pb2.UpdateTrayItemResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateTrayItem,
            _translated(request, orchestrator_pb2.UpdateTrayItemRequest),
        )
        return _translated(answer, experience_pb2.UpdateTrayItemResponse)

    async def BatchUpdateTrayItems(
        self, request: experience_pb2.BatchUpdateTrayItemsRequest, context: Any
    ) -> experience_pb2.BatchUpdateTrayItemsResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.BatchUpdateTrayItems,
            _translated(request, orchestrator_pb2.BatchUpdateTrayItemsRequest),
        )
        return _translated(answer, experience_pb2.BatchUpdateTrayItemsResponse)

    async def RefreshHygieneTray(
        self, request: experience_pb2.RefreshHygieneTrayRequest, context: Any
    ) -> experience_pb2.RefreshHygieneTrayResponse:
        """Get today's books, have their quality calculated, and have the findings recorded.

        Three inner calls, where a read makes two at most: it changes something, and seldom.
        """
        data = await self._orchestrator.call(
            self._state.GetTrayData,
            orchestrator_pb2.GetTrayDataRequest(business_id=request.business_id),
        )
        calculated = await self._calculated(data)
        answer = await self._orchestrator.call(
            self._state.RecordFindings,
            orchestrator_pb2.RecordFindingsRequest(
                business_id=request.business_id,
                request_id=request.request_id,
                synced_at=data.synced_at if data.HasField("synced_at") else None,
                findings=[
                    hygiene_tray_pb2.Finding(issue_key=issue.issue_key, rule=issue.rule)
                    for issue in calculated.issues
                ],
            ),
        )
        return _translated(answer, experience_pb2.RefreshHygieneTrayResponse)

    async def _calculated(self, data: orchestrator_pb2.GetTrayDataResponse) -> Any:
        return await self._calculator.call(
            self._calculation.CalculateDataQuality,
            calculator_pb2.CalculateDataQualityRequest(
                business_id=data.business_id, ledger=data.ledger, records=data.records
            ),
        )


def _translated(message: Message, kind: type[Kind]) -> Kind:
    """Return a message as one of another service that is the same field for field.

    A contract test compares the descriptors of every pair of messages that pass through here.
    """
    return kind.FromString(message.SerializeToString())


def _composed(
    data: orchestrator_pb2.GetTrayDataResponse,
    calculated: calculator_pb2.CalculateDataQualityResponse,
) -> experience_pb2.GetHygieneTrayResponse:
    as_of = from_date(data.ledger.as_of)

    def is_snoozed(item: hygiene_tray_pb2.TrayItem) -> bool:
        return _snoozed_until(item) > as_of

    tray = compose(calculated.issues, data.items, lambda item: item.status, is_snoozed, _gone_order)
    response = experience_pb2.GetHygieneTrayResponse(
        business_id=data.business_id,
        display_name=data.business.display_name,
        as_of=data.ledger.as_of,
        synced_at=_present(data, "synced_at"),
        recorded_synced_at=_present(data, "recorded_synced_at"),
        score_hundredths=calculated.score_hundredths,
        activity=_present(calculated, "activity"),
        cash_zero_date=_present(calculated, "cash_zero_date"),
        closed=tray.closed,
        snoozed_count=tray.snoozed_count,
        unrecorded_count=tray.unrecorded_count,
    )
    for found in tray.issues:
        shown = response.issues.add(snoozed=found.snoozed)
        shown.issue.CopyFrom(found.issue)
        if found.item is not None:
            shown.item.CopyFrom(found.item)
    for status, count in sorted(tray.status_counts.items()):
        response.status_counts.add(status=status, issue_count=count)
    return response


def _present(message: Any, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None


def _snoozed_until(item: hygiene_tray_pb2.TrayItem) -> datetime.date:
    if not item.HasField("snoozed_until_date"):
        return datetime.date.min
    return from_date(item.snoozed_until_date)


def _gone_order(item: hygiene_tray_pb2.TrayItem) -> float:
    """Return when an issue went: those that no recording has noted yet went last of all."""
    if not item.HasField("gone_at"):
        return math.inf
    return item.gone_at.seconds + item.gone_at.nanos / 1e9
