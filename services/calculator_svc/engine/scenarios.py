"""What would be otherwise if: decisions and assumptions, as changes of books and forecast.

A what-if and the baseline are forecast in the same way and share their draws, so that all that
differs is what was changed. The effect of a batch is not the sum of its parts; both are given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from calculator_svc.engine.cashflow import Item, Layer
from calculator_svc.engine.errors import NotInLedger, TooMuchToCompare
from calculator_svc.engine.forecast import BillOutlook, Forecast, forecast
from calculator_svc.engine.history import History
from calculator_svc.engine.impact import Impact
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Books,
    Day,
    Decision,
    Planned,
)
from calculator_svc.engine.paths import Paths, paths
from calculator_svc.engine.uncertainty import Uncertainty

MOST_CELLS = 10_000_000
"""How much one comparison may draw: courses times paths times (days and open invoices).

About half a microsecond each, so that the largest comparison takes some five seconds, half of what
the gateway waits for when its caller sets no deadline.
"""

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
class Delay:
    """What is expected comes so many days later.

    `late` is a counterparty, of what recurs and of open bills without a decision, or the id or name
    of a planned item of the books.
    """

    late: str
    days: int


Assumption = CustomerPays | RevenueChange | Delay | Planned


@dataclass(frozen=True, slots=True)
class Scenario:
    """A what-if: decisions and assumptions, as one batch.

    `path` is where it stands in its request, for errors to name the field at fault.
    """

    name: str
    decisions: Sequence[Decision] = ()
    assumptions: Sequence[Assumption] = ()
    path: str = "scenario"

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


Change = tuple[int | None, int | None, int | None]
"""By how much P10, P50 and P90 change; None where either of the two has no such quantile."""


@dataclass(frozen=True, slots=True)
class RiskChange:
    """What is otherwise over all drawn courses: with a change, less without it.

    `zero` holds P10, P50 and P90 of the cash-zero date with it, None in a sum; `zero_days` by how
    many days they move; `lowest` by how many minor units those of the low-water mark do. The last
    two are differences of probabilities; `payroll_missed` is None when no payroll is expected.
    """

    zero: tuple[Day | None, Day | None, Day | None]
    zero_days: Change
    lowest: tuple[int, int, int]
    below_zero: float
    payroll_missed: float | None


def check_size(books: Books, scenarios: Sequence[Scenario], drawn: int) -> None:
    """Refuse what would take too long, before any of it is done; `drawn` is the number of paths.

    Raises TooMuchToCompare.
    """
    parts = [len(one.decisions) + len(one.assumptions) for one in scenarios]
    courses = 1 + sum(1 + (count if count > 1 else 0) for count in parts)
    most = MOST_CELLS // (drawn * (HORIZON_DAYS + len(books.invoices)))
    if courses > most:
        raise TooMuchToCompare(courses, most)


def course(books: Books, history: History) -> Course:
    """Return the course that is expected as the books stand."""
    ahead = forecast(books, history)
    return Course(books, ahead, paths(ahead))


def course_under(scenario: Scenario, baseline: Course, history: History) -> Course:
    """Return the course under a what-if.

    Raises NotInLedger for a decision or an assumption about what the books have not.
    """
    _check_names(scenario, baseline)
    changed = _with_changes(baseline.books, scenario)
    ahead = forecast(changed, history)
    for assumption in scenario.assumptions:
        if isinstance(assumption, RevenueChange):
            ahead = _with_revenue(ahead, assumption)
        elif isinstance(assumption, Delay):
            ahead = _with_delay(ahead, assumption)
    return Course(changed, ahead, paths(ahead))


def effect(with_it: Course, without: Course) -> Impact:
    """Return the difference of two expected courses."""
    zero_with, zero_without = with_it.plan.zero[0], without.plan.zero[0]
    return Impact(
        _difference(zero_with, zero_without),
        zero_without,
        zero_with,
        with_it.plan.lowest[0] - without.plan.lowest[0],
        with_it.plan.closing[0] - without.plan.closing[0],
    )


def risk_change(with_it: Uncertainty, without: Uncertainty) -> RiskChange:
    """Return the difference of two sets of courses that have the same draws."""
    early, middle, late = map(_difference, with_it.zero, without.zero)
    low, median, high = (a - b for a, b in zip(with_it.lowest, without.lowest, strict=True))
    return RiskChange(
        with_it.zero,
        (early, middle, late),
        (low, median, high),
        with_it.below_zero - without.below_zero,
        None
        if with_it.payroll_missed is None or without.payroll_missed is None
        else with_it.payroll_missed - without.payroll_missed,
    )


def total_risk(singles: Sequence[RiskChange]) -> RiskChange:
    """Return the sum of single changes; what any of them has not, it has not either."""
    early, middle, late = (_sum(one.zero_days[at] for one in singles) for at in range(3))
    low, median, high = (sum(one.lowest[at] for one in singles) for at in range(3))
    missed = [one.payroll_missed for one in singles if one.payroll_missed is not None]
    return RiskChange(
        (None, None, None),
        (early, middle, late),
        (low, median, high),
        sum(one.below_zero for one in singles),
        sum(missed) if missed and len(missed) == len(singles) else None,
    )


def _difference(with_it: Day | None, without: Day | None) -> int | None:
    return None if with_it is None or without is None else with_it - without


def _sum(days: Iterable[int | None]) -> int | None:
    every = list(days)
    known = [count for count in every if count is not None]
    return sum(known) if known and len(known) == len(every) else None


def _check_names(scenario: Scenario, baseline: Course) -> None:
    """Refuse what is about something that the books, as they stand, have not."""
    books = baseline.books
    bills = {bill.id for bill in books.bills}
    invoices = {invoice.id for invoice in books.invoices}
    for place, decision in enumerate(scenario.decisions):
        kind, known = (
            ("invoice", invoices) if decision.action in _ABOUT_INVOICES else ("bill", bills)
        )
        if decision.document_id not in known:
            field = f"{scenario.path}.decisions[{place}].{decision.action.value}.{kind}_id"
            raise NotInLedger(field, f"there is no open {kind} {decision.document_id}")
    for place, assumption in enumerate(scenario.assumptions):
        path = f"{scenario.path}.assumptions[{place}]"
        if isinstance(assumption, CustomerPays):
            key = assumption.customer_id
            if all(invoice.party_id != key for invoice in books.invoices):
                problem = f"customer {key} has no open invoice"
                raise NotInLedger(f"{path}.customer_pays.customer_id", problem)
        elif isinstance(assumption, Delay) and not _is_expected(assumption.late, baseline):
            problem = (
                f"{assumption.late} is no planned item, and nobody of that name has an open bill "
                "without a decision or anything that recurs"
            )
            raise NotInLedger(f"{path}.delay.late", problem)


def _is_expected(late: str, baseline: Course) -> bool:
    ahead, books = baseline.forecast, baseline.books
    return (
        any(_is_late(item, late) for item in ahead.items)
        or any(_is_late_bill(bill, late) for bill in ahead.outlooks.bills)
        or any(late in (planned.id, planned.name) for planned in books.planned)
    )


def _with_changes(books: Books, scenario: Scenario) -> Books:
    """Return the books with a what-if's decisions queued and its planned items entered."""
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
    return [
        Decision(f"assumed {invoice.id}", Action.COLLECT, invoice.id, books.as_of + pays.in_days)
        for invoice in books.invoices
        if invoice.party_id == pays.customer_id
    ]


