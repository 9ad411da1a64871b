"""What the runway was on past days, as it would have been told then."""

from collections.abc import Sequence
from dataclasses import dataclass

from calculator_svc.engine.forecast import forecast
from calculator_svc.engine.history import burn, read
from calculator_svc.engine.inputs import Day, Policy
from calculator_svc.engine.paths import paths
from calculator_svc.engine.rollback import PastBooks
from calculator_svc.engine.runway import Runway, runway


@dataclass(frozen=True, slots=True)
class RunwayPoint:
    """The runway of one day."""

    day: Day
    runway: Runway


def calculate_runway_history(
    past: PastBooks, policy: Policy, days: Sequence[Day]
) -> list[RunwayPoint]:
    """Return the runway on each of the days, from the books of that day alone.

    Units: those of calculate_runway.
    Shape: one point a day, in the order given; the days lie within the history.
    Raises AmountsTooLarge.
    Source: the books rolled back (`engine.rollback`), then `engine.runway`.
    """
    return [RunwayPoint(day, _runway_on(past, policy, day)) for day in days]


def _runway_on(past: PastBooks, policy: Policy, day: Day) -> Runway:
    books = past.on(day)
    history = read(books.history)
    ahead = forecast(books, history)
    return runway(ahead, paths(ahead), burn(history), policy)
