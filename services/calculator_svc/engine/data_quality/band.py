"""How wide the band of a runway is, as the books are and with an issue fixed.

The width is the days between P10 and P90 of the cash-zero date over drawn courses (see
`uncertainty`). Each thing's draws depend on the seed and its own name, and how customers pay is
fitted once, so that two widths differ by what the fix changes and by nothing else (common random
numbers). A fix that changes flows of documents or the opening cash alone needs no courses of its
own: it moves those that are drawn, by the receipts of the invoices and the deviations of the bills
that it touches, and by flows on one day in all courses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.cashflow import CashFlow
from calculator_svc.engine.deviations import bill_deviations
from calculator_svc.engine.forecast import BillOutlook, Forecast, InvoiceOutlook, Outlooks
from calculator_svc.engine.history import History, read
from calculator_svc.engine.inputs import HORIZON_DAYS, Books
from calculator_svc.engine.pay_dates import profile_of
from calculator_svc.engine.uncertainty import LEVELS, draw

PATHS = 200
"""How many courses are drawn unless a request says otherwise. Fewer than for a forecast: what is
told is a difference of two widths over the same courses.
"""

_EARLY, _, _LATE = LEVELS

Matrix = NDArray[np.int64]


class Sampling(NamedTuple):
    """What the draws begin with, and how many courses are drawn."""

    seed: int = 0
    paths: int = PATHS


DEFAULT = Sampling()


class Width(NamedTuple):
    """The width of a band in days. Where the late end lies beyond the horizon it counts as the day
    after it, and the band is wider than is said.
    """

    days: int
    is_at_least: bool


@dataclass(slots=True)
class Change:
    """What a fix puts in the place of what: flows that every course has, and documents whose pay
    dates are drawn. Of a bill the flows are expected ones, and what is drawn are deviations from
    them.
    """

    removed: Sequence[CashFlow]
    added: Sequence[CashFlow]
    removed_bills: Sequence[BillOutlook]
    added_bills: Sequence[BillOutlook]
    removed_invoices: Sequence[InvoiceOutlook]
    added_invoices: Sequence[InvoiceOutlook]


class Bands:
    """Measures the widths of one business's bands, all from the same draws."""

    def __init__(self, books: Books, history: History, ahead: Forecast, sampling: Sampling) -> None:
        self._books, self._history, self._ahead = books, history, ahead
        self._seed, self._paths = sampling
        self._profile = profile_of(books)
        self._cash = draw(books, history, ahead, self._profile, *sampling).cash
        self.width = _width(self._cash)

    def changed(self, change: Change) -> Width:
        """Return the width with some flows and invoices changed, from the courses drawn before."""
        moved = self._receipts(change.added_invoices) - self._receipts(change.removed_invoices)
        moved = moved + self._by_day(change.added) - self._by_day(change.removed)
        moved = moved + self._payments(change.added_bills) - self._payments(change.removed_bills)
        return _width(self._cash + moved.cumsum(axis=-1))

    def anew(self, books: Books, ahead: Forecast) -> Width:
        """Return the width of other books by courses of their own, customers paying alike."""
        drawn = draw(books, self._history, ahead, self._profile, self._seed, self._paths)
        return _width(drawn.cash)

    def _receipts(self, invoices: Sequence[InvoiceOutlook]) -> Matrix:
        """Return what invoices bring in on each day, a row a course; 0 is as_of."""
        if not invoices:
            return np.zeros((1, HORIZON_DAYS + 1), dtype=np.int64)
        # Without a history nothing but the invoices is drawn.
        alone = replace(self._ahead, outlooks=Outlooks([], list(invoices)))
        nothing = read([])
        found = draw(self._books, nothing, alone, self._profile, self._seed, self._paths)
        return found.invoice_receipts

    def _payments(self, bills: Sequence[BillOutlook]) -> Matrix:
        """Return by how much what is paid on each day differs from what is expected, a row a
        course; 0 is as_of.
        """
        days = np.zeros((self._paths if bills else 1, HORIZON_DAYS + 1), dtype=np.int64)
        if bills:
            alone = replace(self._ahead, outlooks=Outlooks(list(bills), []))
            days[:, 1:] = bill_deviations(self._books, alone, self._paths, self._seed)
        return days

    def _by_day(self, flows: Iterable[CashFlow]) -> Matrix:
        days = np.zeros(HORIZON_DAYS + 1, dtype=np.int64)
        for flow in flows:
            ahead = flow.day - self._books.as_of
            if ahead <= HORIZON_DAYS:
                days[ahead] += flow.amount
        return days


def _width(cash: Matrix) -> Width:
    """Return how far apart the days are by which cash has been below zero in 10 and in 90 of 100
    courses; a course that stays above counts for the day after the horizon.
    """
    below = cash < 0
    first = np.where(below.any(axis=1), below.argmax(axis=1), HORIZON_DAYS + 1)
    early, late = np.quantile(first, (_EARLY, _LATE), method="inverted_cdf").tolist()
    return Width(late - early, late > HORIZON_DAYS)
