"""From a request's records to what the data-quality rules look at."""

from typing import Any

from google.type import money_pb2
from runway.ledger.v1 import hygiene_records_pb2, ledger_pb2

from calculator_svc.engine.data_quality.inputs import (
    Account,
    AccountKind,
    Document,
    Party,
    Payment,
    PaymentKind,
    Receipt,
    Records,
    State,
    SyncGap,
    Transaction,
    TransactionKind,
)
from calculator_svc.engine.inputs import Books, Day, Role, Terms
from calculator_svc.servicers.mapping import every, one
from calculator_svc.servicers.reading import FieldError, Reader, numbers
from service_kit import wire

_STATES = numbers(State)
_KINDS = numbers(AccountKind)
_PAYMENT_KINDS = numbers(PaymentKind)
_ROLES = numbers(Role)
_TRANSACTION_KINDS = {
    "Purchase": TransactionKind.PURCHASE,
    "Deposit": TransactionKind.DEPOSIT,
    "Transfer": TransactionKind.TRANSFER,
    "JournalEntry": TransactionKind.JOURNAL_ENTRY,
    "SalesReceipt": TransactionKind.SALES_RECEIPT,
}
_OPENING_BALANCE_EQUITY = "OpeningBalanceEquity"
_UNCATEGORISED = "uncategorized"


def to_records(
    records: hygiene_records_pb2.HygieneRecords, ledger: ledger_pb2.Ledger, books: Books
) -> Records:
    """Return a request's records; amounts stay in each record's own currency.

    Raises ApiError (INVALID_ARGUMENT) naming a field that is malformed.
    """
    return _Mapping(records, ledger, books).records()


