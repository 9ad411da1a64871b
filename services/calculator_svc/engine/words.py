"""Numbers and dates in words, for sentences that a person reads."""

import datetime
from functools import lru_cache

from calculator_svc.engine.inputs import Day

# Not the locale's: an answer is the same wherever it is calculated.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money(amount: int, minor_units: int, currency: str) -> str:
    """Return minor units in words: `1,234.50 USD`, `-3 JPY`."""
    sign = "-" if amount < 0 else ""
    units, rest = divmod(abs(amount), minor_units)
    digits = len(str(minor_units)) - 1
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{units:,}{fraction} {currency}"


@lru_cache(maxsize=4096)
def date(day: Day) -> str:
    """Return a day as `2026-12-01`."""
    return datetime.date.fromordinal(day).isoformat()


def day(day: Day) -> str:
    """Return a day as people write it: `8 Jan 2027`."""
    date = datetime.date.fromordinal(day)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def days(count: int) -> str:
    """Return a number of days in words: `1 day`, `12 days`."""
    return "1 day" if count == 1 else f"{count} days"
