"""What the engine calculates from: a business's books on one day, and how it wants to be judged.

The numbers of the enumerations are those of the protos; a test compares them.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calculator_svc.engine.receivables.profile import Profile

Day = int
"""A calendar date as its proleptic Gregorian ordinal (`datetime.date.toordinal`)."""

HORIZON_DAYS = 91
"""How many days ahead everything looks: 13 weeks."""


class Category(IntEnum):
    """What a cash flow is for."""

    UNSPECIFIED = 0
    CUSTOMER = 1
    VENDOR = 2
    PAYROLL = 3
    TAX = 4
    RENT = 5
    FINANCING = 6
    TRANSFER = 7
    OTHER = 8


class Tier(IntEnum):
    """How much a vendor can be let wait: T1, T2, T3."""

    UNSPECIFIED = 0
    CRITICAL = 1
    KEY = 2
    DEFERRABLE = 3


class Role(IntEnum):
    """Which side of the business a party stands on."""

    UNSPECIFIED = 0
    CUSTOMER = 1
    VENDOR = 2


class Repeat(IntEnum):
    """How often a planned item comes back."""

    ONCE = 0
    WEEKLY = 1
    BIWEEKLY = 2
    MONTHLY = 3
    QUARTERLY = 4


class Action(Enum):
    """What a decision does about its document; the first five are about bills."""

    PAY_NOW = "pay_now"
    SCHEDULE = "schedule_payment"
    DELAY = "delay_payment"
    PART_PAYMENT = "part_payment"
    EARMARK = "earmark"
    COLLECT = "collect"
    WRITE_OFF = "write_off"


_CRITICAL = Tier.CRITICAL
_CRITICAL_BY_LAW = frozenset({Category.PAYROLL, Category.TAX})
_TIER_OF_CATEGORY = {Category.RENT: Tier.CRITICAL}


@dataclass(slots=True)
class Terms:
    """When a document falls due after its issue; the early-payment discount in basis points."""

    net_days: int
    discount_days: int = 0
    discount_basis_points: int = 0


@dataclass(slots=True)
class LateFee:
    """What a vendor charges for being late: once, and in basis points of the balance a month."""

    once: int = 0
    monthly_basis_points: int = 150


@dataclass(slots=True)
class Bill:
    """An open bill; `balance` is what is still owed, never negative.

    `grace_days` are the documented days after the due date on which it is still in time, `late_fee`
    is what being late is documented to cost, and `by_law` marks what a court, a licence or an
    insurer asks for: never late, like payroll and tax.
    """

    id: str
    party_id: str
    name: str
    issue: Day
    due: Day | None
    balance: int
    terms: Terms | None = None
    category: Category = Category.UNSPECIFIED
    tier: Tier = Tier.UNSPECIFIED
    grace_days: int = 0
    late_fee: LateFee | None = None
    by_law: bool = False

    @property
    def is_critical(self) -> bool:
        """Return whether the bill can never be late.

        Payroll and tax are law, and what is marked so, whatever the vendor's tier. Else the tier
        that the business gave decides, and where it gave none, rent is critical as well.
        """
        if self.by_law or self.category in _CRITICAL_BY_LAW:
            return True
        return (self.tier or _TIER_OF_CATEGORY.get(self.category)) is _CRITICAL


@dataclass(slots=True)
class Invoice:
    """An open invoice; `balance` is what is still owed, never negative.

    `dispute` is why its customer contests it; empty for one that nobody contests.
    """

    id: str
    party_id: str
    name: str
    issue: Day
    due: Day | None
    balance: int
    terms: Terms | None = None
    dispute: str = ""


@dataclass(slots=True)
class Planned:
    """A known-future cash flow entered by hand: positive comes in, negative goes out.

    `changed` is the day on which somebody entered or last changed it, None where nothing says so.
    """

    id: str
    name: str
    amount: int
    first: Day
    repeat: Repeat = Repeat.ONCE
    end: Day | None = None
    category: Category = Category.UNSPECIFIED
    changed: Day | None = None


@dataclass(slots=True)
class Earmark:
    """Cash set aside by hand up to and including `release`; without one, for good. Positive."""

    id: str
    name: str
    amount: int
    release: Day | None = None


@dataclass(slots=True)
class Decision:
    """What is to be done about one document; `amount` and `day` only where the action has them."""

    id: str
    action: Action
    document_id: str
    day: Day | None = None
    amount: int = 0


@dataclass(slots=True)
class Series:
    """Past movements with one category and counterparty: columns of one length, in any order.

    `days_ago` counts back from as_of, 0 is that day itself; `amounts` are positive for inflows.
    """

    category: Category
    counterparty: str
    days_ago: list[int]
    amounts: list[int]


@dataclass(slots=True)
class Settlements:
    """How one party settled past documents: days from issue, and from the due date, to payment; how
    many days before as_of that was, and their totals, either empty where nothing says so.
    """

    role: Role
    party_id: str
    days_to_pay: list[int]
    days_late: list[int]
    days_ago: list[int] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Policy:
    """How a runway is judged: thresholds of its status in days, and the floor of cash."""

    critical_days: int = 30
    warning_days: int = 60
    healthy_days: int = 120
    cash_floor: int = 0


@dataclass(slots=True)
class Books:
    """A business's books on the day `as_of`, all in one currency.

    `minor_units` is how many minor units one unit of the currency has; it serves for words alone.
    `profile` is how customers pay, as it is kept; `engine.pay_dates` says when it is taken. An id
    is there once among the bills, and once among the invoices.
    """

    as_of: Day
    currency: str = "USD"
    minor_units: int = 100
    cash: int = 0
    bills: list[Bill] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    earmarks: list[Earmark] = field(default_factory=list)
    queued: list[Decision] = field(default_factory=list)
    pending: list[Decision] = field(default_factory=list)
    history: list[Series] = field(default_factory=list)
    settlements: list[Settlements] = field(default_factory=list)
    profile: "Profile | None" = None
