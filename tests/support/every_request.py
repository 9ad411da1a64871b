"""For every RPC a request that must succeed, made for one business. A new RPC needs a new line."""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import field_mask_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as forecast_pb2
from runway.ledger.v1 import ledger_pb2

from support import builders
from support.builders import day
from support.calls import Calls, request_class
from support.descriptors import Rpc
from support.two_businesses import (
    AUDITS,
    BACKTESTS,
    BUSINESSES,
    CONSOLES,
    DIGESTS,
    HAND_OVERS,
    LEDGERS,
    PROFILES,
    TEST_DRIVES,
    TRAYS,
    Business,
)

MADE_DIGESTS = "runway.experience.v1.DigestService"
GATEWAY = "runway.experience.v1.DecisionConsoleService"
FORECASTS = "runway.experience.v1.ForecastService"
PAY_PLANS = "runway.experience.v1.PayPlanService"
SHOWN_TEST_DRIVES = "runway.experience.v1.TestDriveService"
PORTFOLIOS = "runway.experience.v1.PortfolioService"
SHOWN_AUDITS = "runway.experience.v1.AuditService"
HANDED_OVER = "runway.experience.v1.HandOverService"
PLANNING = "runway.experience.v1.PlanningService"
SETTINGS = "runway.experience.v1.BusinessSettingsService"
LEAVING = "runway.experience.v1.LeavingService"
GATEWAY_TRAYS = "runway.experience.v1.HygieneTrayService"
CALCULATORS = "runway.calculator.v1"


BEGINNING = ("CreateBusiness", "CreateSandbox", "RestoreBusiness")
"""The RPCs that make the business that they name."""


def request_of(full_name: str, mine: Business) -> Any:
    """Return a request for a business, and first do what it needs to succeed.

    Raises KeyError when nobody has said yet how the RPC is called.
    """
    fields = REQUESTS[full_name](mine)
    if isinstance(fields, list):
        return fields
    request = request_class(full_name)(**{"business_id": mine.business_id, **fields})
    if "request_id" in request.DESCRIPTOR.fields_by_name:
        request.request_id = mine.request_id()
    return request


def everything_told(calls: Calls, rpcs: Sequence[Rpc], mine: Business) -> dict[str, bytes]:
    """Return what every reading RPC answers about a business, today and for a day gone by."""
    told = {}
    for rpc in rpcs:
        if not rpc.only_reads:
            continue
        request = request_of(rpc.full_name, mine)
        answers = [calls(rpc.full_name, request)]
        if "as_of" in request.DESCRIPTOR.fields_by_name:
            # Before the payments: these are rolled back.
            request.as_of.CopyFrom(day("2026-04-15"))
            answers.append(calls(rpc.full_name, request))
        for number, answer in enumerate(answers):
            assert answer.code == "OK", answer
            body = answer.response.SerializeToString(deterministic=True)
            told[f"{rpc.full_name} {number}"] = body
    return told


def _create_business(mine: Business) -> dict[str, Any]:
    return {"business_id": mine.all_ids[1], "business": mine.settings()}


def _beside(mine: Business) -> Any:
    """Return a business beside this one, made if it is not there, as GetBusiness answers."""
    business_id = mine.all_ids[2]
    found = _business(mine, business_id)
    if found is not None:
        return found
    return mine.calls.of(
        f"{BUSINESSES}/CreateBusiness",
        business_id=business_id,
        request_id=builders.request_id(),
        business=mine.settings(),
    )


def _business(mine: Business, business_id: str) -> Any:
    """Return a business as GetBusiness answers, None where there is none."""
    asked = request_class(f"{BUSINESSES}/GetBusiness")(business_id=business_id)
    found = mine.calls(f"{BUSINESSES}/GetBusiness", asked)
    return found.response if found.code == "OK" else None


