"""The use cases: what each method of the services asks for, from books to figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

from calculator_svc.engine.cashflow import Item
from calculator_svc.engine.forecast import BY_DAY, BillOutlook, InvoiceOutlook, forecast, outlooks
from calculator_svc.engine.guardrail import Breach, breaches
from calculator_svc.engine.history import History, burn, read
from calculator_svc.engine.impact import Impact, Impacts, impacts
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Day, Policy
from calculator_svc.engine.paths import paths
from calculator_svc.engine.pay_dates import fitted, profile_of
from calculator_svc.engine.priority import Priority, rank_bills, rank_invoices
from calculator_svc.engine.receivables.profile import Profile
from calculator_svc.engine.runway import Runway, Week, runway, weeks
from calculator_svc.engine.scenarios import Course, Scenario, course, effect
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
    """A forecast: the expected course, and how far others may lie from it."""

    runway: Runway
    weeks: list[Week]
    uncertainty: Uncertainty


@dataclass(slots=True)
class ScenarioFigures:
    """What a what-if comes to; `singles` are its decisions and assumptions, each alone."""

    name: str
    forecast: ForecastFigures
    impact: Impact
    singles: list[Impact]


def calculate_runway(books: Books, policy: Policy) -> RunwayFigures:
    """Return the runway with its forecast by day, each figure traceable to its items."""
    history = read(books.history)
    ahead = forecast(books, history)
    plan = paths(ahead)
    columns = zip(
        range(books.as_of + 1, books.as_of + HORIZON_DAYS + 1),
        ahead.shown_receipts(),
        ahead.shown_disbursements(),
        plan.by_day()[1:],
        strict=True,
    )
    return RunwayFigures(
        runway(ahead, plan, burn(history), policy),
        weeks(ahead, plan),
        [ForecastDay(*column) for column in columns],
        sorted(ahead.all_items(), key=BY_DAY),
    )


def calculate_forecast(books: Books, policy: Policy, seed: int, paths: int) -> ForecastFigures:
    """Return the forecast with its bands."""
    history, books = read(books.history), fitted(books)
    return figures_of(course(books, history), history, policy, profile_of(books), seed, paths)


def compare_scenarios(
    books: Books, policy: Policy, seed: int, paths: int, scenarios: Sequence[Scenario]
) -> tuple[ForecastFigures, list[ScenarioFigures]]:
    """Return the forecast as it stands, and each what-if beside it, with the same draws.

    Raises NotInLedger for a what-if about what the books have not.
    """
    history, books = read(books.history), fitted(books)
    profile = profile_of(books)
    baseline = course(books, history)

    def compared(scenario: Scenario) -> ScenarioFigures:
        changed = course(books, history, scenario)
        return ScenarioFigures(
            scenario.name,
            figures_of(changed, history, policy, profile, seed, paths),
            effect(changed, baseline),
            [effect(course(books, history, one), baseline) for one in scenario.singles()],
        )

    found = [compared(scenario) for scenario in scenarios]
    return figures_of(baseline, history, policy, profile, seed, paths), found


def figures_of(
    ahead: Course, history: History, policy: Policy, profile: Profile, seed: int, paths: int
) -> ForecastFigures:
    """Return a course with its runway, weeks and bands; 0 paths means the default."""
    return ForecastFigures(
        runway(ahead.forecast, ahead.plan, burn(history), policy),
        weeks(ahead.forecast, ahead.plan),
        uncertainty(ahead.books, history, ahead.forecast, profile, seed, paths or PATHS),
    )


def calculate_priorities(books: Books) -> PriorityFigures:
    """Return the priorities of the open bills and invoices."""
    documents = outlooks(books)
    bills = rank_bills(documents.bills, books.cash, books.as_of)
    invoices = rank_invoices(documents.invoices, books.as_of)
    return PriorityFigures(
        _by_rank(documents.bills, bills, repeat(None)),
        _by_rank(documents.invoices, invoices, repeat(None)),
    )


def calculate_impacts(books: Books) -> ImpactFigures:
    """Return the impacts of the open bills, the open invoices and the queued decisions."""
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
    """Return runway, priorities, impacts and guardrail, all from one forecast."""
    history = read(books.history)
    ahead = forecast(books, history)
    found = impacts(ahead, books.queued)
    documents = ahead.outlooks
    bills = rank_bills(documents.bills, books.cash, books.as_of)
    invoices = rank_invoices(documents.invoices, books.as_of)
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
