"""LedgerService: importing books, reading them back, and what no ledger holds."""

import datetime
from collections.abc import AsyncIterator
from typing import Any

from runway.orchestrator.v1 import ledger_service_pb2 as pb
from runway.orchestrator.v1 import ledger_service_pb2_grpc

from orchestrator_svc.domain.errors import ImportTooLarge
from orchestrator_svc.domain.imports import MAXIMUM_RECORDS
from orchestrator_svc.domain.ledger import Rejection, SourcedRecord
from orchestrator_svc.domain.planning import Earmark, PlannedItem
from orchestrator_svc.orchestrators.ledger_history import LedgerHistoryOrchestrator
from orchestrator_svc.orchestrators.ledgers import ImportResult, LedgerOrchestrator
from orchestrator_svc.orchestrators.planning import PlanningOrchestrator
from orchestrator_svc.servicers import mapping, records
from orchestrator_svc.servicers.ledger_history import to_history
from orchestrator_svc.servicers.mutation import body_digest, mutation, mutation_of
from orchestrator_svc.servicers.streams import bounded
from service_kit.errors import ApiError, FieldViolation, invalid_argument

MAXIMUM_REJECTIONS_SHOWN = 1000
MAXIMUM_IMPORT_BYTES = 256 * 1024 * 1024
"""More than as many records as one import may hold have, as sources send them."""


class LedgerServicer(ledger_service_pb2_grpc.LedgerServiceServicer):
    """Answers LedgerService."""

    def __init__(
        self,
        ledgers: LedgerOrchestrator,
        planned_items: PlanningOrchestrator[PlannedItem],
        earmarks: PlanningOrchestrator[Earmark],
        history: LedgerHistoryOrchestrator,
    ) -> None:
        self._history = history
        self._ledgers = ledgers
        self._planned_items = planned_items
        self._earmarks = earmarks

    async def ImportLedger(
        self, requests: AsyncIterator[pb.ImportLedgerRequest], context: Any
    ) -> pb.ImportLedgerResponse:
        messages = await _collect(requests)
        first = messages[0]
        synced_at = _synced_at(first)
        read: list[SourcedRecord] = []
        unreadable: list[Rejection] = []
        for message in messages:
            unreadable += map(records.rejection, message.unreadable)
            for record in map(records.sourced_record, message.records):
                if isinstance(record, Rejection):
                    unreadable.append(record)
                else:
                    read.append(record)

        def answer(result: ImportResult) -> pb.ImportLedgerResponse:
            return _import_answer(first.business_id, result)

        return await self._ledgers.import_ledger(
            first.business_id,
            read,
            unreadable,
            synced_at,
            first.skip_rejected,
            mapping.read_date("", first, "books_closed_through_date"),
            _changed_since(first, synced_at),
            mutation_of(first.request_id, body_digest(messages), pb.ImportLedgerResponse, answer),
        )

    async def GetLedger(self, request: pb.GetLedgerRequest, context: Any) -> pb.GetLedgerResponse:
        as_of = mapping.read_date("", request, "as_of")
        books = await self._ledgers.get_books(request.business_id, as_of)
        return pb.GetLedgerResponse(
            business_id=request.business_id, ledger=mapping.to_ledger(books)
        )

    async def GetLedgerHistory(
        self, request: pb.GetLedgerHistoryRequest, context: Any
    ) -> pb.GetLedgerHistoryResponse:
        as_of = mapping.read_date("", request, "as_of")
        history = await self._history.get(
            request.business_id, as_of, request.days, request.until_last_sync
        )
        return pb.GetLedgerHistoryResponse(
            business_id=request.business_id,
            business=mapping.to_business(history.books.business),
            history=to_history(history),
        )

    async def ListBills(self, request: pb.ListBillsRequest, context: Any) -> pb.ListBillsResponse:
        rows, token = await self._ledgers.list_bills(
            request.business_id,
            request.page_size,
            request.page_token,
            mapping.STATE_OF.get(request.state),
        )
        return pb.ListBillsResponse(
            business_id=request.business_id,
            bills=map(mapping.to_bill, rows),
            next_page_token=token,
        )

    async def ListInvoices(
        self, request: pb.ListInvoicesRequest, context: Any
    ) -> pb.ListInvoicesResponse:
        rows, token = await self._ledgers.list_invoices(
            request.business_id,
            request.page_size,
            request.page_token,
            mapping.STATE_OF.get(request.state),
        )
        return pb.ListInvoicesResponse(
            business_id=request.business_id,
            invoices=map(mapping.to_invoice, rows),
            next_page_token=token,
        )

    async def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Any
    ) -> pb.ListAccountsResponse:
        rows, token = await self._ledgers.list_accounts(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListAccountsResponse(
            business_id=request.business_id,
            accounts=map(mapping.to_account, rows),
            next_page_token=token,
        )

    async def CreatePlannedItem(
        self, request: pb.CreatePlannedItemRequest, context: Any
    ) -> pb.CreatePlannedItemResponse:
        def answer(item: PlannedItem) -> pb.CreatePlannedItemResponse:
            return pb.CreatePlannedItemResponse(
                business_id=request.business_id, planned_item=mapping.to_planned_item(item)
            )

        return await self._planned_items.create(
            request.business_id,
            mapping.planned_item(request.planned_item),
            mutation(request, pb.CreatePlannedItemResponse, answer),
        )

    async def UpdatePlannedItem(
        self, request: pb.UpdatePlannedItemRequest, context: Any
    ) -> pb.UpdatePlannedItemResponse:
        def answer(item: PlannedItem) -> pb.UpdatePlannedItemResponse:
            return pb.UpdatePlannedItemResponse(
                business_id=request.business_id, planned_item=mapping.to_planned_item(item)
            )

        return await self._planned_items.update(
            request.business_id,
            request.planned_item_id,
            mapping.planned_item(request.planned_item),
            request.planned_item.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdatePlannedItemResponse, answer),
        )

    async def DeletePlannedItem(
        self, request: pb.DeletePlannedItemRequest, context: Any
    ) -> pb.DeletePlannedItemResponse:
        answer = pb.DeletePlannedItemResponse(business_id=request.business_id)
        return await self._planned_items.delete(
            request.business_id,
            request.planned_item_id,
            request.etag,
            mutation(request, pb.DeletePlannedItemResponse, lambda _: answer),
        )

    async def ListPlannedItems(
        self, request: pb.ListPlannedItemsRequest, context: Any
    ) -> pb.ListPlannedItemsResponse:
        items, token = await self._planned_items.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListPlannedItemsResponse(
            business_id=request.business_id,
            planned_items=map(mapping.to_planned_item, items),
            next_page_token=token,
        )

    async def CreateEarmark(
        self, request: pb.CreateEarmarkRequest, context: Any
    ) -> pb.CreateEarmarkResponse:
        def answer(earmark: Earmark) -> pb.CreateEarmarkResponse:
            return pb.CreateEarmarkResponse(
                business_id=request.business_id, earmark=mapping.to_earmark(earmark)
            )

        return await self._earmarks.create(
            request.business_id,
            mapping.earmark(request.earmark),
            mutation(request, pb.CreateEarmarkResponse, answer),
        )

    async def UpdateEarmark(
        self, request: pb.UpdateEarmarkRequest, context: Any
    ) -> pb.UpdateEarmarkResponse:
        def answer(earmark: Earmark) -> pb.UpdateEarmarkResponse:
            return pb.UpdateEarmarkResponse(
                business_id=request.business_id, earmark=mapping.to_earmark(earmark)
            )

        return await self._earmarks.update(
            request.business_id,
            request.earmark_id,
            mapping.earmark(request.earmark),
            request.earmark.etag,
            request.update_mask.paths,
            mutation(request, pb.UpdateEarmarkResponse, answer),
        )

    async def DeleteEarmark(
        self, request: pb.DeleteEarmarkRequest, context: Any
    ) -> pb.DeleteEarmarkResponse:
        answer = pb.DeleteEarmarkResponse(business_id=request.business_id)
        return await self._earmarks.delete(
            request.business_id,
            request.earmark_id,
            request.etag,
            mutation(request, pb.DeleteEarmarkResponse, lambda _: answer),
        )

    async def ListEarmarks(
        self, request: pb.ListEarmarksRequest, context: Any
    ) -> pb.ListEarmarksResponse:
        earmarks, token = await self._earmarks.list(
            request.business_id, request.page_size, request.page_token
        )
        return pb.ListEarmarksResponse(
            business_id=request.business_id,
            earmarks=map(mapping.to_earmark, earmarks),
            next_page_token=token,
        )


