"""QuickBooks responses as the records that the data-quality rules look at.

What the connector reads comes from the connector; what it does not read yet (the accounts of lines,
payees, parents of accounts, last changes, what waits for the bank) from the responses themselves.
"""

import datetime
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

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
    Transaction,
    TransactionKind,
)
from calculator_svc.engine.inputs import (
    Bill,
    Books,
    Category,
    Invoice,
    Role,
    Series,
    Settlements,
    Terms,
)
from orchestrator_svc.connectors.demo_company import generate
from orchestrator_svc.connectors.quickbooks import map_entities
from orchestrator_svc.domain import ledger

Entities = Mapping[str, Sequence[Any]]

_KINDS = {
    "Purchase": TransactionKind.PURCHASE,
    "Deposit": TransactionKind.DEPOSIT,
    "Transfer": TransactionKind.TRANSFER,
    "JournalEntry": TransactionKind.JOURNAL_ENTRY,
    "SalesReceipt": TransactionKind.SALES_RECEIPT,
}
_RESTRICTED = frozenset({"TrustAccounts", "RentsHeldInTrust"})
_HISTORY_DAYS = 400


def read_entities(folder: Path) -> dict[str, list[Any]]:
    """Return the records of each entity of a folder of responses."""
    entities = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        entities[path.stem] = content["QueryResponse"].get(path.stem, [])
    return entities


def demo_records(as_of: datetime.date, seed: int = 1) -> Records:
    """Return the records of the demo company."""
    responses = generate(as_of, seed)
    return hygiene_records(
        {name: response["QueryResponse"][name] for name, response in responses.items()}, as_of
    )


def hygiene_records(entities: Entities, as_of: datetime.date) -> Records:
    """Return the records of a company on a day."""
    found: dict[type, list[Any]] = defaultdict(list)
    for sourced in map_entities(entities, synced_at=None).records:
        found[type(sourced.record)].append(sourced.record)
    raw = {
        (entity, str(record["Id"])): record
        for entity, records in entities.items()
        for record in records
        if "Id" in record
    }
    reader = _Reader(found, raw, as_of.toordinal())
    preferences = entities.get("Preferences", ())
    closed = [p.get("AccountingInfoPrefs", {}).get("BookCloseDate") for p in preferences]
    return Records(
        books=reader.books(),
        documents=reader.documents,
        parties=[reader.party(one) for one in found[ledger.Party]],
        accounts=reader.accounts,
        payments=reader.payments,
        transactions=[reader.transaction(one) for one in found[ledger.CashTransaction]],
        undeposited=reader.undeposited(),
        synced=as_of.toordinal(),
        closed_through=_iso(closed[0]) if closed and closed[0] else None,
    )


