"""Options that several commands have, and how they print data."""

import contextlib
import datetime
import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from runway_cli.errors import CommandError


def read_business_id(text: str) -> str:
    """Return a business id that somebody typed. Raises CommandError."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        remedy = "use a-z, 0-9 and hyphens within, 63 characters at most"
        raise CommandError(f"{text!r} is no id of a business", remedy)
    return text


BusinessId = Annotated[
    str,
    typer.Option(
        "--business",
        metavar="ID",
        parser=read_business_id,
        help="The business: a-z, 0-9 and inner hyphens.",
    ),
]


BusinessIds = Annotated[
    list[str] | None,
    typer.Argument(parser=read_business_id, metavar="ID", help="The businesses."),
]
MoreBusinessIds = Annotated[
    list[str] | None,
    typer.Option(
        "--business",
        metavar="ID",
        parser=read_business_id,
        help="A business; give it once for each, or name them without it.",
    ),
]


def every_business(named: list[str] | None, more: list[str] | None) -> list[str]:
    """Return the businesses that were named either way, each once, in their order.

    Raises CommandError when there is none.
    """
    every = list(dict.fromkeys([*(named or ()), *(more or ())]))
    if not every:
        raise CommandError("No business is named", "give --business ID, once for each")
    return every


def read_day(text: str) -> datetime.date:
    """Return a day that somebody typed. Raises CommandError."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise CommandError(f"{text!r} is no day", "write it as YYYY-MM-DD") from None


def read_instant(text: str) -> datetime.datetime:
    """Return an instant that somebody typed. Raises CommandError."""
    with contextlib.suppress(ValueError):
        instant = datetime.datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant
    raise CommandError(f"{text!r} is no instant", "write it as 2026-11-01T00:00:00Z")


def day_option(text: str) -> Any:
    """Return an option that is a day."""
    return typer.Option(parser=read_day, metavar="YYYY-MM-DD", help=text)


class OutputFormat(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Format = Annotated[OutputFormat, typer.Option("--format")]


def print_data(answer: Any, output: OutputFormat, columns: Any, rows: Any) -> None:
    """Print an answer whole as JSON, or one table of it as CSV."""
    from google.protobuf.json_format import MessageToJson

    from runway_cli.tables import print_csv

    if output is OutputFormat.JSON:
        print(MessageToJson(answer))
    else:
        print_csv(columns, rows)
