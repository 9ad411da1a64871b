"""Reading the fields of a QuickBooks record, each with an error that names it."""

import datetime
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from service_kit.wire import LARGEST_MINOR, minor_units

Json = Mapping[str, Any]

VOIDED_NOTE = "voided"


class FieldError(Exception):
    """A record's field cannot be read."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def text(record: Json, field: str) -> str:
    """Return a text field, "" when it is missing. Raises FieldError when it is no text."""
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(field, "is no text")
    if "\0" in value:
        raise FieldError(field, "contains a NUL character")
    return value


def required_text(record: Json, field: str) -> str:
    """Return a text field. Raises FieldError when it is missing or empty."""
    value = text(record, field)
    if not value:
        raise FieldError(field, "is missing")
    return value


def flag(record: Json, field: str, default: bool) -> bool:
    """Return a boolean field. Raises FieldError when it is none."""
    value = record.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise FieldError(field, "is neither true nor false")
    return value


def child(record: Json, field: str) -> Json:
    """Return an object field, an empty one when it is missing. Raises FieldError otherwise."""
    value = record.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FieldError(field, "is no object")
    return value


def children(record: Json, field: str) -> list[Json]:
    """Return a list of objects, an empty one when it is missing. Raises FieldError otherwise."""
    value = record.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise FieldError(field, "is no list of objects")
    return value


def reference(record: Json, field: str) -> str:
    """Return the id that a ...Ref field refers to, "" when it is missing."""
    return _inner(record, field, "value")


def reference_name(record: Json, field: str) -> str:
    """Return the name that a ...Ref field carries, "" when it carries none."""
    return _inner(record, field, "name")


def _inner(record: Json, field: str, part: str) -> str:
    try:
        return text(child(record, field), part)
    except FieldError as error:
        raise FieldError(field, error.reason) from None


def required_reference(record: Json, field: str) -> str:
    """Return the id that a ...Ref field refers to. Raises FieldError when it is missing."""
    value = reference(record, field)
    if not value:
        raise FieldError(field, "is missing")
    return value


def date(record: Json, field: str) -> datetime.date | None:
    """Return a date field (YYYY-MM-DD), None when it is missing. Raises FieldError otherwise."""
    value = text(record, field)
    if not value:
        return None
    try:
        day = datetime.date.fromisoformat(value[:10])
    except ValueError:
        raise FieldError(field, f"{value[:40]} is no date") from None
    if not 1900 <= day.year <= 2200:
        raise FieldError(field, "must lie between 1900 and 2200")
    return day


def required_date(record: Json, field: str) -> datetime.date:
    """Return a date field. Raises FieldError when it is missing."""
    day = date(record, field)
    if day is None:
        raise FieldError(field, "is missing")
    return day


def amount(record: Json, field: str, currency: str) -> int | None:
    """Return an amount in minor units, None when it is missing. Raises FieldError otherwise."""
    value = record.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | float):
        raise FieldError(field, "is no number")
    try:
        minor = Decimal(str(value)) * minor_units(currency)
    except InvalidOperation:
        raise FieldError(field, "is no number") from None
    if not minor.is_finite() or abs(minor) > LARGEST_MINOR:
        raise FieldError(field, "is no number, or too large")
    whole = int(minor)
    if whole != minor:
        raise FieldError(field, f"is finer than the smallest unit of {currency}")
    return whole


def required_amount(record: Json, field: str, currency: str) -> int:
    """Return an amount in minor units. Raises FieldError when it is missing."""
    minor = amount(record, field, currency)
    if minor is None:
        raise FieldError(field, "is missing")
    return minor


def currency_of(record: Json, home: str) -> str:
    """Return the record's currency, the home currency when it names none."""
    code = reference(record, "CurrencyRef") or home
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise FieldError("CurrencyRef", f"{code[:20]} is no currency")
    return code


def version(record: Json) -> int:
    """Return the record's SyncToken as a number; 0 when it has none."""
    token = text(record, "SyncToken")
    if not token:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) <= 18):
        raise FieldError("SyncToken", f"{token[:40]} is no version")
    return int(token)


def is_voided(record: Json, total_minor: int) -> bool:
    """Return whether QuickBooks has voided the record: its amount is 0 and its note says so."""
    return total_minor == 0 and VOIDED_NOTE in text(record, "PrivateNote").lower()
