"""The orchestrator's HygieneTrayService, called through pytest-grpc's stub."""

from collections.abc import Callable, Sequence
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from runway.ledger.v1 import hygiene_tray_pb2 as tray_pb
from runway.orchestrator.v1 import (
    business_service_pb2_grpc,
    hygiene_tray_service_pb2,
    hygiene_tray_service_pb2_grpc,
    ledger_service_pb2_grpc,
)
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from support import builders, identity
from support.builders import day, instant, request_id
from support.databases import DatabaseUrls
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"
pb = hygiene_tray_service_pb2
# The clock stands at 19:00 of 2026-05-05, when whatever is marked is marked.
FIRST_SYNC, NEXT_SYNC, THIRD_SYNC = (f"2026-05-{number:02}T10:15:00+00:00" for number in (5, 6, 7))
KEYS = ("NO_DUE_DATE:bill:1", "NO_PAYEE:txn:2", "ZERO_AMOUNT:invoice:2")


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return hygiene_tray_service_pb2_grpc.HygieneTrayServiceStub


@pytest.fixture
def business(grpc_channel: grpc.Channel, grpc_stub: Any) -> str:
    """A business with books of the first sync, in which three issues were found."""
    business_id = builders.business_id("tray")
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    sync(grpc_channel, business_id, FIRST_SYNC, *builders.small_books())
    grpc_stub.RecordFindings(findings(business_id, KEYS))
    return business_id


def sync(channel: grpc.Channel, business_id: str, at: str, *records: Any) -> None:
    """Import records as of an instant."""
    request = builders.import_ledger(business_id, *records, synced_at=instant(at))
    assert ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(iter([request])).applied


def findings(business_id: str, keys: Sequence[str], at: str = FIRST_SYNC) -> Any:
    return pb.RecordFindingsRequest(
        business_id=business_id,
        request_id=request_id(),
        synced_at=instant(at),
        findings=[tray_pb.Finding(issue_key=key, rule=key.partition(":")[0]) for key in keys],
    )


def items(stub: Any, business_id: str, **fields: Any) -> dict[str, Any]:
    answer = stub.ListTrayItems(pb.ListTrayItemsRequest(business_id=business_id, **fields))
    assert answer.business_id == business_id
    return {item.issue_key: item for item in answer.items}


def changed(item: Any, **fields: Any) -> dict[str, Any]:
    """Return an item with other values, and the mask that names them."""
    new = tray_pb.TrayItem()
    new.CopyFrom(item)
    new.MergeFrom(tray_pb.TrayItem(**fields))
    return {"item": new, "update_mask": field_mask_pb2.FieldMask(paths=list(fields))}


def update(business_id: str, item: Any, **fields: Any) -> Any:
    return pb.UpdateTrayItemRequest(
        business_id=business_id, request_id=request_id(), **changed(item, **fields)
    )


