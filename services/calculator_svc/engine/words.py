"""Numbers and dates in words, for sentences that a person reads."""

import datetime
from functools import lru_cache

from calculator_svc.engine.inputs import Day


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


def days(count: int) -> str:
    """Return a number of days in words: `1 day`, `12 days`."""
    return "1 day" if count == 1 else f"{count} days"
