"""What a digest shows, in words ready to be set: HTML and text are made from this alone."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: what, how much, by when, and why; `is_pressing` sets it apart."""

    name: str
    amount: str
    when: str = ""
    note: str = ""
    is_pressing: bool = False


@dataclass(frozen=True, slots=True)
class ChartData:
    """P10, P50 and P90 of cash by day in units of the currency, for a picture: no figure of it is
    calculated with.
    """

    days: Sequence[datetime.date]
    low: Sequence[float]
    middle: Sequence[float]
    high: Sequence[float]
    currency: str


@dataclass(frozen=True, slots=True)
class DigestView:
    """A digest in words."""

    business: str
    status: str
    headline: str
    change: str
    sure: str
    as_of: str
    freshness: str
    to_do: Sequence[str]
    due: Sequence[Line]
    chases: Sequence[Line]
    movements: Sequence[Line]
    movements_title: str
    insights: Sequence[str]
    chart: ChartData
    chart_description: str

    @property
    def subject(self) -> str:
        """Return the subject of the mail."""
        return f"{self.business}: {self.headline}"
