"""Books, decisions and settings on the wire, from and to the domain.

Reading raises `ApiError` (INVALID_ARGUMENT) naming the field. Imported records have a mapping of
their own, `records`, where a wrong field becomes a rejection instead.
"""

import datetime
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf import timestamp_pb2
from runway.ledger.v1 import decision_pb2, ledger_pb2
from runway.orchestrator.v1 import business_service_pb2

from orchestrator_svc.domain.books import (
    Balances,
    BookAccount,
    BookBill,
    BookInvoice,
    Books,
    is_restricted,
)
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.decisions import Action, Batch, Decision, Draft
from orchestrator_svc.domain.ledger import (
    AccountKind,
    CashCategory,
    DocumentState,
    PartyRole,
    VendorTier,
)
from orchestrator_svc.domain.planning import Earmark, PlannedItem, Recurrence
from orchestrator_svc.orchestrators.mutations import etag
from service_kit import wire
from service_kit.errors import FieldViolation, invalid_argument
from service_kit.wire import Fields, date_fields, money_fields, to_date, to_money

Value = TypeVar("Value")


def by_name(prefix: str, enum: Any, wire_enum: Any) -> dict[Any, Any]:
    """Return wire numbers by domain member: BANK of AccountKind is ACCOUNT_KIND_BANK."""
    return {member: wire_enum.Value(f"{prefix}_{member.name}") for member in enum}


ACCOUNT_KINDS = by_name("ACCOUNT_KIND", AccountKind, ledger_pb2.AccountKind)
PARTY_ROLES = by_name("PARTY_ROLE", PartyRole, ledger_pb2.PartyRole)
STATES = by_name("DOCUMENT_STATE", DocumentState, ledger_pb2.DocumentState)
CATEGORIES = by_name("CASH_CATEGORY", CashCategory, ledger_pb2.CashCategory)
TIERS: dict[Any, Any] = {None: 0, **by_name("VENDOR_TIER", VendorTier, ledger_pb2.VendorTier)}
RECURRENCES: dict[Any, Any] = {
    Recurrence.ONCE: ledger_pb2.RECURRENCE_UNSPECIFIED,
    **{
        recurrence: ledger_pb2.Recurrence.Value(f"RECURRENCE_{recurrence.name}")
        for recurrence in Recurrence
        if recurrence is not Recurrence.ONCE
    },
}


def reverse(numbers: dict[Any, Any]) -> dict[Any, Any]:
    """Return domain members by wire number."""
    return {number: member for member, number in numbers.items()}


_CATEGORY_OF = reverse(CATEGORIES)
_TIER_OF = reverse(TIERS)
_RECURRENCE_OF = reverse(RECURRENCES)
STATE_OF = reverse(STATES)


# Reading requests.


def read(field: str, convert: Callable[[Any], Value], value: Any) -> Value:
    """Convert a value of a request; a ValueError becomes INVALID_ARGUMENT naming the field."""
    try:
        return convert(value)
    except ValueError as error:
        raise invalid_argument(FieldViolation(field, str(error))) from None


def read_date(field: str, message: Any, name: str) -> datetime.date | None:
    """Return an optional date field of a message."""
    if not message.HasField(name):
        return None
    path = f"{field}.{name}" if field else name
    return read(path, wire.from_date, getattr(message, name))


def read_instant(message: Any, name: str) -> datetime.datetime | None:
    """Return an optional timestamp field of a request."""
    if not message.HasField(name):
        return None
    return read(name, wire.from_instant, getattr(message, name))


