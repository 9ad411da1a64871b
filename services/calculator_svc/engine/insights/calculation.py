"""The use case: what a digest says, from the books of two days."""

from dataclasses import dataclass

from calculator_svc.engine.calculations import ForecastFigures, figures_of
from calculator_svc.engine.history import burn, read
from calculator_svc.engine.inputs import Books, Policy
from calculator_svc.engine.insights.due import DueItem, due_soon
from calculator_svc.engine.insights.movements import Movement, movements
from calculator_svc.engine.insights.sentences import Insight, Situation, insights
from calculator_svc.engine.pay_plan.chase import Chase, ChasePolicy
from calculator_svc.engine.pay_plan.from_books import chase_invoices
from calculator_svc.engine.runway import Runway, runway
from calculator_svc.engine.scenarios import course
from calculator_svc.engine.uncertainty import profile_of


@dataclass(slots=True)
class InsightFigures:
    """What a digest says: the forecast now, the runway as it was, what moved the cash, what is due
    within 14 days, whom it is worth to chase, and sentences.
    """

    forecast: ForecastFigures
    runway_before: Runway
    movements: list[Movement]
    due: list[DueItem]
    chases: list[Chase]
    insights: list[Insight]


def calculate_insights(
    before: Books, now: Books, policy: Policy, seed: int, paths: int
) -> InsightFigures:
    """Return what there is to say of a business, and what has changed since `before`.

    Units: those of calculate_forecast; movements in minor units, positive what came in.
    Shape: movements that sum up to the change of cash; what is due within 14 days; the chases that
    are worth something, the most first; sentences, the most pressing first.
    Raises AmountsTooLarge.
    Source: the rules of `insights.sentences`, `insights.movements` and `insights.due`.
    """
    history, past = read(now.history), read(before.history)
    ahead, ahead_before = course(now, history), course(before, past)
    figures = figures_of(ahead, history, policy, profile_of(now), seed, paths)
    runway_before = runway(ahead_before.forecast, ahead_before.plan, burn(past), policy)
    documents = ahead.forecast.outlooks
    return InsightFigures(
        forecast=figures,
        runway_before=runway_before,
        movements=movements(before, now),
        due=due_soon(ahead.forecast),
        chases=[one for one in chase_invoices(now, ChasePolicy()) if one.value],
        insights=insights(
            Situation(
                before, now, runway_before, figures.runway, documents.bills, documents.invoices
            )
        ),
    )
