"""`runway`: the command that people type. Errors are one sentence on stderr and exit code 1."""

import datetime
import json
import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from runway_cli import (
    audit_commands,
    digest_commands,
    experiment_commands,
    forecast_commands,
    hand_over_commands,
    import_commands,
    leaving_commands,
    planning_commands,
    settings_commands,
    tray_commands,
)
from runway_cli.digest_commands import DigestFormat, DigestTable
from runway_cli.errors import CommandError
from runway_cli.options import (
    BusinessId,
    BusinessIds,
    Format,
    MoreBusinessIds,
    OutputFormat,
    day_option,
    every_business,
    print_data,
    read_business_id,
)
from runway_cli.settings import read_settings

app = typer.Typer(
    help="Until when the cash lasts, and what to do about it today.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, commands in (
    ("import", import_commands.app),
    ("tray", tray_commands.app),
    ("digest", digest_commands.app),
    ("hand-over", hand_over_commands.app),
    ("audit", audit_commands.app),
    ("experiment", experiment_commands.app),
    ("plan", planning_commands.plans),
    ("earmark", planning_commands.earmarks),
    ("dispute", planning_commands.disputes),
    ("settings", settings_commands.app),
):
    app.add_typer(commands, name=name)
app.add_typer(forecast_commands.app)
app.add_typer(leaving_commands.app)
app.command("digest-worker")(digest_commands.worker)


class ConsoleTable(StrEnum):
    """Which table of the Decision Console."""

    BILLS = "bills"
    INVOICES = "invoices"
    WEEKS = "weeks"
    ITEMS = "items"
    DECISIONS = "decisions"
    BREACHES = "breaches"
    BALANCES = "balances"


class PayPlanTable(StrEnum):
    """Which table of the pay plan."""

    BILLS = "bills"
    LATE_BILLS = "late-bills"
    SHORTAGES = "shortages"


class BacktestTable(StrEnum):
    """Which table of the backtest."""

    CASH = "cash"
    PAY_DATES = "pay-dates"


class PortfolioOrder(StrEnum):
    """What comes first in a portfolio, in the order of the API's numbers."""

    WORST = "worst"
    NAME = "name"
    OLDEST_BOOKS = "oldest-books"
    OVERDUE_INVOICES = "overdue-invoices"
    CASH = "cash"


class PortfolioStatus(StrEnum):
    """How a business stands."""

    CRITICAL = "critical"
    WARNING = "warning"
    HEALTHY = "healthy"
    EXCELLENT = "excellent"


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


@app.command()
def console(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
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
        print_data(answer, output, *columns_and_rows(answer, table))


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
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
    output: Annotated[DigestFormat, typer.Option("--format")] = DigestFormat.TEXT,
    table: Annotated[
        DigestTable, typer.Option(help="Which table to print as CSV.")
    ] = DigestTable.DUE,
    file: Annotated[
        Path | None, typer.Option("--output", help="Where to write it instead of printing it.")
    ] = None,
) -> None:
    """Print what a prospect sees; nothing is sent or kept."""
    from rich.console import Console

    from runway_cli.digest import config_for, content_of, csv_of, preview_mail, write
    from runway_cli.test_drive import get_test_drive, make_sandbox

    settings = read_settings()
    if business is None:
        # What is printed may be a picture: whatever else is said goes elsewhere.
        console = Console(highlight=False, stderr=True)
        business = make_sandbox(settings, console)
    drive = get_test_drive(settings, business, experiment, as_of)
    if output is DigestFormat.MAIL:
        config = config_for("test-drive", drive.variant)
        write(preview_mail(settings, business, as_of, config), file)
    elif output is DigestFormat.CSV:
        write(csv_of(drive.digest, table), file)
    else:
        write(content_of(drive.digest, output), file)


@app.command("pay-plan")
def pay_plan(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
    weeks: Annotated[int, typer.Option(help="How many weeks to plan.", min=1, max=13)] = 5,
    seed: Annotated[int, typer.Option(help="The same books and seed give the same answer.")] = 1,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        PayPlanTable, typer.Option(help="Which table to print as CSV.")
    ] = PayPlanTable.BILLS,
) -> None:
    """Print on which day to pay each open bill, and why."""
    from rich.console import Console

    from runway_cli.client import pay_plan as get_pay_plan
    from runway_cli.pay_plan import columns_and_rows, print_pay_plan

    answer = get_pay_plan(read_settings(), business, as_of, seed, weeks)
    if output is OutputFormat.TABLE:
        print_pay_plan(answer, Console(highlight=False))
    else:
        print_data(answer, output, *columns_and_rows(answer, table))