def business(business_id: str, message: business_service_pb2.Business) -> Business:
    """Read a business's settings; absent ones get their defaults."""
    days: dict[str, Any] = {}
    if message.HasField("runway_thresholds"):
        thresholds = message.runway_thresholds
        days = {
            "critical_days": thresholds.critical_days,
            "warning_days": thresholds.warning_days,
            "healthy_days": thresholds.healthy_days,
        }
    floor = 0
    if message.HasField("cash_floor"):
        floor = read("business.cash_floor", wire.from_money, message.cash_floor)
        if message.currency_code and message.cash_floor.currency_code != message.currency_code:
            raise invalid_argument(
                FieldViolation(
                    "business.cash_floor.currency_code", f"must be {message.currency_code}"
                ),
                reason="CURRENCY_MISMATCH",
            )
    tiers = {entry.vendor_id: _TIER_OF[entry.tier] for entry in message.vendor_tiers}
    if len(tiers) < len(message.vendor_tiers):
        raise invalid_argument(FieldViolation("business.vendor_tiers", "names a vendor twice"))
    return Business(
        business_id=business_id,
        display_name=message.display_name,
        currency=message.currency_code,
        time_zone=message.time_zone,
        cash_floor_minor=floor,
        vendor_tiers=tiers,
        restricted_account_ids=sorted(message.restricted_account_ids),
        **days,
    )


def draft(message: decision_pb2.Decision) -> Draft:
    """Read what a caller wants decided."""
    name = message.WhichOneof("action")
    action = Action(str(name))
    content = getattr(message, str(name))
    fields = content.DESCRIPTOR.fields_by_name
    amount, currency = None, ""
    if "amount" in fields:
        amount = read(f"decision.{name}.amount", wire.from_money, content.amount)
        currency = content.amount.currency_code
    date_field = next((f for f in fields if f.endswith("_date")), None)
    return Draft(
        action=action,
        bill_id=content.bill_id if "bill_id" in fields else None,
        invoice_id=content.invoice_id if "invoice_id" in fields else None,
        amount_minor=amount,
        currency=currency,
        action_date=read_date(f"decision.{name}", content, date_field) if date_field else None,
        note=message.note,
    )


_NOBODY = uuid.UUID(int=0)
_NEVER = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def planned_item(message: ledger_pb2.PlannedItem) -> PlannedItem:
    """Read a planned item; its id, version and time are the server's to give."""
    return PlannedItem(
        planned_item_id=_NOBODY,
        display_name=message.display_name,
        amount_minor=read("planned_item.amount", wire.from_money, message.amount),
        currency=message.amount.currency_code,
        planned_date=read("planned_item.planned_date", wire.from_date, message.planned_date),
        recurrence=_RECURRENCE_OF[message.recurrence],
        end_date=read_date("planned_item", message, "end_date"),
        category=_CATEGORY_OF[message.category],
        version=0,
        updated_at=_NEVER,
    )


def earmark(message: ledger_pb2.Earmark) -> Earmark:
    """Read an earmark; its id, version and time are the server's to give."""
    return Earmark(
        earmark_id=_NOBODY,
        display_name=message.display_name,
        amount_minor=read("earmark.amount", wire.from_money, message.amount),
        currency=message.amount.currency_code,
        release_date=read_date("earmark", message, "release_date"),
        version=0,
        updated_at=_NEVER,
    )


# Writing answers. What there are many of, the books, is given as mappings of fields, which protobuf
# turns into messages where they belong: a third of the time of building each message apart.


def to_instant(instant: datetime.datetime | None) -> timestamp_pb2.Timestamp | None:
    """Return an instant on the wire."""
    if instant is None:
        return None
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(instant)
    return message


def to_business(business: Business) -> business_service_pb2.Business:
    """Return a business on the wire."""
    return business_service_pb2.Business(
        display_name=business.display_name,
        currency_code=business.currency,
        time_zone=business.time_zone,
        runway_thresholds=business_service_pb2.RunwayThresholds(
            critical_days=business.critical_days,
            warning_days=business.warning_days,
            healthy_days=business.healthy_days,
        ),
        cash_floor=to_money(business.cash_floor_minor, business.currency),
        vendor_tiers=[
            business_service_pb2.VendorTierAssignment(vendor_id=vendor_id, tier=TIERS[tier])
            for vendor_id, tier in sorted(business.vendor_tiers.items())
        ],
        restricted_account_ids=business.restricted_account_ids,
        etag=business.etag,
        create_time=to_instant(business.created_at),
        update_time=to_instant(business.updated_at),
    )


