"""Imported records on the wire, from and to the domain.

Reading raises `RecordError`, which an import turns into a rejection; the two directions are
inverse.
"""

from collections.abc import Callable
from typing import Any

from runway.ledger.v1 import ledger_pb2
from runway.orchestrator.v1 import ledger_service_pb2

from orchestrator_svc.domain.ledger import (
    NO_FACTS,
    Account,
    Application,
    Bill,
    CashPosting,
    CashTransaction,
    Deletion,
    Invoice,
    Party,
    Payment,
    PaymentKind,
    PaymentTerms,
    Rejection,
    SourcedRecord,
    SourceFacts,
)
from orchestrator_svc.servicers.mapping import (
    ACCOUNT_KINDS,
    CATEGORIES,
    PARTY_ROLES,
    STATES,
    by_name,
    reverse,
)
from service_kit import wire
from service_kit.wire import to_date, to_money

PAYMENT_KINDS = by_name("PAYMENT_KIND", PaymentKind, ledger_pb2.PaymentKind)
_ACCOUNT_KIND_OF = reverse(ACCOUNT_KINDS)
_ROLE_OF = reverse(PARTY_ROLES)
_STATE_OF = reverse(STATES)
_CATEGORY_OF = reverse(CATEGORIES)
_PAYMENT_KIND_OF = reverse(PAYMENT_KINDS)


