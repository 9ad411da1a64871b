"""`runway import`: a folder of books, through LedgerService."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
from rich.console import Console
from rich.table import Table
from runway.orchestrator.v1 import (
    business_service_pb2,
    business_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)

from orchestrator_svc.connectors.quickbooks import SourceError, read_folder
from orchestrator_svc.domain.ledger import SourceReading
from orchestrator_svc.servicers.records import to_ledger_record, to_rejection
from runway_cli.client import TIMEOUT_SECONDS, channel_to, request_id, to_instant
from runway_cli.errors import CommandError
from runway_cli.settings import Settings
from runway_cli.tables import Columns, Row
from service_kit.wire import to_date

Item = TypeVar("Item")

RECORDS_PER_MESSAGE = 2000
IMPORT_SECONDS = 300.0
REJECTIONS_SHOWN = 20


def import_quickbooks(
    settings: Settings,
    folder: Path,
    business_id: str,
    time_zone: str = "UTC",
    skip_rejected: bool = False,
    changed_since: datetime.datetime | None = None,
) -> "Imported":
    """Import a folder of QuickBooks responses; return what came of it.

    A business that does not exist is created, with the name and the currency of the books. The
    folder holds every change since `changed_since`, or the whole books.
    Raises CommandError.
    """
    try:
        reading = read_folder(folder)
    except SourceError as error:
        remedy = "give a folder of QuickBooks query responses, one .json file an entity"
        raise CommandError(str(error).rstrip("."), remedy) from None
    with channel_to(settings, "orchestrator") as channel:
        created = _create_if_missing(channel, business_id, reading, time_zone)
        messages = _messages(business_id, reading, skip_rejected, changed_since)
        answer = ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            messages, timeout=IMPORT_SECONDS
        )
    created_as = f"{business_id} ({reading.currency}, {time_zone})" if created else None
    return Imported(reading, answer, created_as)


def exists(channel: grpc.Channel, business_id: str) -> bool:
    """Return whether there is such a business. Raises grpc.RpcError for any other refusal."""
    stub = business_service_pb2_grpc.BusinessServiceStub(channel)
    request = business_service_pb2.GetBusinessRequest(business_id=business_id)
    try:
        stub.GetBusiness(request, timeout=TIMEOUT_SECONDS)
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return False
        raise
    return True


def _create_if_missing(
    channel: grpc.Channel, business_id: str, reading: SourceReading, time_zone: str
) -> bool:
    if exists(channel, business_id):
        return False
    business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
        business_service_pb2.CreateBusinessRequest(
            business_id=business_id,
            request_id=request_id(),
            business=business_service_pb2.Business(
                display_name=reading.company_name or business_id,
                currency_code=reading.currency or "USD",
                time_zone=time_zone,
            ),
        ),
        timeout=TIMEOUT_SECONDS,
    )
    return True


def _messages(
    business_id: str,
    reading: SourceReading,
    skip_rejected: bool,
    changed_since: datetime.datetime | None,
) -> Iterator[ledger_service_pb2.ImportLedgerRequest]:
    """Yield the import in messages that stay well below the limit of one."""
    head: dict[str, Any] = {"business_id": business_id, "request_id": request_id()}
    records, unreadable = list(reading.records), list(reading.unreadable)
    # A source that does not say when it answered is as old as this reading of it.
    synced_at = reading.synced_at or datetime.datetime.now(datetime.UTC)
    closed = reading.books_closed_through
    yield ledger_service_pb2.ImportLedgerRequest(
        **head,
        synced_at=to_instant(synced_at),
        skip_rejected=skip_rejected,
        changed_since=None if changed_since is None else to_instant(changed_since),
        books_closed_through_date=None if closed is None else to_date(closed),
    )
    for chunk in _chunks(records):
        yield ledger_service_pb2.ImportLedgerRequest(**head, records=map(to_ledger_record, chunk))
    for rejected in _chunks(unreadable):
        yield ledger_service_pb2.ImportLedgerRequest(**head, unreadable=map(to_rejection, rejected))


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), RECORDS_PER_MESSAGE):
        yield items[start : start + RECORDS_PER_MESSAGE]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import; `created` names the business if it was made for it."""

    reading: SourceReading
    answer: ledger_service_pb2.ImportLedgerResponse
    created: str | None

    @property
    def applied(self) -> bool:
        """Return whether the books now hold what was read."""
        return bool(self.answer.applied)


COUNTS: Columns = [
    (name, "right") for name in ("read", "added", "updated", "unchanged", "rejected")
]


def count_row(answer: ledger_service_pb2.ImportLedgerResponse) -> list[int]:
    """Return how many records went which way, as a row of COUNTS."""
    return [getattr(answer.counts, name) for name, _ in COUNTS]


REJECTION_COLUMNS: Columns = [
    (name, "left") for name in ("file", "entity", "id", "field", "reason")
]


def columns_and_rows(
    answer: ledger_service_pb2.ImportLedgerResponse, which: str
) -> tuple[Columns, list[Row]]:
    """Return a table, counts or rejections: its columns and all its rows."""
    if which == "counts":
        return COUNTS, [count_row(answer)]
    return REJECTION_COLUMNS, [
        [one.source_file, one.source_entity, one.source_id, one.field, one.reason]
        for one in answer.rejections
    ]


def print_import(done: Imported, console: Console | None = None) -> None:
    """Print what came of an import: the counts, then what was skipped and rejected."""
    console = console or Console(highlight=False)
    reading, answer, counts = done.reading, done.answer, done.answer.counts
    if done.created:
        console.print(f"Created business {done.created}.")
    table = Table(box=None, pad_edge=False)
    for name, _ in COUNTS:
        table.add_column(name, justify="right")
    table.add_row(*(f"{count:,}" for count in count_row(answer)))
    console.print(table)
    for entity, why in reading.skipped:
        console.print(f"Skipped {entity}: {why}.", markup=False)
    for rejection in answer.rejections[:REJECTIONS_SHOWN]:
        console.print(
            f"Rejected {rejection.source_file} {rejection.source_entity} {rejection.source_id}: "
            f"{rejection.field}: {rejection.reason}",
            markup=False,
        )
    if counts.rejected > REJECTIONS_SHOWN:
        console.print(f"… and {counts.rejected - REJECTIONS_SHOWN:,} more.")
    if not answer.applied:
        console.print(
            "Nothing was imported. Correct what was rejected, or repeat with --skip-rejected."
        )