_DATE_FIELD = {
    Action.SCHEDULE_PAYMENT: "pay_date",
    Action.DELAY_PAYMENT: "until_date",
    Action.PART_PAYMENT: "pay_date",
    Action.COLLECT: "expected_date",
}


def to_decision(decision: Decision) -> decision_pb2.Decision:
    """Return a decision on the wire."""
    content: dict[str, Any] = (
        {"bill_id": decision.bill_id}
        if decision.bill_id is not None
        else {"invoice_id": decision.invoice_id}
    )
    if decision.amount_minor is not None:
        content["amount"] = to_money(decision.amount_minor, decision.currency)
    if decision.action_date is not None:
        content[_DATE_FIELD[decision.action]] = to_date(decision.action_date)
    action: dict[str, Any] = {decision.action.value: content}
    return decision_pb2.Decision(
        decision_id=str(decision.decision_id),
        note=decision.note,
        etag=etag(decision.version),
        create_time=to_instant(decision.created_at),
        update_time=to_instant(decision.updated_at),
        **action,
    )


def to_batch(batch: Batch) -> decision_pb2.DecisionBatch:
    """Return a finalised batch on the wire."""
    currency, totals = batch.currency, batch.totals
    return decision_pb2.DecisionBatch(
        batch_id=str(batch.batch_id),
        finalize_time=to_instant(batch.finalized_at),
        actor=batch.actor,
        decisions=map(to_decision, batch.decisions),
        total_payments=to_money(totals.payments_minor, currency),
        total_collections=to_money(totals.collections_minor, currency),
        total_earmarked=to_money(totals.earmarked_minor, currency),
        total_written_off=to_money(totals.written_off_minor, currency),
    )


def to_planned_item(item: PlannedItem) -> ledger_pb2.PlannedItem:
    """Return a planned item on the wire."""
    return ledger_pb2.PlannedItem(
        planned_item_id=str(item.planned_item_id),
        display_name=item.display_name,
        amount=to_money(item.amount_minor, item.currency),
        planned_date=to_date(item.planned_date),
        recurrence=RECURRENCES[item.recurrence],
        end_date=None if item.end_date is None else to_date(item.end_date),
        category=CATEGORIES[item.category],
        etag=etag(item.version),
        update_time=to_instant(item.updated_at),
    )


def to_earmark(earmark: Earmark) -> ledger_pb2.Earmark:
    """Return an earmark on the wire."""
    return ledger_pb2.Earmark(
        earmark_id=str(earmark.earmark_id),
        display_name=earmark.display_name,
        amount=to_money(earmark.amount_minor, earmark.currency),
        release_date=None if earmark.release_date is None else to_date(earmark.release_date),
        etag=etag(earmark.version),
        update_time=to_instant(earmark.updated_at),
    )


def to_account(account: BookAccount) -> Fields:
    """Return an account's fields on the wire."""
    return {
        "account_id": account.account_id,
        "display_name": account.display_name,
        "kind": _KIND_NUMBERS[account.kind],
        "subtype": account.subtype,
        "active": account.active,
        "balance": money_fields(account.balance_minor, account.currency),
        "restricted": is_restricted(account),
        "source_version": account.source_version,
    }


# Rows hold an enumeration's text; these look its number up without making a member of it.
_KIND_NUMBERS = {member.value: number for member, number in ACCOUNT_KINDS.items()}
_STATE_NUMBERS = {member.value: number for member, number in STATES.items()}
_CATEGORY_NUMBERS = {member.value: number for member, number in CATEGORIES.items()}
_TIER_NUMBERS = {member and member.value: number for member, number in TIERS.items()}


def to_bill(bill: BookBill) -> Fields:
    """Return a bill's fields on the wire."""
    return {
        "bill_id": bill.bill_id,
        "vendor_id": bill.party_id,
        "vendor_name": bill.party_name,
        "category": _CATEGORY_NUMBERS[bill.category],
        "vendor_tier": _TIER_NUMBERS[bill.tier],
        **_document_fields(bill),
    }


