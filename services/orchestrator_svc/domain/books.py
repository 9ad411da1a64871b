"""The books on one day: what was open, what there was, and how the sub-ledgers tied.

All amounts are minor units. Figures that add up (`Balances`) are in the business's currency;
documents and accounts in another one stand in the lists and not in the sums, so that whoever
calculates can name them and refuse.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator_svc.domain.backtest import BacktestRecord
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.decisions import Decision
from orchestrator_svc.domain.ledger import AccountKind, PartyRole
from orchestrator_svc.domain.pay_date_profile import PayDateProfile
from orchestrator_svc.domain.planning import Earmark, PlannedItem

HISTORY_DAYS = 400
TRUST_SUBTYPES = frozenset({"TrustAccounts", "RentsHeldInTrust"})


class BookAccount(NamedTuple):
    """An account with its balance on the day."""

    account_id: str
    display_name: str
    kind: str
    subtype: str
    active: bool
    balance_minor: int
    currency: str
    restricted: bool
    source_version: int


class BookBill(NamedTuple):
    """A bill with its balance on the day."""

    bill_id: str
    party_id: str
    party_name: str
    document_number: str
    issue_date: datetime.date
    due_date: datetime.date | None
    total_minor: int
    balance_minor: int
    currency: str
    state: str
    terms_name: str | None
    net_days: int | None
    discount_days: int | None
    discount_basis_points: int | None
    source_version: int
    category: str
    tier: str | None
    grace_days: int | None
    late_breaks_law: bool | None
    late_fee_once_minor: int | None
    late_fee_monthly_basis_points: int | None


class BookInvoice(NamedTuple):
    """An invoice with its balance on the day."""

    invoice_id: str
    party_id: str
    party_name: str
    document_number: str
    issue_date: datetime.date
    due_date: datetime.date | None
    total_minor: int
    balance_minor: int
    currency: str
    state: str
    terms_name: str | None
    net_days: int | None
    discount_days: int | None
    discount_basis_points: int | None
    source_version: int
    dispute_reason: str | None
    disputed_at: datetime.datetime | None


class PartyBalance(NamedTuple):
    """What the source says is owed by or to a party, and what of its payments settles nothing
    yet.
    """

    party_id: str
    display_name: str
    balance_minor: int
    unapplied_minor: int


class CashSeries(NamedTuple):
    """Past movements of cash with one category and counterparty: days before as_of, and amounts."""

    category: str
    counterparty: str
    days_ago: Sequence[int]
    amounts_minor: Sequence[int]


class Settlements(NamedTuple):
    """How one party settled past documents: days from issue, and from the due date, to payment, and
    how many days before as_of that was; and their totals, 0 where in another currency than the
    business's.
    """

    role: PartyRole
    party_id: str
    days_to_pay: Sequence[int]
    days_late: Sequence[int]
    days_ago: Sequence[int]
    amounts_minor: Sequence[int]


@dataclass(frozen=True, slots=True)
class PartyGap:
    """A party whose balance in the source differs from its documents."""

    party_id: str
    role: PartyRole
    display_name: str
    gap_minor: int


@dataclass(frozen=True, slots=True)
class Tie:
    """How a sub-ledger ties to its control account; both absent before the last sync's day."""

    documents_minor: int
    unapplied_minor: int
    control_minor: int | None

    @property
    def net_minor(self) -> int:
        """Return what is owed by the documents, less what settles none of them."""
        return self.documents_minor - self.unapplied_minor

    @property
    def gap_minor(self) -> int | None:
        """Return by how much the control account differs; None when it is not known for the day."""
        return None if self.control_minor is None else self.control_minor - self.net_minor


@dataclass(frozen=True, slots=True)
class Overdue:
    """Documents past due: how much together, and how many."""

    amount_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class Balances:
    """What there is and what is owed."""

    cash_minor: int
    undeposited_minor: int
    restricted_minor: int
    receivable: Tie
    payable: Tie
    accounts: Sequence[BookAccount]
    party_gaps: Sequence[PartyGap]
    overdue_invoices: Overdue
    overdue_bills: Overdue


