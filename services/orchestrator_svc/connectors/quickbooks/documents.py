"""Bills and invoices."""

import datetime
from typing import Any

from orchestrator_svc.connectors.quickbooks import fields, parties
from orchestrator_svc.connectors.quickbooks.accounts import Chart
from orchestrator_svc.connectors.quickbooks.fields import Json
from orchestrator_svc.domain.ledger import Bill, CashCategory, DocumentState, Invoice, PaymentTerms


def bill(record: Json, home: str, chart: Chart, vendor_terms: PaymentTerms | None) -> Bill:
    """Read a Bill; without terms of its own it has its vendor's. Raises FieldError."""
    return Bill(
        bill_id=fields.required_text(record, "Id"),
        vendor_id=fields.required_reference(record, "VendorRef"),
        category=expense_category(record, home, chart),
        **_common(record, home, vendor_terms),
    )


def invoice(record: Json, home: str, customer_terms: PaymentTerms | None) -> Invoice:
    """Read an Invoice; without terms of its own it has its customer's. Raises FieldError."""
    return Invoice(
        invoice_id=fields.required_text(record, "Id"),
        customer_id=fields.required_reference(record, "CustomerRef"),
        **_common(record, home, customer_terms),
    )


def _common(record: Json, home: str, party_terms: PaymentTerms | None) -> dict[str, Any]:
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    balance = fields.required_amount(record, "Balance", currency)
    issued = fields.required_date(record, "TxnDate")
    due = fields.date(record, "DueDate")
    terms = _terms(record, issued, due) or party_terms
    if due is None and terms is not None:
        due = issued + datetime.timedelta(days=terms.net_days)
    return {
        "document_number": fields.text(record, "DocNumber"),
        "issue_date": issued,
        "due_date": due,
        "total_minor": total,
        "balance_minor": balance,
        "currency": currency,
        "state": state(record, total, balance),
        "terms": terms,
        "source_version": fields.version(record),
    }


def state(record: Json, total_minor: int, open_minor: int) -> DocumentState:
    """Return where a record stands, by its amounts."""
    if fields.is_voided(record, total_minor):
        return DocumentState.VOIDED
    return DocumentState.OPEN if open_minor > 0 else DocumentState.PAID


def _terms(record: Json, issued: datetime.date, due: datetime.date | None) -> PaymentTerms | None:
    name = fields.reference_name(record, "SalesTermRef")
    if not name:
        return None
    if known := parties.terms(name):
        return known
    days = (due - issued).days if due else 0
    return PaymentTerms(name[:128], days) if 0 <= days <= 3650 else None


def expense_category(record: Json, home: str, chart: Chart) -> CashCategory:
    """Return what a purchase is for: the category of its largest line that names an account."""
    currency = fields.currency_of(record, home)
    largest, category = -1, CashCategory.VENDOR
    for line in fields.children(record, "Line"):
        detail = fields.child(line, "AccountBasedExpenseLineDetail")
        account_id = fields.reference(detail, "AccountRef")
        amount = abs(fields.amount(line, "Amount", currency) or 0)
        if account_id and amount > largest:
            largest, category = amount, chart.category(account_id, CashCategory.VENDOR)
    return category
