"""QuickBooks records with valid defaults; a test says only what it is about."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.domain.ledger import CashPosting, Rejection, SourceReading

Record = dict[str, Any]
Kind = TypeVar("Kind")

CHECKING, SAVINGS, UNDEPOSITED, CARD = "35", "36", "4", "41"
RECEIVABLE, SALES, SUPPLIES, WAGES, LOAN = "84", "79", "7", "8", "44"


def reference(value: str, name: str = "", **more: str) -> Record:
    """Return what a …Ref field holds."""
    return {"value": value, **({"name": name} if name else {}), **more}


def account(account_id: str, name: str, kind: str, subtype: str, **changes: Any) -> Record:
    """Return an Account that holds 100.00."""
    fields = {
        "Id": account_id,
        "SyncToken": "0",
        "Name": name,
        "FullyQualifiedName": name,
        "Active": True,
        "AccountType": kind,
        "AccountSubType": subtype,
        "CurrentBalance": 100,
        "CurrencyRef": reference("USD"),
    }
    return changed(fields, changes)


def chart() -> list[Record]:
    """Return two bank accounts, undeposited funds, a card, and what is on their other side."""
    return [
        account(CHECKING, "Checking", "Bank", "Checking"),
        account(SAVINGS, "Savings", "Bank", "Savings"),
        account(UNDEPOSITED, "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
        account(CARD, "Mastercard", "Credit Card", "CreditCard"),
        account(RECEIVABLE, "Receivable", "Accounts Receivable", "AccountsReceivable"),
        account(SALES, "Sales", "Income", "SalesOfProductIncome"),
        account(SUPPLIES, "Supplies", "Expense", "SuppliesMaterials"),
        account(WAGES, "Wages", "Expense", "PayrollExpenses"),
        account(LOAN, "Loan", "Long Term Liability", "NotesPayable"),
    ]


def customer(customer_id: str = "c", **changes: Any) -> Record:
    """Return a Customer called Amy, who owes nothing."""
    return _party(customer_id, "Amy", changes)


def vendor(vendor_id: str = "v", **changes: Any) -> Record:
    """Return a Vendor called Bolt, to whom nothing is owed."""
    return _party(vendor_id, "Bolt", changes)


def _party(party_id: str, name: str, changes: Mapping[str, Any]) -> Record:
    fields = {
        "Id": party_id,
        "SyncToken": "0",
        "DisplayName": name,
        "Active": True,
        "Balance": 0,
        "CurrencyRef": reference("USD"),
    }
    return changed(fields, changes)


def _transaction(record_id: str, changes: Mapping[str, Any], **own: Any) -> Record:
    fields = {
        "Id": record_id,
        "SyncToken": "0",
        "TxnDate": "2026-04-10",
        "CurrencyRef": reference("USD"),
        "TotalAmt": 100,
        **own,
    }
    return changed(fields, changes)


def changed(fields: Record, changes: Mapping[str, Any]) -> Record:
    """Return fields with changes; a field that is changed to `...` is left out."""
    return {name: value for name, value in (fields | changes).items() if value is not ...}


def invoice(invoice_id: str = "1", **changes: Any) -> Record:
    """Return an open Invoice of 100.00 to customer c."""
    own = {
        "CustomerRef": reference("c", "Amy"),
        "Balance": 100,
        "DueDate": "2026-05-10",
        "DocNumber": "1001",
    }
    return _transaction(invoice_id, changes, **own)


def bill(bill_id: str = "2", **changes: Any) -> Record:
    """Return an open Bill of 100.00 from vendor v, for supplies."""
    own = {
        "VendorRef": reference("v", "Bolt"),
        "Balance": 100,
        "DueDate": "2026-05-10",
        "Line": [expense_line(100)],
    }
    return _transaction(bill_id, changes, **own)


def payment(payment_id: str = "3", **changes: Any) -> Record:
    """Return a Payment of 100.00 by customer c into checking, for invoice 1."""
    own = {
        "CustomerRef": reference("c", "Amy"),
        "DepositToAccountRef": reference(CHECKING),
        "UnappliedAmt": 0,
        "Line": [link("Invoice", "1", 100)],
    }
    return _transaction(payment_id, changes, **own)


def bill_payment(payment_id: str = "4", **changes: Any) -> Record:
    """Return a BillPayment of 100.00 to vendor v by cheque, for bill 2."""
    own = {
        "VendorRef": reference("v", "Bolt"),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": reference(CHECKING)},
        "Line": [link("Bill", "2", 100)],
    }
    return _transaction(payment_id, changes, **own)


def credit_memo(memo_id: str = "5", **changes: Any) -> Record:
    """Return a CreditMemo of 100.00 to customer c, none of it used."""
    own = {"CustomerRef": reference("c", "Amy"), "Balance": 100, "RemainingCredit": 100}
    return _transaction(memo_id, changes, **own)


def vendor_credit(credit_id: str = "6", **changes: Any) -> Record:
    """Return a VendorCredit of 100.00 from vendor v, none of it used."""
    return _transaction(credit_id, changes, VendorRef=reference("v", "Bolt"), Balance=100)


def purchase(purchase_id: str = "7", **changes: Any) -> Record:
    """Return a Purchase of 100.00 of supplies from vendor v, out of checking."""
    own = {
        "AccountRef": reference(CHECKING),
        "EntityRef": reference("v", "Bolt", type="Vendor"),
        "Line": [expense_line(100)],
    }
    return _transaction(purchase_id, changes, **own)


def sales_receipt(receipt_id: str = "8", **changes: Any) -> Record:
    """Return a SalesReceipt of 100.00 by customer c, into undeposited funds."""
    own = {
        "CustomerRef": reference("c", "Amy"),
        "DepositToAccountRef": reference(UNDEPOSITED),
    }
    return _transaction(receipt_id, changes, **own)


def deposit(deposit_id: str = "9", **changes: Any) -> Record:
    """Return a Deposit of 100.00 of sales into checking."""
    own = {"DepositToAccountRef": reference(CHECKING), "Line": [deposit_line(100)]}
    return _transaction(deposit_id, changes, **own)


def transfer(transfer_id: str = "10", **changes: Any) -> Record:
    """Return a Transfer of 100.00 from checking to savings."""
    own = {
        "FromAccountRef": reference(CHECKING),
        "ToAccountRef": reference(SAVINGS),
        "Amount": 100,
        "TotalAmt": ...,
    }
    return _transaction(transfer_id, {**own, **changes})


def journal_entry(*lines: Record, entry_id: str = "11", **changes: Any) -> Record:
    """Return a JournalEntry; QuickBooks' TotalAmt of one is always 0."""
    return _transaction(entry_id, changes, TotalAmt=0, Line=list(lines))