@app.command("chase-list")
def chase_list(
    business: BusinessId,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
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
        print_data(answer, output, CHASE_COLUMNS, chase_rows(answer))


@app.command()
def portfolio(
    businesses: BusinessIds = None,
    named: MoreBusinessIds = None,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
    status: Annotated[
        list[PortfolioStatus] | None, typer.Option(help="Show these alone; give it once for each.")
    ] = None,
    text: Annotated[
        str, typer.Option(help="Show those alone whose name or id has this in it.")
    ] = "",
    order: Annotated[PortfolioOrder, typer.Option(help="What comes first.")] = PortfolioOrder.WORST,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print how many businesses stand, the worst first."""
    from runway_cli.client import portfolio as get_portfolio
    from runway_cli.portfolio import COLUMNS, print_portfolio, rows

    answer = get_portfolio(
        read_settings(),
        every_business(businesses, named),
        as_of,
        status or [],
        text,
        list(PortfolioOrder).index(order),
    )
    if output is OutputFormat.TABLE:
        print_portfolio(answer)
    else:
        print_data(answer, output, COLUMNS, rows(answer))


@app.command()
def history(
    business: BusinessId,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="How many weeks back, one row a week.")
    ] = 13,
    as_of: Annotated[datetime.date | None, day_option("The last day; today unless set.")] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print what the runway of a business was on past days, from its books as they were."""
    from runway_cli.client import runway_history
    from runway_cli.history import HISTORY_COLUMNS, history_rows, print_history

    answer = runway_history(read_settings(), business, as_of, weeks)
    if output is OutputFormat.TABLE:
        print_history(answer)
    else:
        print_data(answer, output, HISTORY_COLUMNS, history_rows(answer))


@app.command()
def backtest(
    business: BusinessId,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        BacktestTable, typer.Option(help="Which table to print as CSV.")
    ] = BacktestTable.CASH,
) -> None:
    """Measure how good the forecasts of a business would have been, and keep the result."""
    from runway_cli.client import run_backtest
    from runway_cli.history import backtest_columns_and_rows, print_backtest

    record = run_backtest(read_settings(), business).record
    if output is OutputFormat.TABLE:
        print_backtest(record)
    else:
        print_data(record, output, *backtest_columns_and_rows(record, table))


@app.command()
def token(
    business: BusinessId,
    role: Annotated[str, typer.Option(help="owner, adviser or viewer.")] = "owner",
    ttl: Annotated[
        int, typer.Option(min=1, max=30 * 86_400, metavar="SECONDS", help="How long it holds.")
    ] = 3600,
) -> None:
    """Print a token for the gateway of the Runway on this machine, and nothing else."""
    from runway_cli.keys import LocalKeys
    from service_kit.identity import Role

    if role not in list(Role):
        raise CommandError(f"{role!r} is no role", f"use one of {', '.join(Role)}")
    print(LocalKeys(read_settings().state_dir).user_token([business], Role(role), ttl))


@app.command()
def keys(folder: Annotated[Path, typer.Argument(help="Where to write them.")]) -> None:
    """Make the key pair with which a gateway of yours signs what it asks the inner services."""
    from runway_cli.keys import make_pair

    make_pair(folder, "gateway")
    print(f"{folder}/gateway.pem is for the gateway alone, gateway.jwks.json for the others.")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
    as_of: Annotated[
        datetime.date | None, day_option("The last day of the books; today unless set.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and day give the same files.")] = 1,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Write the demo company's books as QuickBooks Online responses."""
    from orchestrator_svc.connectors.demo_company import write
    from runway_cli.tables import print_csv

    try:
        counts = write(folder, as_of or datetime.date.today(), seed)
    except OSError as error:
        problem = f"{folder} cannot be written: {error.strerror}"
        raise CommandError(problem, "choose another folder") from None
    if output is OutputFormat.TABLE:
        for entity, count in counts.items():
            print(f"{entity:<16}{count:>6}")
    elif output is OutputFormat.JSON:
        print(json.dumps(counts, indent=2))
    else:
        print_csv([("entity", "left"), ("count", "right")], list(counts.items()))


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
