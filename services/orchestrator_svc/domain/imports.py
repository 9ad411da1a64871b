"""What makes a record fit to be imported, beyond its form."""

import dataclasses
import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator_svc.domain.ledger import (
    Account,
    Bill,
    CashPosting,
    CashTransaction,
    Deletion,
    DocumentState,
    Invoice,
    LedgerRecord,
    Party,
    PartyRole,
    Payment,
    PaymentKind,
    Rejection,
    SourcedRecord,
)

MAXIMUM_RECORDS = 200_000


@dataclass(frozen=True, slots=True)
class KnownIds:
    """The ids that records may refer to: those in the books and those in the same import."""

    accounts: Set[str]
    customers: Set[str]
    vendors: Set[str]
    bills: Set[str]
    invoices: Set[str]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a record does not fit: the field at fault and the reason."""

    field: str
    reason: str


def flaw(record: LedgerRecord, known: KnownIds) -> Flaw | None:
    """Return the first reason why a record does not fit into the books, or None when it fits."""
    match record:
        case Bill():
            return _document_flaw(record, "vendor_id", record.vendor_id, known.vendors)
        case Invoice():
            return _document_flaw(record, "customer_id", record.customer_id, known.customers)
        case Payment():
            return _payment_flaw(record, known)
        case CashTransaction():
            if record.source_kind in set(PaymentKind):
                return Flaw("source_kind", f"{record.source_kind} is a kind of payment")
            return _posting_flaw(record.postings, known)
        case Account() | Party() | Deletion():
            return None


def _document_flaw(
    document: Bill | Invoice, party_field: str, party_id: str, parties: Set[str]
) -> Flaw | None:
    if party_id not in parties:
        return Flaw(party_field, f"{party_id} is not in the books")
    if document.total_minor < 0:
        return Flaw("total", "must not be negative")
    if not 0 <= document.balance_minor <= document.total_minor:
        return Flaw("balance", "must lie between zero and the total")
    is_open = document.state is DocumentState.OPEN
    if is_open != (document.balance_minor > 0):
        return Flaw("state", f"is {document.state} with a balance of {document.balance_minor}")
    return None


def _payment_flaw(payment: Payment, known: KnownIds) -> Flaw | None:
    parties = known.customers if payment.kind.role is PartyRole.CUSTOMER else known.vendors
    if payment.party_id not in parties:
        return Flaw("party_id", f"{payment.party_id} is not in the books")
    if payment.total_minor < 0:
        return Flaw("total", "must not be negative")
    if not 0 <= payment.unapplied_minor <= payment.total_minor:
        return Flaw("unapplied", "must lie between zero and the total")
    for application in payment.applications:
        if application.amount_minor <= 0:
            return Flaw("applications.amount", "must be positive")
        if application.bill_id is not None and application.bill_id not in known.bills:
            return Flaw("applications.bill_id", f"{application.bill_id} is not in the books")
        if application.invoice_id is not None and application.invoice_id not in known.invoices:
            return Flaw("applications.invoice_id", f"{application.invoice_id} is not in the books")
    return _posting_flaw(payment.postings, known)


def _posting_flaw(postings: Sequence[CashPosting], known: KnownIds) -> Flaw | None:
    for posting in postings:
        if posting.account_id not in known.accounts:
            return Flaw("postings.account_id", f"{posting.account_id} is not in the books")
    return None


class Shelf(StrEnum):
    """Where records of one kind are kept; their ids are unique on it."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    BILL = "bill"
    INVOICE = "invoice"
    TRANSACTION = "ledger_transaction"


Key = tuple[Shelf, str, str]
"""A shelf, the kind of transaction ("" for anything else), and the id."""


