"""`runway tray`."""

import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from runway_cli.errors import CommandError
from runway_cli.options import (
    BusinessId,
    Format,
    OutputFormat,
    day_option,
    print_data,
    read_business_id,
    read_day,
)
from runway_cli.settings import read_settings

app = typer.Typer(help="What is wrong in the books, and what it costs.")


class TrayTable(StrEnum):
    """Which table of the tray."""

    ISSUES = "issues"
    CLOSED = "closed"


@app.callback(invoke_without_command=True)
def tray(
    context: typer.Context,
    business: Annotated[
        str | None, typer.Option("--business", metavar="ID", help="The business.")
    ] = None,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every issue, not the first 20.")] = False,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        TrayTable, typer.Option(help="Which table to print as CSV.")
    ] = TrayTable.ISSUES,
) -> None:
    """Print the Hygiene Tray of a business."""
    if context.invoked_subcommand:
        return
    if business is None:
        raise CommandError("No business is named", "give --business ID")
    from runway_cli.tray import ISSUES_SHOWN, columns_and_rows, get_tray, print_tray

    answer = get_tray(read_settings(), read_business_id(business), as_of)
    if output is OutputFormat.TABLE:
        print_tray(answer, most=len(answer.issues) if every else ISSUES_SHOWN)
    else:
        print_data(answer, output, *columns_and_rows(answer, table))


@app.command("set")
def set_tray_item(
    issue: Annotated[
        str, typer.Argument(metavar="ISSUE", help="Its key, or its number in `runway tray`.")
    ],
    business: BusinessId,
    status: Annotated[
        str | None, typer.Option(help="open, in-progress, waiting-on-client, fixed, …")
    ] = None,
    assignee: Annotated[str | None, typer.Option(help="Who is to deal with it.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark.")] = None,
    priority: Annotated[
        str | None, typer.Option(help="low, normal or high; none for none.")
    ] = None,
    snooze: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Hide it until this day; none to end.")
    ] = None,
) -> None:
    """Set what the tray keeps of an issue."""
    from runway_cli.tray import PRIORITIES, STATUSES, set_item
    from service_kit.wire import to_date

    if status is not None and status not in STATUSES:
        raise CommandError(f"{status!r} is no status", f"use one of {', '.join(STATUSES)}")
    if priority is not None and priority not in PRIORITIES:
        raise CommandError(f"{priority!r} is no priority", f"use one of {', '.join(PRIORITIES)}")
    # What is named and has no value is taken away.
    values: dict[str, Any] = {
        "status": None if status is None else STATUSES[status],
        "priority": None if priority is None else PRIORITIES[priority],
        "assignee": assignee,
        "note": note,
    }
    values = {name: value for name, value in values.items() if value is not None}
    if snooze is not None:
        values["snoozed_until_date"] = None if snooze == "none" else to_date(read_day(snooze))
    item = set_item(read_settings(), business, issue, values)
    # A number may have come to mean another issue since it was printed: say which one it was.
    print(f"{item.issue_key} is set.")


@app.command("refresh")
def refresh(business: BusinessId) -> None:
    """Take up what is found in the books today."""
    from runway_cli.tray import in_a_sentence, refresh_tray

    print(in_a_sentence(refresh_tray(read_settings(), business)))