def to_invoice(invoice: BookInvoice) -> Fields:
    """Return an invoice's fields on the wire."""
    return {
        "invoice_id": invoice.invoice_id,
        "customer_id": invoice.party_id,
        "customer_name": invoice.party_name,
        **_document_fields(invoice),
    }


def _document_fields(document: BookBill | BookInvoice) -> Fields:
    fields: Fields = {
        "document_number": document.document_number,
        "issue_date": date_fields(document.issue_date),
        "total": money_fields(document.total_minor, document.currency),
        "balance": money_fields(document.balance_minor, document.currency),
        "state": _STATE_NUMBERS[document.state],
        "source_version": document.source_version,
    }
    if document.due_date is not None:
        fields["due_date"] = date_fields(document.due_date)
    if document.terms_name is not None:
        fields["terms"] = {
            "display_name": document.terms_name,
            "net_days": document.net_days or 0,
            "discount_days": document.discount_days or 0,
            "discount_basis_points": document.discount_basis_points or 0,
        }
    return fields


def to_ledger(books: Books) -> Fields:
    """Return the fields of a day's books on the wire."""
    return {
        "as_of": date_fields(books.as_of),
        "currency_code": books.business.currency,
        "synced_at": to_instant(books.business.synced_at),
        "balances": _to_balances(books.balances, books.business.currency),
        "bills": [to_bill(bill) for bill in books.bills],
        "invoices": [to_invoice(invoice) for invoice in books.invoices],
        "planned_items": [to_planned_item(item) for item in books.planned_items],
        "earmarks": [to_earmark(earmark) for earmark in books.earmarks],
        "queued_decisions": [to_decision(decision) for decision in books.queued],
        "pending_decisions": [to_decision(decision) for decision in books.pending],
        "cash_history": [
            {
                "category": _CATEGORY_NUMBERS[series.category],
                "counterparty": series.counterparty,
                "days_ago": series.days_ago,
                "amounts_minor": series.amounts_minor,
            }
            for series in books.cash_history
        ],
        "settlement_history": [
            {
                "role": PARTY_ROLES[settled.role],
                "party_id": settled.party_id,
                "days_to_pay": settled.days_to_pay,
                "days_late": settled.days_late,
                "days_ago": settled.days_ago,
                "amounts_minor": settled.amounts_minor,
            }
            for settled in books.settlements
        ],
    }


def _to_balances(balances: Balances, currency: str) -> Fields:
    receivable, payable = balances.receivable, balances.payable
    amounts: dict[str, int | None] = {
        "cash": balances.cash_minor,
        "undeposited_funds": balances.undeposited_minor,
        "restricted_cash": balances.restricted_minor,
        "open_invoices": receivable.documents_minor,
        "unapplied_receipts": receivable.unapplied_minor,
        "accounts_receivable": receivable.net_minor,
        "accounts_receivable_control": receivable.control_minor,
        "accounts_receivable_gap": receivable.gap_minor,
        "open_bills": payable.documents_minor,
        "unapplied_disbursements": payable.unapplied_minor,
        "accounts_payable": payable.net_minor,
        "accounts_payable_control": payable.control_minor,
        "accounts_payable_gap": payable.gap_minor,
        "overdue_invoices": balances.overdue_invoices.amount_minor,
        "overdue_bills": balances.overdue_bills.amount_minor,
    }
    return {
        name: money_fields(minor, currency) for name, minor in amounts.items() if minor is not None
    } | {
        "overdue_invoice_count": balances.overdue_invoices.count,
        "overdue_bill_count": balances.overdue_bills.count,
        "accounts": [to_account(account) for account in balances.accounts],
        "party_gaps": [
            {
                "party_id": gap.party_id,
                "role": PARTY_ROLES[gap.role],
                "display_name": gap.display_name,
                "gap": money_fields(gap.gap_minor, currency),
            }
            for gap in balances.party_gaps
        ],
    }