@dataclass(frozen=True, slots=True)
class Books:
    """The books of a business on one day."""

    business: Business
    as_of: datetime.date
    balances: Balances
    bills: Sequence[BookBill]
    invoices: Sequence[BookInvoice]
    planned_items: Sequence[PlannedItem]
    earmarks: Sequence[Earmark]
    queued: Sequence[Decision]
    pending: Sequence[Decision]
    cash_history: Sequence[CashSeries]
    settlements: Sequence[Settlements]
    backtest: BacktestRecord | None = None
    open_hand_overs: int = 0
    pay_date_profile: PayDateProfile | None = None


def known_on(day: datetime.date, profile: PayDateProfile | None) -> PayDateProfile | None:
    """Return a profile where it was known on a day: the books of a day hold nothing of a later
    one.
    """
    return profile if profile is not None and profile.fitted_on <= day else None


def is_restricted(account: BookAccount) -> bool:
    """Return whether an account never counts as cash: a trust account, or one named by the
    business.
    """
    return account.restricted or account.subtype in TRUST_SUBTYPES


def cash_accounts(accounts: Sequence[BookAccount], currency: str) -> list[str]:
    """Return the ids of the accounts that count as cash in a currency."""
    return [
        account.account_id
        for account in accounts
        if account.kind == AccountKind.BANK.value
        and account.currency == currency
        and not is_restricted(account)
    ]


def balances(
    business: Business,
    as_of: datetime.date,
    accounts: Sequence[BookAccount],
    bills: Sequence[BookBill],
    invoices: Sequence[BookInvoice],
    customers: Sequence[PartyBalance],
    vendors: Sequence[PartyBalance],
) -> Balances:
    """Add up the balances of a day.

    Control accounts and parties' own balances are known for now only; they are compared when
    `as_of` is not before the day of the last sync.
    """
    home = business.currency
    current = business.synced_at is not None and as_of >= business.today(business.synced_at)

    def total(kind: AccountKind, restricted: bool = False) -> int:
        return sum(
            account.balance_minor
            for account in accounts
            if account.kind == kind.value
            and account.currency == home
            and is_restricted(account) is restricted
        )

    return Balances(
        cash_minor=total(AccountKind.BANK),
        undeposited_minor=total(AccountKind.UNDEPOSITED_FUNDS),
        restricted_minor=total(AccountKind.BANK, restricted=True),
        receivable=Tie(
            sum(invoice.balance_minor for invoice in invoices if invoice.currency == home),
            sum(customer.unapplied_minor for customer in customers),
            total(AccountKind.ACCOUNTS_RECEIVABLE) if current else None,
        ),
        payable=Tie(
            sum(bill.balance_minor for bill in bills if bill.currency == home),
            sum(vendor.unapplied_minor for vendor in vendors),
            -total(AccountKind.ACCOUNTS_PAYABLE) if current else None,
        ),
        accounts=[account for account in accounts if account.kind in _CASH_LIKE],
        party_gaps=[
            *(_gaps(PartyRole.CUSTOMER, customers, _owed(invoices)) if current else ()),
            *(_gaps(PartyRole.VENDOR, vendors, _owed(bills)) if current else ()),
        ],
        overdue_invoices=_overdue(invoices, as_of, home),
        overdue_bills=_overdue(bills, as_of, home),
    )


_CASH_LIKE = {AccountKind.BANK.value, AccountKind.UNDEPOSITED_FUNDS.value}


def _owed(documents: Sequence[BookBill] | Sequence[BookInvoice]) -> dict[str, int]:
    owed: dict[str, int] = {}
    for document in documents:
        owed[document.party_id] = owed.get(document.party_id, 0) + document.balance_minor
    return owed


def _gaps(
    role: PartyRole, parties: Sequence[PartyBalance], owed: Mapping[str, int]
) -> list[PartyGap]:
    gaps = []
    for party in parties:
        by_documents = owed.get(party.party_id, 0) - party.unapplied_minor
        if party.balance_minor != by_documents:
            gap = party.balance_minor - by_documents
            gaps.append(PartyGap(party.party_id, role, party.display_name, gap))
    return gaps


def _overdue(
    documents: Sequence[BookBill] | Sequence[BookInvoice], as_of: datetime.date, currency: str
) -> Overdue:
    overdue = [
        document.balance_minor
        for document in documents
        if document.due_date is not None
        and document.due_date < as_of
        and document.currency == currency
    ]
    return Overdue(sum(overdue), len(overdue))
