"""Typed reading of a QuickBooks record's fields: the value, or an error that names the field."""

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from service_kit.wire import LARGEST_MINOR, minor_units

LONGEST_ID = 128
LONGEST_NAME = 512
LONGEST_LABEL = 128
"""The longest document number, account subtype and name of terms that the books hold."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_VERSION = re.compile(r"\d{1,18}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


class FieldError(Exception):
    """A field of a record is wrong: its path within the record, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reference:
    """What a `…Ref` field says: an id, and the name that it had when it was written."""

    value: str
    name: str = ""
    type: str = ""


class Record:
    """An object of the source. Every reader raises FieldError for a field that is not as it should
    be; null counts as absent.
    """

    __slots__ = ("_content", "_path")

    def __init__(self, content: Mapping[str, object], path: str = "") -> None:
        self._content = content
        self._path = path

    @classmethod
    def of(cls, value: object, path: str = "") -> "Record":
        """Return a value of the source as a record. Raises FieldError when it is no object."""
        if not isinstance(value, Mapping):
            raise FieldError(path, "is no object")
        return cls(value, path)

    def path(self, name: str) -> str:
        """Return the path of a field, for an error that names it."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        """Return whether the field is there."""
        return self._content.get(name) is not None

    def text(self, name: str, longest: int = LONGEST_NAME) -> str:
        """Return a text for people to read, made fit to be stored; "" when it is absent."""
        value = self._content.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise FieldError(self.path(name), "is no text")
        return printable(value)[:longest].strip()

    def identifier(self, name: str) -> str:
        """Return an id, which has to be there and is taken as it is or not at all."""
        value = self._content.get(name)
        if value is None or value == "":
            raise FieldError(self.path(name), "is missing")
        if not isinstance(value, str):
            raise FieldError(self.path(name), "is no text")
        if len(value) > LONGEST_ID:
            raise FieldError(self.path(name), f"is longer than {LONGEST_ID} characters")
        if printable(value) != value:
            raise FieldError(self.path(name), "holds a character that cannot be printed")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return a truth value."""
        value = self._content.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise FieldError(self.path(name), "is neither true nor false")
        return value

    def version(self) -> int:
        """Return the SyncToken as a number; 0 when it is absent."""
        value = self._content.get("SyncToken")
        if value is None:
            return 0
        if isinstance(value, Decimal):
            value = str(value)
        if type(value) is int and 0 <= value < 10**18:
            return value
        if not isinstance(value, str) or not _VERSION.fullmatch(value):
            raise FieldError(self.path("SyncToken"), "is no version number")
        return int(value)

    def date(self, name: str) -> datetime.date:
        """Return a calendar date, which has to be there."""
        found = self.optional_date(name)
        if found is None:
            raise FieldError(self.path(name), "is missing")
        return found

    def optional_date(self, name: str) -> datetime.date | None:
        """Return a calendar date (YYYY-MM-DD) between 1900 and 2200."""
        value = self._content.get(name)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or not _DATE.fullmatch(value):
                raise ValueError
            found = datetime.date.fromisoformat(value)
        except ValueError:
            raise FieldError(self.path(name), "is no date (YYYY-MM-DD)") from None
        if not 1900 <= found.year <= 2200:
            raise FieldError(self.path(name), "lies outside the years 1900 to 2200")
        return found

    def currency(self, home: str) -> str:
        """Return the record's currency, else the company's `home` currency."""
        reference = self.reference("CurrencyRef")
        code = reference.value if reference else home
        if not is_currency(code):
            unknown = "is missing, and nothing says the company's currency"
            reason = "is no currency code" if code else unknown
            raise FieldError(self.path("CurrencyRef"), reason)
        return code

    def amount(self, name: str, currency: str) -> int:
        """Return an amount in minor units, which has to be there."""
        if not self.has(name):
            raise FieldError(self.path(name), "is missing")
        return self.amount_or(name, currency, 0)

    def amount_or(self, name: str, currency: str, default: int) -> int:
        """Return an amount in minor units."""
        value = self._content.get(name)
        if value is None:
            return default
        try:
            return to_minor(value, currency)
        except ValueError as error:
            raise FieldError(self.path(name), str(error)) from None

    def positive(self, name: str, currency: str) -> int:
        """Return an amount in minor units, which has to be there and not negative."""
        found = self.amount(name, currency)
        if found < 0:
            raise FieldError(self.path(name), "is negative")
        return found

    def child(self, name: str) -> "Record | None":
        """Return an inner object."""
        value = self._content.get(name)
        return None if value is None else Record.of(value, self.path(name))

    def children(self, name: str) -> Sequence["Record"]:
        """Return a list of inner objects; none when it is absent."""
        value = self._content.get(name)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise FieldError(self.path(name), "is no list")
        return [Record.of(item, f"{self.path(name)}[{i}]") for i, item in enumerate(value)]

    def reference(self, name: str) -> Reference | None:
        """Return what a `…Ref` field refers to."""
        inner = self.child(name)
        if inner is None:
            return None
        return Reference(inner.identifier("value"), inner.text("name"), inner.text("type"))

    def required_reference(self, name: str) -> Reference:
        """Return what a `…Ref` field refers to, which has to be there."""
        found = self.reference(name)
        if found is None:
            raise FieldError(self.path(name), "is missing")
        return found


def to_minor(value: object, currency: str) -> int:
    """Return an amount in minor units of its currency.

    Raises ValueError when it is no number, finer than a minor unit, or too large.
    """
    number = _decimal(value)
    if number is None or not number.is_finite():
        raise ValueError("is no number")
    scale = minor_units(currency)
    # Compared before any arithmetic, which would round a number of very many digits.
    if not -LARGEST_MINOR // scale <= number <= LARGEST_MINOR // scale:
        raise ValueError("is too large")
    rounded = number.quantize(Decimal(1) / scale)
    if rounded != number:
        raise ValueError(f"is finer than the smallest unit of {currency}")
    return int(rounded * scale)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def exact_number(text: str) -> Decimal:
    """Return a JSON number exactly; NaN, which every reader refuses, when it has no limits."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def is_currency(code: str) -> bool:
    """Return whether a text has the form of a currency code (ISO 4217)."""
    return _CURRENCY.fullmatch(code) is not None


def printable(text: str) -> str:
    """Return a text without what a database or a terminal would choke on."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