def _sandbox(mine: Business) -> dict[str, Any]:
    """Name a sandbox that is not there; if it was, it is erased."""
    business_id = mine.all_ids[3]
    found = _business(mine, business_id)
    if found is not None:
        mine.calls.of(
            f"{BUSINESSES}/EraseBusiness",
            business_id=business_id,
            request_id=builders.request_id(),
            etag=found.business.etag,
        )
    return {"business_id": business_id}


def _erase_business(mine: Business) -> dict[str, Any]:
    beside = _beside(mine)
    return {"business_id": beside.business_id, "etag": beside.business.etag}


def _restore_business(mine: Business) -> list[Any]:
    beside = _beside(mine)
    archive = mine.calls.of(f"{BUSINESSES}/ExportBusiness", business_id=beside.business_id).archive
    mine.calls.of(
        f"{BUSINESSES}/EraseBusiness",
        business_id=beside.business_id,
        request_id=builders.request_id(),
        etag=beside.business.etag,
    )
    common = {"business_id": beside.business_id, "request_id": mine.request_id()}
    part = request_class(f"{BUSINESSES}/RestoreBusiness")
    half = len(archive) // 2
    return [
        part(archive_part=archive[:half], **common),
        part(archive_part=archive[half:], **common),
    ]


def _update_business(mine: Business) -> dict[str, Any]:
    business = mine.ask(f"{BUSINESSES}/GetBusiness").business
    business.display_name = mine.text("Acme again")
    tier = business.vendor_tiers.add(vendor_id="c1")
    tier.tier = 2
    del business.vendor_tiers[:-1]
    business.restricted_account_ids[:] = ["tied-35"]
    del business.vendor_late_payment_terms[:]
    fee = ledger_pb2.LateFee(once=mine.usd(5), monthly_basis_points=100)
    terms = ledger_pb2.LatePaymentTerms(grace_days=3, late_fee=fee)
    business.vendor_late_payment_terms.add(vendor_id="c1", terms=terms)
    lists = ["vendor_tiers", "restricted_account_ids", "vendor_late_payment_terms"]
    paths = ["display_name", *lists]
    return {"business": business, "update_mask": field_mask_pb2.FieldMask(paths=paths)}


def _import(mine: Business) -> list[Any]:
    """Import over two messages: a new bill, and a newer version of an old one."""
    number = mine.text("again")
    changes = {"vendor_id": "c1", "document_number": number, "total": mine.usd(4)}
    first = mine.import_message(builders.bill("1", balance=mine.usd(4), **changes))
    newer = int(mine.next_document())
    first.records[0].bill.source_version = newer
    first.synced_at.seconds += newer
    second = mine.import_message(builders.bill("new", balance=mine.usd(4), **changes))
    second.request_id = first.request_id
    return [first, second]


def _update_planned_item(mine: Business) -> dict[str, Any]:
    item = mine.change(
        f"{LEDGERS}/CreatePlannedItem", planned_item=mine.planned_item()
    ).planned_item
    item.amount.CopyFrom(mine.usd(-60))
    mask = field_mask_pb2.FieldMask(paths=["amount"])
    return {
        "planned_item_id": item.planned_item_id,
        "planned_item": item,
        "update_mask": mask,
    }


def _delete_planned_item(mine: Business) -> dict[str, Any]:
    fields = _update_planned_item(mine)
    return {"planned_item_id": fields["planned_item_id"], "etag": fields["planned_item"].etag}


def _update_earmark(mine: Business) -> dict[str, Any]:
    earmark = mine.change(f"{LEDGERS}/CreateEarmark", earmark=mine.earmark()).earmark
    earmark.amount.CopyFrom(mine.usd(11))
    mask = field_mask_pb2.FieldMask(paths=["amount"])
    return {"earmark_id": earmark.earmark_id, "earmark": earmark, "update_mask": mask}


def _delete_earmark(mine: Business) -> dict[str, Any]:
    fields = _update_earmark(mine)
    return {"earmark_id": fields["earmark_id"], "etag": fields["earmark"].etag}


def _dispute(mine: Business) -> dict[str, Any]:
    return {"invoice_id": mine.next_document(), "reason": mine.text("Came broken")}


