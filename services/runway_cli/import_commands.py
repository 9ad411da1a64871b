"""`runway import`."""

import datetime
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
) -> None:
    """Import a folder of QuickBooks Online responses, one JSON file an entity, all or nothing."""
    from runway_cli.books import COUNTS, count_row, import_quickbooks, print_import

    done = import_quickbooks(
        read_settings(), folder, business, time_zone, skip_rejected, changed_since
    )
    if output is OutputFormat.TABLE:
        print_import(done)
    else:
        print_data(done.answer, output, COUNTS, [count_row(done.answer)])
    raise typer.Exit(0 if done.applied else 1)
