"""Business days and steps by calendar month, on days as ordinals.

What is remembered between calls is the calendar, the same for everyone, and never a business's
data.
"""

import datetime
from collections.abc import Iterator
from functools import lru_cache

from calculator_svc.engine.inputs import Day, Repeat

_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def business_day_on_or_after(day: Day) -> Day:
    """Return the day itself from Monday to Friday, else the Monday after it."""
    weekday = (day - 1) % 7
    return day if weekday < 5 else day + 7 - weekday


def business_day_on_or_before(day: Day) -> Day:
    """Return the day itself from Monday to Friday, else the Friday before it."""
    weekday = (day - 1) % 7
    return day if weekday < 5 else day - weekday + 4


def next_business_day(day: Day) -> Day:
    """Return the first business day after the day."""
    return business_day_on_or_after(day + 1)


@lru_cache(maxsize=4096)
def business_days_before(day: Day, count: int) -> Day:
    """Return the business day that lies `count` business days before the day."""
    day = business_day_on_or_before(day)
    for _ in range(count):
        day = business_day_on_or_before(day - 1)
    return day


def month_length(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)):
        return 29
    return _MONTH_LENGTHS[month - 1]


@lru_cache(maxsize=4096)
def in_month(year: int, month: int, day_of_month: int) -> Day:
    """Return the day of a month, the month's last where it is shorter; months count on past 12."""
    years, month = divmod(month - 1, 12)
    year, month = year + years, month + 1
    return datetime.date(year, month, min(day_of_month, month_length(year, month))).toordinal()


def monthly_days(first: Day, day_of_month: int, months: int, after: Day, until: Day) -> list[Day]:
    """Return the days in `after` < day <= `until`, every `months` months from the month of `first`.

    The day of the month is kept, month-end clipped, so that the 31st comes back after a February.
    """
    start = datetime.date.fromordinal(first)
    to = datetime.date.fromordinal(after)
    gone = (to.year - start.year) * 12 + to.month - start.month
    month = start.month + max(0, gone // months) * months
    days = []
    while (day := in_month(start.year, month, day_of_month)) <= until:
        if day > after:
            days.append(day)
        month += months
    return days


def every(first: Day, step: int, after: Day, until: Day) -> range:
    """Return the days in `after` < day <= `until`, every `step` days from `first` on."""
    skipped = max(0, (after - first) // step + 1)
    return range(first + skipped * step, until + 1, step)


def repeated(first: Day, repeat: Repeat, after: Day, until: Day) -> Iterator[Day]:
    """Yield the days in `after` < day <= `until` on which an item comes back, `first` included."""
    if repeat is Repeat.ONCE:
        return iter((first,) if after < first <= until else ())
    if repeat is Repeat.WEEKLY or repeat is Repeat.BIWEEKLY:
        return iter(every(first, 7 if repeat is Repeat.WEEKLY else 14, after, until))
    months = 1 if repeat is Repeat.MONTHLY else 3
    day_of_month = datetime.date.fromordinal(first).day
    return iter(monthly_days(first, day_of_month, months, max(after, first - 1), until))