def _settle_dispute(mine: Business) -> dict[str, Any]:
    disputed = mine.change(f"{LEDGERS}/DisputeInvoice", **_dispute(mine)).invoice
    return {"invoice_id": disputed.invoice_id}


def _update_decision(mine: Business) -> dict[str, Any]:
    decision = mine.queue_decision()
    decision.note = mine.text("On second thoughts")
    mask = field_mask_pb2.FieldMask(paths=["note"])
    return {"decision_id": decision.decision_id, "decision": decision, "update_mask": mask}


def _remove_decision(mine: Business) -> dict[str, Any]:
    decision = mine.queue_decision()
    return {"decision_id": decision.decision_id, "etag": decision.etag}


def _whole_queue(mine: Business) -> dict[str, Any]:
    mine.queue_decision()
    return {"etag": mine.queue_etag()}


def _update_hand_over(mine: Business) -> dict[str, Any]:
    hand_over = mine.change(f"{HAND_OVERS}/CreateHandOver", hand_over=mine.hand_over()).hand_over
    hand_over.note = mine.text("On second thoughts")
    mask = field_mask_pb2.FieldMask(paths=["note"])
    return {
        "hand_over_id": hand_over.hand_over_id,
        "hand_over": hand_over,
        "update_mask": mask,
    }


def _ledger(mine: Business) -> dict[str, Any]:
    return {"ledger": mine.ask(f"{LEDGERS}/GetLedger").ledger}


def _records(mine: Business) -> dict[str, Any]:
    data = mine.ask(f"{TRAYS}/GetTrayData")
    return {"ledger": data.ledger, "records": data.records}


def _ledgers(mine: Business) -> dict[str, Any]:
    before = mine.ask(f"{LEDGERS}/GetLedger", as_of=day("2026-04-01")).ledger
    return {**_ledger(mine), "ledger_before": before}


def _history(mine: Business) -> dict[str, Any]:
    return {"history": mine.ask(f"{LEDGERS}/GetLedgerHistory", days=60).history}


def _in_experiment(mine: Business) -> dict[str, Any]:
    return {"experiment": "digest-headline"}


def _scenarios(mine: Business) -> list[Any]:
    """A what-if of each kind of assumption."""
    scenario = forecast_pb2.Scenario(
        display_name=mine.text("What if"),
        assumptions=[
            forecast_pb2.Assumption(
                customer_pays=forecast_pb2.CustomerPays(customer_id="c1", in_days=40)
            ),
            forecast_pb2.Assumption(planned_item=mine.planned_item()),
            forecast_pb2.Assumption(revenue_change=forecast_pb2.RevenueChange(basis_points=-500)),
            forecast_pb2.Assumption(delay=forecast_pb2.Delay(late=mine.text("Tax"), days=9)),
        ],
    )
    return [scenario]


def _tray_change(mine: Business) -> dict[str, Any]:
    item = mine.ask(f"{TRAYS}/ListTrayItems", page_size=1).items[0]
    item.note = mine.text("Asked")
    item.assignee = mine.text("Ann")
    mask = field_mask_pb2.FieldMask(paths=["note", "assignee"])
    return {"item": item, "update_mask": mask}


# The gateway's changes of tray items are the orchestrator's, message by message.
_TRAY_CHANGES: dict[str, Callable[[Business], Any]] = {
    "UpdateTrayItem": _tray_change,
    "BatchUpdateTrayItems": lambda mine: {"changes": [_tray_change(mine)]},
}


def _nothing_more(mine: Business) -> dict[str, Any]:
    return {}


# The gateway's decisions are the orchestrator's, message by message.
_DECISIONS: dict[str, Callable[[Business], Any]] = {
    "AddDecision": lambda mine: {"decision": mine.decision()},
    "UpdateDecision": _update_decision,
    "RemoveDecision": _remove_decision,
    "ClearDecisionQueue": _whole_queue,
    "FinalizeDecisions": _whole_queue,
}

