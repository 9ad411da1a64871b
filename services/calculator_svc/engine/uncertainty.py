"""How sure the forecast is: many possible courses of cash, drawn together, and their quantiles.

Open invoices are paid on drawn days, late together as they were in the past
(`engine.receivables`); how far else the courses lie apart is found in `engine.deviations`. Planned
items and decisions are the business's own doing and stay where the forecast has them.

The draws of a thing depend on the seed and on its name alone, so that two courses of action share
the draws of all that they have in common (common random numbers).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.deviations import (
    bill_deviations,
    recurring_deviations,
    residual_deviations,
)
from calculator_svc.engine.forecast import Forecast, InvoiceOutlook
from calculator_svc.engine.history import History
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Category, Day
from calculator_svc.engine.pay_dates import prediction_of
from calculator_svc.engine.receivables.profile import Prediction, Profile
from calculator_svc.engine.receivables.simulation import simulate

PATHS = 500
"""How many courses are drawn unless a request says otherwise."""

LEVELS = (0.1, 0.5, 0.9)
"""The quantiles that are given: P10, P50, P90."""

PAY_DATE_LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The quantiles of a pay date."""

Matrix = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PayDate:
    """When an open invoice will be paid: the day by which it is, at each of PAY_DATE_LEVELS."""

    invoice_id: str
    p10: Day
    p25: Day
    p50: Day
    p75: Day
    p90: Day


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """The quantiles of a forecast; amounts in minor units.

    `cash` holds, for P10, P50 and P90, the cash at the end of each of the 91 days, `receipts` what
    was received until then, and `invoice_receipts` how much of that came from invoices that are
    open now and without a decision. `zero` is the first day by which cash has been below zero in
    10, 50 and 90 of 100 courses, None where it is in fewer within the horizon. `lowest` is the
    low-water mark, P10 being the worst, and `lowest_day` the day on which the median course is
    lowest. Probabilities lie between 0 and 1.
    """

    paths: int
    seed: int
    cash: tuple[list[int], list[int], list[int]]
    receipts: tuple[list[int], list[int], list[int]]
    invoice_receipts: tuple[list[int], list[int], list[int]]
    zero: tuple[Day | None, Day | None, Day | None]
    lowest: tuple[int, int, int]
    lowest_day: Day
    below_zero: float
    payroll_missed: float | None
    pay_dates: list[PayDate]


@dataclass(frozen=True, slots=True)
class Draws:
    """Drawn courses, a row each: cash at the end of each day, the receipts on it, and those of them
    from the invoices without a decision, column 0 being as_of; and what is said of the pay dates of
    these.
    """

    cash: Matrix
    receipts: Matrix
    invoice_receipts: Matrix
    undecided: list[InvoiceOutlook]
    prediction: Prediction


def draw(
    books: Books, history: History, ahead: Forecast, profile: Profile, seed: int, paths: int
) -> Draws:
    """Return the courses that a forecast's quantiles are taken from."""
    undecided = [outlook for outlook in ahead.outlooks.invoices if not outlook.decisions]
    documents = [outlook.document for outlook in undecided]
    prediction = prediction_of(books.as_of, profile, documents)
    drawn = simulate(profile, prediction, HORIZON_DAYS, paths, seed)
    more_in, more_out = residual_deviations(books, history, ahead, paths, seed)
    more_out = more_out + bill_deviations(books, ahead, paths, seed)
    more_out += recurring_deviations(history, ahead, paths, seed)
    from_invoices = _drawn_receipts(undecided, drawn, paths)
    receipts = _fixed_receipts(ahead, undecided) + from_invoices
    receipts[:, 1:] += more_in
    cash = receipts - np.array(ahead.disbursements, dtype=np.int64)
    cash[:, 1:] += more_out
    cash[:, 0] += ahead.cash
    np.cumsum(cash, axis=1, out=cash)
    return Draws(cash, receipts, from_invoices, undecided, prediction)


