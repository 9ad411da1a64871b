"""The records of a business's books as they are imported and stored.

Money is an integer of minor units beside a currency code (ISO 4217); dates are calendar dates in
the business's time zone. Enumerations hold the text that the database stores.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class AccountKind(StrEnum):
    """What an account is for. Only unrestricted BANK accounts count as cash."""

    BANK = "bank"
    UNDEPOSITED_FUNDS = "undeposited_funds"
    ACCOUNTS_RECEIVABLE = "accounts_receivable"
    ACCOUNTS_PAYABLE = "accounts_payable"
    CREDIT_CARD = "credit_card"
    OTHER_ASSET = "other_asset"
    OTHER_LIABILITY = "other_liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class PartyRole(StrEnum):
    """Which side of the business a party stands on."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


class VendorTier(StrEnum):
    """How much the business can let a vendor wait: T1, T2, T3."""

    CRITICAL = "critical"
    KEY = "key"
    DEFERRABLE = "deferrable"


class DocumentState(StrEnum):
    """Where a document stands. Voided and deleted ones are history and never counted."""

    OPEN = "open"
    PAID = "paid"
    VOIDED = "voided"
    DELETED = "deleted"


class CashCategory(StrEnum):
    """What a cash flow is for."""

    UNSPECIFIED = "unspecified"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    PAYROLL = "payroll"
    TAX = "tax"
    RENT = "rent"
    FINANCING = "financing"
    TRANSFER = "transfer"
    OTHER = "other"


class PaymentKind(StrEnum):
    """What kind of settlement a payment is; it says which role its party has."""

    CUSTOMER_PAYMENT = "customer_payment"
    BILL_PAYMENT = "bill_payment"
    CREDIT_MEMO = "credit_memo"
    VENDOR_CREDIT = "vendor_credit"

    @property
    def role(self) -> PartyRole:
        """Return on which side of the business the payment's party stands."""
        sold = self in (PaymentKind.CUSTOMER_PAYMENT, PaymentKind.CREDIT_MEMO)
        return PartyRole.CUSTOMER if sold else PartyRole.VENDOR


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """When a document falls due, and what paying early earns (200 basis points = 2%)."""

    display_name: str = ""
    net_days: int = 0
    discount_days: int = 0
    discount_basis_points: int = 0


@dataclass(frozen=True, slots=True)
class LateFee:
    """What a vendor charges for being late: once, and in basis points of the balance a month."""

    once_minor: int = 0
    monthly_basis_points: int = 0


@dataclass(frozen=True, slots=True)
class LatePaymentTerms:
    """What is documented of being late with a vendor; without a fee nothing is documented of it.

    `grace_days` follow on the due date. When `late_breaks_law`, its bills are never late.
    """

    grace_days: int = 0
    late_breaks_law: bool = False
    late_fee: LateFee | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a source says of a record besides what the books are made from: the hygiene rules look
    at it.

    `account_ids` are those that its lines are booked against, in their order; `changed_date` is the
    day of its last change at the source, in the source's own time. `payee_id` and `total_minor` are
    of cash transactions, `parent_account_id` of accounts, `states_terms` of parties, and
    `is_deposited` of payments that were undeposited once.
    """

    account_ids: Sequence[str] = ()
    changed_date: datetime.date | None = None
    payee_id: str = ""
    total_minor: int = 0
    parent_account_id: str = ""
    states_terms: bool = False
    is_deposited: bool = False


NO_FACTS = SourceFacts()


@dataclass(frozen=True, slots=True)
class Account:
    """An account; assets positive, liabilities negative."""

    account_id: str
    display_name: str
    kind: AccountKind
    subtype: str
    active: bool
    balance_minor: int
    currency: str
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Party:
    """A customer or vendor, with what the source says is owed."""

    party_id: str
    role: PartyRole
    display_name: str
    active: bool
    balance_minor: int
    currency: str
    terms: PaymentTerms | None
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Bill:
    """What the business owes a vendor for one delivery; amounts never negative."""

    bill_id: str
    vendor_id: str
    document_number: str
    issue_date: datetime.date
    due_date: datetime.date | None
    total_minor: int
    balance_minor: int
    currency: str
    state: DocumentState
    terms: PaymentTerms | None
    category: CashCategory
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Invoice:
    """What a customer owes the business for one delivery; amounts never negative."""

    invoice_id: str
    customer_id: str
    document_number: str
    issue_date: datetime.date
    due_date: datetime.date | None
    total_minor: int
    balance_minor: int
    currency: str
    state: DocumentState
    terms: PaymentTerms | None
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a payment or credit that settles one bill or one invoice; exactly one is set."""

    bill_id: str | None
    invoice_id: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CashPosting:
    """One change of one cash-like account (bank, undeposited funds, credit card).

    Positive is into the account. `counterparty` is the customer, vendor or account on the other
    side as a person would name it; postings of one category and counterparty form a series of
    history.
    """

    account_id: str
    amount_minor: int
    category: CashCategory
    counterparty: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment or a credit, what it settles and how it moved cash; amounts never negative."""

    payment_id: str
    kind: PaymentKind
    party_id: str
    payment_date: datetime.date
    total_minor: int
    unapplied_minor: int
    currency: str
    applications: Sequence[Application]
    postings: Sequence[CashPosting]
    state: DocumentState
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class CashTransaction:
    """A cash transaction that settles no open document."""

    transaction_id: str
    source_kind: str
    transaction_date: datetime.date
    currency: str
    postings: Sequence[CashPosting]
    state: DocumentState
    source_version: int
    facts: SourceFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Deletion:
    """The news that the source has deleted a record, of which nothing else is known.

    `target` is "bill", "invoice", or the stored kind of a payment or cash transaction
    (`PaymentKind`'s text, or the source's kind such as "Purchase").
    """

    target: str
    record_id: str


LedgerRecord = Account | Party | Bill | Invoice | Payment | CashTransaction | Deletion


@dataclass(frozen=True, slots=True)
class SourcedRecord:
    """A record and where it was read, so that a rejection can name it."""

    record: LedgerRecord
    source_file: str = ""
    source_entity: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that could not be read from its source or does not fit into the books."""

    source_file: str
    source_entity: str
    source_id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What a connector read from a source.

    `synced_at` is the instant at which the source answered; `skipped` names the entities that are
    there and not used, each with why.
    """

    records: Sequence[SourcedRecord]
    unreadable: Sequence[Rejection]
    skipped: Sequence[tuple[str, str]]
    synced_at: datetime.datetime | None
    company_name: str = ""
    currency: str = ""
    books_closed_through: datetime.date | None = None
