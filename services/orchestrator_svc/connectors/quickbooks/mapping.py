"""Mapping a company's QuickBooks entities to ledger records; a wrong record is a rejection."""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from orchestrator_svc.connectors.quickbooks import accounts, cash, documents, fields, parties
from orchestrator_svc.connectors.quickbooks import payments as settlements
from orchestrator_svc.connectors.quickbooks.accounts import Chart
from orchestrator_svc.connectors.quickbooks.fields import FieldError, Json
from orchestrator_svc.domain.ledger import (
    Account,
    Bill,
    Deletion,
    Invoice,
    LedgerRecord,
    Party,
    PartyRole,
    Payment,
    PaymentKind,
    PaymentTerms,
    Rejection,
    SourcedRecord,
    SourceReading,
)

USED = (
    "CompanyInfo",
    "Preferences",
    "Account",
    "Customer",
    "Vendor",
    "Invoice",
    "Bill",
    "Payment",
    "BillPayment",
    "CreditMemo",
    "VendorCredit",
    "Purchase",
    "Deposit",
    "JournalEntry",
    "Transfer",
    "SalesReceipt",
)

# What a deleted record of an entity was kept as.
_DELETED = {
    "Invoice": "invoice",
    "Bill": "bill",
    "Payment": PaymentKind.CUSTOMER_PAYMENT.value,
    "BillPayment": PaymentKind.BILL_PAYMENT.value,
    "CreditMemo": PaymentKind.CREDIT_MEMO.value,
    "VendorCredit": PaymentKind.VENDOR_CREDIT.value,
}


def map_entities(
    entities: Mapping[str, Sequence[Any]],
    files: Mapping[str, str] | None = None,
    synced_at: datetime.datetime | None = None,
) -> SourceReading:
    """Map entities by name, each a sequence of records as QuickBooks' API gives them.

    `files` names where each entity was read. Nothing is raised for a wrong record: it is listed as
    unreadable, with its field.
    """
    return _Reading(entities, files or {}).read(synced_at)


class _Reading:
    """One pass over a company's entities, in an order in which each can look up what it needs."""

    def __init__(self, entities: Mapping[str, Sequence[Any]], files: Mapping[str, str]) -> None:
        self._entities = entities
        self._files = files
        self._records: list[SourcedRecord] = []
        self._unreadable: list[Rejection] = []
        self._home = _home_currency(entities)
        self._terms_by_id = _terms_by_id(entities)

    def read(self, synced_at: datetime.datetime | None) -> SourceReading:
        home, terms = self._home, self._terms_by_id
        found = self._each("Account", lambda record: accounts.account(record, home))
        chart = Chart({a.account_id: a for a in found if isinstance(a, Account)})
        known = self._parties(terms)
        self._invoices(known)
        bills = self._bills(chart, known)
        categories = {bill.bill_id: bill.category for bill in bills}
        self._each("Payment", lambda r: settlements.customer_payment(r, home, chart))
        self._each("BillPayment", lambda r: settlements.bill_payment(r, home, chart, categories))
        for entity, kind in (
            ("CreditMemo", PaymentKind.CREDIT_MEMO),
            ("VendorCredit", PaymentKind.VENDOR_CREDIT),
        ):
            self._each(entity, partial(settlements.credit, kind=kind, home=home))
        self._cash(chart)
        self._add_missing_parties(known)
        return SourceReading(
            records=self._records,
            unreadable=self._unreadable,
            skipped=[
                (entity, "Runway does not use it")
                for entity in sorted(self._entities)
                if entity not in USED
            ],
            synced_at=synced_at,
            company_name=_company_name(self._entities),
            currency=home,
        )

    def _parties(self, terms: dict[str, str]) -> dict[tuple[PartyRole, str], PaymentTerms | None]:
        known: dict[tuple[PartyRole, str], PaymentTerms | None] = {}
        for entity, role in (("Customer", PartyRole.CUSTOMER), ("Vendor", PartyRole.VENDOR)):
            read = partial(parties.party, role=role, home=self._home, terms_by_id=terms)
            for record in self._each(entity, read):
                if isinstance(record, Party):
                    known[role, record.party_id] = record.terms
        return known

    def _invoices(self, known: Mapping[tuple[PartyRole, str], PaymentTerms | None]) -> None:
        def read(record: Json) -> LedgerRecord:
            customer = PartyRole.CUSTOMER, fields.reference(record, "CustomerRef")
            return documents.invoice(record, self._home, known.get(customer))

        self._each("Invoice", read)

    def _bills(
        self, chart: Chart, known: Mapping[tuple[PartyRole, str], PaymentTerms | None]
    ) -> list[Bill]:
        def read(record: Json) -> LedgerRecord:
            vendor = PartyRole.VENDOR, fields.reference(record, "VendorRef")
            return documents.bill(record, self._home, chart, known.get(vendor))

        return [record for record in self._each("Bill", read) if isinstance(record, Bill)]

    def _cash(self, chart: Chart) -> None:
        payers = self._payers(chart)
        readers: dict[str, Callable[[Json], LedgerRecord]] = {
            "Purchase": lambda r: cash.purchase(r, self._home, chart),
            "SalesReceipt": lambda r: cash.sales_receipt(r, self._home, chart),
            "Transfer": lambda r: cash.transfer(r, self._home, chart),
            "JournalEntry": lambda r: cash.journal_entry(r, self._home, chart),
            "Deposit": lambda r: cash.deposit(r, self._home, chart, payers),
        }
        for entity, reader in readers.items():
            self._each(entity, reader)

    def _payers(self, chart: Chart) -> dict[str, tuple[str, str]]:
        """Return who paid, and where the money waits, by the id of the payment."""
        payers: dict[str, tuple[str, str]] = {}
        for entity in ("Payment", "SalesReceipt"):
            for record in self._entities.get(entity, ()):
                try:
                    account = fields.reference(record, "DepositToAccountRef")
                    name = fields.reference_name(record, "CustomerRef")
                    payers[fields.text(record, "Id")] = name, account or chart.undeposited()
                except (FieldError, AttributeError):
                    continue  # rejected where it is read for itself
        return payers

    def _each(self, entity: str, read: Callable[[Json], LedgerRecord]) -> list[LedgerRecord]:
        """Read every record of an entity; what cannot be read becomes a rejection."""
        file, found = self._files.get(entity, ""), []
        for record in self._entities.get(entity, ()):
            try:
                found.append(_read(entity, record, read))
            except FieldError as error:
                self._unreadable.append(
                    Rejection(file, entity, _id_of(record), error.field, error.reason)
                )
        self._records += [SourcedRecord(record, file, entity) for record in found]
        return found

    def _add_missing_parties(
        self, known: Mapping[tuple[PartyRole, str], PaymentTerms | None]
    ) -> None:
        """Add those that documents refer to: QuickBooks leaves inactive ones out of its answers."""
        missing: dict[tuple[PartyRole, str], Party] = {}
        names = self._names()
        for sourced in self._records:
            match sourced.record:
                case Invoice(customer_id=party_id, currency=currency):
                    key = PartyRole.CUSTOMER, party_id
                case Bill(vendor_id=party_id, currency=currency):
                    key = PartyRole.VENDOR, party_id
                case Payment(party_id=party_id, currency=currency, kind=kind):
                    key = kind.role, party_id
                case _:
                    continue
            if key not in known and key not in missing:
                missing[key] = parties.placeholder(party_id, key[0], names.get(key, ""), currency)
        self._records += [
            SourcedRecord(party, "", party.role.name.title()) for party in missing.values()
        ]

    def _names(self) -> dict[tuple[PartyRole, str], str]:
        names: dict[tuple[PartyRole, str], str] = {}
        for records in self._entities.values():
            for record in records:
                for role, field in (
                    (PartyRole.CUSTOMER, "CustomerRef"),
                    (PartyRole.VENDOR, "VendorRef"),
                ):
                    try:
                        name = fields.reference_name(record, field)
                        names.setdefault((role, fields.reference(record, field)), name)
                    except (FieldError, AttributeError):
                        continue
        return names


