"""Payments and credits, and what they settle."""

from orchestrator_svc.connectors.quickbooks import fields
from orchestrator_svc.connectors.quickbooks.accounts import Chart
from orchestrator_svc.connectors.quickbooks.documents import state
from orchestrator_svc.connectors.quickbooks.fields import Json
from orchestrator_svc.domain.ledger import (
    Application,
    CashCategory,
    CashPosting,
    Payment,
    PaymentKind,
)


def customer_payment(record: Json, home: str, chart: Chart) -> Payment:
    """Read a Payment: money from a customer, into the bank or undeposited funds.

    A payment of 0 that links a credit memo to an invoice is how QuickBooks applies the credit: the
    invoice is settled by it, and no cash moves. Raises FieldError.
    """
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    account_id = fields.reference(record, "DepositToAccountRef") or chart.undeposited()
    postings: tuple[CashPosting, ...] = ()
    if total:
        if not account_id:
            raise fields.FieldError("DepositToAccountRef", "is missing")
        name = fields.reference_name(record, "CustomerRef")
        postings = _posting(chart, account_id, total, CashCategory.CUSTOMER, name)
    unapplied = fields.amount(record, "UnappliedAmt", currency) or 0
    return _payment(record, PaymentKind.CUSTOMER_PAYMENT, currency, total, unapplied, postings)


def bill_payment(
    record: Json, home: str, chart: Chart, categories: dict[str, CashCategory]
) -> Payment:
    """Read a BillPayment: money to a vendor, from the bank or a credit card.

    `categories` tells what each bill is for, and so the payment. Raises FieldError.
    """
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    check = fields.child(record, "CheckPayment")
    card = fields.child(record, "CreditCardPayment")
    account_id = fields.reference(check, "BankAccountRef") or fields.reference(card, "CCAccountRef")
    applications = _applications(record, PaymentKind.BILL_PAYMENT, currency)
    paid = max(applications, key=lambda application: application.amount_minor, default=None)
    category = categories.get(paid.bill_id or "") if paid else None
    postings: tuple[CashPosting, ...] = ()
    if total:
        if not account_id:
            raise fields.FieldError("CheckPayment.BankAccountRef", "is missing")
        name = fields.reference_name(record, "VendorRef")
        postings = _posting(chart, account_id, -total, category or CashCategory.VENDOR, name)
    return _payment(record, PaymentKind.BILL_PAYMENT, currency, total, 0, postings)


def credit(record: Json, kind: PaymentKind, home: str) -> Payment:
    """Read a CreditMemo or VendorCredit, with what of it is not used yet. Raises FieldError."""
    currency = fields.currency_of(record, home)
    total = fields.required_amount(record, "TotalAmt", currency)
    unused = fields.amount(record, "RemainingCredit", currency)
    if unused is None:
        unused = fields.amount(record, "Balance", currency) or 0
    return _payment(record, kind, currency, total, unused, ())


def _payment(
    record: Json,
    kind: PaymentKind,
    currency: str,
    total: int,
    unapplied: int,
    postings: tuple[CashPosting, ...],
) -> Payment:
    party = "CustomerRef" if kind.role.value == "customer" else "VendorRef"
    return Payment(
        payment_id=fields.required_text(record, "Id"),
        kind=kind,
        party_id=fields.required_reference(record, party),
        payment_date=fields.required_date(record, "TxnDate"),
        total_minor=total,
        unapplied_minor=unapplied,
        currency=currency,
        applications=_applications(record, kind, currency),
        postings=postings,
        state=state(record, total, unapplied),
        source_version=fields.version(record),
    )


_SETTLES = {
    PaymentKind.CUSTOMER_PAYMENT: ("Invoice", "invoice_id"),
    PaymentKind.BILL_PAYMENT: ("Bill", "bill_id"),
}


def _applications(record: Json, kind: PaymentKind, currency: str) -> tuple[Application, ...]:
    """Return what a payment settles; its links to credits, deposits and the like are not that."""
    if kind not in _SETTLES:
        return ()
    wanted, key = _SETTLES[kind]
    found = []
    for line in fields.children(record, "Line"):
        amount = fields.amount(line, "Amount", currency) or 0
        for linked in fields.children(line, "LinkedTxn"):
            if fields.text(linked, "TxnType") == wanted and amount > 0:
                document = fields.required_text(linked, "TxnId")
                ids = {"bill_id": None, "invoice_id": None, key: document}
                found.append(Application(amount_minor=amount, **ids))
    return tuple(found)


def _posting(
    chart: Chart, account_id: str, minor: int, category: CashCategory, counterparty: str
) -> tuple[CashPosting, ...]:
    if not chart.is_cash_like(account_id):
        if account_id not in chart.accounts:
            raise fields.FieldError("AccountRef", f"{account_id} is not in the books")
        return ()
    return (CashPosting(account_id, minor, category, counterparty[:512]),)