def uncertainty(
    books: Books, history: History, ahead: Forecast, profile: Profile, seed: int, paths: int = PATHS
) -> Uncertainty:
    """Return the quantiles of a forecast. The same arguments give the same figures, to the byte."""
    drawn = draw(books, history, ahead, profile, seed, paths)
    undecided, prediction = drawn.undecided, drawn.prediction
    cash, receipts = drawn.cash, drawn.receipts
    by_level = _quantiles(cash[:, 1:])
    median = np.array(by_level[1])
    return Uncertainty(
        paths=paths,
        seed=seed,
        cash=by_level,
        receipts=_quantiles(np.cumsum(receipts[:, 1:], axis=1)),
        invoice_receipts=_quantiles(np.cumsum(drawn.invoice_receipts[:, 1:], axis=1)),
        zero=_zero_dates(cash, books.as_of),
        lowest=_triple(np.quantile(cash[:, 1:].min(axis=1), LEVELS, method="inverted_cdf")),
        lowest_day=books.as_of + 1 + int(median.argmin()),
        below_zero=float((cash.min(axis=1) < 0).mean()),
        payroll_missed=_payroll_missed(ahead, cash),
        pay_dates=_pay_dates(books.as_of, undecided, prediction),
    )


def _quantiles(by_day: Matrix) -> tuple[list[int], list[int], list[int]]:
    """Return P10, P50 and P90 of each day; each is one of the drawn values."""
    low, middle, high = np.quantile(by_day, LEVELS, axis=0, method="inverted_cdf").tolist()
    return low, middle, high


def _fixed_receipts(ahead: Forecast, undecided: Sequence[InvoiceOutlook]) -> NDArray[np.int64]:
    """Return the forecast's receipts by day without the invoices that are drawn; 0 is as_of."""
    fixed = np.array(ahead.receipts, dtype=np.int64)
    for outlook in undecided:
        for flow in outlook.flows:
            day = flow.day - ahead.as_of
            if day <= HORIZON_DAYS:
                fixed[day] -= flow.amount
    return fixed


def _drawn_receipts(undecided: Sequence[InvoiceOutlook], drawn: Matrix, paths: int) -> Matrix:
    receipts = np.zeros((paths, HORIZON_DAYS + 2), dtype=np.int64)
    rows = np.arange(paths)
    for column, outlook in enumerate(undecided):
        receipts[rows, drawn[:, column]] += outlook.document.balance
    return receipts[:, :-1]


def _zero_dates(cash: Matrix, as_of: Day) -> tuple[Day | None, Day | None, Day | None]:
    below = cash < 0
    first = np.where(below.any(axis=1), below.argmax(axis=1), HORIZON_DAYS + 1)
    ordered = np.sort(first)
    dates: list[Day | None] = []
    for level in LEVELS:
        column = int(ordered[max(int(np.ceil(level * len(ordered))) - 1, 0)])
        dates.append(None if column > HORIZON_DAYS else as_of + column)
    return dates[0], dates[1], dates[2]


def _payroll_missed(ahead: Forecast, cash: Matrix) -> float | None:
    """Return how likely a payroll does not clear; None when none is expected."""
    days = sorted({item.day - ahead.as_of for item in ahead.due_items(Category.PAYROLL)})
    days = [day for day in days if 0 < day <= HORIZON_DAYS]
    return float((cash[:, days] < 0).any(axis=1).mean()) if days else None


def _pay_dates(
    as_of: Day, undecided: Sequence[InvoiceOutlook], prediction: Prediction
) -> list[PayDate]:
    columns = [(as_of + prediction.quantile(level)).tolist() for level in PAY_DATE_LEVELS]
    return [
        PayDate(outlook.document.id, *days)
        for outlook, *days in zip(undecided, *columns, strict=True)
    ]


def _triple(values: NDArray[np.int64]) -> tuple[int, int, int]:
    low, middle, high = (int(value) for value in values)
    return low, middle, high
