"""Recurring cash flows: found in history by their rhythm, and continued on the calendar."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from calculator_svc.engine.calendar import (
    every,
    month_length,
    monthly_days,
    next_business_day,
)
from calculator_svc.engine.history import Flow
from calculator_svc.engine.inputs import HORIZON_DAYS, Category, Day

_MINIMUM_OCCURRENCES = 3
_OCCURRENCES_LOOKED_AT = 6
_MERGED_WITHIN_DAYS = 2
_HALF_A_MONTH = 15
_SATURDAY = 5
# Coefficients of variation, in per cent. Wages, tax and rent come for certain even when they vary.
_STEADY = 35
_STEADY_ENOUGH = 60
_CERTAIN = frozenset({Category.PAYROLL, Category.TAX, Category.RENT})


@dataclass(frozen=True, slots=True)
class Cadence:
    """A rhythm: its period, the gaps that fit it, and how late an occurrence may be, in days."""

    words: str
    period: int
    shortest: int
    longest: int
    grace: int

    def fits(self, gaps: list[int]) -> bool:
        """Return whether all gaps fit; of five and more, every fifth may be off."""
        if min(gaps) >= self.shortest and max(gaps) <= self.longest:
            return True
        off = sum(not self.shortest <= gap <= self.longest for gap in gaps)
        return off <= len(gaps) // 5


WEEKLY = Cadence("every week", 7, 6, 8, 1)
BIWEEKLY = Cadence("every 2 weeks", 14, 12, 16, 2)
# Paid on the 15th and the last day, or the business day before: gaps of 12 to 19 days.
SEMI_MONTHLY = Cadence("twice a month", 15, 12, 19, 3)
# A month is 28 to 31 days and a quarter 89 to 92, give or take a weekend.
MONTHLY = Cadence("every month", 30, 27, 34, 3)
QUARTERLY = Cadence("every quarter", 91, 88, 95, 5)


@dataclass(slots=True)
class Recurring:
    """A series that is expected to go on: the same signed amount on each of `days`, in order."""

    category: Category
    counterparty: str
    amount: int
    cadence: Cadence
    days: list[Day]


def find(flow: Flow, as_of: Day) -> Recurring | None:
    """Return the series as it is expected to go on, or None when it does not recur.

    It recurs when it has at least three occurrences (movements within two days of each other are
    one) whose gaps fit a cadence, the last of them no longer ago than one and a half periods, and
    amounts that are alike: a coefficient of variation of the last six of at most 0.35, or 0.6 for
    payroll, tax and rent. The amount is their median. Customers' receipts never recur here: they
    come from invoices, which are forecast one by one.
    """
    if flow.inflow and flow.category is Category.CUSTOMER:
        return None
    ago, amounts = occurrences(flow)
    if len(ago) < _MINIMUM_OCCURRENCES:
        return None
    if not _alike(amounts, _STEADY_ENOUGH if flow.category in _CERTAIN else _STEADY):
        return None
    cadence = _cadence(ago, as_of)
    if cadence is None or 2 * ago[0] > 3 * cadence.period:
        return None
    days = _continued(cadence, [as_of - days for days in ago], as_of)
    return Recurring(flow.category, flow.counterparty, _median(amounts), cadence, days)


def leave_to_bills(
    recurring: Iterable[Recurring], bills: Iterable[tuple[str, Day, Day | None]]
) -> None:
    """Take out the payments that an open bill already stands for, so that nothing counts twice.

    `bills` are (vendor's name, expected date, stated due date). A bill stands for the one payment
    to its vendor that lies nearest to either date, within half a period.
    """
    by_name: dict[str, list[tuple[Day, Day | None]]] = {}
    for name, expected, due in bills:
        by_name.setdefault(name, []).append((expected, due))
    for series in recurring:
        waiting = by_name.get(series.counterparty)
        if waiting and series.amount < 0:
            by_name[series.counterparty] = [
                bill for bill in waiting if not _take_nearest(series, *bill)
            ]


def _take_nearest(series: Recurring, expected: Day, due: Day | None) -> bool:
    def distance(day: Day) -> int:
        near = abs(day - expected)
        return near if due is None else min(near, abs(day - due))

    nearest = min(series.days, key=distance, default=None)
    if nearest is None or 2 * distance(nearest) > series.cadence.period:
        return False
    series.days.remove(nearest)
    return True


def occurrences(flow: Flow) -> tuple[list[int], list[int]]:
    """Return the days ago and the amounts of the last six occurrences, the newest first."""
    ago: list[int] = []
    amounts: list[int] = []
    newest = -1 - _MERGED_WITHIN_DAYS
    for day, amount in zip(flow.days, flow.amounts, strict=True):
        if day - newest <= _MERGED_WITHIN_DAYS:
            amounts[-1] += amount
            continue
        if len(ago) == _OCCURRENCES_LOOKED_AT:
            break
        newest = day
        ago.append(day)
        amounts.append(amount)
    return ago, amounts


def _alike(amounts: list[int], per_cent: int) -> bool:
    """Return whether the coefficient of variation is at most `per_cent`, in exact integers."""
    total = sum(amounts)
    spread = len(amounts) * sum(amount * amount for amount in amounts) - total * total
    return spread * 10_000 <= per_cent * per_cent * total * total


def _median(amounts: list[int]) -> int:
    ordered = sorted(amounts)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle] + 1) // 2


def _cadence(ago: list[int], as_of: Day) -> Cadence | None:
    gaps = [earlier - later for later, earlier in pairwise(ago)]
    for cadence in (WEEKLY, MONTHLY, QUARTERLY):
        if cadence.fits(gaps):
            return cadence
    if not SEMI_MONTHLY.fits(gaps):
        return None
    if not BIWEEKLY.fits(gaps):
        return SEMI_MONTHLY if _is_semi_monthly(ago, as_of) else None
    steady = all(gap == BIWEEKLY.period for gap in gaps)
    return SEMI_MONTHLY if not steady and _is_semi_monthly(ago, as_of) else BIWEEKLY


def _is_semi_monthly(ago: list[int], as_of: Day) -> bool:
    """Return whether every second occurrence is a month apart, rather than four weeks.

    Weekends and holidays move single days, so the sums of what is off are compared.
    """
    from_month, from_weeks = 0, 0
    for later, earlier in zip(ago, ago[2:], strict=False):
        off = _off_a_month(as_of - earlier, as_of - later)
        if off > SEMI_MONTHLY.grace:
            return False
        from_month += off
        from_weeks += abs(earlier - later - 2 * BIWEEKLY.period)
    return from_month < from_weeks


def _off_a_month(earlier: Day, later: Day) -> int:
    """Return by how many days two days are not a month apart, counted from its start or its end."""
    date = datetime.date.fromordinal(earlier)
    this = month_length(date.year, date.month)
    following = month_length(date.year, date.month % 12 + 1)
    gap = later - earlier
    return min(abs(gap - this), abs(gap - following))


def _continued(cadence: Cadence, past: list[Day], as_of: Day) -> list[Day]:
    """Return the expected days after as_of, up to the horizon; `past` has the newest first.

    An occurrence that is late by no more than the cadence's grace is still to come, on the next
    business day: books lag the bank, and the money is not in the opening cash.
    """
    until = as_of + HORIZON_DAYS
    after = max(past[0] + cadence.period // 2, as_of - cadence.grace - 1)
    days: Iterable[Day]
    if cadence is WEEKLY or cadence is BIWEEKLY:
        days = every(past[0], cadence.period, after, until)
    elif cadence is SEMI_MONTHLY:
        halves = past[0::2], past[1::2]
        days = sorted(
            day
            for half in halves
            for day in monthly_days(half[-1], _day_of_month(half), 1, after, until)
        )
    else:
        months = 1 if cadence is MONTHLY else 3
        kept = _day_of_month(past)
        first = past[0] - _moved(datetime.date.fromordinal(past[0]), kept)
        days = monthly_days(first, kept, months, after, until)
    return [day if day > as_of else next_business_day(as_of) for day in days]


def _day_of_month(days: list[Day]) -> int:
    """Return the day of the month that explains most of the days; of equals the newest day's.

    31 stands for the last day of any month. A day of the month explains a day that it falls on, and
    one to which a weekend has moved it, by two days at most.
    """
    dates = [datetime.date.fromordinal(day) for day in days]
    candidates = [date.day for date in dates]
    if candidates.count(candidates[0]) == len(candidates):
        return candidates[0]

    best, most = candidates[0], 0
    for candidate in dict.fromkeys((*candidates, 31)):
        explained = 0
        for day, date in zip(days, dates, strict=True):
            moved = _moved(date, candidate)
            if not moved or (-2 <= moved <= 2 and (day - moved - 1) % 7 >= _SATURDAY):
                explained += 1
        if explained == len(days):
            return candidate
        if explained > most:
            best, most = candidate, explained
    return best


def _moved(date: datetime.date, day_of_month: int) -> int:
    """Return how many days a date lies after the nearest such day of a month; negative before."""
    length = month_length(date.year, date.month)
    moved = date.day - min(day_of_month, length)
    if moved > _HALF_A_MONTH:
        return date.day - length - day_of_month
    if moved < -_HALF_A_MONTH:
        before = month_length(date.year, (date.month - 2) % 12 + 1)
        return date.day + before - min(day_of_month, before)
    return moved
