"""Which past days a caller wants to see."""

import datetime
from collections.abc import Sequence

LONGEST_DAYS = 728
"""How far apart the days may lie: 104 weeks."""

USUAL_WEEKS = 13


class DaysTooFarApart(Exception):
    """The days do not fit into one answer."""


def weekly(last: datetime.date, weeks: int) -> list[datetime.date]:
    """Return a day and the same day of each of so many weeks before it, the earliest first."""
    return [last - datetime.timedelta(days=7 * back) for back in range(weeks, -1, -1)]


def span(days: Sequence[datetime.date]) -> int:
    """Return how many days lie between the first and the last.

    Raises DaysTooFarApart.
    """
    apart = (max(days) - min(days)).days
    if apart > LONGEST_DAYS:
        raise DaysTooFarApart(f"must be {LONGEST_DAYS} days apart at most, not {apart}")
    return apart
