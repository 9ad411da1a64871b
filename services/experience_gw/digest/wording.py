"""Amounts and dates as people read them."""

import datetime

from service_kit.wire import minor_units

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def money(minor: int, currency: str) -> str:
    """Return an amount: `1,234.50 USD`, `-3 JPY`."""
    scale = minor_units(currency)
    units, rest = divmod(abs(minor), scale)
    digits = len(str(scale)) - 1
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'-' if minor < 0 else ''}{units:,}{fraction} {currency}"


def date(day: datetime.date) -> str:
    """Return a date: `8 Jan 2027`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: datetime.date) -> str:
    """Return a date of these weeks: `Fri 8 Jan`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def count(number: int, noun: str) -> str:
    """Return a number of things: `1 day`, `12 days`."""
    return f"{number} {noun}{'s' * (number != 1)}"
