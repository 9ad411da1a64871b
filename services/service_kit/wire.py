"""Money and dates on the wire: `google.type.Money` and `google.type.Date`, to and from plain
values.

Inside a service money is an integer of minor units beside a currency code, and a date is a
`datetime.date`. Never a float.
"""

import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from google.protobuf import timestamp_pb2
from google.type import date_pb2, money_pb2

Fields: TypeAlias = dict[str, Any]
"""A message as a mapping of its fields."""

# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_UNITS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        1,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 1000),
    **dict.fromkeys(["CLF", "UYW"], 10_000),
}
_NANOS = 1_000_000_000
# PostgreSQL's bigint and numpy's int64 hold this with room for sums.
LARGEST_MINOR = 10**15


def minor_units(currency: str) -> int:
    """Return how many minor units one unit of a currency has: 100 for USD, 1 for JPY."""
    return _MINOR_UNITS.get(currency, 100)


def money_fields(minor: int, currency: str) -> Fields:
    """Return the fields of `google.type.Money`; units and nanos have the same sign."""
    scale = _MINOR_UNITS.get(currency, 100)
    if minor >= 0:
        units, rest = divmod(minor, scale)
        return {"currency_code": currency, "units": units, "nanos": rest * (_NANOS // scale)}
    units, rest = divmod(-minor, scale)
    return {"currency_code": currency, "units": -units, "nanos": -rest * (_NANOS // scale)}


def to_money(minor: int, currency: str) -> money_pb2.Money:
    """Return minor units as `google.type.Money`."""
    return money_pb2.Money(**money_fields(minor, currency))


def from_money(money: money_pb2.Money) -> int:
    """Return `google.type.Money` as minor units of its own currency.

    Raises ValueError when it is malformed, finer than the currency's minor unit, or too large.
    """
    units, nanos = money.units, money.nanos
    if not -_NANOS < nanos < _NANOS:
        raise ValueError("nanos must lie between -999,999,999 and 999,999,999")
    if (units > 0 and nanos < 0) or (units < 0 and nanos > 0):
        raise ValueError("units and nanos must have the same sign")
    code = money.currency_code
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError("currency_code must be three capital letters (ISO 4217)")
    scale = _MINOR_UNITS.get(code, 100)
    fraction, finer = divmod(abs(nanos), _NANOS // scale)
    if finer:
        raise ValueError(f"is finer than the smallest unit of {code}")
    minor: int = abs(units) * scale + fraction
    if minor > LARGEST_MINOR:
        raise ValueError("is too large")
    return -minor if units < 0 or nanos < 0 else minor


@lru_cache(maxsize=4096)
def date_fields(date: datetime.date) -> Fields:
    """Return the fields of `google.type.Date`, remembered: answers hold the same few hundred days.

    The mapping is shared; nobody may change it.
    """
    return {"year": date.year, "month": date.month, "day": date.day}


def to_date(date: datetime.date) -> date_pb2.Date:
    """Return a date as `google.type.Date`."""
    return date_pb2.Date(year=date.year, month=date.month, day=date.day)


def from_date(date: date_pb2.Date) -> datetime.date:
    """Return `google.type.Date` as a date.

    Raises ValueError when it is no full calendar date between 1900 and 2200.
    """
    if not 1900 <= date.year <= 2200:
        raise ValueError("the year must lie between 1900 and 2200")
    try:
        return datetime.date(date.year, date.month, date.day)
    except ValueError:
        raise ValueError(f"{date.year}-{date.month}-{date.day} is no calendar date") from None


def from_instant(instant: timestamp_pb2.Timestamp) -> datetime.datetime:
    """Return `google.protobuf.Timestamp` as an instant in UTC, to the microsecond.

    Raises ValueError when it is none between 1900 and 2200.
    """
    if not 0 <= instant.nanos < 10**9:
        raise ValueError("the nanos must lie between 0 and 999999999")
    try:
        found = datetime.datetime.fromtimestamp(instant.seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise ValueError("the instant must lie between the years 1900 and 2200")
    return found.replace(microsecond=instant.nanos // 1000)
