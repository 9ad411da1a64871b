"""`runway settings`."""

from typing import Annotated

import typer

from runway_cli.options import BusinessId, Format, OutputFormat, print_data
from runway_cli.settings import read_settings

app = typer.Typer(help="How a business wants to be looked at.", no_args_is_help=True)

Days = Annotated[int | None, typer.Option(min=1, max=3650, metavar="DAYS")]


@app.command("show")
def show_settings(business: BusinessId, output: Format = OutputFormat.TABLE) -> None:
    """Print the settings of a business."""
    from runway_cli import business_settings, planning

    found = planning.get_business(read_settings(), business)
    rows = business_settings.rows(found)
    if output is OutputFormat.TABLE:
        planning.print_rows("Settings", "", business_settings.COLUMNS, rows)
    else:
        print_data(found, output, business_settings.COLUMNS, rows)


@app.command("set")
def set_settings(
    business: BusinessId,
    name: Annotated[str | None, typer.Option(help="The business's name.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Its time zone (IANA).")] = None,
    cash_floor: Annotated[
        str | None, typer.Option(help="The cash that plans should never go below.")
    ] = None,
    critical_days: Days = None,
    warning_days: Days = None,
    healthy_days: Days = None,
    restrict: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT", help="Never count this account as cash."),
    ] = None,
    release: Annotated[
        list[str] | None, typer.Option(metavar="ACCOUNT", help="Count it as cash again.")
    ] = None,
    tier: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=TIER", help="critical, key, deferrable or none."),
    ] = None,
    grace: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=DAYS", help="Documented days of grace after the due date."),
    ] = None,
    by_law: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=yes|no", help="Whether being late breaks the law."),
    ] = None,
    late_fee: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=AMOUNT", help="Charged once; none for nothing documented."),
    ] = None,
    monthly_fee: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=POINTS", help="Charged a month, in basis points."),
    ] = None,
) -> None:
    """Change settings; what is not named stays as it is."""
    from runway_cli.business_settings import Wanted
    from runway_cli.business_settings import set_settings as change

    days = {
        "critical_days": critical_days,
        "warning_days": warning_days,
        "healthy_days": healthy_days,
    }
    wanted = Wanted(
        name=name,
        time_zone=time_zone,
        cash_floor=cash_floor,
        days={field: value for field, value in days.items() if value is not None},
        restrict=restrict or (),
        release=release or (),
        tiers=tier or (),
        grace=grace or (),
        by_law=by_law or (),
        late_fee=late_fee or (),
        monthly_fee=monthly_fee or (),
    )
    change(read_settings(), business, wanted)
    print(f"{business} is set.")