class RecordError(Exception):
    """A record's field is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def sourced_record(message: ledger_service_pb2.LedgerRecord) -> SourcedRecord | Rejection:
    """Read a record, or say why it cannot be read."""
    name = message.WhichOneof("record")
    content = getattr(message, str(name))
    try:
        record = _READERS[str(name)](content)
    except RecordError as error:
        return Rejection(
            message.source_file,
            message.source_entity,
            _id_of(content),
            error.field,
            error.reason,
        )
    return SourcedRecord(record, message.source_file, message.source_entity)


def _id_of(content: Any) -> str:
    names = (f.name for f in content.DESCRIPTOR.fields if f.name.endswith("_id"))
    return next((value for name in names if (value := getattr(content, name))), "")


def _read(field: str, convert: Callable[[Any], Any], value: Any) -> Any:
    try:
        return convert(value)
    except ValueError as error:
        raise RecordError(field, str(error)) from None


def _amounts(message: Any, *fields: str) -> tuple[str, list[int]]:
    """Read several amounts that must be in one currency."""
    currencies = {getattr(message, field).currency_code for field in fields}
    if len(currencies) > 1:
        raise RecordError(fields[-1], f"is in another currency than {fields[0]}")
    minors = [_read(field, wire.from_money, getattr(message, field)) for field in fields]
    return currencies.pop(), minors


def _account(message: ledger_pb2.Account) -> Account:
    currency, (balance,) = _amounts(message, "balance")
    return Account(
        account_id=message.account_id,
        display_name=message.display_name,
        kind=_ACCOUNT_KIND_OF[message.kind],
        subtype=message.subtype,
        active=message.active,
        balance_minor=balance,
        currency=currency,
        source_version=message.source_version,
        facts=_facts(message),
    )


def _party(message: ledger_pb2.Party) -> Party:
    currency, (balance,) = _amounts(message, "balance")
    return Party(
        party_id=message.party_id,
        role=_ROLE_OF[message.role],
        display_name=message.display_name,
        active=message.active,
        balance_minor=balance,
        currency=currency,
        terms=_terms(message),
        source_version=message.source_version,
        facts=_facts(message),
    )


def _facts(message: Any) -> SourceFacts:
    if not message.HasField("facts"):
        return NO_FACTS
    facts = message.facts
    changed = facts.last_change_date if facts.HasField("last_change_date") else None
    total = 0
    if facts.HasField("total"):
        total = _read("facts.total", wire.from_money, facts.total)
    if total < 0:
        raise RecordError("facts.total", "must not be negative")
    return SourceFacts(
        account_ids=tuple(facts.account_ids),
        changed_date=changed and _read("facts.last_change_date", wire.from_date, changed),
        payee_id=facts.payee_id,
        total_minor=total,
        parent_account_id=facts.parent_account_id,
        states_terms=facts.states_terms,
        is_deposited=facts.deposited,
    )


def _to_facts(facts: SourceFacts, currency: str) -> ledger_pb2.SourceFacts | None:
    if facts == NO_FACTS:
        return None
    changed = facts.changed_date
    return ledger_pb2.SourceFacts(
        account_ids=facts.account_ids,
        last_change_date=None if changed is None else to_date(changed),
        payee_id=facts.payee_id,
        total=to_money(facts.total_minor, currency) if currency and facts.total_minor else None,
        parent_account_id=facts.parent_account_id,
        states_terms=facts.states_terms,
        deposited=facts.is_deposited,
    )


def _terms(message: Any) -> PaymentTerms | None:
    if not message.HasField("terms"):
        return None
    terms = message.terms
    return PaymentTerms(
        terms.display_name, terms.net_days, terms.discount_days, terms.discount_basis_points
    )


def _document(message: Any) -> dict[str, Any]:
    currency, (total, balance) = _amounts(message, "total", "balance")
    due = message.due_date if message.HasField("due_date") else None
    return {
        "document_number": message.document_number,
        "issue_date": _read("issue_date", wire.from_date, message.issue_date),
        "due_date": due and _read("due_date", wire.from_date, due),
        "total_minor": total,
        "balance_minor": balance,
        "currency": currency,
        "state": _STATE_OF[message.state],
        "terms": _terms(message),
        "source_version": message.source_version,
        "facts": _facts(message),
    }


def _bill(message: ledger_pb2.Bill) -> Bill:
    return Bill(
        bill_id=message.bill_id,
        vendor_id=message.vendor_id,
        category=_CATEGORY_OF[message.category],
        **_document(message),
    )


def _invoice(message: ledger_pb2.Invoice) -> Invoice:
    return Invoice(
        invoice_id=message.invoice_id, customer_id=message.customer_id, **_document(message)
    )


def _payment(message: ledger_pb2.Payment) -> Payment:
    currency, (total, unapplied) = _amounts(message, "total", "unapplied")
    return Payment(
        payment_id=message.payment_id,
        kind=_PAYMENT_KIND_OF[message.kind],
        party_id=message.party_id,
        payment_date=_read("payment_date", wire.from_date, message.payment_date),
        total_minor=total,
        unapplied_minor=unapplied,
        currency=currency,
        applications=tuple(_application(a, currency) for a in message.applications),
        postings=tuple(_posting(p) for p in message.postings),
        state=_STATE_OF[message.state],
        source_version=message.source_version,
        facts=_facts(message),
    )


def _application(message: ledger_pb2.Application, currency: str) -> Application:
    document = message.WhichOneof("document")
    if document is None:
        raise RecordError("applications", "names neither a bill nor an invoice")
    if message.amount.currency_code != currency:
        raise RecordError("applications.amount", "is in another currency than the payment")
    return Application(
        bill_id=message.bill_id if document == "bill_id" else None,
        invoice_id=message.invoice_id if document == "invoice_id" else None,
        amount_minor=_read("applications.amount", wire.from_money, message.amount),
    )


def _posting(message: ledger_pb2.CashPosting) -> CashPosting:
    return CashPosting(
        account_id=message.account_id,
        amount_minor=_read("postings.amount", wire.from_money, message.amount),
        category=_CATEGORY_OF[message.category],
        counterparty=message.counterparty,
    )


def _cash_transaction(message: ledger_pb2.CashTransaction) -> CashTransaction:
    currencies = {posting.amount.currency_code for posting in message.postings}
    if not currencies and message.facts.HasField("total"):
        # It moves no cash, and its size is in some currency all the same.
        currencies = {message.facts.total.currency_code}
    if len(currencies) > 1:
        raise RecordError("postings.amount", "are in several currencies")
    return CashTransaction(
        transaction_id=message.transaction_id,
        source_kind=message.source_kind,
        transaction_date=_read("transaction_date", wire.from_date, message.transaction_date),
        currency=currencies.pop() if currencies else "",
        postings=tuple(_posting(p) for p in message.postings),
        state=_STATE_OF[message.state],
        source_version=message.source_version,
        facts=_facts(message),
    )


def _deletion(message: ledger_service_pb2.Deletion) -> Deletion:
    match message.WhichOneof("record"):
        case "bill_id":
            return Deletion("bill", message.bill_id)
        case "invoice_id":
            return Deletion("invoice", message.invoice_id)
        case "payment_id":
            if not message.payment_kind:
                raise RecordError("payment_kind", "must be set with payment_id")
            return Deletion(_PAYMENT_KIND_OF[message.payment_kind].value, message.payment_id)
        case _:
            if not message.source_kind:
                raise RecordError("source_kind", "must be set with transaction_id")
            return Deletion(message.source_kind, message.transaction_id)


_READERS: dict[str, Callable[[Any], Any]] = {
    "account": _account,
    "party": _party,
    "bill": _bill,
    "invoice": _invoice,
    "payment": _payment,
    "cash_transaction": _cash_transaction,
    "deletion": _deletion,
}


def to_ledger_record(sourced: SourcedRecord) -> ledger_service_pb2.LedgerRecord:
    """Return a record on the wire."""
    record = sourced.record
    match record:
        case Account():
            content: dict[str, Any] = {"account": to_account(record)}
        case Party():
            content = {"party": to_party(record)}
        case Bill():
            content = {"bill": to_bill(record)}
        case Invoice():
            content = {"invoice": to_invoice(record)}
        case Payment():
            content = {"payment": to_payment(record)}
        case CashTransaction():
            content = {"cash_transaction": to_cash_transaction(record)}
        case Deletion():
            content = {"deletion": _to_deletion(record)}
    return ledger_service_pb2.LedgerRecord(
        source_file=sourced.source_file, source_entity=sourced.source_entity, **content
    )


def to_rejection(rejection: Rejection) -> ledger_service_pb2.Rejection:
    """Return a rejection on the wire."""
    return ledger_service_pb2.Rejection(
        source_file=rejection.source_file,
        source_entity=rejection.source_entity,
        source_id=rejection.source_id,
        field=rejection.field,
        reason=rejection.reason,
    )


def rejection(message: ledger_service_pb2.Rejection) -> Rejection:
    """Read a rejection."""
    return Rejection(
        message.source_file,
        message.source_entity,
        message.source_id,
        message.field,
        message.reason,
    )


def to_bill(bill: Bill) -> ledger_pb2.Bill:
    """Return a bill as it is imported."""
    return ledger_pb2.Bill(
        bill_id=bill.bill_id,
        vendor_id=bill.vendor_id,
        category=CATEGORIES[bill.category],
        **_to_document(bill),
    )


def to_invoice(invoice: Invoice) -> ledger_pb2.Invoice:
    """Return an invoice as it is imported."""
    return ledger_pb2.Invoice(
        invoice_id=invoice.invoice_id, customer_id=invoice.customer_id, **_to_document(invoice)
    )


def to_account(account: Account) -> ledger_pb2.Account:
    """Return an account as it is imported."""
    return ledger_pb2.Account(
        account_id=account.account_id,
        display_name=account.display_name,
        kind=ACCOUNT_KINDS[account.kind],
        subtype=account.subtype,
        active=account.active,
        balance=to_money(account.balance_minor, account.currency),
        source_version=account.source_version,
        facts=_to_facts(account.facts, account.currency),
    )


def to_party(party: Party) -> ledger_pb2.Party:
    """Return a party as it is imported."""
    return ledger_pb2.Party(
        party_id=party.party_id,
        role=PARTY_ROLES[party.role],
        display_name=party.display_name,
        active=party.active,
        balance=to_money(party.balance_minor, party.currency),
        terms=_to_terms(party.terms),
        source_version=party.source_version,
        facts=_to_facts(party.facts, party.currency),
    )


def _to_terms(terms: PaymentTerms | None) -> ledger_pb2.PaymentTerms | None:
    if terms is None:
        return None
    return ledger_pb2.PaymentTerms(
        display_name=terms.display_name,
        net_days=terms.net_days,
        discount_days=terms.discount_days,
        discount_basis_points=terms.discount_basis_points,
    )


def _to_document(document: Bill | Invoice) -> dict[str, Any]:
    return {
        "document_number": document.document_number,
        "issue_date": to_date(document.issue_date),
        "due_date": None if document.due_date is None else to_date(document.due_date),
        "total": to_money(document.total_minor, document.currency),
        "balance": to_money(document.balance_minor, document.currency),
        "state": STATES[document.state],
        "terms": _to_terms(document.terms),
        "source_version": document.source_version,
        "facts": _to_facts(document.facts, document.currency),
    }


def to_payment(payment: Payment) -> ledger_pb2.Payment:
    """Return a payment as it is imported."""
    return ledger_pb2.Payment(
        payment_id=payment.payment_id,
        kind=PAYMENT_KINDS[payment.kind],
        party_id=payment.party_id,
        payment_date=to_date(payment.payment_date),
        total=to_money(payment.total_minor, payment.currency),
        unapplied=to_money(payment.unapplied_minor, payment.currency),
        applications=[
            ledger_pb2.Application(
                bill_id=application.bill_id,
                invoice_id=application.invoice_id,
                amount=to_money(application.amount_minor, payment.currency),
            )
            for application in payment.applications
        ],
        postings=[_to_posting(posting, payment.currency) for posting in payment.postings],
        state=STATES[payment.state],
        source_version=payment.source_version,
        facts=_to_facts(payment.facts, payment.currency),
    )


def _to_posting(posting: CashPosting, currency: str) -> ledger_pb2.CashPosting:
    return ledger_pb2.CashPosting(
        account_id=posting.account_id,
        amount=to_money(posting.amount_minor, currency),
        category=CATEGORIES[posting.category],
        counterparty=posting.counterparty,
    )


def to_cash_transaction(transaction: CashTransaction) -> ledger_pb2.CashTransaction:
    """Return a cash transaction as it is imported."""
    return ledger_pb2.CashTransaction(
        transaction_id=transaction.transaction_id,
        source_kind=transaction.source_kind,
        transaction_date=to_date(transaction.transaction_date),
        postings=[_to_posting(p, transaction.currency) for p in transaction.postings],
        state=STATES[transaction.state],
        source_version=transaction.source_version,
        facts=_to_facts(transaction.facts, transaction.currency),
    )


def _to_deletion(deletion: Deletion) -> ledger_service_pb2.Deletion:
    if deletion.target == "bill":
        return ledger_service_pb2.Deletion(bill_id=deletion.record_id)
    if deletion.target == "invoice":
        return ledger_service_pb2.Deletion(invoice_id=deletion.record_id)
    if deletion.target in set(PaymentKind):
        return ledger_service_pb2.Deletion(
            payment_id=deletion.record_id,
            payment_kind=PAYMENT_KINDS[PaymentKind(deletion.target)],
        )
    return ledger_service_pb2.Deletion(
        transaction_id=deletion.record_id, source_kind=deletion.target
    )
