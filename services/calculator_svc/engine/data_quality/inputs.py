"""What the rules look at: the records behind the books, also those that are settled.

Amounts are minor units in a record's own currency; days are in the business's own time zone, so
that an instant (a last change, a sync) comes as the day on which it fell there. Numbers of the
enumerations are those of the protos.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from calculator_svc.engine.inputs import Books, Day, Role, Terms


class State(IntEnum):
    """Where a record stands; voided and deleted ones are history and no rule looks at them."""

    UNSPECIFIED = 0
    OPEN = 1
    PAID = 2
    VOIDED = 3
    DELETED = 4


class AccountKind(IntEnum):
    """What an account is for."""

    UNSPECIFIED = 0
    BANK = 1
    UNDEPOSITED_FUNDS = 2
    ACCOUNTS_RECEIVABLE = 3
    ACCOUNTS_PAYABLE = 4
    CREDIT_CARD = 5
    OTHER_ASSET = 6
    OTHER_LIABILITY = 7
    EQUITY = 8
    INCOME = 9
    EXPENSE = 10


class PaymentKind(IntEnum):
    """What kind of settlement a payment is."""

    UNSPECIFIED = 0
    CUSTOMER_PAYMENT = 1
    BILL_PAYMENT = 2
    CREDIT_MEMO = 3
    VENDOR_CREDIT = 4

    @property
    def role(self) -> Role:
        """Return on which side of the business the payment's party stands."""
        sold = self is PaymentKind.CUSTOMER_PAYMENT or self is PaymentKind.CREDIT_MEMO
        return Role.CUSTOMER if sold else Role.VENDOR


class TransactionKind(IntEnum):
    """What kind of record a transaction is."""

    OTHER = 0
    PURCHASE = 1
    DEPOSIT = 2
    TRANSFER = 3
    JOURNAL_ENTRY = 4
    SALES_RECEIPT = 5


@dataclass(slots=True)
class Document:
    """An invoice (its party is a customer) or a bill (a vendor), open or not.

    `currency` is "" where the source says none; `accounts` are those that its lines are coded to;
    `changed` is the day of its last change.
    """

    id: str
    role: Role
    party_id: str
    number: str
    issue: Day
    due: Day | None
    total: int
    balance: int
    currency: str
    state: State = State.OPEN
    terms: Terms | None = None
    accounts: tuple[str, ...] = ()
    changed: Day | None = None


@dataclass(slots=True)
class Party:
    """A customer or vendor; `balance` is what the source says is owed, credits deducted.

    `states_terms` is true also where terms are stated that say nothing in days: a name that nobody
    can read is another fault than none.
    """

    id: str
    role: Role
    name: str
    balance: int
    active: bool = True
    states_terms: bool = True
    terms: Terms | None = None


@dataclass(slots=True)
class Account:
    """An account in the source's sign: assets positive, liabilities negative.

    `movement_days` and `movement_amounts` are columns of one length, in any order: how the account
    moved, where it holds cash.
    """

    id: str
    name: str
    kind: AccountKind
    balance: int
    active: bool = True
    restricted: bool = False
    parent_id: str = ""
    is_uncategorised: bool = False
    is_opening_balance_equity: bool = False
    movement_days: list[Day] = field(default_factory=list)
    movement_amounts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Payment:
    """A payment or credit; `settles` are the ids of documents of its party's role."""

    id: str
    kind: PaymentKind
    party_id: str
    day: Day
    total: int
    unapplied: int
    currency: str
    state: State = State.PAID
    settles: tuple[str, ...] = ()
    changed: Day | None = None


@dataclass(slots=True)
class Transaction:
    """A record that settles no document. `amount` is positive, its size.

    `accounts` are those that it is coded to: of a journal entry all of its lines', else those
    beside the account that holds the money. `payee` is the party's id or name, "" without one.
    """

    id: str
    kind: TransactionKind
    day: Day
    amount: int
    currency: str
    payee: str = ""
    accounts: tuple[str, ...] = ()
    state: State = State.PAID
    changed: Day | None = None


@dataclass(slots=True)
class Receipt:
    """Money that waits for the bank; `id` is that of its payment, or of its sales receipt."""

    id: str
    party_id: str
    day: Day
    amount: int
    is_sale: bool = False


@dataclass(slots=True)
class SyncGap:
    """Days, both included, of which changes were not read from the source."""

    first: Day
    last: Day


@dataclass(slots=True)
class Records:
    """All that is known of a business's books on the day `books.as_of`.

    `books` are what the runway is calculated from; `documents` are the open ones, also those that
    are dated in the future, and those that were issued or settled in the 400 days before. `synced`
    is the day of the last sync; `closed_through` the last day of the closed books and `closed_on`
    the day on which they were closed, where known. `rates` are currencies besides the books' own of
    which a rate is known.
    """

    books: Books
    documents: list[Document] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    undeposited: list[Receipt] = field(default_factory=list)
    synced: Day | None = None
    sync_gaps: list[SyncGap] = field(default_factory=list)
    closed_through: Day | None = None
    closed_on: Day | None = None
    rates: frozenset[str] = frozenset()