# The gateway's planned items, earmarks and disputes are the orchestrator's, message by message.
_PLANNING: dict[str, Callable[[Business], Any]] = {
    "CreatePlannedItem": lambda mine: {"planned_item": mine.planned_item()},
    "UpdatePlannedItem": _update_planned_item,
    "DeletePlannedItem": _delete_planned_item,
    "ListPlannedItems": _nothing_more,
    "CreateEarmark": lambda mine: {"earmark": mine.earmark()},
    "UpdateEarmark": _update_earmark,
    "DeleteEarmark": _delete_earmark,
    "ListEarmarks": _nothing_more,
    "DisputeInvoice": _dispute,
    "SettleDispute": _settle_dispute,
}

REQUESTS: dict[str, Callable[[Business], Any]] = {
    f"{BUSINESSES}/CreateBusiness": _create_business,
    f"{BUSINESSES}/GetBusiness": _nothing_more,
    f"{BUSINESSES}/UpdateBusiness": _update_business,
    f"{BUSINESSES}/ExportBusiness": _nothing_more,
    f"{BUSINESSES}/RestoreBusiness": _restore_business,
    f"{BUSINESSES}/EraseBusiness": _erase_business,
    f"{LEAVING}/ExportBusiness": _nothing_more,
    f"{LEAVING}/EraseBusiness": _erase_business,
    **{
        f"{service}/{name}": _nothing_more
        for service in (AUDITS, SHOWN_AUDITS)
        for name in ("ListAuditEvents", "VerifyAudit")
    },
    f"{LEDGERS}/ImportLedger": _import,
    f"{LEDGERS}/GetLedger": _nothing_more,
    f"{LEDGERS}/ListBills": _nothing_more,
    f"{LEDGERS}/ListInvoices": _nothing_more,
    f"{LEDGERS}/ListAccounts": _nothing_more,
    **{
        f"{service}/{name}": fields
        for service in (LEDGERS, PLANNING)
        for name, fields in _PLANNING.items()
    },
    f"{SETTINGS}/GetBusiness": _nothing_more,
    f"{SETTINGS}/UpdateBusiness": _update_business,
    f"{CONSOLES}/GetConsoleData": _nothing_more,
    **{f"{CONSOLES}/{name}": fields for name, fields in _DECISIONS.items()},
    f"{CALCULATORS}.DecisionConsoleCalculationService/CalculateDecisionConsole": _ledger,
    f"{CALCULATORS}.RunwayCalculationService/CalculateRunway": _ledger,
    f"{CALCULATORS}.PriorityCalculationService/CalculatePriorities": _ledger,
    f"{CALCULATORS}.ImpactCalculationService/CalculateImpacts": _ledger,
    f"{CALCULATORS}.ForecastCalculationService/CalculateForecast": lambda mine: {
        **_ledger(mine),
        "view": forecast_pb2.FORECAST_VIEW_FULL,
    },
    f"{CALCULATORS}.ForecastCalculationService/CompareScenarios": lambda mine: {
        **_ledger(mine),
        "scenarios": _scenarios(mine),
    },
    f"{CALCULATORS}.ForecastCalculationService/CalculatePayDateProfile": _ledger,
    f"{PROFILES}/RecordPayDateProfile": lambda mine: {"profile": mine.pay_date_profile()},
    f"{FORECASTS}/RefreshPayDateProfile": _nothing_more,
    f"{DIGESTS}/GetDigestData": _nothing_more,
    f"{DIGESTS}/RecordDigest": lambda mine: {"digest": mine.digest()},
    f"{CALCULATORS}.InsightCalculationService/CalculateInsights": _ledgers,
    f"{CALCULATORS}.DataQualityCalculationService/CalculateDataQuality": _records,
    f"{MADE_DIGESTS}/GetDigest": _nothing_more,
    f"{MADE_DIGESTS}/MakeDigest": _nothing_more,
    f"{MADE_DIGESTS}/SendDigest": _nothing_more,
    f"{DIGESTS}/BeginDigestSending": lambda mine: mine.digest_sending(),
    f"{DIGESTS}/RecordDigestDelivery": lambda mine: mine.delivery(),
    **{
        f"{service}/{name}": fields
        for service in (DIGESTS, MADE_DIGESTS)
        for name, fields in {
            "ListDigests": _nothing_more,
            "ListDigestSendings": _nothing_more,
            "GetDigestSettings": _nothing_more,
            "UpdateDigestSettings": lambda mine: mine.digest_settings(),
        }.items()
    },
    f"{CALCULATORS}.PayPlanCalculationService/CalculatePayPlan": _ledger,
    f"{CALCULATORS}.PayPlanCalculationService/CalculateChases": _ledger,
    f"{LEDGERS}/GetLedgerHistory": lambda mine: {"days": 60},
    f"{BACKTESTS}/GetBacktest": _nothing_more,
    f"{BACKTESTS}/RecordBacktest": lambda mine: {"record": mine.backtest()},
    f"{CALCULATORS}.BacktestCalculationService/CalculateBacktest": _history,
    f"{CALCULATORS}.RunwayCalculationService/CalculateRunwayHistory": lambda mine: {
        **_history(mine),
        "dates": [day("2026-04-15"), day("2026-05-05")],
    },
    f"{FORECASTS}/GetRunwayHistory": lambda mine: {"weeks": 6},
    f"{FORECASTS}/GetBacktest": _nothing_more,
    f"{FORECASTS}/RunBacktest": _nothing_more,
    f"{FORECASTS}/GetForecast": lambda mine: {"view": forecast_pb2.FORECAST_VIEW_FULL},
    f"{FORECASTS}/CompareScenarios": lambda mine: {"scenarios": _scenarios(mine)},
    f"{PAY_PLANS}/GetPayPlan": _nothing_more,
    f"{PAY_PLANS}/GetChaseList": _nothing_more,
    f"{TEST_DRIVES}/CreateSandbox": _sandbox,
    f"{SHOWN_TEST_DRIVES}/CreateSandbox": _sandbox,
    f"{TEST_DRIVES}/GetParticipation": _in_experiment,
    f"{TEST_DRIVES}/RecordExposure": lambda mine: {
        **_in_experiment(mine),
        "variant": mine.text("Shown"),
    },
    f"{TEST_DRIVES}/RecordConversion": _in_experiment,
    f"{SHOWN_TEST_DRIVES}/GetTestDrive": _in_experiment,
    f"{SHOWN_TEST_DRIVES}/RecordExposure": _in_experiment,
    f"{SHOWN_TEST_DRIVES}/RecordConversion": _in_experiment,
    f"{SHOWN_TEST_DRIVES}/GetExperimentResults": lambda mine: {
        **_in_experiment(mine),
        "business_ids": [mine.business_id],
    },
    f"{PORTFOLIOS}/GetPortfolio": lambda mine: {"business_ids": [mine.business_id]},
    **{
        f"{service}/{name}": fields
        for service in (HAND_OVERS, HANDED_OVER)
        for name, fields in {
            "CreateHandOver": lambda mine: {"hand_over": mine.hand_over()},
            "UpdateHandOver": _update_hand_over,
            "ListHandOvers": _nothing_more,
        }.items()
    },
    f"{GATEWAY}/GetDecisionConsole": _nothing_more,
    **{f"{GATEWAY}/{name}": fields for name, fields in _DECISIONS.items()},
    f"{TRAYS}/GetTrayData": _nothing_more,
    f"{TRAYS}/ListTrayItems": _nothing_more,
    f"{TRAYS}/RecordFindings": lambda mine: mine.findings("again"),
    **{f"{TRAYS}/{name}": fields for name, fields in _TRAY_CHANGES.items()},
    f"{GATEWAY_TRAYS}/GetHygieneTray": _nothing_more,
    f"{GATEWAY_TRAYS}/RefreshHygieneTray": _nothing_more,
    **{f"{GATEWAY_TRAYS}/{name}": fields for name, fields in _TRAY_CHANGES.items()},
}