def _with_revenue(ahead: Forecast, change: RevenueChange) -> Forecast:
    """Change the residual's receipts: nothing from customers recurs besides."""

    def more(amount: int) -> int:
        return amount * (_WHOLE + change.basis_points) // _WHOLE

    before = ahead.residual.receipts
    after = [more(amount) for amount in before]
    receipts = ahead.receipts.copy()
    for day, (was, now) in enumerate(zip(before, after, strict=True), start=1):
        receipts[day] += now - was
    # Receipts vary as far as they are counted on, so that their deviations change as well.
    counted = more(ahead.residual.counted)
    rest = replace(ahead.residual, receipts=after, counted=counted)
    return replace(ahead, receipts=receipts, residual=rest)


def _is_late(item: Item, late: str) -> bool:
    if item.layer in _FROM_HISTORY:
        return item.counterparty == late
    return item.layer is Layer.PLANNED and late in (item.source_id, item.name)


def _is_late_bill(bill: BillOutlook, late: str) -> bool:
    return bill.document.name == late and not bill.decisions


def _with_delay(ahead: Forecast, delay: Delay) -> Forecast:
    """Move what is late; what moves beyond the horizon is not seen any more."""
    receipts, disbursements = ahead.receipts.copy(), ahead.disbursements.copy()
    last = ahead.as_of + HORIZON_DAYS

    def move(day: Day, amount: int) -> Day:
        column = receipts if amount > 0 else disbursements
        for when, moved in ((day, -abs(amount)), (day + delay.days, abs(amount))):
            if when <= last:
                column[when - ahead.as_of] += moved
        return day + delay.days

    items = [
        item._replace(day=move(item.day, item.amount)) if _is_late(item, delay.late) else item
        for item in ahead.items
    ]

    def later(bill: BillOutlook) -> BillOutlook:
        return replace(
            bill,
            habit=bill.habit + delay.days,
            expected=None if bill.expected is None else bill.expected + delay.days,
            flows=[flow._replace(day=move(flow.day, flow.amount)) for flow in bill.flows],
        )

    bills = [
        later(bill) if _is_late_bill(bill, delay.late) else bill for bill in ahead.outlooks.bills
    ]
    return replace(
        ahead,
        receipts=receipts,
        disbursements=disbursements,
        items=[item for item in items if item.day <= last],
        outlooks=replace(ahead.outlooks, bills=bills),
    )
