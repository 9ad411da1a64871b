"""The data-quality rules' records as the calculator is asked about them."""

import datetime
from typing import Any

from runway.calculator.v1 import data_quality_calculation_service_pb2 as pb
from runway.ledger.v1 import hygiene_records_pb2, ledger_pb2

from calculator_svc.engine.data_quality.inputs import Account, Document, Records, TransactionKind
from calculator_svc.engine.inputs import Bill, Books, Invoice, Role, Terms
from service_kit.wire import to_date, to_money

_SOURCE_KINDS = {
    TransactionKind.OTHER: "Other",
    TransactionKind.PURCHASE: "Purchase",
    TransactionKind.DEPOSIT: "Deposit",
    TransactionKind.TRANSFER: "Transfer",
    TransactionKind.JOURNAL_ENTRY: "JournalEntry",
    TransactionKind.SALES_RECEIPT: "SalesReceipt",
}


def request_of(records: Records, business_id: str) -> pb.CalculateDataQualityRequest:
    """Return the request that asks about some records, nothing of them left out."""
    return pb.CalculateDataQualityRequest(
        business_id=business_id,
        ledger=_ledger(records),
        records=hygiene_records_pb2.HygieneRecords(
            bills=[_bill(one) for one in records.documents if one.role is Role.VENDOR],
            invoices=[_invoice(one) for one in records.documents if one.role is Role.CUSTOMER],
            parties=[
                ledger_pb2.Party(
                    party_id=one.id,
                    role=int(one.role),  # type: ignore[arg-type]
                    display_name=one.name,
                    active=one.active,
                    balance=_money(one.balance),
                    terms=_terms(one.terms),
                    facts=ledger_pb2.SourceFacts(states_terms=one.states_terms),
                )
                for one in records.parties
            ],
            accounts=[_account(one) for one in records.accounts],
            account_movements=[
                hygiene_records_pb2.AccountMovements(
                    account_id=one.id,
                    days_ago=[records.books.as_of - day for day in one.movement_days],
                    amounts_minor=one.movement_amounts,
                )
                for one in records.accounts
            ],
            payments=[
                ledger_pb2.Payment(
                    payment_id=one.id,
                    kind=int(one.kind),  # type: ignore[arg-type]
                    party_id=one.party_id,
                    payment_date=_date(one.day),
                    total=_money(one.total, one.currency),
                    unapplied=_money(one.unapplied, one.currency),
                    applications=[
                        ledger_pb2.Application(bill_id=key, amount=_money(1)) for key in one.settles
                    ],
                    state=int(one.state),  # type: ignore[arg-type]
                    facts=_facts((), one.changed),
                )
                for one in records.payments
            ],
            transactions=[
                ledger_pb2.CashTransaction(
                    transaction_id=one.id,
                    source_kind=_SOURCE_KINDS[one.kind],
                    transaction_date=_date(one.day),
                    state=int(one.state),  # type: ignore[arg-type]
                    facts=_facts(
                        one.accounts,
                        one.changed,
                        payee_id=one.payee,
                        total=_money(one.amount, one.currency),
                    ),
                )
                for one in records.transactions
            ],
            undeposited_receipts=[
                hygiene_records_pb2.UndepositedReceipt(
                    record_id=one.id,
                    sale=one.is_sale,
                    party_id=one.party_id,
                    received_date=_date(one.day),
                    amount=_money(one.amount),
                )
                for one in records.undeposited
            ],
            sync_gaps=[
                hygiene_records_pb2.SyncGap(first_date=_date(one.first), last_date=_date(one.last))
                for one in records.sync_gaps
            ],
            synced_date=_date(records.synced),
            books_closed_through_date=_date(records.closed_through),
            books_closed_on_date=_date(records.closed_on),
            rate_currency_codes=sorted(records.rates),
        ),
    )


