"""`runway plan`, `runway earmark` and `runway dispute`."""

import datetime
from collections.abc import Mapping
from typing import Annotated

import typer

from runway_cli.errors import CommandError
from runway_cli.options import BusinessId, Format, OutputFormat, day_option, print_data
from runway_cli.settings import read_settings

plans = typer.Typer(
    help="Cash flows to come that no ledger holds: a tax bill, a new hire.", no_args_is_help=True
)
earmarks = typer.Typer(help="Cash in the bank that is not for spending.", no_args_is_help=True)
disputes = typer.Typer(help="Invoices that a customer contests.", no_args_is_help=True)

What = Annotated[str, typer.Argument(metavar="WHAT", help="What it is.")]
Invoice = Annotated[str, typer.Argument(metavar="INVOICE", help="The invoice's id.")]


def _one_of(text: str, known: Mapping[str, int], noun: str) -> int:
    if text not in known:
        raise CommandError(f"{text!r} is no {noun}", f"use one of {', '.join(known)}")
    return known[text]


@plans.command("add")
def add_planned_item(
    what: What,
    amount: Annotated[str, typer.Option(help="How much; negative for what goes out.")],
    on: Annotated[datetime.date, day_option("When it happens first.")],
    business: BusinessId,
    repeats: Annotated[
        str, typer.Option(help="once, weekly, biweekly, monthly or quarterly.")
    ] = "once",
    until: Annotated[datetime.date | None, day_option("The last day it can come back.")] = None,
    category: Annotated[
        str, typer.Option(help="What it is for: tax, payroll, rent, vendor, customer, …")
    ] = "other",
) -> None:
    """Plan a cash flow that no ledger holds."""
    from runway_cli.planning import CATEGORIES, RECURRENCES, add_planned_item

    recurrence = _one_of(repeats, RECURRENCES, "rhythm")
    kind = _one_of(category, CATEGORIES, "category")
    made = add_planned_item(read_settings(), business, what, amount, on, until, recurrence, kind)
    print(f"Planned: {made.planned_item_id}")


@plans.command("list")
def list_planned_items(business: BusinessId, output: Format = OutputFormat.TABLE) -> None:
    """Print what is planned, by day."""
    from runway.experience.v1 import planning_service_pb2 as pb

    from runway_cli import planning

    found = planning.list_planned_items(read_settings(), business)
    if output is OutputFormat.TABLE:
        rows = planning.shown_plan_rows(found)
        planning.print_rows("Planned", "Nothing is planned.", planning.SHOWN_PLAN_COLUMNS, rows)
    else:
        answer = pb.ListPlannedItemsResponse(business_id=business, planned_items=found)
        print_data(answer, output, planning.PLAN_COLUMNS, planning.plan_rows(found))


@plans.command("remove")
def remove_planned_item(
    item: Annotated[str, typer.Argument(metavar="ID", help="Its id.")], business: BusinessId
) -> None:
    """Drop a planned item."""
    from runway_cli.planning import remove_planned_item

    remove_planned_item(read_settings(), business, item)
    print(f"{item} is not planned any more.")


@earmarks.command("add")
def add_earmark(
    what: What,
    amount: Annotated[str, typer.Option(help="How much.")],
    business: BusinessId,
    until: Annotated[
        datetime.date | None, day_option("The last day; until it is removed unless set.")
    ] = None,
) -> None:
    """Set cash aside."""
    from runway_cli.planning import add_earmark

    made = add_earmark(read_settings(), business, what, amount, until)
    print(f"Set aside: {made.earmark_id}")


@earmarks.command("list")
def list_earmarks(business: BusinessId, output: Format = OutputFormat.TABLE) -> None:
    """Print what is set aside, by name."""
    from runway.experience.v1 import planning_service_pb2 as pb

    from runway_cli import planning

    found = planning.list_earmarks(read_settings(), business)
    rows = planning.earmark_rows(found)
    if output is OutputFormat.TABLE:
        planning.print_rows("Set aside", "Nothing is set aside.", planning.EARMARK_COLUMNS, rows)
    else:
        answer = pb.ListEarmarksResponse(business_id=business, earmarks=found)
        print_data(answer, output, planning.EARMARK_COLUMNS, rows)


@earmarks.command("remove")
def remove_earmark(
    earmark: Annotated[str, typer.Argument(metavar="ID", help="Its id.")], business: BusinessId
) -> None:
    """Give cash that is set aside free."""
    from runway_cli.planning import remove_earmark

    remove_earmark(read_settings(), business, earmark)
    print(f"{earmark} is not set aside any more.")


@disputes.command("add")
def add_dispute(
    invoice: Invoice,
    reason: Annotated[str, typer.Option(help="What the customer contests.")],
    business: BusinessId,
) -> None:
    """Note that a customer contests an invoice: a person is to settle it, nobody to chase it."""
    from runway_cli.planning import dispute

    dispute(read_settings(), business, invoice, reason)
    print(f"{invoice} is disputed.")


@disputes.command("settle")
def settle_dispute(invoice: Invoice, business: BusinessId) -> None:
    """Note that nobody contests an invoice any more."""
    from runway_cli.planning import settle

    settle(read_settings(), business, invoice)
    print(f"{invoice} is not disputed any more.")
