"""The books that are measured: the demo company's history, with 50 open bills and 50 invoices."""

import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

from google.protobuf import timestamp_pb2
from runway.orchestrator.v1 import business_service_pb2, ledger_service_pb2

from orchestrator_svc.connectors.demo_company import generate
from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.domain.ledger import Bill, DocumentState, Invoice, SourcedRecord
from orchestrator_svc.servicers.records import to_ledger_record
from support.builders import create_business, request_id

OPEN = 50


def business(business_id: str) -> business_service_pb2.CreateBusinessRequest:
    """Return the request that creates the business."""
    return create_business(business_id)


def import_requests(
    business_id: str, as_of: datetime.date
) -> Iterator[ledger_service_pb2.ImportLedgerRequest]:
    """Yield the import of the books."""
    entities = {name: response["QueryResponse"][name] for name, response in generate(as_of).items()}
    synced_at = timestamp_pb2.Timestamp()
    synced_at.FromDatetime(datetime.datetime.combine(as_of, datetime.time(12)))
    records = _with_fifty_open(map_entities(entities).records, as_of)
    request = request_id()
    for start in range(0, len(records), 1000):
        yield ledger_service_pb2.ImportLedgerRequest(
            business_id=business_id,
            request_id=request,
            synced_at=synced_at,
            records=map(to_ledger_record, records[start : start + 1000]),
        )


def _with_fifty_open(records: Any, as_of: datetime.date) -> list[SourcedRecord]:
    """Leave out open documents over fifty of each kind, and add copies up to fifty."""
    kept: list[SourcedRecord] = []
    for kind, key in ((Bill, "bill_id"), (Invoice, "invoice_id")):
        whole = [s for s in records if isinstance(s.record, kind) and _is_untouched(s, as_of)]
        others = [s for s in records if isinstance(s.record, kind) and not _is_open(s, as_of)]
        part = [s for s in records if isinstance(s.record, kind) and _is_open(s, as_of)]
        part = [s for s in part if s not in whole]
        copies = [_copy(whole[n % len(whole)], key, n) for n in range(OPEN - len(part))]
        kept += others + part + copies
    return [s for s in records if not isinstance(s.record, Bill | Invoice)] + kept


def _is_open(sourced: SourcedRecord, as_of: datetime.date) -> bool:
    record: Any = sourced.record
    return record.state is DocumentState.OPEN and record.issue_date <= as_of


def _is_untouched(sourced: SourcedRecord, as_of: datetime.date) -> bool:
    record: Any = sourced.record
    return _is_open(sourced, as_of) and record.total_minor == record.balance_minor


def _copy(sourced: SourcedRecord, key: str, number: int) -> SourcedRecord:
    record: Any = dataclasses.replace(sourced.record, **{key: f"copy-{number}"})  # type: ignore[type-var]
    return dataclasses.replace(sourced, record=record)