def batch(business_id: str, *changes: dict[str, Any]) -> Any:
    return pb.BatchUpdateTrayItemsRequest(
        business_id=business_id,
        request_id=request_id(),
        changes=[tray_pb.TrayItemChange(**change) for change in changes],
    )


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str, list[str]]:
    """Return the status, the reason and the fields with which a request is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


def test_new_findings_get_open_items_with_their_rule(grpc_stub: Any, business: str) -> None:
    found = items(grpc_stub, business)
    assert list(found) == sorted(KEYS)
    for key, item in found.items():
        assert (item.rule, item.status) == (key.partition(":")[0], tray_pb.TRAY_ITEM_STATUS_OPEN)
        assert item.first_seen_at == instant("2026-05-05T19:00:00+00:00")
        assert not item.HasField("gone_at") and not item.HasField("returned_at")


def test_the_trays_data_are_the_books_and_every_item(grpc_stub: Any, business: str) -> None:
    data = grpc_stub.GetTrayData(pb.GetTrayDataRequest(business_id=business))
    assert data.business_id == business
    assert data.business.display_name == f"The {business}"
    assert [bill.bill_id for bill in data.ledger.bills] == ["1"]
    assert data.ledger.as_of == day("2026-05-05")
    assert {item.issue_key: item for item in data.items} == items(grpc_stub, business)
    assert data.synced_at == data.recorded_synced_at == instant(FIRST_SYNC)


def test_a_business_without_findings_has_an_empty_tray(
    grpc_stub: Any, grpc_channel: grpc.Channel
) -> None:
    business_id = builders.business_id("tray")
    business_service_pb2_grpc.BusinessServiceStub(grpc_channel).CreateBusiness(
        builders.create_business(business_id)
    )
    data = grpc_stub.GetTrayData(pb.GetTrayDataRequest(business_id=business_id))
    assert not data.items
    assert not data.HasField("synced_at") and not data.HasField("recorded_synced_at")


def test_an_update_changes_what_the_mask_names_and_nothing_else(
    grpc_stub: Any, business: str
) -> None:
    item = items(grpc_stub, business)[KEYS[0]]
    wanted: dict[str, Any] = {
        "status": tray_pb.TRAY_ITEM_STATUS_WAITING_ON_CLIENT,
        "priority": tray_pb.TRAY_ITEM_PRIORITY_HIGH,
        "assignee": "Ann",
        "note": "asked on Monday",
        "snoozed_until_date": day("2026-05-12"),
    }
    for name, value in wanted.items():
        request = update(business, item, **{name: value})
        new = grpc_stub.UpdateTrayItem(request).item
        expected = tray_pb.TrayItem()
        expected.CopyFrom(request.item)
        expected.etag = new.etag
        if name == "status":
            expected.status_changed_at.CopyFrom(new.status_changed_at)
        assert new == expected and new.etag != item.etag
        item = new
    assert items(grpc_stub, business)[KEYS[0]] == item


def test_a_stale_etag_is_refused(grpc_stub: Any, business: str) -> None:
    item = items(grpc_stub, business)[KEYS[0]]
    grpc_stub.UpdateTrayItem(update(business, item, note="first"))
    stale = refused(grpc_stub.UpdateTrayItem, update(business, item, note="second"))
    assert stale[:2] == ("ABORTED", "ETAG_MISMATCH")
    assert items(grpc_stub, business)[KEYS[0]].note == "first"


def test_the_same_update_twice_is_done_once(grpc_stub: Any, business: str) -> None:
    request = update(business, items(grpc_stub, business)[KEYS[0]], note="once")
    assert grpc_stub.UpdateTrayItem(request) == grpc_stub.UpdateTrayItem(request)
    request.item.note = "another body"
    assert refused(grpc_stub.UpdateTrayItem, request) == (
        "INVALID_ARGUMENT",
        "REQUEST_ID_REUSED",
        ["request_id"],
    )


def test_a_transition_that_is_none_is_refused_with_its_field(grpc_stub: Any, business: str) -> None:
    item = items(grpc_stub, business)[KEYS[0]]
    reopened = update(business, item, status=tray_pb.TRAY_ITEM_STATUS_REOPENED)
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.UpdateTrayItem(reopened)
    assert caught.value.code().name == "FAILED_PRECONDITION"
    assert reason_of(caught.value) == "TRANSITION_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"rule": "ANOTHER"}, ["update_mask"]),
        ({}, ["update_mask"]),
        ({"snoozed_until_date": day("2026-05-05")}, ["item.snoozed_until_date"]),
        (
            {"snoozed_until_date": {"year": 2026, "month": 2, "day": 30}},
            ["item.snoozed_until_date"],
        ),
        ({"status": 99}, ["item.status"]),
        ({"note": "x" * 2001}, ["item.note"]),
    ],
    ids=["an output", "no mask", "today", "no date", "no status", "too long"],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(
    grpc_stub: Any, business: str, fields: Any, answer: list[str]
) -> None:
    before = items(grpc_stub, business)
    request = update(business, before[KEYS[0]], **fields)
    assert refused(grpc_stub.UpdateTrayItem, request) == (
        "INVALID_ARGUMENT",
        "INVALID_FIELDS",
        answer,
    )
    assert items(grpc_stub, business) == before


def test_an_unstated_status_cannot_be_set(grpc_stub: Any, business: str) -> None:
    request = update(business, items(grpc_stub, business)[KEYS[0]], status=0)
    request.item.status = 0
    assert refused(grpc_stub.UpdateTrayItem, request)[2] == ["item.status"]


def test_an_issue_that_nobody_recorded_is_not_found(grpc_stub: Any, business: str) -> None:
    item = tray_pb.TrayItem(issue_key="unheard of", etag="v1")
    answer = refused(grpc_stub.UpdateTrayItem, update(business, item, note="x"))
    assert answer[:2] == ("NOT_FOUND", "TRAY_ITEM_NOT_FOUND")


def test_a_batch_changes_all_of_its_items(grpc_stub: Any, business: str) -> None:
    old = items(grpc_stub, business)
    approved = tray_pb.TRAY_ITEM_STATUS_APPROVED
    request = batch(business, *(changed(old[key], status=approved) for key in KEYS))
    answer = grpc_stub.BatchUpdateTrayItems(request)
    assert [item.issue_key for item in answer.items] == list(KEYS)
    assert {item.issue_key: item for item in answer.items} == items(grpc_stub, business)
    assert {item.status for item in answer.items} == {approved}
    assert grpc_stub.BatchUpdateTrayItems(request) == answer


@pytest.mark.parametrize(
    ("second", "answer"),
    [
        ({"status": tray_pb.TRAY_ITEM_STATUS_REOPENED}, "TRANSITION_NOT_ALLOWED"),
        ({"etag": "v9", "note": "x"}, "ETAG_MISMATCH"),
        ({"issue_key": "unheard of", "note": "x"}, "TRAY_ITEM_NOT_FOUND"),
        ({"issue_key": KEYS[0], "note": "x"}, "INVALID_FIELDS"),
    ],
)
def test_a_batch_changes_nothing_when_one_change_is_refused(
    grpc_stub: Any, business: str, second: dict[str, Any], answer: str
) -> None:
    before = items(grpc_stub, business)
    wrong = changed(before[KEYS[1]], **second)
    wrong["update_mask"] = field_mask_pb2.FieldMask(
        paths=[name for name in second if name in ("status", "note")]
    )
    request = batch(business, changed(before[KEYS[0]], note="y"), wrong)
    assert refused(grpc_stub.BatchUpdateTrayItems, request)[1] == answer
    assert items(grpc_stub, business) == before


def test_a_batch_holds_500_changes_at_most(grpc_stub: Any, business: str) -> None:
    change = changed(items(grpc_stub, business)[KEYS[0]], note="y")
    for size in (0, 501):
        request = batch(business, *[change] * size)
        assert refused(grpc_stub.BatchUpdateTrayItems, request)[2] == ["changes"]


def test_an_issue_that_is_not_found_any_more_closes_itself(grpc_stub: Any, business: str) -> None:
    answer = grpc_stub.RecordFindings(findings(business, KEYS[:2]))
    assert (answer.added_count, answer.gone_count) == (0, 1)
    gone = items(grpc_stub, business)[KEYS[2]]
    assert gone.HasField("gone_at")
    fixed = update(business, gone, status=tray_pb.TRAY_ITEM_STATUS_FIXED)
    assert refused(grpc_stub.UpdateTrayItem, fixed)[1] == "TRANSITION_NOT_ALLOWED"
    back = grpc_stub.RecordFindings(findings(business, KEYS))
    assert (back.returned_count, back.reopened_count) == (1, 1)
    item = items(grpc_stub, business)[KEYS[2]]
    assert item.status == tray_pb.TRAY_ITEM_STATUS_REOPENED
    assert item.HasField("returned_at") and not item.HasField("gone_at")


def test_a_fixed_issue_is_reopened_by_a_later_sync_that_still_finds_it(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    item = items(grpc_stub, business)[KEYS[0]]
    fixed = update(business, item, status=tray_pb.TRAY_ITEM_STATUS_FIXED)
    grpc_stub.UpdateTrayItem(fixed)
    assert grpc_stub.RecordFindings(findings(business, KEYS)).reopened_count == 0
    sync(grpc_channel, business, NEXT_SYNC)
    assert grpc_stub.RecordFindings(findings(business, KEYS, NEXT_SYNC)).reopened_count == 1
    now = items(grpc_stub, business)[KEYS[0]]
    assert now.status == tray_pb.TRAY_ITEM_STATUS_REOPENED


def test_the_tray_survives_an_import(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    item = items(grpc_stub, business)[KEYS[0]]
    grpc_stub.UpdateTrayItem(update(business, item, assignee="Ann"))
    before = items(grpc_stub, business)
    sync(grpc_channel, business, NEXT_SYNC, builders.bill(source_version=5))
    assert items(grpc_stub, business) == before


def test_findings_of_books_older_than_the_last_recorded_are_refused(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    sync(grpc_channel, business, NEXT_SYNC)
    grpc_stub.RecordFindings(findings(business, KEYS[:1], NEXT_SYNC))
    before = items(grpc_stub, business)
    late = refused(grpc_stub.RecordFindings, findings(business, KEYS, FIRST_SYNC))
    assert late[:2] == ("ABORTED", "FINDINGS_OUTDATED")
    never_synced = findings(business, KEYS)
    never_synced.ClearField("synced_at")
    assert refused(grpc_stub.RecordFindings, never_synced)[1] == "FINDINGS_OUTDATED"
    assert items(grpc_stub, business) == before


def test_findings_of_books_that_there_are_not_are_refused(grpc_stub: Any, business: str) -> None:
    answer = refused(grpc_stub.RecordFindings, findings(business, KEYS, THIRD_SYNC))
    assert answer == ("INVALID_ARGUMENT", "INVALID_FIELDS", ["synced_at"])


def test_an_issue_is_found_once(grpc_stub: Any, business: str) -> None:
    answer = refused(grpc_stub.RecordFindings, findings(business, [KEYS[0], KEYS[0]]))
    assert answer == ("INVALID_ARGUMENT", "INVALID_FIELDS", ["findings[1].issue_key"])


def test_items_are_listed_by_status_a_page_at_a_time(grpc_stub: Any, business: str) -> None:
    item = items(grpc_stub, business)[KEYS[1]]
    grpc_stub.UpdateTrayItem(update(business, item, status=tray_pb.TRAY_ITEM_STATUS_EXCLUDED))
    excluded = items(grpc_stub, business, status=tray_pb.TRAY_ITEM_STATUS_EXCLUDED)
    assert list(excluded) == [KEYS[1]]
    request = pb.ListTrayItemsRequest(
        business_id=business, page_size=1, status=tray_pb.TRAY_ITEM_STATUS_OPEN
    )
    seen = []
    while True:
        answer = grpc_stub.ListTrayItems(request)
        seen += [listed.issue_key for listed in answer.items]
        request.page_token = answer.next_page_token
        if not request.page_token:
            break
    assert seen == sorted({KEYS[0], KEYS[2]})
    request.page_token = grpc_stub.ListTrayItems(
        pb.ListTrayItemsRequest(business_id=business, page_size=1)
    ).next_page_token
    assert refused(grpc_stub.ListTrayItems, request)[1] == "PAGE_TOKEN_INVALID"


async def test_every_change_leaves_a_row_in_the_audit_for_each_item(
    grpc_stub: Any, business: str, database: DatabaseUrls
) -> None:
    old = items(grpc_stub, business)
    request = batch(business, *(changed(old[key], note="seen") for key in KEYS[:2]))
    grpc_stub.BatchUpdateTrayItems(
        request,
        metadata=identity.bearer("runway.orchestrator", business, subject="ada@example.com"),
    )
    refused(grpc_stub.BatchUpdateTrayItems, batch(business, changed(old[KEYS[0]], note="stale")))
    engine = create_async_engine(database.app)
    async with engine.begin() as connection:
        await connection.execute(
            text("SELECT set_config('app.business_id', :id, true)"), {"id": business}
        )
        found = await connection.execute(
            text("SELECT * FROM audit_event WHERE subject_kind = 'hygiene_tray_item'")
        )
        rows = found.mappings().all()
    await engine.dispose()
    recorded = [row["subject_id"] for row in rows if row["before"] is None]
    assert sorted(recorded) == sorted(KEYS)
    noted = [row for row in rows if row["before"] is not None]
    assert sorted(row["subject_id"] for row in noted) == sorted(KEYS[:2])
    for row in noted:
        assert row["actor"] == "ada@example.com"
        assert (row["before"]["note"], row["after"]["note"]) == ("", "seen")
