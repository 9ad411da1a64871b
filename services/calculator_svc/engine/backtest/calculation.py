"""Forecasts from weekly origins over a business's own history, scored by what came.

Each origin sees the books rolled back to its day and nothing that was recorded of later ones. What
is entered by hand stays out: nothing says what of it was known then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calculator_svc.engine.backtest.scores import BANDS, LEVELS, BandScores
from calculator_svc.engine.forecast import forecast
from calculator_svc.engine.history import WINDOW_DAYS, read
from calculator_svc.engine.inputs import Bill, Books, Day, Invoice
from calculator_svc.engine.paths import paths as paths_of
from calculator_svc.engine.rollback import PastBooks
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS
from calculator_svc.engine.uncertainty import Draws, draw, profile_of

WEEKS = (1, 4, 13)
"""How many weeks ahead cash is scored."""

ORIGINS = 52
"""How many origins there are at most."""

PATHS = 200
"""How many courses are drawn from each origin unless a request says otherwise."""

_BASELINES = ("last value", "burn", "due date")


@dataclass(frozen=True, slots=True)
class CashFigures:
    """How well cash some weeks ahead was foretold; amounts in minor units, coverage by band."""

    weeks: int
    origins: int
    error: int
    last_value_error: int
    burn_error: int
    due_date_error: int
    loss: int
    coverage: dict[int, float]


@dataclass(frozen=True, slots=True)
class PayDateFigures:
    """How well pay dates of open invoices were foretold, in days; coverage by band."""

    count: int
    still_open: int
    error: float
    due_date_error: float
    coverage: dict[int, float]


@dataclass(frozen=True, slots=True)
class BacktestFigures:
    """A backtest; `origins` are its days, the earliest first."""

    as_of: Day
    origins: list[Day]
    cash: list[CashFigures]
    pay_dates: PayDateFigures | None


@dataclass(slots=True)
class _CashTally:
    bands: BandScores = field(default_factory=BandScores)
    errors: list[int] = field(default_factory=list)
    baselines: dict[str, list[int]] = field(
        default_factory=lambda: {name: [] for name in _BASELINES}
    )

    def figures(self, weeks: int) -> CashFigures:
        last_value, burn, due_date = (_mean(self.baselines[name]) for name in _BASELINES)
        return CashFigures(
            weeks,
            len(self.errors),
            _mean(self.errors),
            last_value,
            burn,
            due_date,
            round(self.bands.loss),
            _coverage(self.bands),
        )


@dataclass(slots=True)
class _PayDateTally:
    bands: BandScores = field(default_factory=BandScores)
    due_date_errors: list[int] = field(default_factory=list)
    still_open: int = 0

    def figures(self) -> PayDateFigures | None:
        if not self.due_date_errors:
            return None
        return PayDateFigures(
            len(self.due_date_errors),
            self.still_open,
            self.bands.error,
            float(np.mean(self.due_date_errors)),
            _coverage(self.bands),
        )


def calculate_backtest(past: PastBooks, origins: int, paths: int, seed: int) -> BacktestFigures:
    """Return how forecasts from the latest weekly origins did; 0 origins or paths mean the most, or
    the usual.

    Units: minor units of the books' currency, days for pay dates, coverage from 0 to 1.
    Shape: cash at 1, 4 and 13 weeks ahead, each where what came is known of some origin; pay dates
    where any is known.
    Raises AmountsTooLarge.
    Source: a rolling origin (Tashman 2000); pinball loss (Koenker and Bassett 1978).
    """
    days = origin_days(past, origins or ORIGINS)
    cash = {weeks: _CashTally() for weeks in WEEKS}
    pay_dates = _PayDateTally()
    settled = {one.document.id: one.day for one in past.settled_invoices}
    for day in days:
        books = books_known_on(past, day)
        history = read(books.history)
        ahead = forecast(books, history)
        drawn = draw(books, history, ahead, profile_of(books), seed, paths or PATHS)
        expected = paths_of(ahead).by_day()
        for weeks, tally in cash.items():
            if day + 7 * weeks <= past.last.as_of:
                _score_cash(tally, past, books, drawn, expected[7 * weeks], 7 * weeks)
        _score_pay_dates(pay_dates, day, drawn, settled)
    return BacktestFigures(
        past.last.as_of,
        days,
        [tally.figures(weeks) for weeks, tally in cash.items() if tally.errors],
        pay_dates.figures(),
    )


def origin_days(past: PastBooks, most: int) -> list[Day]:
    """Return the latest days, a week apart, that have 91 days of books behind them and one week
    that has come to pass ahead.
    """
    last = past.last.as_of
    oldest = max((max(one.days_ago) for one in past.last.history if one.days_ago), default=0)
    earliest = max(past.first, last - oldest + WINDOW_DAYS)
    return [day for day in range(last - 7 * most, last, 7) if day >= earliest]


def books_known_on(past: PastBooks, day: Day) -> Books:
    """Return the books of a day without what was entered by hand."""
    return replace(past.on(day), planned=[], earmarks=[], queued=[], pending=[])


def _score_cash(
    tally: _CashTally, past: PastBooks, books: Books, drawn: Draws, expected: int, ahead: int
) -> None:
    came = past.cash_on(books.as_of + ahead)
    quantiles = np.quantile(drawn.cash[:, ahead], LEVELS, method="inverted_cdf")
    tally.bands.add(quantiles.tolist(), came)
    tally.errors.append(abs(came - expected))
    change = books.cash - past.cash_on(books.as_of - WINDOW_DAYS)
    foretold = {
        "last value": books.cash,
        "burn": books.cash + round(change * ahead / WINDOW_DAYS),
        "due date": books.cash
        + _due_by(books.invoices, books.as_of + ahead)
        - _due_by(books.bills, books.as_of + ahead),
    }
    for name, value in foretold.items():
        tally.baselines[name].append(abs(came - value))


def _due_by(documents: Sequence[Bill] | Sequence[Invoice], day: Day) -> int:
    return sum(document.balance for document in documents if _due(document) <= day)


def _due(document: Bill | Invoice) -> Day:
    return document.issue + ASSUMED_NET_DAYS if document.due is None else document.due


def _score_pay_dates(tally: _PayDateTally, day: Day, drawn: Draws, settled: dict[str, Day]) -> None:
    columns = [drawn.prediction.quantile(level).tolist() for level in LEVELS]
    for outlook, *quantiles in zip(drawn.undecided, *columns, strict=True):
        paid = settled.get(outlook.document.id)
        if paid is None:
            tally.still_open += 1
            continue
        tally.bands.add(quantiles, paid - day)
        tally.due_date_errors.append(abs(paid - max(_due(outlook.document), day)))


def _mean(errors: Sequence[int]) -> int:
    """Return the mean, halves rounded up."""
    return (2 * sum(errors) + len(errors)) // (2 * len(errors))


def _coverage(scores: BandScores) -> dict[int, float]:
    return {band: scores.coverage(band) for band in BANDS}