def expense_line(amount: Any, account_id: str = SUPPLIES, **changes: Any) -> Record:
    """Return a line that is booked against an account."""
    detail = {"AccountRef": reference(account_id, "an account")}
    return changed({"Amount": amount, "AccountBasedExpenseLineDetail": detail}, changes)


def deposit_line(amount: Any, account_id: str = SALES, **detail: Any) -> Record:
    """Return a line of a deposit that no receipt stands behind."""
    return {
        "Amount": amount,
        "DepositLineDetail": {"AccountRef": reference(account_id), **detail},
    }


def journal_line(posting: str, amount: Any, account_id: str, **detail: Any) -> Record:
    """Return a line of a journal entry: a Debit or a Credit."""
    return {
        "Amount": amount,
        "JournalEntryLineDetail": {
            "PostingType": posting,
            "AccountRef": reference(account_id, "an account"),
            **detail,
        },
    }


def link(kind: str, record_id: str, amount: Any) -> Record:
    """Return a line that links another transaction."""
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record_id, "TxnType": kind}]}


def deleted(record_id: str) -> Record:
    """Return what QuickBooks' news of changes holds of a record that was deleted."""
    return {"domain": "QBO", "status": "Deleted", "Id": record_id}


def read(**entities: Sequence[object]) -> SourceReading:
    """Map records, with the chart and a customer and vendor unless others are given."""
    known = {"Account": chart(), "Customer": [customer()], "Vendor": [vendor()]}
    return map_entities(known | entities)


def as_json(value: Any) -> Any:
    """Return a value as it comes out of JSON with exact numbers."""
    return json.loads(json.dumps(value), parse_float=Decimal)


def records(reading: SourceReading, kind: type[Kind]) -> list[Kind]:
    """Return the records of a kind."""
    return [found.record for found in reading.records if isinstance(found.record, kind)]


def only(reading: SourceReading, kind: type[Kind]) -> Kind:
    """Return the one record of a kind, of a reading without rejections."""
    assert reading.unreadable == []
    (found,) = records(reading, kind)
    return found


def rejected(reading: SourceReading) -> Rejection:
    """Return the one rejection of a reading."""
    (found,) = reading.unreadable
    return found


def moved(postings: Sequence[CashPosting]) -> dict[str, int]:
    """Return what postings move, by account."""
    amounts: dict[str, int] = {}
    for posting in postings:
        amounts[posting.account_id] = amounts.get(posting.account_id, 0) + posting.amount_minor
    return {account_id: minor for account_id, minor in amounts.items() if minor}


def write(folder: Path, **files: Any) -> Path:
    """Write a .json file for each name, and return the folder."""
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def response(time: str = "2026-05-05T06:00:00.000-07:00", **entities: Any) -> Record:
    """Return a query response."""
    counts = {"startPosition": 1, "maxResults": sum(map(len, entities.values()))}
    return {"QueryResponse": {**entities, **counts}, "time": time}
