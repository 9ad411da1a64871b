"""Reading a request: dates and money as plain values, refused with the path of the field at fault."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

from google.type import date_pb2, money_pb2

from calculator_svc.engine.errors import CurrencyRateMissing
from calculator_svc.engine.inputs import Day
from service_kit import wire
from service_kit.errors import FieldViolation, invalid_argument

_NANOS = 1_000_000_000

Number = TypeVar("Number", bound=IntEnum)


def numbers(kind: type[Number]) -> Mapping[int, Number]:
    """Return an enumeration's members by their number on the wire."""
    return {int(member): member for member in kind}


class Place:
    """Where in a request we are, written out only when something is wrong there."""

    __slots__ = ("index", "name")

    def __init__(self, name: str, index: int | None = None) -> None:
        self.name, self.index = name, index

    def path(self, field: str) -> str:
        """Return the path of a field: `ledger.bills[3].due_date`."""
        return f"{self.name}{'' if self.index is None else f'[{self.index}]'}.{field}"

    def refuse(self, field: str, why: object) -> NoReturn:
        """Raise INVALID_ARGUMENT for a field."""
        raise invalid_argument(FieldViolation(self.path(field), str(why)))


class Reader:
    """Reads the values of one request; dates that come back are read once."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.minor_units = wire.minor_units(currency)
        self._grain = _NANOS // self.minor_units
        self._most_units = wire.LARGEST_MINOR // self.minor_units - 1
        self._days: dict[tuple[int, int, int], Day] = {}
        self._foreign: set[str] = set()

    def money(self, money: money_pb2.Money, place: Place, field: str) -> int:
        """Return an amount in minor units.

        Notes the currency when it is not the ledger's; `refuse_foreign` then raises. The first lines
        are `wire.from_money` for what nearly all amounts are: of that currency, and not negative.
        """
        units, nanos, currency = money.units, money.nanos, money.currency_code
        if currency == self.currency and 0 <= units <= self._most_units and 0 <= nanos < _NANOS:
            minor, finer = divmod(nanos, self._grain)
            if not finer:
                return units * self.minor_units + minor
        try:
            amount = wire.from_money(money)
        except ValueError as error:
            place.refuse(field, error)
        if currency != self.currency:
            self._foreign.add(currency)
        return amount

    def positive(self, message: Any, place: Place, field: str) -> int:
        """Return an amount that must be above zero."""
        amount = self.money(getattr(message, field), place, field)
        if amount <= 0:
            place.refuse(field, "must be positive")
        return amount

    def not_negative(self, message: Any, place: Place, field: str) -> int:
        """Return an amount that must be zero or more; absent means zero."""
        amount = self.optional_money(message, place, field)
        if amount < 0:
            place.refuse(field, "must not be negative")
        return amount

    def optional_money(self, message: Any, place: Place, field: str) -> int:
        """Return an amount; absent means zero."""
        if not message.HasField(field):
            return 0
        return self.money(getattr(message, field), place, field)

    def day(self, date: date_pb2.Date, place: Place, field: str) -> Day:
        """Return a date as a day."""
        key = (date.year, date.month, date.day)
        day = self._days.get(key)
        if day is None:
            try:
                day = wire.from_date(date).toordinal()
            except ValueError as error:
                place.refuse(field, error)
            self._days[key] = day
        return day

    def optional_day(self, message: Any, place: Place, field: str) -> Day | None:
        """Return a date as a day; None when it is absent."""
        if not message.HasField(field):
            return None
        return self.day(getattr(message, field), place, field)

    def refuse_foreign(self) -> None:
        """Raise CurrencyRateMissing when an amount was in another currency than the ledger's."""
        if self._foreign:
            raise CurrencyRateMissing(self._foreign, self.currency)
