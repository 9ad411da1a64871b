"""Tables for those who go on computing with them: CSV, with plain numbers and ISO dates."""

import csv
import datetime
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TextIO, TypeAlias

from google.type.money_pb2 import Money

from service_kit.wire import from_date, from_money, minor_units

Cell: TypeAlias = str | int | float | datetime.date | Money | None
"""A value of a table; None where there is none."""
Row: TypeAlias = Sequence[Cell]
Columns: TypeAlias = Sequence[tuple[str, str]]
"""Names, and whether a column stands left or right; amounts stand right."""

# What a spreadsheet takes for the beginning of a formula: a name in the books may be anybody's.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def print_csv(columns: Columns, rows: Sequence[Row]) -> None:
    """Print rows as CSV (RFC 4180)."""
    write_csv(sys.stdout, columns, rows)


def write_csv(target: TextIO, columns: Columns, rows: Sequence[Row]) -> None:
    """Write rows as CSV (RFC 4180)."""
    writer = csv.writer(target)
    writer.writerow([name for name, _ in columns])
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"{len(row)} values for {len(columns)} columns")
        writer.writerow([_plain(cell) for cell in row])


def date_in(message: Any, field: str) -> datetime.date | None:
    """Return a date field's value, None where it is absent."""
    return from_date(getattr(message, field)) if message.HasField(field) else None


def day_of(message: Any, field: str) -> datetime.date | None:
    """Return the day (UTC) of an instant's field, None where it is absent."""
    return getattr(message, field).ToDatetime().date() if message.HasField(field) else None


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            amount = Decimal(from_money(cell)) / minor_units(cell.currency_code)
            digits = len(str(minor_units(cell.currency_code))) - 1
            return f"{amount:.{digits}f}"
        case datetime.date():
            return cell.isoformat()
        case str() if cell.startswith(_FORMULA):
            return f"'{cell}"
        case _:
            return str(cell)
