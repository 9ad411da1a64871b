"""Requests and records with valid defaults; a test says only what it is about."""

import datetime
import uuid
from typing import Any

from google.protobuf import timestamp_pb2
from google.type import date_pb2, money_pb2
from runway.ledger.v1 import business_pb2, decision_pb2, ledger_pb2, pay_date_profile_pb2
from runway.orchestrator.v1 import business_service_pb2, ledger_service_pb2

from service_kit.wire import to_date, to_money


def request_id() -> str:
    """Return a fresh request id."""
    return str(uuid.uuid4())


def business_id(prefix: str = "b") -> str:
    """Return the id of a business that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def usd(amount: str) -> money_pb2.Money:
    """Return dollars: usd("12.50")."""
    whole, _, cents = amount.replace(",", "").partition(".")
    negative = whole.startswith("-")
    minor = abs(int(whole)) * 100 + int((cents + "00")[:2])
    return to_money(-minor if negative else minor, "USD")


def day(text: str) -> date_pb2.Date:
    """Return a date: day("2026-05-05")."""
    return to_date(datetime.date.fromisoformat(text))


def instant(text: str = "2026-05-05T10:15:00+00:00") -> timestamp_pb2.Timestamp:
    """Return an instant."""
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(datetime.datetime.fromisoformat(text))
    return message


def create_business(business: str, **changes: Any) -> business_service_pb2.CreateBusinessRequest:
    """Return the request that creates a business."""
    settings = {
        "display_name": f"The {business}",
        "currency_code": "USD",
        "time_zone": "America/Los_Angeles",
        **changes,
    }
    return business_service_pb2.CreateBusinessRequest(
        business_id=business,
        request_id=request_id(),
        business=business_pb2.Business(**settings),
    )


def account(account_id: str = "35", **changes: Any) -> ledger_pb2.Account:
    """Return a checking account with 1,000.00."""
    fields = {
        "account_id": account_id,
        "display_name": "Checking",
        "kind": ledger_pb2.ACCOUNT_KIND_BANK,
        "subtype": "Checking",
        "active": True,
        "balance": usd("1000.00"),
        "source_version": 0,
        **changes,
    }
    return ledger_pb2.Account(**fields)


def party(party_id: str, role: int, **changes: Any) -> ledger_pb2.Party:
    """Return a customer or vendor that owes and is owed nothing."""
    fields = {
        "party_id": party_id,
        "role": role,
        "display_name": f"Party {party_id}",
        "active": True,
        "balance": usd("0.00"),
        **changes,
    }
    return ledger_pb2.Party(**fields)


def customer(party_id: str = "c1", **changes: Any) -> ledger_pb2.Party:
    """Return a customer."""
    return party(party_id, ledger_pb2.PARTY_ROLE_CUSTOMER, **changes)


def vendor(party_id: str = "v1", **changes: Any) -> ledger_pb2.Party:
    """Return a vendor."""
    return party(party_id, ledger_pb2.PARTY_ROLE_VENDOR, **changes)


def _document(amount: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "document_number": "1001",
        "issue_date": day("2026-04-10"),
        "due_date": day("2026-05-10"),
        "total": usd(amount),
        "balance": usd(amount),
        "state": ledger_pb2.DOCUMENT_STATE_OPEN,
        **changes,
    }


def bill(bill_id: str = "1", amount: str = "200.00", **changes: Any) -> ledger_pb2.Bill:
    """Return an open bill of vendor v1, due on 2026-05-10."""
    fields = {
        "bill_id": bill_id,
        "vendor_id": "v1",
        "category": ledger_pb2.CASH_CATEGORY_VENDOR,
        **_document(amount, changes),
    }
    return ledger_pb2.Bill(**fields)


def invoice(invoice_id: str = "2", amount: str = "300.00", **changes: Any) -> ledger_pb2.Invoice:
    """Return an open invoice to customer c1, due on 2026-05-10."""
    fields = {"invoice_id": invoice_id, "customer_id": "c1", **_document(amount, changes)}
    return ledger_pb2.Invoice(**fields)


def record(content: Any, **changes: Any) -> ledger_service_pb2.LedgerRecord:
    """Return a record to import, named for its kind."""
    names = {
        "Account": "account",
        "Party": "party",
        "Bill": "bill",
        "Invoice": "invoice",
        "Payment": "payment",
        "CashTransaction": "cash_transaction",
        "Deletion": "deletion",
    }
    kind = content.DESCRIPTOR.name
    fields = {
        names[kind]: content,
        "source_file": f"{kind}.json",
        "source_entity": kind,
        **changes,
    }
    return ledger_service_pb2.LedgerRecord(**fields)


def import_ledger(business: str, *contents: Any, **changes: Any) -> Any:
    """Return the single message of an import."""
    fields = {
        "business_id": business,
        "request_id": request_id(),
        "synced_at": instant(),
        "records": [record(content) for content in contents],
        **changes,
    }
    return ledger_service_pb2.ImportLedgerRequest(**fields)


def rent_paid(
    date: str, amount: str = "-50.00", transaction_id: str = ""
) -> ledger_pb2.CashTransaction:
    """Return a rent that was paid from account 35 on a day."""
    return ledger_pb2.CashTransaction(
        transaction_id=transaction_id or f"rent-{date}",
        source_kind="Purchase",
        transaction_date=day(date),
        postings=[
            ledger_pb2.CashPosting(
                account_id="35",
                amount=usd(amount),
                category=ledger_pb2.CASH_CATEGORY_RENT,
                counterparty="Landlord",
            )
        ],
        state=ledger_pb2.DOCUMENT_STATE_PAID,
    )


def small_books() -> list[Any]:
    """Return a checking account, a customer, a vendor, an open bill and an open invoice."""
    return [account(), customer(), vendor(), bill(), invoice()]


def pay_date_profile(**changes: Any) -> pay_date_profile_pb2.PayDateProfile:
    """Return a profile as of 2026-05-05 of customer c1, who pays about eight days late."""
    fields = {
        "version": 1,
        "fitted_on": day("2026-05-05"),
        "observation_count": 12,
        "customer_ids": ["c1"],
        "means": [8.25],
        "scales": [4.5],
        "new_customer_means": [3.0] * 4,
        "new_customer_scales": [12.0] * 4,
        "shape": [place / 16 - 2 for place in range(65)],
        "tail_share": 0.3,
        "drift": -0.5,
        "calibrated": [place / 50 for place in range(51)],
        "common_share": 0.05,
        "customer_share": 0.1,
        **changes,
    }
    return pay_date_profile_pb2.PayDateProfile(**fields)


def pay_now(bill_id: str = "1", note: str = "") -> decision_pb2.Decision:
    """Return the decision to pay a bill now."""
    return decision_pb2.Decision(pay_now=decision_pb2.PayNow(bill_id=bill_id), note=note)


def planned_item(**changes: Any) -> ledger_pb2.PlannedItem:
    """Return a tax bill of 500.00, planned for 2026-06-15."""
    fields = {
        "display_name": "Estimated tax",
        "amount": usd("-500.00"),
        "planned_date": day("2026-06-15"),
        "category": ledger_pb2.CASH_CATEGORY_TAX,
        **changes,
    }
    return ledger_pb2.PlannedItem(**fields)


def earmark(**changes: Any) -> ledger_pb2.Earmark:
    """Return 100.00 set aside."""
    fields = {"display_name": "Deposit", "amount": usd("100.00"), **changes}
    return ledger_pb2.Earmark(**fields)
