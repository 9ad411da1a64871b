"""The use cases: what each method of the services asks for, from books to figures.

Each says below what it returns: the units of its figures, their shape, what it raises, and where
its method comes from. Days are `inputs.Day`; nothing is read but the arguments.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

from calculator_svc.engine.assumptions import Explained, explained
from calculator_svc.engine.cashflow import Item
from calculator_svc.engine.forecast import (
    BY_DAY,
    BillOutlook,
    Forecast,
    InvoiceOutlook,
    Outlooks,
    forecast,
    outlooks,
)
from calculator_svc.engine.guardrail import Breach, breaches
from calculator_svc.engine.history import History, burn, read
from calculator_svc.engine.impact import Impact, Impacts, impacts, total
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Day, Policy
from calculator_svc.engine.paths import Paths, paths
from calculator_svc.engine.pay_dates import fitted, profile_of
from calculator_svc.engine.pay_plan.chase import ChasePolicy
from calculator_svc.engine.pay_plan.from_books import chase_invoices
from calculator_svc.engine.priority import Priority, rank_bills, rank_invoices
from calculator_svc.engine.receivables.profile import Profile
from calculator_svc.engine.runway import Runway, Week, runway, weeks
from calculator_svc.engine.scenarios import (
    Course,
    RiskChange,
    Scenario,
    check_size,
    course,
    course_under,
    effect,
    risk_change,
    total_risk,
)
from calculator_svc.engine.uncertainty import PATHS, Uncertainty, uncertainty

Document = TypeVar("Document", BillOutlook, InvoiceOutlook)


@dataclass(slots=True)
class ForecastDay:
    """One day: receipts and disbursements as positive amounts, and the cash at its end."""

    day: Day
    receipts: int
    disbursements: int
    closing: int


@dataclass(slots=True)
class RunwayFigures:
    """A runway, its forecast by week and by day, and every item of it by date."""

    runway: Runway
    weeks: list[Week]
    days: list[ForecastDay]
    items: list[Item]


class Assessed(NamedTuple, Generic[Document]):
    """What is said of one open document; None for what was not asked for."""

    outlook: Document
    priority: Priority | None
    impact: Impact | None


@dataclass(slots=True)
class PriorityFigures:
    """The open documents, each list in the order of its ranks."""

    bills: list[Assessed[BillOutlook]]
    invoices: list[Assessed[InvoiceOutlook]]


@dataclass(slots=True)
class ImpactFigures:
    """Impacts: documents in the order of the books, decisions (by id) in that of the queue."""

    bills: list[Assessed[BillOutlook]]
    invoices: list[Assessed[InvoiceOutlook]]
    decisions: list[tuple[str, Impact]]
    queue: Impact
    sum_of_decisions: Impact


@dataclass(slots=True)
class ConsoleFigures:
    """Everything that a Decision Console shows; documents by rank, items by day."""

    runway: Runway
    weeks: list[Week]
    items: list[Item]
    bills: list[Assessed[BillOutlook]]
    invoices: list[Assessed[InvoiceOutlook]]
    decisions: list[tuple[str, Impact]]
    queue: Impact
    sum_of_decisions: Impact
    breaches: list[Breach]


@dataclass(slots=True)
class ForecastFigures:
    """A forecast: the expected course, and how far others may lie from it.

    `days` and `items`, by date, are empty unless they were asked for.
    """

    runway: Runway
    weeks: list[Week]
    uncertainty: Uncertainty
    days: list[ForecastDay] = field(default_factory=list)
    items: list[Explained] = field(default_factory=list)


@dataclass(slots=True)
class ScenarioEffect:
    """What a change does: to the expected course, and over all drawn ones."""

    impact: Impact
    risk: RiskChange


@dataclass(slots=True)
class ScenarioFigures:
    """What a what-if comes to: as a whole, each decision and assumption alone, and their sum."""

    name: str
    forecast: ForecastFigures
    effect: ScenarioEffect
    singles: list[ScenarioEffect]
    sum_of_singles: ScenarioEffect


def calculate_runway(books: Books, policy: Policy) -> RunwayFigures:
    """Return the runway with its forecast by day, each figure traceable to its items.

    Units: minor units of the books' currency; burn is minor units a day.
    Shape: 13 weeks and 91 days, the first the day after as_of; the items by day.
    Raises AmountsTooLarge.
    Source: the direct method (`engine.forecast`); cash-zero date and status (`engine.runway`).
    """
    history = read(books.history)
    ahead = forecast(books, history)
    plan = paths(ahead)
    return RunwayFigures(
        runway(ahead, plan, burn(history), policy),
        weeks(ahead, plan),
        _days(ahead, plan),
        sorted(ahead.all_items(), key=BY_DAY),
    )


def _days(ahead: Forecast, plan: Paths) -> list[ForecastDay]:
    columns = zip(
        range(ahead.as_of + 1, ahead.as_of + HORIZON_DAYS + 1),
        ahead.shown_receipts(),
        ahead.shown_disbursements(),
        plan.by_day()[1:],
        strict=True,
    )
    return [ForecastDay(*column) for column in columns]


def calculate_forecast(
    books: Books, policy: Policy, seed: int, paths: int, whole: bool = False
) -> ForecastFigures:
    """Return the forecast with its bands; the same arguments give the same figures.

    Units: minor units of the books' currency, days for dates, probabilities from 0 to 1.
    Shape: the runway, 13 weeks, and P10, P50, P90 of each of 91 days, from `paths` courses, 0 for
    PATHS; if `whole`, the 91 expected days as well and every item by date, which sum to the days.
    Raises AmountsTooLarge.
    Source: the bootstrap (Efron 1979) of past weeks, and pay dates that are drawn
    (`engine.uncertainty`, `engine.receivables`).
    """
    history, books = read(books.history), fitted(books)
    found = course(books, history)
    figures = figures_of(found, history, policy, profile_of(books), seed, paths)
    if whole:
        figures.days = _days(found.forecast, found.plan)
        figures.items = explained(books, history, found.forecast)
    return figures


def compare_scenarios(
    books: Books, policy: Policy, seed: int, paths: int, scenarios: Sequence[Scenario]
) -> tuple[ForecastFigures, list[ScenarioFigures]]:
    """Return the forecast as it stands, and each what-if beside it, with the same draws.

    Units: those of calculate_forecast; effects are with, less without, in days, minor units and
    differences of probabilities.
    Shape: one ScenarioFigures a scenario, in their order; `singles` has one effect for each of its
    decisions, then for each of its assumptions, each drawn with the same draws as the whole.
    Raises NotInLedger for a what-if about what the books have not, TooMuchToCompare,
    AmountsTooLarge.
    Source: differences of courses (`engine.scenarios`) with common random numbers
    (`engine.uncertainty`).
    """
    check_size(books, scenarios, paths or PATHS)
    history, books = read(books.history), fitted(books)
    profile = profile_of(books)
    baseline = course(books, history)
    drawn = figures_of(baseline, history, policy, profile, seed, paths)

    def compared(scenario: Scenario) -> tuple[Course, ScenarioEffect, Uncertainty]:
        changed = course_under(scenario, baseline, history)
        risk = uncertainty(changed.books, history, changed.forecast, profile, seed, paths or PATHS)
        impact = effect(changed, baseline)
        return changed, ScenarioEffect(impact, risk_change(risk, drawn.uncertainty)), risk

    def outcome(scenario: Scenario) -> ScenarioFigures:
        changed, together, risk = compared(scenario)
        parts = scenario.singles()
        # One part alone is the whole of it, and need not be drawn again.
        singles = [together] if len(parts) == 1 else [compared(part)[1] for part in parts]
        return ScenarioFigures(
            scenario.name,
            _with_uncertainty(changed, risk, history, policy),
            together,
            singles,
            ScenarioEffect(
                total([one.impact for one in singles]), total_risk([one.risk for one in singles])
            ),
        )

    return drawn, [outcome(scenario) for scenario in scenarios]


def figures_of(
    ahead: Course, history: History, policy: Policy, profile: Profile, seed: int, paths: int
) -> ForecastFigures:
    """Return a course with its runway, weeks and bands; 0 paths means the default."""
    found = uncertainty(ahead.books, history, ahead.forecast, profile, seed, paths or PATHS)
    return _with_uncertainty(ahead, found, history, policy)


def _with_uncertainty(
    ahead: Course, found: Uncertainty, history: History, policy: Policy
) -> ForecastFigures:
    plan = ahead.plan
    headline = runway(ahead.forecast, plan, burn(history), policy)
    return ForecastFigures(headline, weeks(ahead.forecast, plan), found)


def calculate_priorities(books: Books) -> PriorityFigures:
    """Return the priorities of the open bills and invoices.

    Units: points from 0 to 100 in hundredths, the sum of their factors.
    Shape: every open bill and every open invoice, each list by rank from 1.
    Raises nothing of its own.
    Source: the weights at the head of `engine.priority`; of invoices, `pay_plan.chase`.
    """
    books = fitted(books)
    documents = outlooks(books)
    bills, invoices = _priorities(books, documents)
    return PriorityFigures(
        _by_rank(documents.bills, bills, repeat(None)),
        _by_rank(documents.invoices, invoices, repeat(None)),
    )


def calculate_impacts(books: Books) -> ImpactFigures:
    """Return the impacts of the open bills, the open invoices and the queued decisions.

    Units: days of the cash-zero date, minor units of the books' currency; with, less without.
    Shape: one for each document in the order of the books, for each decision in that of the queue,
    for the queue as a whole, and the sum of the decisions' own.
    Raises AmountsTooLarge.
    Source: the forecast with each thing, less the forecast without it (`engine.impact`).
    """
    ahead = forecast(books, read(books.history))
    found = impacts(ahead, books.queued)
    bills, invoices = ahead.outlooks.bills, ahead.outlooks.invoices
    return ImpactFigures(
        [Assessed(*each) for each in zip(bills, repeat(None), found.bills, strict=False)],
        [Assessed(*each) for each in zip(invoices, repeat(None), found.invoices, strict=False)],
        _by_decision(books, found),
        found.queue,
        found.sum_of_decisions,
    )


def calculate_decision_console(books: Books, policy: Policy) -> ConsoleFigures:
    """Return runway, priorities, impacts and guardrail, all from one forecast.

    Units: those of calculate_runway, calculate_priorities and calculate_impacts.
    Shape: 13 weeks; items by day, the residual by week; every open document by rank; decisions in
    the order of the queue; every promise that breaks (`engine.guardrail`).
    Raises AmountsTooLarge.
    Source: `engine.runway`, `engine.priority`, `engine.impact`, `engine.guardrail`.
    """
    history, books = read(books.history), fitted(books)
    ahead = forecast(books, history)
    found = impacts(ahead, books.queued)
    documents = ahead.outlooks
    bills, invoices = _priorities(books, documents)
    return ConsoleFigures(
        runway(ahead, found.plan, burn(history), policy),
        weeks(ahead, found.plan),
        sorted((*ahead.items, *ahead.decided_items(), *ahead.residual_items(7)), key=BY_DAY),
        _by_rank(documents.bills, bills, found.bills),
        _by_rank(documents.invoices, invoices, found.invoices),
        _by_decision(books, found),
        found.queue,
        found.sum_of_decisions,
        breaches(books, policy, ahead, found.plan),
    )


def _priorities(books: Books, documents: Outlooks) -> tuple[list[Priority], list[Priority]]:
    """Return the priorities of bills and of invoices; the books have the profile that they take."""
    return (
        rank_bills(documents.bills, books.cash, books.as_of),
        rank_invoices(documents.invoices, chase_invoices(books, ChasePolicy())),
    )


def _by_rank(
    documents: list[Document], priorities: list[Priority], impacts: Iterable[Impact | None]
) -> list[Assessed[Document]]:
    found = [Assessed(*each) for each in zip(documents, priorities, impacts, strict=False)]
    ordered = found.copy()
    for assessed, priority in zip(found, priorities, strict=True):
        ordered[priority.rank - 1] = assessed
    return ordered


def _by_decision(books: Books, found: Impacts) -> list[tuple[str, Impact]]:
    ids = [decision.id for decision in books.queued]
    return list(zip(ids, found.decisions, strict=True))