def _ledger(records: Records) -> ledger_pb2.Ledger:
    books = records.books
    return ledger_pb2.Ledger(
        as_of=_date(books.as_of),
        currency_code=books.currency,
        balances=ledger_pb2.Balances(
            cash=_money(books.cash),
            accounts=[
                ledger_pb2.Account(
                    account_id=one.id,
                    kind=ledger_pb2.ACCOUNT_KIND_BANK,
                    balance=_money(one.balance),
                    restricted=True,
                )
                for one in records.accounts
                if one.restricted
            ],
        ),
        bills=[_open_bill(one) for one in books.bills],
        invoices=[_open_invoice(one) for one in books.invoices],
        cash_history=_cash_history(books),
        settlement_history=[
            ledger_pb2.SettlementHistory(
                role=int(one.role),  # type: ignore[arg-type]
                party_id=one.party_id,
                days_to_pay=one.days_to_pay,
                days_late=one.days_late,
                days_ago=one.days_ago,
                amounts_minor=one.amounts,
            )
            for one in books.settlements
        ],
    )


def _cash_history(books: Books) -> list[ledger_pb2.CashSeries]:
    return [
        ledger_pb2.CashSeries(
            category=int(one.category),  # type: ignore[arg-type]
            counterparty=one.counterparty,
            days_ago=one.days_ago,
            amounts_minor=one.amounts,
        )
        for one in books.history
    ]


def _open_bill(bill: Bill) -> ledger_pb2.Bill:
    return ledger_pb2.Bill(
        bill_id=bill.id,
        vendor_id=bill.party_id,
        vendor_name=bill.name,
        category=int(bill.category),  # type: ignore[arg-type]
        vendor_tier=int(bill.tier),  # type: ignore[arg-type]
        **_open(bill),
    )


def _open_invoice(invoice: Invoice) -> ledger_pb2.Invoice:
    return ledger_pb2.Invoice(
        invoice_id=invoice.id,
        customer_id=invoice.party_id,
        customer_name=invoice.name,
        **_open(invoice),
    )


def _open(document: Bill | Invoice) -> dict[str, Any]:
    return {
        "issue_date": _date(document.issue),
        "due_date": _date(document.due),
        "total": _money(document.balance),
        "balance": _money(document.balance),
        "state": ledger_pb2.DOCUMENT_STATE_OPEN,
        "terms": _terms(document.terms),
    }


def _bill(document: Document) -> ledger_pb2.Bill:
    return ledger_pb2.Bill(bill_id=document.id, vendor_id=document.party_id, **_document(document))


def _invoice(document: Document) -> ledger_pb2.Invoice:
    return ledger_pb2.Invoice(
        invoice_id=document.id, customer_id=document.party_id, **_document(document)
    )


def _document(document: Document) -> dict[str, Any]:
    return {
        "document_number": document.number,
        "issue_date": _date(document.issue),
        "due_date": _date(document.due),
        "total": _money(document.total, document.currency),
        "balance": _money(document.balance, document.currency),
        "state": int(document.state),
        "terms": _terms(document.terms),
        "facts": _facts(document.accounts, document.changed),
    }


def _account(account: Account) -> ledger_pb2.Account:
    subtype = "OpeningBalanceEquity" if account.is_opening_balance_equity else ""
    return ledger_pb2.Account(
        account_id=account.id,
        display_name=account.name,
        kind=int(account.kind),  # type: ignore[arg-type]
        subtype=subtype,
        active=account.active,
        balance=_money(account.balance),
        facts=ledger_pb2.SourceFacts(parent_account_id=account.parent_id),
    )


def _facts(accounts: Any, changed: int | None, **fields: Any) -> ledger_pb2.SourceFacts:
    return ledger_pb2.SourceFacts(account_ids=accounts, last_change_date=_date(changed), **fields)


def _terms(terms: Terms | None) -> ledger_pb2.PaymentTerms | None:
    if terms is None:
        return None
    return ledger_pb2.PaymentTerms(
        net_days=terms.net_days,
        discount_days=terms.discount_days,
        discount_basis_points=terms.discount_basis_points,
    )


def _money(minor: int, currency: str = "USD") -> Any:
    return to_money(minor, currency)


def _date(day: int | None) -> Any:
    return None if day is None else to_date(datetime.date.fromordinal(day))