def key_of(record: LedgerRecord) -> Key:
    """Return where a record is kept."""
    match record:
        case Account():
            return Shelf.ACCOUNT, "", record.account_id
        case Party():
            customer = record.role is PartyRole.CUSTOMER
            return (Shelf.CUSTOMER if customer else Shelf.VENDOR), "", record.party_id
        case Bill():
            return Shelf.BILL, "", record.bill_id
        case Invoice():
            return Shelf.INVOICE, "", record.invoice_id
        case Payment():
            return Shelf.TRANSACTION, record.kind.value, record.payment_id
        case CashTransaction():
            return Shelf.TRANSACTION, record.source_kind, record.transaction_id
        case Deletion(target="bill" | "invoice"):
            return Shelf(record.target), "", record.record_id
        case Deletion():
            return Shelf.TRANSACTION, record.target, record.record_id


@dataclass(frozen=True, slots=True)
class Stored:
    """What the books hold under a key: the source's version, and a digest of the content."""

    source_version: int
    digest: bytes


DELETED_DIGEST = b"deleted"


def digest_of(record: LedgerRecord) -> bytes:
    """Return a digest that differs when any field of the record differs."""
    if isinstance(record, Deletion):
        return DELETED_DIGEST
    return hashlib.blake2b(repr(dataclasses.astuple(record)).encode(), digest_size=16).digest()


@dataclass(slots=True)
class ImportPlan:
    """What an import would do. `added` and `updated` are in an order in which they can be
    written.
    """

    added: list[LedgerRecord] = field(default_factory=list)
    updated: list[LedgerRecord] = field(default_factory=list)
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)


# What is referred to comes before what refers to it.
_ORDER = list(Shelf)


def plan(records: Iterable[SourcedRecord], stored: Mapping[Key, Stored]) -> ImportPlan:
    """Decide for each record whether it is new, newer, known already, or to be refused.

    Of several records under one key the one with the highest source version counts, the last of
    equal ones; the others count as unchanged. A record that is refused is not there for others to
    refer to.
    """
    result = ImportPlan()
    newest: dict[Key, SourcedRecord] = {}
    for sourced in records:
        key = key_of(sourced.record)
        known = newest.get(key)
        if known is not None:
            result.unchanged += 1
            if _version(sourced.record) < _version(known.record):
                continue
        newest[key] = sourced
    known_ids = _known_ids(stored)
    for key in sorted(newest, key=lambda key: _ORDER.index(key[0])):
        _place(result, newest[key], key, stored.get(key), known_ids)
    return result


def _version(record: LedgerRecord) -> int:
    # A deletion comes without a version and is the last word on its record.
    return LAST_VERSION if isinstance(record, Deletion) else record.source_version


LAST_VERSION = 2**62


def _known_ids(stored: Mapping[Key, Stored]) -> dict[Shelf, set[str]]:
    ids: dict[Shelf, set[str]] = {shelf: set() for shelf in Shelf}
    for shelf, _, record_id in stored:
        ids[shelf].add(record_id)
    return ids


def _place(
    result: ImportPlan,
    sourced: SourcedRecord,
    key: Key,
    stored: Stored | None,
    ids: dict[Shelf, set[str]],
) -> None:
    record = sourced.record
    if isinstance(record, Deletion):
        if stored is None or stored.digest == DELETED_DIGEST:
            result.unchanged += 1
        else:
            result.updated.append(record)
        return
    known = KnownIds(*(ids[shelf] for shelf in _ORDER[:5]))
    if found := flaw(record, known):
        result.rejections.append(
            Rejection(sourced.source_file, sourced.source_entity, key[2], found.field, found.reason)
        )
        return
    ids[key[0]].add(key[2])
    if stored is None:
        result.added.append(record)
    elif record.source_version < stored.source_version or digest_of(record) == stored.digest:
        result.unchanged += 1
    else:
        result.updated.append(record)


def newest(known: datetime.datetime | None, given: datetime.datetime) -> datetime.datetime:
    """Return the later of two instants: an old export does not make the books older."""
    return given if known is None else max(known, given)
