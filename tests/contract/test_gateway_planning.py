"""The gateway's PlanningService and BusinessSettingsService on the real three services."""

from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import field_mask_pb2
from runway.experience.v1 import (
    business_settings_service_pb2,
    business_settings_service_pb2_grpc,
    decision_console_service_pb2,
    decision_console_service_pb2_grpc,
    pay_plan_service_pb2,
    pay_plan_service_pb2_grpc,
    planning_service_pb2_grpc,
)
from runway.experience.v1 import planning_service_pb2 as pb
from runway.ledger.v1 import business_pb2, ledger_pb2
from runway.orchestrator.v1 import (
    business_service_pb2,
    business_service_pb2_grpc,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
)

from service_kit.identity import Role
from service_kit.wire import from_date
from support import builders, identity
from support.builders import day, request_id, usd
from support.descriptors import shape
from support.errors import reason_of
from support.servers import Stack

GRPC_SERVICE = "gateway_grpc"
DAY = "2026-05-05"
SETTINGS = business_settings_service_pb2


@pytest.fixture(scope="module")
def grpc_stub_cls() -> Any:
    return planning_service_pb2_grpc.PlanningServiceStub


@pytest.fixture
def settings(grpc_channel: grpc.Channel) -> Any:
    return business_settings_service_pb2_grpc.BusinessSettingsServiceStub(grpc_channel)


@pytest.fixture
def plans(grpc_channel: grpc.Channel) -> Any:
    return pay_plan_service_pb2_grpc.PayPlanServiceStub(grpc_channel)


@pytest.fixture
def business(stack: Stack) -> str:
    """A business with an open bill and an overdue invoice."""
    business_id = builders.business_id("planning")
    bill = builders.bill("rent", "100.00", due_date=day("2026-05-15"))
    overdue = builders.invoice("overdue", "400.00", due_date=day("2026-04-01"))
    books = [*builders.small_books()[:3], bill, overdue]
    with identity.channel(stack.orchestrator) as channel:
        business_service_pb2_grpc.BusinessServiceStub(channel).CreateBusiness(
            builders.create_business(business_id)
        )
        ledger_service_pb2_grpc.LedgerServiceStub(channel).ImportLedger(
            iter([builders.import_ledger(business_id, *books)])
        )
    return business_id


def changing(about: str, /, **fields: Any) -> dict[str, Any]:
    return {"business_id": about, "request_id": request_id(), **fields}


def update(stub: Any, business: str, path: str, **changes: Any) -> Any:
    etag = stub.GetBusiness(SETTINGS.GetBusinessRequest(business_id=business)).business.etag
    request = SETTINGS.UpdateBusinessRequest(
        **changing(
            business,
            business=business_pb2.Business(etag=etag, **changes),
            update_mask=field_mask_pb2.FieldMask(paths=[path]),
        )
    )
    return stub.UpdateBusiness(request).business


def forecast_cash(channel: grpc.Channel, business: str) -> Any:
    stub: Any = decision_console_service_pb2_grpc.DecisionConsoleServiceStub(channel)
    request = decision_console_service_pb2.GetDecisionConsoleRequest(
        business_id=business, as_of=day(DAY)
    )
    return stub.GetDecisionConsole(request)


def test_a_planned_item_is_created_changed_listed_and_deleted(
    grpc_stub: Any, business: str
) -> None:
    request = pb.CreatePlannedItemRequest(
        **changing(business, planned_item=builders.planned_item())
    )
    made = grpc_stub.CreatePlannedItem(request).planned_item
    assert grpc_stub.CreatePlannedItem(request).planned_item == made
    made.amount.CopyFrom(usd("-700.00"))
    changed = grpc_stub.UpdatePlannedItem(
        pb.UpdatePlannedItemRequest(
            **changing(
                business,
                planned_item_id=made.planned_item_id,
                planned_item=made,
                update_mask=field_mask_pb2.FieldMask(paths=["amount"]),
            )
        )
    ).planned_item
    listing = pb.ListPlannedItemsRequest(business_id=business)
    assert list(grpc_stub.ListPlannedItems(listing).planned_items) == [changed]
    stale = changing(business, planned_item_id=made.planned_item_id, etag=made.etag)
    with pytest.raises(grpc.RpcError) as caught:
        grpc_stub.DeletePlannedItem(pb.DeletePlannedItemRequest(**stale))
    assert reason_of(caught.value) == "ETAG_MISMATCH"
    fresh = changing(business, planned_item_id=made.planned_item_id, etag=changed.etag)
    grpc_stub.DeletePlannedItem(pb.DeletePlannedItemRequest(**fresh))
    assert not grpc_stub.ListPlannedItems(listing).planned_items


def test_an_earmark_is_out_of_the_cash_of_the_console(
    grpc_stub: Any, grpc_channel: grpc.Channel, business: str
) -> None:
    before = forecast_cash(grpc_channel, business).runway.earmarked
    made = grpc_stub.CreateEarmark(
        pb.CreateEarmarkRequest(**changing(business, earmark=builders.earmark()))
    ).earmark
    after = forecast_cash(grpc_channel, business).runway.earmarked
    assert (before, after) == (usd("0.00"), usd("100.00"))
    listed = grpc_stub.ListEarmarks(pb.ListEarmarksRequest(business_id=business)).earmarks
    assert list(listed) == [made]


