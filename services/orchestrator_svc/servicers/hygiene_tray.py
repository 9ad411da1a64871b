"""HygieneTrayService: the state behind the Hygiene Tray."""

from collections.abc import Sequence
from typing import Any

from runway.ledger.v1 import hygiene_tray_pb2
from runway.orchestrator.v1 import hygiene_tray_service_pb2 as pb
from runway.orchestrator.v1 import hygiene_tray_service_pb2_grpc

from orchestrator_svc.domain.hygiene_tray import Draft, Item, ItemChange, Priority, Recorded, Status
from orchestrator_svc.orchestrators.hygiene_tray import HygieneTrayDataOrchestrator
from orchestrator_svc.orchestrators.mutations import etag
from orchestrator_svc.servicers import mapping
from orchestrator_svc.servicers.hygiene_records import to_hygiene_records
from orchestrator_svc.servicers.mutation import mutation
from service_kit.errors import FieldViolation, invalid_argument
from service_kit.wire import to_date

_STATUSES = mapping.by_name("TRAY_ITEM_STATUS", Status, hygiene_tray_pb2.TrayItemStatus)
_STATUS_OF = mapping.reverse(_STATUSES)
_PRIORITIES: dict[Any, Any] = {
    None: hygiene_tray_pb2.TRAY_ITEM_PRIORITY_UNSPECIFIED,
    **mapping.by_name("TRAY_ITEM_PRIORITY", Priority, hygiene_tray_pb2.TrayItemPriority),
}
_PRIORITY_OF = mapping.reverse(_PRIORITIES)


class HygieneTrayServicer(hygiene_tray_service_pb2_grpc.HygieneTrayServiceServicer):
    """Answers HygieneTrayService."""

    def __init__(self, tray: HygieneTrayDataOrchestrator) -> None:
        self._tray = tray

    async def GetTrayData(
        self, request: pb.GetTrayDataRequest, context: Any
    ) -> pb.GetTrayDataResponse:
        as_of = mapping.read_date("", request, "as_of")
        data = await self._tray.get_tray_data(request.business_id, as_of)
        return pb.GetTrayDataResponse(
            business_id=request.business_id,
            business=mapping.to_business(data.books.business),
            ledger=mapping.to_ledger(data.books),
            records=to_hygiene_records(data.records),
            items=map(_to_item, data.items),
            synced_at=mapping.to_instant(data.books.business.synced_at),
            recorded_synced_at=mapping.to_instant(data.recorded_synced_at),
        )

    async def ListTrayItems(
        self, request: pb.ListTrayItemsRequest, context: Any
    ) -> pb.ListTrayItemsResponse:
        items, token = await self._tray.list(
            request.business_id,
            request.page_size,
            request.page_token,
            _STATUS_OF.get(request.status),
        )
        return pb.ListTrayItemsResponse(
            business_id=request.business_id, items=map(_to_item, items), next_page_token=token
        )

    async def UpdateTrayItem(
        self, request: pb.UpdateTrayItemRequest, context: Any
    ) -> pb.UpdateTrayItemResponse:
        def answer(items: Sequence[Item]) -> pb.UpdateTrayItemResponse:
            return pb.UpdateTrayItemResponse(
                business_id=request.business_id, item=_to_item(items[0])
            )

        return await self._tray.update(
            request.business_id,
            [_item_change(request, "")],
            mutation(request, pb.UpdateTrayItemResponse, answer),
        )

    async def BatchUpdateTrayItems(
        self, request: pb.BatchUpdateTrayItemsRequest, context: Any
    ) -> pb.BatchUpdateTrayItemsResponse:
        def answer(items: Sequence[Item]) -> pb.BatchUpdateTrayItemsResponse:
            return pb.BatchUpdateTrayItemsResponse(
                business_id=request.business_id, items=map(_to_item, items)
            )

        return await self._tray.update(
            request.business_id,
            [
                _item_change(change, f"changes[{index}].")
                for index, change in enumerate(request.changes)
            ],
            mutation(request, pb.BatchUpdateTrayItemsResponse, answer),
        )

    async def RecordFindings(
        self, request: pb.RecordFindingsRequest, context: Any
    ) -> pb.RecordFindingsResponse:
        def answer(recorded: Recorded) -> pb.RecordFindingsResponse:
            return pb.RecordFindingsResponse(
                business_id=request.business_id,
                added_count=recorded.added,
                gone_count=recorded.gone,
                returned_count=recorded.returned,
                reopened_count=recorded.reopened,
            )

        return await self._tray.record_findings(
            request.business_id,
            _findings(request),
            mapping.read_instant(request, "synced_at"),
            mutation(request, pb.RecordFindingsResponse, answer),
        )


def _item_change(message: Any, prefix: str) -> ItemChange:
    """Read a message with an item and its mask; `prefix` is the message's path."""
    item, field = message.item, f"{prefix}item"
    draft = Draft(
        issue_key=item.issue_key,
        etag=item.etag,
        status=_STATUS_OF.get(item.status),
        priority=_PRIORITY_OF[item.priority],
        assignee=item.assignee,
        note=item.note,
        snoozed_until_date=mapping.read_date(field, item, "snoozed_until_date"),
    )
    return ItemChange(draft, list(message.update_mask.paths), field, f"{prefix}update_mask")


def _findings(request: pb.RecordFindingsRequest) -> dict[str, str]:
    findings: dict[str, str] = {}
    for index, finding in enumerate(request.findings):
        if finding.issue_key in findings:
            field = f"findings[{index}].issue_key"
            raise invalid_argument(FieldViolation(field, "must not come up twice"))
        findings[finding.issue_key] = finding.rule
    return findings


def _to_item(item: Item) -> hygiene_tray_pb2.TrayItem:
    until = item.snoozed_until_date
    return hygiene_tray_pb2.TrayItem(
        issue_key=item.issue_key,
        rule=item.rule,
        status=_STATUSES[item.status],
        priority=_PRIORITIES[item.priority],
        assignee=item.assignee,
        note=item.note,
        snoozed_until_date=None if until is None else to_date(until),
        first_seen_at=mapping.to_instant(item.first_seen_at),
        gone_at=mapping.to_instant(item.gone_at),
        returned_at=mapping.to_instant(item.returned_at),
        status_changed_at=mapping.to_instant(item.status_changed_at),
        etag=etag(item.version),
    )