class _Reader:
    def __init__(
        self, found: Mapping[type, list[Any]], raw: Mapping[tuple[str, str], Any], as_of: int
    ) -> None:
        self.found, self.raw, self.as_of = found, raw, as_of
        self.parents = [str(one["ParentRef"]["value"]) for one in raw.values() if _has_parent(one)]
        self.accounts = [self.account(one) for one in found[ledger.Account]]
        self.documents = [
            *(self.document(one, Role.CUSTOMER) for one in found[ledger.Invoice]),
            *(self.document(one, Role.VENDOR) for one in found[ledger.Bill]),
        ]
        self.payments = [self.payment(one) for one in found[ledger.Payment]]

    def changed(self, entity: str, key: str) -> int | None:
        stamp = self.raw[entity, key].get("MetaData", {}).get("LastUpdatedTime")
        return _iso(stamp[:10]) if stamp else None

    def account(self, one: ledger.Account) -> Account:
        record = self.raw["Account", one.account_id]
        moved = [
            (day.toordinal(), posting.amount_minor)
            for day, posting in self.postings()
            if posting.account_id == one.account_id
        ]
        return Account(
            id=one.account_id,
            name=one.display_name,
            kind=AccountKind[one.kind.name],
            balance=one.balance_minor,
            active=one.active,
            restricted=one.subtype in _RESTRICTED,
            parent_id=str(record["ParentRef"]["value"]) if _has_parent(record) else "",
            is_uncategorised=record["Name"].startswith("Uncategorized"),
            is_opening_balance_equity=one.subtype == "OpeningBalanceEquity",
            movement_days=[day for day, _ in moved],
            movement_amounts=[amount for _, amount in moved],
        )

    def postings(self) -> list[tuple[datetime.date, ledger.CashPosting]]:
        return [
            *((o.payment_date, p) for o in self.found[ledger.Payment] for p in o.postings),
            *(
                (o.transaction_date, p)
                for o in self.found[ledger.CashTransaction]
                for p in o.postings
            ),
        ]

    def document(self, one: Any, role: Role) -> Document:
        entity = "Invoice" if role is Role.CUSTOMER else "Bill"
        key = one.invoice_id if role is Role.CUSTOMER else one.bill_id
        return Document(
            id=key,
            role=role,
            party_id=one.customer_id if role is Role.CUSTOMER else one.vendor_id,
            number=one.document_number,
            issue=one.issue_date.toordinal(),
            due=one.due_date.toordinal() if one.due_date else None,
            total=one.total_minor,
            balance=one.balance_minor,
            currency=one.currency,
            state=State[one.state.name],
            terms=_terms(one.terms),
            accounts=_accounts_of(self.raw[entity, key]),
            changed=self.changed(entity, key),
        )

    def payment(self, one: ledger.Payment) -> Payment:
        entity = one.kind.value.title().replace("_", "").replace("CustomerPayment", "Payment")
        return Payment(
            id=one.payment_id,
            kind=PaymentKind[one.kind.name],
            party_id=one.party_id,
            day=one.payment_date.toordinal(),
            total=one.total_minor,
            unapplied=one.unapplied_minor,
            currency=one.currency,
            state=State[one.state.name],
            settles=tuple(a.bill_id or a.invoice_id or "" for a in one.applications),
            changed=self.changed(entity, one.payment_id),
        )

    def transaction(self, one: ledger.CashTransaction) -> Transaction:
        record = self.raw[one.source_kind, one.transaction_id]
        who = record.get("EntityRef") or record.get("CustomerRef") or {}
        lines = [Decimal(str(line.get("Amount", 0))) for line in record.get("Line", ())]
        total = Decimal(str(record.get("TotalAmt") or record.get("Amount") or sum(lines)))
        return Transaction(
            id=one.transaction_id,
            kind=_KINDS[one.source_kind],
            day=one.transaction_date.toordinal(),
            amount=int(abs(total) * 100),
            currency=one.currency,
            payee=str(who.get("value", "")),
            accounts=_accounts_of(record),
            state=State[one.state.name],
            changed=self.changed(one.source_kind, one.transaction_id),
        )

    def party(self, one: ledger.Party) -> Party:
        entity, field = ("Customer", "SalesTermRef")
        if one.role is ledger.PartyRole.VENDOR:
            entity, field = ("Vendor", "TermRef")
        record = self.raw.get((entity, one.party_id), {})
        role = Role.CUSTOMER if one.role is ledger.PartyRole.CUSTOMER else Role.VENDOR
        return Party(
            id=one.party_id,
            role=role,
            name=one.display_name,
            balance=one.balance_minor,
            active=one.active,
            states_terms=field in record,
            terms=_terms(one.terms),
        )

    def undeposited(self) -> list[Receipt]:
        waiting = {one.id for one in self.accounts if one.kind is AccountKind.UNDEPOSITED_FUNDS}
        found = []
        for one in self.found[ledger.Payment]:
            record = self.raw.get(("Payment", one.payment_id), {})
            is_deposited = any(t["TxnType"] == "Deposit" for t in record.get("LinkedTxn", ()))
            amount = sum(p.amount_minor for p in one.postings if p.account_id in waiting)
            if amount and not is_deposited:
                day = one.payment_date.toordinal()
                found.append(Receipt(one.payment_id, one.party_id, day, amount))
        return found

    def books(self) -> Books:
        cash = {
            one.id for one in self.accounts if one.kind is AccountKind.BANK and not one.restricted
        }
        names = {
            (one.role.name, one.party_id): one.display_name for one in self.found[ledger.Party]
        }
        return Books(
            as_of=self.as_of,
            cash=sum(one.balance for one in self.accounts if one.id in cash),
            bills=[
                Bill(
                    one.bill_id,
                    one.vendor_id,
                    names.get(("VENDOR", one.vendor_id), ""),
                    one.issue_date.toordinal(),
                    one.due_date.toordinal() if one.due_date else None,
                    one.balance_minor,
                    _terms(one.terms),
                    Category[one.category.name],
                )
                for one in self.found[ledger.Bill]
                if self.counts(one)
            ],
            invoices=[
                Invoice(
                    one.invoice_id,
                    one.customer_id,
                    names.get(("CUSTOMER", one.customer_id), ""),
                    one.issue_date.toordinal(),
                    one.due_date.toordinal() if one.due_date else None,
                    one.balance_minor,
                    _terms(one.terms),
                )
                for one in self.found[ledger.Invoice]
                if self.counts(one)
            ],
            history=self.history(cash),
            settlements=self.settlements(),
        )

    def counts(self, one: Any) -> bool:
        return one.state is ledger.DocumentState.OPEN and one.issue_date.toordinal() <= self.as_of

    def history(self, cash: set[str]) -> list[Series]:
        series: dict[tuple[str, str], Series] = {}
        for day, posting in self.postings():
            ago = self.as_of - day.toordinal()
            if posting.account_id not in cash or not 0 <= ago < _HISTORY_DAYS:
                continue
            key = posting.category.name, posting.counterparty
            new = Series(Category[posting.category.name], posting.counterparty, [], [])
            one = series.setdefault(key, new)
            one.days_ago.append(ago)
            one.amounts.append(posting.amount_minor)
        return list(series.values())

    def settlements(self) -> list[Settlements]:
        settled: dict[tuple[Role, str], int] = {}
        for payment in self.payments:
            for key in payment.settles:
                at = payment.kind.role, key
                settled[at] = max(settled.get(at, 0), payment.day)
        found: dict[tuple[Role, str], Settlements] = {}
        for one in self.documents:
            day = settled.get((one.role, one.id))
            if one.state is not State.PAID or day is None:
                continue
            if not 0 <= self.as_of - day < _HISTORY_DAYS:
                continue
            at = one.role, one.party_id
            party = found.setdefault(at, Settlements(one.role, one.party_id, [], []))
            due = one.due if one.due is not None else one.issue + 30
            party.days_to_pay.append(day - one.issue)
            party.days_late.append(day - due)
        return list(found.values())


def _has_parent(record: Mapping[str, Any]) -> bool:
    return "AccountType" in record and "ParentRef" in record


def _terms(terms: ledger.PaymentTerms | None) -> Terms | None:
    if terms is None:
        return None
    return Terms(terms.net_days, terms.discount_days, terms.discount_basis_points)


def _accounts_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for line in record.get("Line", ()):
        detail = line.get(line.get("DetailType", ""), {})
        for field in ("AccountRef", "ItemAccountRef"):
            if field in detail:
                found.append(str(detail[field]["value"]))
    return tuple(dict.fromkeys(found))


def _iso(text: str) -> int:
    return datetime.date.fromisoformat(text).toordinal()
