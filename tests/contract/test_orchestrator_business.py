"""The orchestrator's BusinessService, called through pytest-grpc's stub."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from google.type.money_pb2 import Money
from runway.ledger.v1 import business_pb2, ledger_pb2
from runway.orchestrator.v1 import business_service_pb2 as pb
from runway.orchestrator.v1 import business_service_pb2_grpc, ledger_service_pb2_grpc
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from support import builders, identity
from support.builders import request_id, usd
from support.databases import DatabaseUrls
from support.errors import reason_of, violations_of

GRPC_SERVICE = "orchestrator"


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return business_service_pb2_grpc.BusinessServiceStub


@pytest.fixture
def business(grpc_stub: Any) -> str:
    business_id = builders.business_id()
    grpc_stub.CreateBusiness(builders.create_business(business_id))
    return business_id


@pytest.fixture
def ledger(grpc_channel: grpc.Channel) -> Any:
    return ledger_service_pb2_grpc.LedgerServiceStub(grpc_channel)


def get(stub: Any, business_id: str) -> Any:
    return stub.GetBusiness(pb.GetBusinessRequest(business_id=business_id)).business


def update(stub: Any, business_id: str, *paths: str, **changes: Any) -> Any:
    """Return the request that changes what the paths name."""
    etag = changes.pop("etag", None) or get(stub, business_id).etag
    return pb.UpdateBusinessRequest(
        business_id=business_id,
        request_id=request_id(),
        business=business_pb2.Business(etag=etag, **changes),
        update_mask=field_mask_pb2.FieldMask(paths=paths),
    )


def refused(call: Callable[[Any], Any], request: Any) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return caught.value.code().name, reason_of(caught.value), violations_of(caught.value)


def test_a_business_is_what_it_was_created_as_with_the_usual_thresholds(
    grpc_stub: Any, business: str
) -> None:
    found = get(grpc_stub, business)
    assert (found.display_name, found.currency_code) == (f"The {business}", "USD")
    thresholds = found.runway_thresholds
    days = (thresholds.critical_days, thresholds.warning_days, thresholds.healthy_days)
    assert days == (30, 60, 120)
    assert found.cash_floor == usd("0.00")


def test_creating_again_with_the_same_request_gives_the_same_answer(grpc_stub: Any) -> None:
    request = builders.create_business(builders.business_id())
    assert grpc_stub.CreateBusiness(request) == grpc_stub.CreateBusiness(request)


def test_an_id_is_given_once(grpc_stub: Any, business: str) -> None:
    assert refused(grpc_stub.CreateBusiness, builders.create_business(business))[:2] == (
        "ALREADY_EXISTS",
        "BUSINESS_ALREADY_EXISTS",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": ""}, "business.display_name"),
        ({"currency_code": "usd"}, "business.currency_code"),
        ({"time_zone": "Mars/Olympus"}, "business.time_zone"),
        ({"cash_floor": {"currency_code": "EUR"}}, "business.cash_floor.currency_code"),
        ({"cash_floor": usd("-1.00")}, "business.cash_floor"),
        ({"vendor_tiers": [{"vendor_id": "v1", "tier": 1}]}, "business.vendor_tiers"),
    ],
)
def test_wrong_settings_are_refused_with_their_field(
    grpc_stub: Any, changes: dict[str, Any], field: str
) -> None:
    business_id = builders.business_id()
    request = builders.create_business(business_id, **changes)
    status, _, fields = refused(grpc_stub.CreateBusiness, request)
    assert (status, fields) == ("INVALID_ARGUMENT", [field])
    gone = refused(grpc_stub.GetBusiness, pb.GetBusinessRequest(business_id=business_id))
    assert gone[:2] == ("NOT_FOUND", "BUSINESS_NOT_FOUND")


def test_an_update_changes_what_the_mask_names_and_nothing_else(
    grpc_stub: Any, business: str
) -> None:
    before = get(grpc_stub, business)
    request = update(
        grpc_stub, business, "cash_floor", display_name="Another", cash_floor=usd("500.00")
    )
    after = grpc_stub.UpdateBusiness(request).business
    assert (after.cash_floor, after.display_name) == (usd("500.00"), before.display_name)
    assert after.etag != before.etag
    assert get(grpc_stub, business) == after


def test_an_update_by_who_has_not_seen_the_last_one_is_refused(
    grpc_stub: Any, business: str
) -> None:
    old = get(grpc_stub, business).etag
    grpc_stub.UpdateBusiness(update(grpc_stub, business, "display_name", display_name="A"))
    stale = update(grpc_stub, business, "display_name", display_name="B", etag=old)
    assert refused(grpc_stub.UpdateBusiness, stale)[:2] == ("ABORTED", "ETAG_MISMATCH")
    assert get(grpc_stub, business).display_name == "A"


@pytest.mark.parametrize("paths", [[], ["business_id"], ["display_name", "etag"]])
def test_a_mask_that_names_nothing_or_what_cannot_be_changed_is_refused(
    grpc_stub: Any, business: str, paths: list[str]
) -> None:
    request = update(grpc_stub, business, *paths, display_name="A")
    status, _, fields = refused(grpc_stub.UpdateBusiness, request)
    assert (status, fields) == ("INVALID_ARGUMENT", ["update_mask"])


def test_tiers_and_restrictions_show_in_the_books(
    grpc_stub: Any, business: str, ledger: Any
) -> None:
    ledger.ImportLedger(iter([builders.import_ledger(business, *builders.small_books())]))
    grpc_stub.UpdateBusiness(
        update(
            grpc_stub,
            business,
            "vendor_tiers",
            "restricted_account_ids",
            vendor_tiers=[{"vendor_id": "v1", "tier": ledger_pb2.VENDOR_TIER_CRITICAL}],
            restricted_account_ids=["35"],
        )
    )
    books = ledger.GetLedger(ledger_pb.GetLedgerRequest(business_id=business)).ledger
    assert [bill.vendor_tier for bill in books.bills] == [ledger_pb2.VENDOR_TIER_CRITICAL]
    assert books.balances.cash == usd("0.00")
    assert books.balances.restricted_cash == usd("1000.00")


def late_terms(vendor_id: str = "v1", **terms: Any) -> dict[str, Any]:
    return {"vendor_id": vendor_id, "terms": ledger_pb2.LatePaymentTerms(**terms)}


def test_what_is_documented_of_a_late_payment_shows_on_the_bills_and_survives_an_import(
    grpc_stub: Any, business: str, ledger: Any
) -> None:
    ledger.ImportLedger(iter([builders.import_ledger(business, *builders.small_books())]))
    fee = ledger_pb2.LateFee(once=usd("25.00"), monthly_basis_points=100)
    given = late_terms(grace_days=5, late_breaks_law=True, late_fee=fee)
    changed = grpc_stub.UpdateBusiness(
        update(
            grpc_stub,
            business,
            "vendor_late_payment_terms",
            vendor_late_payment_terms=[given],
        )
    ).business
    assert changed.vendor_late_payment_terms[0].terms == given["terms"]
    newer = builders.vendor(display_name="Renamed", source_version=9)
    ledger.ImportLedger(iter([builders.import_ledger(business, newer)]))
    books = ledger.GetLedger(ledger_pb.GetLedgerRequest(business_id=business)).ledger
    listed = ledger.ListBills(ledger_pb.ListBillsRequest(business_id=business)).bills
    for bill in (*books.bills, *listed):
        assert (bill.vendor_name, bill.late_payment_terms) == ("Renamed", given["terms"])
    assert get(grpc_stub, business) == changed


def test_without_a_fee_none_is_documented_and_without_terms_nothing(
    grpc_stub: Any, business: str, ledger: Any
) -> None:
    ledger.ImportLedger(iter([builders.import_ledger(business, *builders.small_books())]))

    def terms_of_the_bill(*given: dict[str, Any]) -> Any:
        request = update(
            grpc_stub,
            business,
            "vendor_late_payment_terms",
            vendor_late_payment_terms=given,
        )
        grpc_stub.UpdateBusiness(request)
        books = ledger.GetLedger(ledger_pb.GetLedgerRequest(business_id=business)).ledger
        return books.bills[0]

    assert not terms_of_the_bill(late_terms(grace_days=5)).late_payment_terms.HasField("late_fee")
    free = terms_of_the_bill(late_terms(late_fee=ledger_pb2.LateFee()))
    assert free.late_payment_terms.late_fee.once == usd("0.00")
    assert not terms_of_the_bill().HasField("late_payment_terms")


@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        ([late_terms(), late_terms()], "INVALID_FIELDS", "business.vendor_late_payment_terms"),
        (
            [late_terms(late_fee=ledger_pb2.LateFee(once=usd("-1.00")))],
            "INVALID_FIELDS",
            "business.vendor_late_payment_terms",
        ),
        (
            [late_terms(late_fee=ledger_pb2.LateFee(once=Money(currency_code="EUR", units=1)))],
            "CURRENCY_MISMATCH",
            "business.vendor_late_payment_terms[0].terms.late_fee.once.currency_code",
        ),
        (
            [late_terms(grace_days=366)],
            "INVALID_FIELDS",
            "business.vendor_late_payment_terms[0].terms.grace_days",
        ),
    ],
)
def test_wrong_terms_are_refused_with_their_field(
    grpc_stub: Any, business: str, given: Any, reason: str, field: str
) -> None:
    request = update(
        grpc_stub, business, "vendor_late_payment_terms", vendor_late_payment_terms=given
    )
    found = refused(grpc_stub.UpdateBusiness, request)
    assert found == ("INVALID_ARGUMENT", reason, [field])


def test_a_cash_floor_in_another_currency_is_refused_in_an_update_as_well(
    grpc_stub: Any, business: str
) -> None:
    floor = Money(currency_code="EUR", units=500)
    request = update(grpc_stub, business, "cash_floor", cash_floor=floor)
    assert refused(grpc_stub.UpdateBusiness, request) == (
        "INVALID_ARGUMENT",
        "CURRENCY_MISMATCH",
        ["business.cash_floor.currency_code"],
    )


def test_terms_of_a_vendor_that_is_not_there_change_nothing(grpc_stub: Any, business: str) -> None:
    request = update(
        grpc_stub,
        business,
        "vendor_late_payment_terms",
        vendor_late_payment_terms=[late_terms("none")],
    )
    assert refused(grpc_stub.UpdateBusiness, request)[:2] == ("NOT_FOUND", "VENDOR_NOT_FOUND")
    assert not get(grpc_stub, business).vendor_late_payment_terms


def test_a_tier_for_a_vendor_that_is_not_there_changes_nothing(
    grpc_stub: Any, business: str
) -> None:
    before = get(grpc_stub, business)
    request = update(
        grpc_stub, business, "vendor_tiers", vendor_tiers=[{"vendor_id": "none", "tier": 1}]
    )
    assert refused(grpc_stub.UpdateBusiness, request)[:2] == ("NOT_FOUND", "VENDOR_NOT_FOUND")
    assert get(grpc_stub, business) == before


async def test_every_change_leaves_who_what_before_after_and_when(
    grpc_stub: Any, business: str, database: DatabaseUrls
) -> None:
    request = update(grpc_stub, business, "display_name", display_name="Renamed")
    grpc_stub.UpdateBusiness(
        request,
        metadata=identity.bearer("runway.orchestrator", business, subject="ada@example.com"),
    )
    stale = update(grpc_stub, business, "display_name", display_name="B", etag="v99")
    assert refused(grpc_stub.UpdateBusiness, stale)[1] == "ETAG_MISMATCH"
    engine = create_async_engine(database.app)
    async with engine.begin() as connection:
        await connection.execute(
            text("SELECT set_config('app.business_id', :id, true)"), {"id": business}
        )
        rows = (await connection.execute(text("SELECT * FROM audit_event"))).mappings().all()
    await engine.dispose()
    created, renamed = sorted(rows, key=lambda row: row["before"] is not None)
    assert created["before"] is None
    assert renamed["actor"] == "ada@example.com"
    assert renamed["before"]["display_name"] == f"The {business}"
    assert renamed["after"]["display_name"] == "Renamed"
    assert renamed["occurred_at"].isoformat().startswith("2026-05-05T19:00")