def _read(entity: str, record: Any, read: Callable[[Json], LedgerRecord]) -> LedgerRecord:
    if not isinstance(record, Mapping):
        raise FieldError("", "is no object")
    record_id = fields.required_text(record, "Id")
    if len(record_id) > 128:
        raise FieldError("Id", "is longer than 128 characters")
    if fields.text(record, "status") == "Deleted":
        return Deletion(_DELETED.get(entity, entity), record_id)
    return read(record)


def _id_of(record: Any) -> str:
    value = record.get("Id") if isinstance(record, Mapping) else None
    return str(value)[:128].replace("\0", "") if value is not None else ""


def _first(entities: Mapping[str, Sequence[Any]], entity: str) -> Json:
    records = entities.get(entity) or [{}]
    return records[0] if isinstance(records[0], Mapping) else {}


def _company_name(entities: Mapping[str, Sequence[Any]]) -> str:
    try:
        return fields.text(_first(entities, "CompanyInfo"), "CompanyName")[:256]
    except FieldError:
        return ""


def _home_currency(entities: Mapping[str, Sequence[Any]]) -> str:
    """Return the company's currency: as its preferences say, else that of most records."""
    try:
        prefs = fields.child(_first(entities, "Preferences"), "CurrencyPrefs")
        if code := fields.reference(prefs, "HomeCurrency"):
            return code
    except FieldError:
        pass
    codes: Counter[str] = Counter()
    for records in entities.values():
        for record in records:
            try:
                codes[fields.reference(record, "CurrencyRef")] += 1
            except (FieldError, AttributeError):
                continue
    del codes[""]
    return codes.most_common(1)[0][0] if codes else "USD"


def _terms_by_id(entities: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Return the names of payment terms by id, as any document carries them."""
    names: dict[str, str] = {}
    for records in entities.values():
        for record in records:
            try:
                name = fields.reference_name(record, "SalesTermRef")
                if name:
                    names[fields.reference(record, "SalesTermRef")] = name
            except (FieldError, AttributeError):
                continue
    return names
