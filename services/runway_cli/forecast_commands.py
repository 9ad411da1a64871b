"""`runway forecast` and `runway what-if`."""

import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from runway_cli.errors import CommandError
from runway_cli.options import BusinessId, Format, OutputFormat, day_option, print_data
from runway_cli.settings import read_settings

app = typer.Typer()

AsOf = Annotated[datetime.date | None, day_option("The day; today unless set.")]
Seed = Annotated[int, typer.Option(help="The same books and seed give the same answer.")]


class ForecastTable(StrEnum):
    """Which table of the forecast."""

    WEEKS = "weeks"
    DAYS = "days"
    ITEMS = "items"
    INVOICES = "invoices"


class WhatIfTable(StrEnum):
    """Which table of a what-if."""

    EFFECTS = "effects"
    FIGURES = "figures"


@app.command()
def forecast(
    business: BusinessId,
    as_of: AsOf = None,
    seed: Seed = 1,
    week: Annotated[
        datetime.date | None,
        day_option("Only the week of the forecast with this day: each item, and what it assumes."),
    ] = None,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        ForecastTable | None, typer.Option(help="Which table to print, whole.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="First fit anew how customers pay, and keep that.")
    ] = False,
) -> None:
    """Print how sure the forecast of a business is, and what each of its figures is made of."""
    from runway_cli.client import forecast as get_forecast
    from runway_cli.client import refresh_pay_date_profile
    from runway_cli.forecast import columns_and_rows, print_forecast, print_table, within_week

    if week is not None:
        table = table or ForecastTable.ITEMS
        if table is ForecastTable.INVOICES:
            raise CommandError(
                "Invoices have no week of their own", "leave out --week or --table invoices"
            )
    if refit:
        refresh_pay_date_profile(read_settings(), business)
    whole = week is not None or table in (ForecastTable.DAYS, ForecastTable.ITEMS)
    answer = get_forecast(read_settings(), business, as_of, seed, whole)
    if week is not None:
        answer = within_week(answer, week)
    if output is not OutputFormat.TABLE:
        print_data(answer, output, *columns_and_rows(answer, table or ForecastTable.WEEKS))
    elif table is None:
        print_forecast(answer)
    else:
        print_table(answer, table)


def _many(metavar: str, text: str) -> Any:
    """Return an option that can be given again and again."""
    return typer.Option(metavar=metavar, help=f"{text} Can be given again.")


@app.command("what-if")
def what_if(
    business: BusinessId,
    pay: Annotated[
        list[str] | None,
        _many("BILL=DAY", "Pay a bill on that day, or `now`."),
    ] = None,
    part_pay: Annotated[
        list[str] | None, _many("BILL=AMOUNT@DAY", "Pay a part of a bill on that day.")
    ] = None,
    set_aside: Annotated[
        list[str] | None, _many("BILL=AMOUNT", "Set cash aside for a bill, from today.")
    ] = None,
    collect: Annotated[
        list[str] | None, _many("INVOICE=DAY", "An invoice is paid on that day.")
    ] = None,
    write_off: Annotated[list[str] | None, _many("INVOICE", "Give an invoice up.")] = None,
    customer_pays: Annotated[
        list[str] | None,
        _many("CUSTOMER=DAYS", "A customer pays all its open invoices in so many days."),
    ] = None,
    revenue: Annotated[
        list[str] | None,
        _many("PERCENT", "Receipts that no open invoice explains change: -10%, +5%."),
    ] = None,
    planned: Annotated[
        list[str] | None,
        _many(
            "NAME=AMOUNT[/EVERY]@DAY",
            "A cash flow is added, negative for a payment: once, or weekly, biweekly, monthly or "
            "quarterly from that day on.",
        ),
    ] = None,
    delay: Annotated[
        list[str] | None,
        _many(
            "NAME=DAYS",
            "What recurs with a counterparty and its open bills, or a planned item, comes later.",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call it.")] = "What if",
    as_of: AsOf = None,
    seed: Seed = 1,
    output: Format = OutputFormat.TABLE,
    table: Annotated[
        WhatIfTable, typer.Option(help="Which table to print as CSV.")
    ] = WhatIfTable.EFFECTS,
) -> None:
    """Print what would be otherwise if all this came together, and each of it alone.

    A customer is named by id or name, a document by id or number, or by
    whose it is where that is the only one. Nothing is queued or changed.

    A hire from January on: --planned Hire=-5000/monthly@2027-01-15
    """
    from runway_cli.client import compare_scenarios, decision_console
    from runway_cli.what_if import columns_and_rows, parts_of, print_what_if, scenario_of

    given = {
        "pay": pay,
        "part-pay": part_pay,
        "set-aside": set_aside,
        "collect": collect,
        "write-off": write_off,
        "customer-pays": customer_pays,
        "revenue": revenue,
        "planned": planned,
        "delay": delay,
    }
    options = [(option, text) for option, texts in given.items() for text in texts or ()]
    if not options:
        names = ", ".join(f"--{option}" for option in given)
        raise CommandError("Nothing is otherwise yet", f"give one or more of {names}")
    settings = read_settings()
    parts = parts_of(options, decision_console(settings, business, as_of))
    answer = compare_scenarios(settings, business, as_of, seed, scenario_of(name, parts))
    labels = [part.label for part in parts]
    if output is OutputFormat.TABLE:
        print_what_if(answer, labels)
    else:
        print_data(answer, output, *columns_and_rows(answer, labels, table))
