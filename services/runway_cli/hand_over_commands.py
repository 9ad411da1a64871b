"""`runway hand-over`."""

import datetime
from typing import Annotated

import typer

from runway_cli.errors import CommandError
from runway_cli.options import (
    BusinessId,
    Format,
    OutputFormat,
    day_option,
    print_data,
)
from runway_cli.settings import read_settings

app = typer.Typer(help="What one person asks another to see to.", no_args_is_help=True)


@app.command("add")
def add_hand_over(
    business: BusinessId,
    from_person: Annotated[str, typer.Option("--from", help="Who hands it over.")],
    to_person: Annotated[str, typer.Option("--to", help="Who is to see to it.")],
    note: Annotated[str, typer.Option(help="What is to be done.")] = "",
    bill: Annotated[str | None, typer.Option(metavar="ID", help="It is about this bill.")] = None,
    invoice: Annotated[
        str | None, typer.Option(metavar="ID", help="It is about this invoice.")
    ] = None,
    issue: Annotated[
        str | None, typer.Option(metavar="KEY", help="It is about this issue of the tray.")
    ] = None,
    due: Annotated[datetime.date | None, day_option("By when.")] = None,
) -> None:
    """Hand something over: a bill, an invoice, an issue, or the business as a whole."""
    from runway_cli.hand_over import add_hand_over

    if sum(subject is not None for subject in (bill, invoice, issue)) > 1:
        raise CommandError(
            "It can be about one thing only", "give one of --bill, --invoice, --issue"
        )
    added = add_hand_over(
        read_settings(),
        business,
        due,
        from_person=from_person,
        to_person=to_person,
        note=note,
        bill_id=bill,
        invoice_id=invoice,
        issue_key=issue,
    )
    print(f"Handed over to {added.to_person}: {added.hand_over_id}")


@app.command("list")
def list_hand_overs(
    business: BusinessId,
    every: Annotated[
        bool, typer.Option("--all", help="Those that are done or declined as well.")
    ] = False,
    output: Format = OutputFormat.TABLE,
) -> None:
    """Print what is handed over and not done yet, oldest first."""
    from runway.experience.v1 import hand_over_service_pb2

    from runway_cli import hand_over

    waiting = [] if every else [hand_over.STATUSES[name] for name in ("open", "accepted")]
    found = hand_over.list_hand_overs(read_settings(), business, waiting)
    if output is OutputFormat.TABLE:
        hand_over.print_hand_overs(found)
    else:
        answer = hand_over_service_pb2.ListHandOversResponse(business_id=business, hand_overs=found)
        print_data(answer, output, hand_over.COLUMNS, hand_over.rows(found))


@app.command("set")
def set_hand_over(
    hand_over_id: Annotated[str, typer.Argument(metavar="HAND-OVER", help="Its id.")],
    status: Annotated[str, typer.Argument(help="open, accepted, done or declined.")],
    business: BusinessId,
) -> None:
    """Say how far a hand-over is."""
    from runway_cli.hand_over import STATUSES, set_status

    if status not in STATUSES:
        raise CommandError(f"{status!r} is no status", f"use one of {', '.join(STATUSES)}")
    set_status(read_settings(), business, hand_over_id, status)
    print(f"{hand_over_id} is {status}.")
