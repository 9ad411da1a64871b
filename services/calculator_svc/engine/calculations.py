"""The use cases: what each method of the services asks for, from books to figures."""

from dataclasses import dataclass

from calculator_svc.engine.cashflow import Item
from calculator_svc.engine.forecast import Outlooks, forecast, outlooks
from calculator_svc.engine.guardrail import Breach, breaches
from calculator_svc.engine.history import burn, read
from calculator_svc.engine.impact import Impact, Impacts, impacts
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Day, Policy
from calculator_svc.engine.paths import paths
from calculator_svc.engine.priority import Priority, latest_safe_day, rank_bills, rank_invoices
from calculator_svc.engine.runway import Runway, Week, runway, weeks
from calculator_svc.engine.settlement import days_overdue


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


@dataclass(slots=True)
class Assessment:
    """What is said of one open document; `latest_safe` is None for invoices."""

    id: str
    expected: Day | None
    latest_safe: Day | None
    days_overdue: int
    priority: Priority | None = None
    impact: Impact | None = None


@dataclass(slots=True)
class PriorityFigures:
    """The open documents, each list in the order of its ranks."""

    bills: list[Assessment]
    invoices: list[Assessment]


@dataclass(slots=True)
class ImpactFigures:
    """Impacts: documents in the order of the books, decisions (by id) in that of the queue."""

    bills: list[Assessment]
    invoices: list[Assessment]
    decisions: list[tuple[str, Impact]]
    queue: Impact
    sum_of_decisions: Impact


@dataclass(slots=True)
class ConsoleFigures:
    """Everything that a Decision Console shows; documents by rank, items by day."""

    runway: Runway
    weeks: list[Week]
    items: list[Item]
    bills: list[Assessment]
    invoices: list[Assessment]
    decisions: list[tuple[str, Impact]]
    queue: Impact
    sum_of_decisions: Impact
    breaches: list[Breach]


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
        sorted(ahead.all_items()),
    )


def calculate_priorities(books: Books) -> PriorityFigures:
    """Return the priorities of the open bills and invoices."""
    documents = outlooks(books)
    return PriorityFigures(*_ranked(*_assessed(documents, books.as_of), documents, books))


def calculate_impacts(books: Books) -> ImpactFigures:
    """Return the impacts of the open bills, the open invoices and the queued decisions."""
    ahead = forecast(books, read(books.history))
    found = impacts(ahead, books.queued)
    bills, invoices = _assessed(ahead.outlooks, books.as_of, found)
    return ImpactFigures(
        bills, invoices, _by_decision(books, found), found.queue, found.sum_of_decisions
    )


def calculate_decision_console(books: Books, policy: Policy) -> ConsoleFigures:
    """Return runway, priorities, impacts and guardrail, all from one forecast."""
    history = read(books.history)
    ahead = forecast(books, history)
    found = impacts(ahead, books.queued)
    bills, invoices = _ranked(*_assessed(ahead.outlooks, books.as_of, found), ahead.outlooks, books)
    return ConsoleFigures(
        runway(ahead, found.plan, burn(history), policy),
        weeks(ahead, found.plan),
        sorted([*ahead.items, *ahead.decided_items(), *ahead.residual_items(7)]),
        bills,
        invoices,
        _by_decision(books, found),
        found.queue,
        found.sum_of_decisions,
        breaches(books, policy, ahead, found.plan),
    )


def _assessed(
    documents: Outlooks, as_of: Day, found: Impacts | None = None
) -> tuple[list[Assessment], list[Assessment]]:
    """Return what is said of each bill and invoice besides its priority, in the order of the books."""
    bills = [
        Assessment(
            bill.document.id,
            bill.expected,
            latest_safe_day(bill.document, as_of),
            days_overdue(bill.document, as_of),
        )
        for bill in documents.bills
    ]
    invoices = [
        Assessment(
            invoice.document.id, invoice.expected, None, days_overdue(invoice.document, as_of)
        )
        for invoice in documents.invoices
    ]
    if found is not None:
        every = zip((*bills, *invoices), (*found.bills, *found.invoices), strict=True)
        for assessment, impact in every:
            assessment.impact = impact
    return bills, invoices


def _ranked(
    bills: list[Assessment], invoices: list[Assessment], documents: Outlooks, books: Books
) -> tuple[list[Assessment], list[Assessment]]:
    """Give each document its priority, and return both lists in the order of their ranks."""
    return (
        _by_rank(bills, rank_bills(documents.bills, books.cash, books.as_of)),
        _by_rank(invoices, rank_invoices(documents.invoices, books.as_of)),
    )


def _by_rank(assessed: list[Assessment], priorities: list[Priority]) -> list[Assessment]:
    ordered = assessed.copy()
    for assessment, priority in zip(assessed, priorities, strict=True):
        assessment.priority = priority
        ordered[priority.rank - 1] = assessment
    return ordered


def _by_decision(books: Books, found: Impacts) -> list[tuple[str, Impact]]:
    ids = [decision.id for decision in books.queued]
    return list(zip(ids, found.decisions, strict=True))
