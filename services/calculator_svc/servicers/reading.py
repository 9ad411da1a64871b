"""Reading a request: dates and money as plain values, or which field is at fault and why."""

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeVar

from google.protobuf import timestamp_pb2
from google.type import date_pb2, money_pb2

from calculator_svc.engine.errors import CurrencyRateMissing
from calculator_svc.engine.inputs import Day
from service_kit import wire

_NANOS = 1_000_000_000

Number = TypeVar("Number", bound=IntEnum)


def numbers(kind: type[Number]) -> Mapping[int, Number]:
    """Return an enumeration's members by their number on the wire."""
    return {int(member): member for member in kind}


@lru_cache(maxsize=4096)
def _day(year: int, month: int, day: int) -> Day:
    """Return a date's day, remembered: the same few hundred dates come in all requests of a day."""
    return wire.from_date(date_pb2.Date(year=year, month=month, day=day)).toordinal()


class FieldError(Exception):
    """A field of a message is malformed; the caller knows where in the request that message is."""

    def __init__(self, field: str, why: object) -> None:
        super().__init__(str(why))
        self.field = field


class Reader:
    """Reads the values of one request.

    Methods raise FieldError naming the field that they were given.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.minor_units = wire.minor_units(currency)
        self._grain = _NANOS // self.minor_units
        self._most_units = wire.LARGEST_MINOR // self.minor_units - 1
        self._foreign: set[str] = set()

    def money(self, money: money_pb2.Money, message: Any, field: str) -> int:
        """Return an amount in minor units: `money`, which is that field of the message.

        Absent means zero. Another currency than the ledger's is noted for `refuse_foreign`. The
        first lines are `wire.from_money` for what nearly every amount is: of the ledger's currency,
        and not negative.
        """
        units, nanos, currency = money.units, money.nanos, money.currency_code
        if currency == self.currency and 0 <= units <= self._most_units and 0 <= nanos < _NANOS:
            minor, finer = divmod(nanos, self._grain)
            if not finer:
                return int(units * self.minor_units + minor)
        if not message.HasField(field):
            return 0
        try:
            amount = wire.from_money(money)
        except ValueError as error:
            raise FieldError(field, error) from None
        if currency != self.currency:
            self._foreign.add(currency)
        return amount

    def not_negative(self, money: money_pb2.Money, message: Any, field: str) -> int:
        """Return an amount that must be zero or more; absent means zero."""
        amount = self.money(money, message, field)
        if amount < 0:
            raise FieldError(field, "must not be negative")
        return amount

    def positive(self, money: money_pb2.Money, message: Any, field: str) -> int:
        """Return an amount that must be above zero."""
        amount = self.money(money, message, field)
        if amount <= 0:
            raise FieldError(field, "must be positive")
        return amount

    def day(self, date: date_pb2.Date, field: str) -> Day:
        """Return a date as a day."""
        try:
            return _day(date.year, date.month, date.day)
        except ValueError as error:
            raise FieldError(field, error) from None

    def optional_day(self, date: date_pb2.Date, message: Any, field: str) -> Day | None:
        """Return a date, which is that field of the message, as a day; None when it is absent."""
        if not date.year and not message.HasField(field):
            return None
        return self.day(date, field)

    def optional_instant(
        self, instant: timestamp_pb2.Timestamp, message: Any, field: str
    ) -> Day | None:
        """Return the day, in UTC, of an instant, which is that field of the message; None when it
        is absent.
        """
        if not message.HasField(field):
            return None
        try:
            return wire.from_instant(instant).toordinal()
        except ValueError as error:
            raise FieldError(field, error) from None

    def refuse_foreign(self) -> None:
        """Raise CurrencyRateMissing when an amount was in another currency than the ledger's."""
        if self._foreign:
            raise CurrencyRateMissing(self._foreign, self.currency)
