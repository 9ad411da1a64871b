"""What would be otherwise if: decisions and assumptions, as changes of books and forecast.

A what-if and the baseline are forecast in the same way and share their draws, so that all that
differs is what was changed. The effect of a batch is not the sum of its parts; both are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calculator_svc.engine.cashflow import Item, Layer
from calculator_svc.engine.errors import NotInLedger
from calculator_svc.engine.forecast import Forecast, forecast
from calculator_svc.engine.history import History
from calculator_svc.engine.impact import Impact
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Books,
    Category,
    Decision,
    Planned,
)
from calculator_svc.engine.paths import Paths, paths

_FROM_HISTORY = frozenset({Layer.RECURRING, Layer.PAYROLL, Layer.TAX})
_ABOUT_INVOICES = frozenset({Action.COLLECT, Action.WRITE_OFF})
_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class CustomerPays:
    """A customer pays all its open invoices so many days after as_of."""

    customer_id: str
    in_days: int


@dataclass(frozen=True, slots=True)
class RevenueChange:
    """Receipts that no open document explains change by so many basis points."""

    basis_points: int


@dataclass(frozen=True, slots=True)
class RecurringDelay:
    """What recurs with a counterparty comes so many days later."""

    counterparty: str
    days: int


Assumption = CustomerPays | RevenueChange | RecurringDelay | Planned


@dataclass(frozen=True, slots=True)
class Scenario:
    """A what-if: decisions and assumptions, as one batch."""

    name: str
    decisions: Sequence[Decision] = ()
    assumptions: Sequence[Assumption] = ()

    def singles(self) -> list["Scenario"]:
        """Return each decision and each assumption alone, in their order."""
        return [
            *(Scenario(self.name, decisions=[decision]) for decision in self.decisions),
            *(Scenario(self.name, assumptions=[assumption]) for assumption in self.assumptions),
        ]


@dataclass(frozen=True, slots=True)
class Course:
    """The books and the forecast under a what-if, and its expected course of cash."""

    books: Books
    forecast: Forecast
    plan: Paths


def course(books: Books, history: History, scenario: Scenario | None = None) -> Course:
    """Return the course under a what-if, or the one that is expected anyway.

    Raises NotInLedger for a decision or an assumption about what the books have not.
    """
    if scenario is None:
        ahead = forecast(books, history)
        return Course(books, ahead, paths(ahead))
    changed = _with_changes(books, scenario)
    ahead = forecast(changed, history)
    for assumption in scenario.assumptions:
        if isinstance(assumption, RevenueChange):
            ahead = _with_revenue(ahead, assumption)
        elif isinstance(assumption, RecurringDelay):
            ahead = _with_delay(ahead, assumption)
    return Course(changed, ahead, paths(ahead))


def effect(with_it: Course, without: Course) -> Impact:
    """Return the difference of two expected courses."""
    zero_with, zero_without = with_it.plan.zero[0], without.plan.zero[0]
    days = None if zero_with is None or zero_without is None else zero_with - zero_without
    return Impact(
        days,
        zero_without,
        zero_with,
        with_it.plan.lowest[0] - without.plan.lowest[0],
        with_it.plan.closing[0] - without.plan.closing[0],
    )


def _with_changes(books: Books, scenario: Scenario) -> Books:
    """Return the books with a what-if's decisions queued and its planned items entered."""
    bills = {bill.id for bill in books.bills}
    invoices = {invoice.id for invoice in books.invoices}
    for decision in scenario.decisions:
        known = invoices if decision.action in _ABOUT_INVOICES else bills
        if decision.document_id not in known:
            raise NotInLedger(f"There is no open document {decision.document_id}.")
    collected: list[Decision] = []
    planned: list[Planned] = []
    for assumption in scenario.assumptions:
        if isinstance(assumption, Planned):
            planned.append(assumption)
        elif isinstance(assumption, CustomerPays):
            collected += _collected(books, assumption)
    queued = [*books.queued, *scenario.decisions, *collected]
    return replace(books, queued=queued, planned=[*books.planned, *planned])


def _collected(books: Books, pays: CustomerPays) -> list[Decision]:
    found = [
        Decision(f"assumed {invoice.id}", Action.COLLECT, invoice.id, books.as_of + pays.in_days)
        for invoice in books.invoices
        if invoice.party_id == pays.customer_id
    ]
    if not found:
        raise NotInLedger(f"Customer {pays.customer_id} has no open invoice.")
    return found


def _with_revenue(ahead: Forecast, change: RevenueChange) -> Forecast:
    """Change the residual's receipts and what recurs from customers."""

    def more(amount: int) -> int:
        return amount * (_WHOLE + change.basis_points) // _WHOLE

    residual = [more(amount) for amount in ahead.residual.receipts]
    receipts = ahead.receipts.copy()
    for day, (before, after) in enumerate(zip(ahead.residual.receipts, residual, strict=True), 1):
        receipts[day] += after - before

    def changed(item: Item) -> Item:
        if not (item.layer in _FROM_HISTORY and item.category is Category.CUSTOMER):
            return item
        receipts[item.day - ahead.as_of] += more(item.amount) - item.amount
        return item._replace(amount=more(item.amount))

    items = [changed(item) for item in ahead.items]
    # Receipts vary as far as they are counted on, so that their deviations change as well.
    counted = more(ahead.residual.counted)
    rest = replace(ahead.residual, receipts=residual, counted=counted)
    return replace(ahead, receipts=receipts, items=items, residual=rest)


def _with_delay(ahead: Forecast, delay: RecurringDelay) -> Forecast:
    """Move what recurs with a counterparty; what moves beyond the horizon is not seen any more."""
    receipts, disbursements = ahead.receipts.copy(), ahead.disbursements.copy()
    items = []
    moved = False
    for item in ahead.items:
        name = item.name.rpartition(", ")[0]
        if item.layer not in _FROM_HISTORY or name != delay.counterparty:
            items.append(item)
            continue
        moved = True
        column = receipts if item.amount > 0 else disbursements
        column[item.day - ahead.as_of] -= abs(item.amount)
        later = item.day + delay.days
        if later <= ahead.as_of + HORIZON_DAYS:
            column[later - ahead.as_of] += abs(item.amount)
            items.append(item._replace(day=later))
    if not moved:
        raise NotInLedger(f"Nothing recurs with {delay.counterparty}.")
    return replace(ahead, receipts=receipts, disbursements=disbursements, items=items)