def test_a_disputed_invoice_is_not_chased_but_given_to_a_person(
    grpc_stub: Any, plans: Any, business: str
) -> None:
    listing = pay_plan_service_pb2.GetChaseListRequest(business_id=business, as_of=day(DAY))
    assert not plans.GetChaseList(listing).chases[0].chase.for_a_person
    given = changing(business, invoice_id="overdue", reason="Two items came broken")
    grpc_stub.DisputeInvoice(pb.DisputeInvoiceRequest(**given))
    (one,) = plans.GetChaseList(listing).chases
    assert one.chase.for_a_person
    assert one.chase.value == usd("0.00")
    assert one.chase.reason.startswith("disputed (Two items came broken): a person has to")
    assert one.invoice.dispute.reason == "Two items came broken"
    settled = pb.SettleDisputeRequest(**changing(business, invoice_id="overdue"))
    assert not grpc_stub.SettleDispute(settled).invoice.HasField("dispute")
    assert not plans.GetChaseList(listing).chases[0].chase.for_a_person


def test_documented_grace_moves_the_latest_safe_date_of_plan_and_console_alike(
    grpc_channel: grpc.Channel, settings: Any, plans: Any, business: str
) -> None:
    def latest_safe() -> list[str]:
        request = pay_plan_service_pb2.GetPayPlanRequest(business_id=business, as_of=day(DAY))
        plan = plans.GetPayPlan(request, timeout=30).plan
        console = forecast_cash(grpc_channel, business)
        found = [plan.bills[0].latest_safe_date, console.bills[0].assessment.latest_safe_date]
        return [from_date(one).isoformat() for one in found]

    assert latest_safe() == ["2026-05-13", "2026-05-13"]
    terms = {"vendor_id": "v1", "terms": ledger_pb2.LatePaymentTerms(grace_days=5)}
    changed = update(
        settings, business, "vendor_late_payment_terms", vendor_late_payment_terms=[terms]
    )
    assert [one.vendor_id for one in changed.vendor_late_payment_terms] == ["v1"]
    assert latest_safe() == ["2026-05-18", "2026-05-18"]


def test_what_the_law_asks_for_is_critical_whatever_its_tier(
    settings: Any, plans: Any, business: str
) -> None:
    tier = ledger_pb2.VENDOR_TIER_DEFERRABLE
    update(settings, business, "vendor_tiers", vendor_tiers=[{"vendor_id": "v1", "tier": tier}])
    request = pay_plan_service_pb2.GetPayPlanRequest(business_id=business, as_of=day(DAY))
    assert not plans.GetPayPlan(request, timeout=30).plan.bills[0].is_critical
    terms = {"vendor_id": "v1", "terms": ledger_pb2.LatePaymentTerms(late_breaks_law=True)}
    update(settings, business, "vendor_late_payment_terms", vendor_late_payment_terms=[terms])
    assert plans.GetPayPlan(request, timeout=30).plan.bills[0].is_critical


def test_thresholds_decide_the_status(
    grpc_channel: grpc.Channel, settings: Any, business: str
) -> None:
    long = {"critical_days": 3000, "warning_days": 3001, "healthy_days": 3002}
    changed = update(settings, business, "runway_thresholds", runway_thresholds=long)
    assert changed.runway_thresholds.critical_days == 3000
    asked = settings.GetBusiness(SETTINGS.GetBusinessRequest(business_id=business))
    assert (asked.business_id, asked.business) == (business, changed)


def test_an_adviser_may_plan_and_may_not_change_what_the_guardrail_holds_to(
    stack: Stack, business: str
) -> None:
    method = "runway.experience.v1.PlanningService/CreateEarmark"
    bearer = identity.bearer(method, business, role=Role.ADVISER)
    with grpc.insecure_channel(stack.gateway_grpc) as channel:
        planning: Any = planning_service_pb2_grpc.PlanningServiceStub(channel)
        settings: Any = business_settings_service_pb2_grpc.BusinessSettingsServiceStub(channel)
        request = pb.CreateEarmarkRequest(**changing(business, earmark=builders.earmark()))
        assert planning.CreateEarmark(request, metadata=bearer).earmark.earmark_id
        asked = SETTINGS.GetBusinessRequest(business_id=business)
        etag = settings.GetBusiness(asked, metadata=bearer).business.etag
        change = SETTINGS.UpdateBusinessRequest(
            **changing(
                business,
                business=business_pb2.Business(etag=etag, cash_floor=usd("0.00")),
                update_mask=field_mask_pb2.FieldMask(paths=["cash_floor"]),
            )
        )
        with pytest.raises(grpc.RpcError) as caught:
            settings.UpdateBusiness(change, metadata=bearer)
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_the_same_goes_over_http(stack: Stack, business: str) -> None:
    headers = dict(identity.bearer("runway.experience.v1.PlanningService/CreateEarmark", business))
    given = {
        "businessId": business,
        "requestId": request_id(),
        "earmark": {"displayName": "Deposit", "amount": {"currencyCode": "USD", "units": "7"}},
    }
    url = f"http://{stack.gateway_http}/runway.experience.v1.PlanningService"
    made = httpx.post(f"{url}/CreateEarmark", json=given, headers=headers)
    listed = httpx.post(f"{url}/ListEarmarks", json={"businessId": business}, headers=headers)
    assert [listed.json()["earmarks"], listed.status_code] == [[made.json()["earmark"]], 200]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(pb, ledger_service_pb2), (SETTINGS, business_service_pb2)],
    ids=["planning", "settings"],
)
def test_messages_that_pass_through_are_the_same_field_for_field(ours: Any, theirs: Any) -> None:
    for name, message in ours.DESCRIPTOR.message_types_by_name.items():
        assert shape(message) == shape(theirs.DESCRIPTOR.message_types_by_name[name]), name
