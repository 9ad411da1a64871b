"""Cash paths: forecast cash by day, for the plan and for every variant of it at once.

Variants share all but a few flows with the plan (common flows, as common random numbers in a
simulation), so that one matrix of differences and one cumulative sum give them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.cashflow import CashFlow
from calculator_svc.engine.forecast import Forecast
from calculator_svc.engine.inputs import HORIZON_DAYS, Day

Matrix = NDArray[np.int64]


@dataclass(slots=True)
class Variant:
    """The plan with some flows taken out and others put in."""

    removed: Sequence[CashFlow] = ()
    added: Sequence[CashFlow] = ()


@dataclass(slots=True)
class Paths:
    """Cash at the end of each day, shape (1 + variants, 1 + 91): row 0 is the plan.

    Column 0 is as_of, after what is set aside; column t is the t-th day after it. `zero` holds the
    first day below zero or None, `lowest` the lowest cash of the 91 days, `closing` the last.
    """

    as_of: Day
    cash: Matrix
    zero: list[Day | None]
    lowest: list[int]
    closing: list[int]

    def lowest_day(self) -> Day:
        """Return the first of the 91 days on which the plan reaches its lowest cash."""
        return self.as_of + 1 + int(self.cash[0, 1:].argmin())

    def by_day(self, row: int = 0) -> list[int]:
        """Return a path's cash: entry 0 is as_of, entry t the t-th day after it."""
        days: list[int] = self.cash[row].tolist()
        return days


def paths(forecast: Forecast, variants: Sequence[Variant] = ()) -> Paths:
    """Return the plan's path and those of its variants."""
    cash = np.zeros((1 + len(variants), 1 + HORIZON_DAYS), np.int64)
    _put_differences(cash, variants, forecast.as_of)
    cash += np.array(forecast.receipts) - np.array(forecast.disbursements)
    cash[:, 0] += forecast.cash
    np.cumsum(cash, axis=1, out=cash)
    below: NDArray[np.bool_] = cash < 0
    first: list[int] = below.argmax(axis=1).tolist()
    ever: list[bool] = np.logical_or.reduce(below, axis=1).tolist()
    return Paths(
        forecast.as_of,
        cash,
        [
            forecast.as_of + column if any_day else None
            for column, any_day in zip(first, ever, strict=True)
        ],
        cash[:, 1:].min(axis=1).tolist(),
        cash[:, -1].tolist(),
    )


def _put_differences(cash: Matrix, variants: Sequence[Variant], as_of: Day) -> None:
    cells: list[int] = []
    amounts: list[int] = []
    width, last = cash.shape[1], as_of + HORIZON_DAYS
    for row, variant in enumerate(variants, start=1):
        origin = row * width - as_of
        for flow in variant.removed:
            if flow.day <= last:
                cells.append(origin + flow.day)
                amounts.append(-flow.amount)
        for flow in variant.added:
            if flow.day <= last:
                cells.append(origin + flow.day)
                amounts.append(flow.amount)
    if cells:
        # `at` adds up where a variant has two flows on one day.
        np.add.at(cash.reshape(-1), cells, amounts)
