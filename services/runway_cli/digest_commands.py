"""`runway digest`."""

import datetime
from enum import StrEnum
from pathlib import Path
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
)
from runway_cli.settings import read_settings

app = typer.Typer(help="What changed and why, as a mail: print it, send it, say when it goes.")


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
    CSV = "csv"
    PNG = "png"
    MAIL = "mail"


class DigestTable(StrEnum):
    """Which table of a digest."""

    DUE = "due"
    CHASES = "chases"
    MOVEMENTS = "movements"
    INSIGHTS = "insights"


@app.callback(invoke_without_command=True)
def digest(
    context: typer.Context,
    business: Annotated[
        str | None, typer.Option("--business", metavar="ID", help="The business.")
    ] = None,
    as_of: Annotated[datetime.date | None, day_option("The day; today unless set.")] = None,
    trigger: Annotated[
        DigestTrigger, typer.Option(help="What it is made for.")
    ] = DigestTrigger.WEEKLY,
    output: Annotated[DigestFormat, typer.Option("--format")] = DigestFormat.TEXT,
    table: Annotated[
        DigestTable, typer.Option(help="Which table to print as CSV.")
    ] = DigestTable.DUE,
    file: Annotated[
        Path | None, typer.Option("--output", help="Where to write it instead of printing it.")
    ] = None,
) -> None:
    """Print a business's digest as it would be sent; nothing is sent or kept."""
    if context.invoked_subcommand:
        return
    if business is None:
        raise CommandError("No business is named", "give --business ID")
    from runway_cli.client import digest as get_digest
    from runway_cli.digest import config_for, content_of, csv_of, preview_mail, write

    business_id, settings = read_business_id(business), read_settings()
    config = config_for(trigger)
    if output is DigestFormat.MAIL:
        write(preview_mail(settings, business_id, as_of, config), file)
    elif output is DigestFormat.CSV:
        write(csv_of(get_digest(settings, business_id, as_of, config), table), file)
    else:
        write(content_of(get_digest(settings, business_id, as_of, config), output), file)


@app.command()
def settings(
    business: BusinessId,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether it goes out.")
    ] = None,
    weekday: Annotated[str | None, typer.Option(help="monday to sunday.")] = None,
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="The hour of that day.")] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(help="Whose day and hour, as Europe/Berlin; '' for the business's own."),
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="To whom it goes instead of before; give each."),
    ] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Say when and to whom the weekly digest goes, and print it."""
    from runway_cli.digest import (
        SETTINGS_COLUMNS,
        WEEKDAYS,
        change_settings,
        get_settings,
        print_settings,
        settings_rows,
    )

    if weekday is not None and weekday not in WEEKDAYS:
        raise CommandError(f"{weekday!r} is no weekday", f"use one of {', '.join(WEEKDAYS)}")
    values: dict[str, Any] = {
        "enabled": enable,
        "weekday": None if weekday is None else WEEKDAYS[weekday],
        "hour": hour,
        "time_zone": time_zone,
        "recipients": recipient or None,
    }
    changes = {name: value for name, value in values.items() if value is not None}
    if changes:
        change_settings(read_settings(), business, changes)
    answer = get_settings(read_settings(), business)
    if output is OutputFormat.TABLE:
        print_settings(answer)
    else:
        print_data(answer, output, SETTINGS_COLUMNS, settings_rows(answer))


@app.command()
def send(
    business: BusinessId,
    trigger: Annotated[
        DigestTrigger, typer.Option(help="What it is made for.")
    ] = DigestTrigger.WEEKLY,
    request: Annotated[
        str | None,
        typer.Option("--request-id", metavar="UUID", help="Go on with a sending that failed."),
    ] = None,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Send the digest to the recipients of the settings, now."""
    from runway_cli.digest import SENT_COLUMNS, print_sent, refused_in, send_digest, sent_rows

    if trigger is DigestTrigger.TEST_DRIVE:
        raise CommandError("A test drive is never sent", "use weekly or onboarding")
    sending = send_digest(read_settings(), business, trigger, request)
    if output is OutputFormat.TABLE:
        print_sent(sending)
    else:
        print_data(sending, output, SENT_COLUMNS, sent_rows(sending))
    if refused := refused_in(sending):
        raise CommandError(
            f"The mail server has refused {', '.join(refused)}", "correct the recipients"
        )


def worker(
    businesses: Annotated[
        list[str] | None,
        typer.Option(
            "--business",
            metavar="ID",
            envvar="RUNWAY_DIGEST_BUSINESSES",
            help="A business to look after; give each. In the environment, with spaces between.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--businesses-file", help="A file of more, one a line; read in every round."),
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, max=3600, metavar="SECONDS", help="How long between two rounds.")
    ] = 60,
    once: Annotated[bool, typer.Option("--once", help="One round; 1 if one was not sent.")] = False,
) -> None:
    """Send each business's weekly digest when it is due, until told to stop."""
    from runway_cli.digest_worker import DigestWorker, stopped_by_signals

    if not businesses and file is None:
        raise CommandError(
            "No business is named", "give --business ID, or --businesses-file with one a line"
        )
    named = [read_business_id(one) for one in businesses or ()]
    with stopped_by_signals() as stop, DigestWorker(read_settings(), named, file, stop) as work:
        if once:
            raise typer.Exit(0 if work.round() else 1)
        work.until_stopped(every)
