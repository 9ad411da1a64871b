"""The Hygiene Tray on imported books, from the file to the gateway's answer."""

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import field_mask_pb2
from runway.experience.v1 import hygiene_tray_service_pb2 as pb
from runway.experience.v1 import hygiene_tray_service_pb2_grpc
from runway.ledger.v1 import hygiene_tray_pb2
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc

from calculator_svc.engine.data_quality.calculation import calculate_data_quality
from calculator_svc.engine.data_quality.inputs import Records, State
from calculator_svc.engine.inputs import Role
from orchestrator_svc.connectors.demo_company import generate
from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.domain.books import HISTORY_DAYS
from orchestrator_svc.servicers.records import to_ledger_record
from service_kit.wire import from_money, to_date
from support import builders, identity
from support.hygiene_records import hygiene_records, read_entities
from support.servers import Stack

AS_OF = datetime.date(2026, 5, 5)
Entities = dict[str, list[Any]]


def demo_entities() -> Entities:
    responses = json.loads(json.dumps(generate(AS_OF)), parse_float=Decimal)
    return {name: response["QueryResponse"].get(name, []) for name, response in responses.items()}


def imported(
    stack: Stack,
    entities: Entities,
    business_id: str = "",
    minutes: int = 0,
    minutes_back: int | None = None,
) -> str:
    """Import the books into a business, made when no id is given, as read some minutes later; as
    the changes of so many minutes before, or whole.
    """
    with identity.channel(stack.orchestrator) as channel:
        if not business_id:
            business_id = builders.business_id("tray")
            business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
                builders.create_business(business_id)
            )
        reading = map_entities(entities)
        message = builders.import_ledger(business_id)
        if reading.books_closed_through is not None:
            message.books_closed_through_date.CopyFrom(to_date(reading.books_closed_through))
        message.synced_at.seconds += 60 * minutes
        if minutes_back is not None:
            message.changed_since.seconds = message.synced_at.seconds - 60 * minutes_back
        message.records.extend(map(to_ledger_record, reading.records))
        answer = ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(iter([message]))
        assert answer.applied, answer.rejections
    return business_id


