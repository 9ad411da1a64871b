"""`runway`: the command that people type. Errors are one sentence on stderr and exit code 1."""

import datetime
import os
import re
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from runway_cli.errors import CommandError
from runway_cli.settings import read_settings

app = typer.Typer(
    help="Until when the cash lasts, and what to do about it today.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
import_app = typer.Typer(help="Read a business's books in.", no_args_is_help=True)
app.add_typer(import_app, name="import")


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


def read_day(text: str) -> datetime.date:
    """Return a day that somebody typed. Raises CommandError."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise CommandError(f"{text!r} is no day", "write it as YYYY-MM-DD") from None


def _day_option(text: str) -> Any:
    return typer.Option(parser=read_day, metavar="YYYY-MM-DD", help=text)


class OutputFormat(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Format = Annotated[OutputFormat, typer.Option("--format")]


class ConsoleTable(StrEnum):
    """Which table of the Decision Console."""

    BILLS = "bills"
    INVOICES = "invoices"
    WEEKS = "weeks"
    ITEMS = "items"
    DECISIONS = "decisions"


class ForecastTable(StrEnum):
    """Which table of the forecast."""

    WEEKS = "weeks"
    INVOICES = "invoices"


class PortfolioOrder(StrEnum):
    """What comes first in a portfolio, in the order of the API's numbers."""

    WORST = "worst"
    NAME = "name"
    OLDEST_BOOKS = "oldest-books"
    OVERDUE_INVOICES = "overdue-invoices"
    CASH = "cash"


class DigestTrigger(StrEnum):
    """What a digest is made for."""

    WEEKLY = "weekly"
    ONBOARDING = "onboarding"
    TEST_DRIVE = "test-drive"


class DigestFormat(StrEnum):
    """What of a digest is printed."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"
    PNG = "png"
    MAIL = "mail"


def _print_data(answer: Any, output: OutputFormat, columns: Any, rows: Any) -> None:
    """Print an answer whole as JSON, or one table of it as CSV."""
    from google.protobuf.json_format import MessageToJson

    from runway_cli.tables import print_csv

    if output is OutputFormat.JSON:
        print(MessageToJson(answer))
    else:
        print_csv(columns, rows)


@app.command()
def up() -> None:
    """Start the database and the three services, load the demo company, stay until Ctrl-C."""
    from runway_cli.demo import load_and_show
    from runway_cli.up import up as run_up

    raise typer.Exit(run_up(read_settings(), [load_and_show]))


@app.command()
def migrate() -> None:
    """Bring the database that RUNWAY_DATABASE_URL names (as its owner) up to date.

    RUNWAY_APP_PASSWORD is what the services log in with, as runway_app.
    """
    code = subprocess.run([sys.executable, "-m", "orchestrator_svc.migrations"], check=False)
    raise typer.Exit(code.returncode)


@import_app.command("qbo")
def import_qbo(
    folder: Annotated[Path, typer.Argument(help="QuickBooks Online API v3 query responses.")],
    business: BusinessId,
    time_zone: Annotated[
        str, typer.Option(help="IANA time zone of a business that does not exist yet.")
    ] = "UTC",
    skip_rejected: Annotated[
        bool, typer.Option(help="Import the rest when some records are rejected.")
    ] = False,
) -> None:
    """Import a folder of QuickBooks Online responses, one JSON file an entity, all or nothing."""
    from runway_cli.books import import_quickbooks

    applied = import_quickbooks(read_settings(), folder, business, time_zone, skip_rejected)
    raise typer.Exit(0 if applied else 1)


@app.command()
def console(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        ConsoleTable, typer.Option(help="Which table to print as CSV.")
    ] = ConsoleTable.BILLS,
) -> None:
    """Print the Decision Console of a business."""
    from runway_cli.client import decision_console
    from runway_cli.console import print_console
    from runway_cli.console_tables import columns_and_rows

    answer = decision_console(read_settings(), business, as_of)
    if output is OutputFormat.TABLE:
        print_console(answer)
    else:
        _print_data(answer, output, *columns_and_rows(answer, table))


@app.command()
def forecast(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    seed: Annotated[int, typer.Option(help="The same books and seed give the same answer.")] = 1,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        ForecastTable, typer.Option(help="Which table to print as CSV.")
    ] = ForecastTable.WEEKS,
) -> None:
    """Print how sure the forecast of a business is: P10, P50 and P90 by week."""
    from runway_cli.client import forecast as get_forecast
    from runway_cli.forecast import columns_and_rows, print_forecast

    answer = get_forecast(read_settings(), business, as_of, seed)
    if output is OutputFormat.TABLE:
        print_forecast(answer)
    else:
        _print_data(answer, output, *columns_and_rows(answer, table))


@app.command()
def digest(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    trigger: Annotated[
        DigestTrigger, typer.Option(help="What it is made for.")
    ] = DigestTrigger.WEEKLY,
    output: Annotated[DigestFormat, typer.Option("--format")] = DigestFormat.TEXT,
    file: Annotated[
        Path | None, typer.Option("--output", help="Where to write it instead of printing it.")
    ] = None,
) -> None:
    """Print a business's digest as it would be sent; nothing is sent or kept."""
    from runway_cli.client import digest as get_digest
    from runway_cli.digest import content_of, write

    write(content_of(get_digest(read_settings(), business, as_of, trigger), output), file)


@app.command("test-drive")
def test_drive(
    business: Annotated[
        str | None,
        typer.Option(
            "--business",
            metavar="ID",
            parser=read_business_id,
            help="The business; a sandbox with made-up books is made when none is named.",
        ),
    ] = None,
    experiment: Annotated[
        str, typer.Option(help="The experiment whose variant is shown.")
    ] = "digest-headline",
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    output: Annotated[DigestFormat, typer.Option("--format")] = DigestFormat.TEXT,
    file: Annotated[
        Path | None, typer.Option("--output", help="Where to write it instead of printing it.")
    ] = None,
) -> None:
    """Print what a prospect sees; nothing is sent or kept."""
    from rich.console import Console

    from runway_cli.digest import content_of, write
    from runway_cli.test_drive import get_test_drive, make_sandbox

    settings = read_settings()
    if business is None:
        # What is printed may be a picture: whatever else is said goes elsewhere.
        console = Console(highlight=False, stderr=True)
        business = make_sandbox(settings, as_of or datetime.date.today(), console)
    drive = get_test_drive(settings, business, experiment, as_of)
    write(content_of(drive.digest, output), file)


@app.command("pay-plan")
def pay_plan(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    weeks: Annotated[int, typer.Option(help="How many weeks to plan.", min=1, max=13)] = 5,
    seed: Annotated[int, typer.Option(help="The same books and seed give the same answer.")] = 1,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print on which day to pay each open bill, and why."""
    from rich.console import Console

    from runway_cli.client import pay_plan as get_pay_plan
    from runway_cli.pay_plan import BILL_COLUMNS, bill_rows, print_pay_plan

    answer = get_pay_plan(read_settings(), business, as_of, seed, weeks)
    if output is OutputFormat.TABLE:
        print_pay_plan(answer, Console(highlight=False))
    else:
        _print_data(answer, output, BILL_COLUMNS, bill_rows(answer))


@app.command("chase-list")
def chase_list(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print whom to chase, and what it is worth."""
    from rich.console import Console

    from runway_cli.client import chase_list as get_chase_list
    from runway_cli.pay_plan import CHASE_COLUMNS, chase_rows, print_chase_list

    answer = get_chase_list(read_settings(), business, as_of)
    if output is OutputFormat.TABLE:
        print_chase_list(answer, Console(highlight=False))
    else:
        _print_data(answer, output, CHASE_COLUMNS, chase_rows(answer))


@app.command()
def portfolio(
    businesses: Annotated[
        list[str],
        typer.Argument(parser=read_business_id, metavar="ID...", help="The businesses, up to 100."),
    ],
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    order: Annotated[PortfolioOrder, typer.Option(help="What comes first.")] = PortfolioOrder.WORST,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print how many businesses stand, the worst first."""
    from runway_cli.client import portfolio as get_portfolio
    from runway_cli.portfolio import COLUMNS, print_portfolio, rows

    places = list(PortfolioOrder).index(order)
    answer = get_portfolio(read_settings(), businesses, as_of, places)
    if output is OutputFormat.TABLE:
        print_portfolio(answer)
    else:
        _print_data(answer, output, COLUMNS, rows(answer))


@app.command()
def history(
    business: BusinessId,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="How many weeks back, one row a week.")
    ] = 13,
    as_of: Annotated[datetime.date | None, _day_option("The last day; today unless set.")] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print what the runway of a business was on past days, from its books as they were."""
    from runway_cli.client import runway_history
    from runway_cli.history import HISTORY_COLUMNS, history_rows, print_history

    answer = runway_history(read_settings(), business, as_of, weeks)
    if output is OutputFormat.TABLE:
        print_history(answer)
    else:
        _print_data(answer, output, HISTORY_COLUMNS, history_rows(answer))


@app.command()
def backtest(
    business: BusinessId,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Measure how good the forecasts of a business would have been, and keep the result."""
    from runway_cli.client import run_backtest
    from runway_cli.history import CASH_COLUMNS, cash_rows, print_backtest

    record = run_backtest(read_settings(), business).record
    if output is OutputFormat.TABLE:
        print_backtest(record)
    else:
        _print_data(record, output, CASH_COLUMNS, cash_rows(record))


tray_app = typer.Typer(help="What is wrong in the books, and what it costs.")
app.add_typer(tray_app, name="tray")


@tray_app.callback(invoke_without_command=True)
def tray(
    context: typer.Context,
    business: Annotated[
        str | None, typer.Option("--business", metavar="ID", help="The business.")
    ] = None,
    as_of: Annotated[datetime.date | None, _day_option("The day; today unless set.")] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print the Hygiene Tray of a business."""
    if context.invoked_subcommand:
        return
    if business is None:
        raise CommandError("No business is named", "give --business ID")
    from runway_cli.tray import COLUMNS, get_tray, issue_rows, print_tray

    answer = get_tray(read_settings(), read_business_id(business), as_of)
    if output is OutputFormat.TABLE:
        print_tray(answer)
    else:
        _print_data(answer, output, COLUMNS, issue_rows(answer))


@tray_app.command("set")
def set_tray_item(
    issue_key: Annotated[str, typer.Argument(metavar="KEY", help="The issue.")],
    business: BusinessId,
    status: Annotated[
        str | None, typer.Option(help="open, in-progress, waiting-on-client, fixed, …")
    ] = None,
    assignee: Annotated[str | None, typer.Option(help="Who is to deal with it.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark.")] = None,
    snooze: Annotated[datetime.date | None, _day_option("Hide it until this day.")] = None,
) -> None:
    """Set what the tray keeps of an issue."""
    from runway_cli.tray import STATUSES, set_item
    from service_kit.wire import to_date

    if status is not None and status not in STATUSES:
        raise CommandError(f"{status!r} is no status", f"use one of {', '.join(STATUSES)}")
    given = {
        "status": STATUSES[status] if status else None,
        "assignee": assignee,
        "note": note,
        "snoozed_until_date": to_date(snooze) if snooze else None,
    }
    values = {name: value for name, value in given.items() if value is not None}
    set_item(read_settings(), business, issue_key, values)
    print(f"{issue_key} is set.")


@tray_app.command("refresh")
def refresh(business: BusinessId) -> None:
    """Take up what is found in the books today."""
    from runway_cli.tray import refresh_tray

    done = refresh_tray(read_settings(), business)
    print(
        f"{done.added_count} new, {done.gone_count} gone, {done.returned_count} back,"
        f" {done.reopened_count} reopened."
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
    as_of: Annotated[
        datetime.date | None, _day_option("The last day of the books; today unless set.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and day give the same files.")] = 1,
) -> None:
    """Write the demo company's books as QuickBooks Online responses."""
    from runway_cli.demo_company import write

    try:
        counts = write(folder, as_of or datetime.date.today(), seed)
    except OSError as error:
        problem = f"{folder} cannot be written: {error.strerror}"
        raise CommandError(problem, "choose another folder") from None
    for entity, count in counts.items():
        print(f"{entity:<16}{count:>6}")


def run() -> None:
    """Run the command line."""
    # The services fork no more once gRPC is loaded; its fork handlers would only print warnings.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        app()
    except CommandError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    run()