async def _collect(
    requests: AsyncIterator[pb.ImportLedgerRequest],
) -> list[pb.ImportLedgerRequest]:
    """Return an import's messages, all of one business.

    Raises ApiError (INVALID_ARGUMENT) and ImportTooLarge.
    """
    messages: list[pb.ImportLedgerRequest] = []
    count = 0
    async for message in bounded(requests, MAXIMUM_IMPORT_BYTES, ImportTooLarge):
        count += len(message.records) + len(message.unreadable)
        if count > MAXIMUM_RECORDS:
            raise ImportTooLarge(f"One import holds {MAXIMUM_RECORDS:,} records at most.")
        messages.append(message)
    return messages


def _synced_at(first: pb.ImportLedgerRequest) -> datetime.datetime:
    synced_at = mapping.read_instant(first, "synced_at")
    if synced_at is None:
        raise _wrong("synced_at", "value is required in the first message")
    return synced_at


def _changed_since(
    first: pb.ImportLedgerRequest, synced_at: datetime.datetime
) -> datetime.datetime | None:
    """Return from when on an import holds every change; None where it holds the whole books.

    Raises ApiError (INVALID_ARGUMENT).
    """
    since = mapping.read_instant(first, "changed_since")
    if since is not None and since > synced_at:
        raise _wrong("changed_since", "must not be after synced_at")
    return since


def _wrong(field: str, description: str) -> ApiError:
    return invalid_argument(FieldViolation(field, description))


def _import_answer(business_id: str, result: ImportResult) -> pb.ImportLedgerResponse:
    return pb.ImportLedgerResponse(
        business_id=business_id,
        applied=result.applied,
        counts=pb.ImportCounts(
            read=result.read,
            added=result.added,
            updated=result.updated,
            unchanged=result.unchanged,
            rejected=len(result.rejections),
        ),
        rejections=map(records.to_rejection, result.rejections[:MAXIMUM_REJECTIONS_SHOWN]),
        synced_at=mapping.to_instant(result.synced_at),
    )