@pytest.fixture(scope="module")
def trays(stack: Stack) -> Iterator[Any]:
    with identity.channel(
        stack.gateway_grpc, [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
    ) as channel:
        yield hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub(channel)


def tray(trays: Any, business_id: str) -> pb.GetHygieneTrayResponse:
    request = pb.GetHygieneTrayRequest(business_id=business_id, as_of=to_date(AS_OF))
    answer: pb.GetHygieneTrayResponse = trays.GetHygieneTray(request, timeout=30)
    return answer


def found_in(answer: pb.GetHygieneTrayResponse) -> dict[str, tuple[Any, ...]]:
    return {
        one.issue.issue_key: (
            one.issue.rule,
            one.issue.sentence,
            from_money(one.issue.amount) if one.issue.HasField("amount") else 0,
            one.issue.cost_days,
            sorted((subject.kind, subject.id) for subject in one.issue.subjects),
        )
        for one in answer.issues
    }


def expected(entities: Entities) -> dict[str, tuple[Any, ...]]:
    """Return what the rules find in the source's records themselves, with no service between."""
    return {
        one.issue.key: (
            one.issue.rule,
            one.issue.sentence,
            one.issue.amount,
            one.price.cost,
            sorted((int(subject.kind), subject.id) for subject in one.issue.subjects),
        )
        for one in calculate_data_quality(as_far_as_is_looked_back(entities)).issues
    }


def as_far_as_is_looked_back(entities: Entities) -> Records:
    """Return the source's records without what was over 400 days ago."""
    records = hygiene_records(entities, AS_OF)
    since = AS_OF.toordinal() - HISTORY_DAYS
    settled: dict[tuple[Role, str], int] = {}
    for payment in records.payments:
        for key in payment.settles:
            at = payment.kind.role, key
            settled[at] = max(settled.get(at, 0), payment.day)
    records.documents = [
        one
        for one in records.documents
        if one.state is State.OPEN
        or one.issue > since
        or settled.get((one.role, one.id), 0) > since
    ]
    records.payments = [one for one in records.payments if one.day > since or one.unapplied]
    records.transactions = [one for one in records.transactions if one.day > since]
    for account in records.accounts:
        kept = [
            moved
            for moved in zip(account.movement_days, account.movement_amounts, strict=True)
            if since < moved[0] <= AS_OF.toordinal()
        ]
        account.movement_days = [day for day, _ in kept]
        account.movement_amounts = [amount for _, amount in kept]
    return records


def test_nothing_of_the_demo_companys_issues_is_lost_or_made_up_on_the_way(
    trays: Any, stack: Stack
) -> None:
    entities = demo_entities()
    assert found_in(tray(trays, imported(stack, entities))) == expected(entities)


def test_nothing_of_the_samples_issues_is_lost_or_made_up_on_the_way(
    trays: Any, stack: Stack, quickbooks_sample: Path
) -> None:
    entities = read_entities(quickbooks_sample)
    answer = tray(trays, imported(stack, entities))
    assert found_in(answer) == expected(entities)
    sentences = " ".join(one.issue.sentence for one in answer.issues)
    assert "6 invoices to Test Customer Final look like one" in sentences
    assert "a gap of 600.00 USD (Bob's Burger Joint 600.00 USD)" in sentences
    assert "32 of 35 vendors have no payment terms" in sentences


def test_what_changes_in_closed_books_is_found(trays: Any, stack: Stack) -> None:
    entities = demo_entities()
    business_id = imported(stack, entities)
    recent = [one for one in entities["Purchase"] if "2025-10-01" < one["TxnDate"] < "2026-01-15"]
    assert recent
    changed = {
        **recent[0],
        "SyncToken": "77",
        "MetaData": {"LastUpdatedTime": "2026-05-04T09:00:00-07:00"},
    }
    imported(stack, {**entities, "Purchase": [changed]}, business_id, minutes=5)
    rules = {one.issue.rule for one in tray(trays, business_id).issues}
    assert "CHANGED_AFTER_CLOSING" in rules


def refresh(trays: Any, business_id: str) -> pb.RefreshHygieneTrayResponse:
    request = pb.RefreshHygieneTrayRequest(
        business_id=business_id, request_id=builders.request_id()
    )
    answer: pb.RefreshHygieneTrayResponse = trays.RefreshHygieneTray(request, timeout=30)
    return answer


def status_of(trays: Any, business_id: str, issue_key: str) -> str:
    """Return where the work on an issue stands, "gone" when it is not found any more."""
    answer = tray(trays, business_id)
    for one in answer.issues:
        if one.issue.issue_key == issue_key:
            name = hygiene_tray_pb2.TrayItemStatus.Name(one.item.status)
            return name.removeprefix("TRAY_ITEM_STATUS_").lower()
    assert issue_key in {item.issue_key for item in answer.closed}
    return "gone"


def mark_fixed(trays: Any, business_id: str, issue_key: str) -> None:
    items = {one.item.issue_key: one.item for one in tray(trays, business_id).issues}
    item = hygiene_tray_pb2.TrayItem(
        issue_key=issue_key,
        etag=items[issue_key].etag,
        status=hygiene_tray_pb2.TRAY_ITEM_STATUS_FIXED,
    )
    trays.UpdateTrayItem(
        pb.UpdateTrayItemRequest(
            business_id=business_id,
            request_id=builders.request_id(),
            item=item,
            update_mask=field_mask_pb2.FieldMask(paths=["status"]),
        )
    )


def test_an_issue_lives_as_the_books_do(trays: Any, stack: Stack) -> None:
    """Marked as fixed and still there it is reopened; mended it is gone; back it is reopened."""
    entities = demo_entities()
    business_id = imported(stack, entities)
    assert refresh(trays, business_id).added_count > 10
    (key,) = [key for key in expected(entities) if key.startswith("UNAPPLIED_VENDOR_CREDIT")]
    assert status_of(trays, business_id, key) == "open"
    mark_fixed(trays, business_id, key)
    assert status_of(trays, business_id, key) == "fixed"
    # Read again after it was marked: the orchestrator's clock stands at seven in the evening.
    imported(stack, entities, business_id, minutes=600)
    refresh(trays, business_id)
    assert status_of(trays, business_id, key) == "reopened"
    imported(stack, mended(entities), business_id, minutes=660)
    assert status_of(trays, business_id, key) == "gone"
    assert refresh(trays, business_id).gone_count == 1
    imported(stack, broken_again(entities), business_id, minutes=720)
    assert refresh(trays, business_id).returned_count == 1
    assert status_of(trays, business_id, key) == "reopened"


def mended(entities: Entities, version: int = 90, balance: str = "0") -> Entities:
    """Return the books with every vendor credit used up."""
    credits = [
        {**one, "Balance": Decimal(balance), "SyncToken": str(version)}
        for one in entities["VendorCredit"]
    ]
    return {**entities, "VendorCredit": credits}


def broken_again(entities: Entities) -> Entities:
    left = str(entities["VendorCredit"][0]["Balance"])
    return mended(entities, version=91, balance=left)


def sync_gaps(answer: pb.GetHygieneTrayResponse) -> list[str]:
    return [one.issue.sentence for one in answer.issues if one.issue.rule == "SYNC_GAP"]


def test_a_sync_that_was_missed_is_told_until_the_whole_books_are_read_again(
    stack: Stack, trays: Any
) -> None:
    entities = demo_entities()
    business_id = imported(stack, entities)
    assert sync_gaps(tray(trays, business_id)) == []
    # Read again a day later, but only what had changed in the last hour.
    imported(stack, {}, business_id, minutes=1440, minutes_back=60)
    (sentence,) = sync_gaps(tray(trays, business_id))
    assert sentence.startswith("Changes of 2 days, ") and sentence.endswith(" were not read.")
    # Changes that reach back to the last sync leave nothing out, and do not mend what is missing.
    imported(stack, {}, business_id, minutes=1500, minutes_back=60)
    assert sync_gaps(tray(trays, business_id)) == [sentence]
    imported(stack, entities, business_id, minutes=1560)
    assert sync_gaps(tray(trays, business_id)) == []
