"""The difference that one thing makes to the runway: the forecast with it, less the forecast
without.

Never amount divided by burn: paying now or later moves cash between days and leaves the end as it
is. And a batch's effect is not the sum of its parts: the second payment may be the one that empties
the till, whichever of the two is called second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from calculator_svc.engine import decisions
from calculator_svc.engine.forecast import Forecast
from calculator_svc.engine.inputs import Day, Decision
from calculator_svc.engine.paths import Paths, Variant, paths


@dataclass(slots=True)
class Impact:
    """With, less without: days of the cash-zero date, minor units; None where no date is."""

    cash_zero_days: int | None
    zero_without: Day | None
    zero_with: Day | None
    lowest_change: int
    closing_change: int


@dataclass(slots=True)
class Impacts:
    """Impacts of the bills, invoices and queued decisions, each in the order of the books.

    `plan` holds all paths: row 0 the plan, the last row the plan without its queue.
    """

    plan: Paths
    bills: list[Impact]
    invoices: list[Impact]
    decisions: list[Impact]
    queue: Impact
    sum_of_decisions: Impact


def impacts(forecast: Forecast, queued: Sequence[Decision]) -> Impacts:
    """Return every impact, from one forecast.

    A document's impact takes out its own flows, as decided. A queued decision's compares all queued
    decisions with all but this one: a decision that was finalised earlier, or habit, holds instead.
    """
    documents = forecast.outlooks
    variants = [Variant(removed=bill.flows) for bill in documents.bills]
    variants += [Variant(removed=invoice.flows) for invoice in documents.invoices]
    variants += _decision_variants(forecast, queued)
    plan = paths(forecast, variants)
    every = [_impact(plan, row) for row in range(1, len(variants) + 1)]
    bills, both = len(documents.bills), len(documents.bills) + len(documents.invoices)
    singles = every[both:-1]
    return Impacts(plan, every[:bills], every[bills:both], singles, every[-1], total(singles))


def total(singles: Sequence[Impact]) -> Impact:
    """Return the sum of single impacts; the days only where every single one has them."""
    days = [single.cash_zero_days for single in singles if single.cash_zero_days is not None]
    return Impact(
        sum(days) if days and len(days) == len(singles) else None,
        None,
        None,
        sum(single.lowest_change for single in singles),
        sum(single.closing_change for single in singles),
    )


def _decision_variants(forecast: Forecast, queued: Sequence[Decision]) -> list[Variant]:
    """Return the plan without each queued decision, and at last without any of them."""
    as_of = forecast.as_of
    holding = {id(held): outlook for held, outlook in forecast.outlooks.by_decision()}
    waiting = {id(decision) for decision in queued}
    variants, without_any = [], Variant([], [])
    for decision in queued:
        outlook = holding.get(id(decision))
        if outlook is None:
            # About a document that is not open, or outdone by a newer decision.
            variants.append(Variant())
            continue
        instead = decisions.without(outlook.decisions, decision)
        variants.append(Variant(outlook.flows, outlook.flows_under(instead, as_of)))
        finalised = next((d for d in outlook.decisions if id(d) not in waiting), None)
        without_any.removed = [*without_any.removed, *outlook.flows]
        without_any.added = [*without_any.added, *outlook.flows_under(finalised, as_of)]
    return [*variants, without_any]


def _impact(plan: Paths, row: int) -> Impact:
    zero_with, zero_without = plan.zero[0], plan.zero[row]
    both = zero_with is not None and zero_without is not None
    return Impact(
        zero_with - zero_without if both else None,  # type: ignore[operator]  # both are days
        zero_without,
        zero_with,
        plan.lowest[0] - plan.lowest[row],
        plan.closing[0] - plan.closing[row],
    )