class _Mapping:
    """Maps the records of one request."""

    def __init__(
        self,
        records: hygiene_records_pb2.HygieneRecords,
        ledger: ledger_pb2.Ledger,
        books: Books,
    ) -> None:
        self._message, self._books = records, books
        self._read = Reader(books.currency)
        self._restricted = {one.account_id for one in ledger.balances.accounts if one.restricted}
        self._movements: dict[str, Any] = {}

    def records(self) -> Records:
        message, read = self._message, self._read
        every("records.account_movements", message.account_movements, self._movement, read)
        accounts = every("records.accounts", message.accounts, self._account, read)
        return Records(
            books=self._books,
            documents=[
                *every("records.invoices", message.invoices, self._invoice, read),
                *every("records.bills", message.bills, self._bill, read),
            ],
            parties=every("records.parties", message.parties, self._party, read),
            accounts=accounts,
            payments=every("records.payments", message.payments, self._payment, read),
            transactions=every(
                "records.transactions", message.transactions, self._transaction, read
            ),
            undeposited=every(
                "records.undeposited_receipts", message.undeposited_receipts, _receipt, read
            ),
            sync_gaps=every("records.sync_gaps", message.sync_gaps, _gap, read),
            **one("records", message, _dates, read),
            rates=frozenset(message.rate_currency_codes),
        )

    def _movement(self, message: hygiene_records_pb2.AccountMovements, read: Reader) -> None:
        if len(message.days_ago) != len(message.amounts_minor):
            raise FieldError("amounts_minor", "must be as many as days_ago")
        self._movements[message.account_id] = message

    def _account(self, message: ledger_pb2.Account, read: Reader) -> Account:
        moved = self._movements.get(message.account_id)
        return Account(
            id=message.account_id,
            name=message.display_name,
            kind=_KINDS.get(message.kind, AccountKind.UNSPECIFIED),
            balance=_minor(message.balance, "balance"),
            active=message.active,
            restricted=message.account_id in self._restricted,
            parent_id=message.facts.parent_account_id,
            is_uncategorised=message.display_name.lower().startswith(_UNCATEGORISED),
            is_opening_balance_equity=message.subtype == _OPENING_BALANCE_EQUITY,
            movement_days=[self._books.as_of - ago for ago in moved.days_ago] if moved else [],
            movement_amounts=moved.amounts_minor[:] if moved else [],
        )

    def _party(self, message: ledger_pb2.Party, read: Reader) -> Party:
        terms = _terms(message)
        return Party(
            id=message.party_id,
            role=_ROLES.get(message.role, Role.CUSTOMER),
            name=message.display_name,
            balance=_minor(message.balance, "balance"),
            active=message.active,
            states_terms=message.facts.states_terms or terms is not None,
            terms=terms,
        )

    def _invoice(self, message: ledger_pb2.Invoice, read: Reader) -> Document:
        return self._document(message, Role.CUSTOMER, message.invoice_id, message.customer_id)

    def _bill(self, message: ledger_pb2.Bill, read: Reader) -> Document:
        return self._document(message, Role.VENDOR, message.bill_id, message.vendor_id)

    def _document(self, message: Any, role: Role, key: str, party_id: str) -> Document:
        read = self._read
        return Document(
            id=key,
            role=role,
            party_id=party_id,
            number=message.document_number,
            issue=read.day(message.issue_date, "issue_date"),
            due=read.optional_day(message.due_date, message, "due_date"),
            total=_minor(message.total, "total"),
            balance=_minor(message.balance, "balance"),
            currency=message.balance.currency_code,
            state=_STATES.get(message.state, State.UNSPECIFIED),
            terms=_terms(message),
            accounts=tuple(message.facts.account_ids),
            changed=self._changed(message),
        )

    def _payment(self, message: ledger_pb2.Payment, read: Reader) -> Payment:
        return Payment(
            id=message.payment_id,
            kind=_PAYMENT_KINDS.get(message.kind, PaymentKind.UNSPECIFIED),
            party_id=message.party_id,
            day=read.day(message.payment_date, "payment_date"),
            total=_minor(message.total, "total"),
            unapplied=_minor(message.unapplied, "unapplied"),
            currency=message.total.currency_code,
            state=_STATES.get(message.state, State.UNSPECIFIED),
            settles=tuple(one.bill_id or one.invoice_id for one in message.applications),
            changed=self._changed(message),
        )

    def _transaction(self, message: ledger_pb2.CashTransaction, read: Reader) -> Transaction:
        total = message.facts.total
        posted = [one.amount.currency_code for one in message.postings]
        return Transaction(
            id=message.transaction_id,
            kind=_TRANSACTION_KINDS.get(message.source_kind, TransactionKind.OTHER),
            day=read.day(message.transaction_date, "transaction_date"),
            amount=_minor(total, "facts.total") if message.facts.HasField("total") else 0,
            # A transaction of nothing on accounts that hold no cash says no currency.
            currency=total.currency_code or next(iter(posted), self._books.currency),
            payee=message.facts.payee_id,
            accounts=tuple(message.facts.account_ids),
            state=_STATES.get(message.state, State.UNSPECIFIED),
            changed=self._changed(message),
        )

    def _changed(self, message: Any) -> Day | None:
        facts = message.facts
        return self._read.optional_day(facts.last_change_date, facts, "last_change_date")


def _receipt(message: hygiene_records_pb2.UndepositedReceipt, read: Reader) -> Receipt:
    day = read.day(message.received_date, "received_date")
    amount = _minor(message.amount, "amount")
    return Receipt(message.record_id, message.party_id, day, amount, message.sale)


def _gap(message: hygiene_records_pb2.SyncGap, read: Reader) -> SyncGap:
    return SyncGap(
        read.day(message.first_date, "first_date"), read.day(message.last_date, "last_date")
    )


def _dates(message: hygiene_records_pb2.HygieneRecords, read: Reader) -> dict[str, Any]:
    names = {
        "synced": "synced_date",
        "closed_through": "books_closed_through_date",
        "closed_on": "books_closed_on_date",
    }
    return {
        name: read.optional_day(getattr(message, field), message, field)
        for name, field in names.items()
    }


def _minor(amount: money_pb2.Money, field: str) -> int:
    if not amount.currency_code:
        return 0
    try:
        return wire.from_money(amount)
    except ValueError as error:
        raise FieldError(field, error) from None


def _terms(message: Any) -> Terms | None:
    if not message.HasField("terms"):
        return None
    terms = message.terms
    return Terms(terms.net_days, terms.discount_days, terms.discount_basis_points)
