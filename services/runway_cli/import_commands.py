"""`runway import`."""

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runway_cli.options import (
    BusinessId,
    Format,
    OutputFormat,
    print_data,
    read_instant,
)
from runway_cli.settings import read_settings

app = typer.Typer(help="Read a business's books in.", no_args_is_help=True)


class ImportTable(StrEnum):
    """Which table of what came of an import."""

    COUNTS = "counts"
    REJECTIONS = "rejections"


@app.callback()
def import_books() -> None:
    """Read a business's books in."""


@app.command("qbo")
def import_qbo(
    folder: Annotated[Path, typer.Argument(help="QuickBooks Online API v3 query responses.")],
    business: BusinessId,
    time_zone: Annotated[
        str, typer.Option(help="IANA time zone of a business that does not exist yet.")
    ] = "UTC",
    skip_rejected: Annotated[
        bool, typer.Option(help="Import the rest when some records are rejected.")
    ] = False,
    changed_since: Annotated[
        datetime.datetime | None,
        typer.Option(
            parser=read_instant,
            metavar="INSTANT",
            help="The folder holds the changes since then; the whole books unless set.",
        ),
    ] = None,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        ImportTable, typer.Option(help="Which table to print as CSV.")
    ] = ImportTable.COUNTS,
) -> None:
    """Import a folder of QuickBooks Online responses, one JSON file an entity, all or nothing."""
    from rich.console import Console

    from runway_cli.after_import import after_import
    from runway_cli.books import columns_and_rows, import_quickbooks, print_import

    settings = read_settings()
    done = import_quickbooks(settings, folder, business, time_zone, skip_rejected, changed_since)
    if output is OutputFormat.TABLE:
        print_import(done)
    else:
        print_data(done.answer, output, *columns_and_rows(done.answer, table))
    if done.applied:
        # What is computed with further must hold nothing else.
        console = Console(highlight=False, stderr=output is not OutputFormat.TABLE)
        after_import(settings, business, console)
    raise typer.Exit(0 if done.applied else 1)
