"""Many businesses at a glance in a terminal, the worst first."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from runway.calculator.v1.assessment_pb2 import RunwayStatus
from runway.experience.v1 import portfolio_service_pb2 as pb

from runway_cli.console import STATUS, count, money
from runway_cli.tables import Columns, Row, date_in, day_of
from service_kit.wire import from_date

COLUMNS: Columns = [
    ("business", "left"),
    ("name", "left"),
    ("status", "left"),
    ("cash-zero date", "left"),
    ("runway days", "right"),
    ("currency", "left"),
    ("cash", "right"),
    ("lowest cash", "right"),
    ("lowest on", "left"),
    ("next payroll", "left"),
    ("payroll clears", "left"),
    ("owed by customers", "right"),
    ("of it overdue", "right"),
    ("owed to vendors", "right"),
    ("of it overdue to vendors", "right"),
    ("queued decisions", "right"),
    ("open hand-overs", "right"),
    ("books read", "left"),
    ("failure", "left"),
]
STATUS_WIDTH = max(len(f" {label} ") for label, _ in STATUS.values())
_FAILED = " FAILED "
_INDENT = "  "
_HEADER = [
    Text("cash lasts until", "dim"),
    Text("cash", "dim", justify="right"),
    Text("lowest", "dim", justify="right"),
    Text("payroll", "dim"),
]


def rows(answer: pb.GetPortfolioResponse) -> list[Row]:
    """Return the businesses as rows of COLUMNS."""
    return [_row(item) for item in answer.businesses]


def _row(item: pb.PortfolioItem) -> Row:
    if not item.HasField("figures"):
        empty: list[Any] = [None] * (len(COLUMNS) - 2)
        return [item.business_id, *empty, f"{item.failure.reason}: {item.failure.message}"]
    figures, runway = item.figures, item.figures.runway
    payroll = runway.next_payroll if runway.HasField("next_payroll") else None
    return [
        item.business_id,
        figures.display_name,
        RunwayStatus.Name(runway.status).removeprefix("RUNWAY_STATUS_").lower(),
        date_in(runway, "cash_zero_date"),
        runway.runway_days if runway.HasField("runway_days") else None,
        figures.currency_code,
        runway.cash,
        runway.low_water_mark,
        date_in(runway, "low_water_date"),
        date_in(payroll, "payroll_date") if payroll else None,
        ("yes" if payroll.clears else "no") if payroll else None,
        figures.accounts_receivable,
        figures.overdue_invoices,
        figures.accounts_payable,
        figures.overdue_bills,
        figures.queued_decision_count,
        figures.open_hand_over_count,
        day_of(figures, "synced_at"),
        None,
    ]


def print_portfolio(answer: pb.GetPortfolioResponse, console: Console | None = None) -> None:
    """Print a portfolio: how many stand how, then each business in two lines.

    The first has its status and what it is called, the second its figures, below each other.
    """
    console = console or Console(highlight=False)
    console.print(_summary(answer))
    console.print()
    console.print(Text("The businesses", "bold"))
    shown = [item for item in answer.businesses if item.HasField("figures")]
    figures = [_HEADER, *(_figures(item) for item in shown)]
    widths = [max(cells[place].cell_len for cells in figures) for place in range(len(_HEADER))]
    if shown:
        console.print(_aligned(_HEADER, widths))
    elif not answer.businesses:
        console.print("None is as asked.")
    for item in answer.businesses:
        console.print(_title(item))
        if item.HasField("figures"):
            console.print(_aligned(_figures(item), widths))
    for item in answer.businesses:
        if item.HasField("failure"):
            console.print(Text(f"! {item.business_id}: {item.failure.message}", "red"))


def _summary(answer: pb.GetPortfolioResponse) -> Text:
    parts = [
        Text.assemble((f" {STATUS[one.status][0]} ", STATUS[one.status][1]), f" {one.count}")
        for one in answer.status_counts
    ]
    if answer.failed_count:
        parts.append(Text(f"{count(answer.failed_count, 'business')} could not be shown", "red"))
    return Text("   ").join(parts)


def _title(item: pb.PortfolioItem) -> Text:
    """Return the status, the name and the id; then what is out of the ordinary, if anything is."""
    if not item.HasField("figures"):
        return Text.assemble((_FAILED, "bold white on red"), _gap(_FAILED), item.business_id)
    figures = item.figures
    label, style = STATUS[figures.runway.status]
    badge, notes = f" {label} ", []
    if not figures.HasField("synced_at"):
        notes.append("books never read")
    else:
        age = (from_date(figures.as_of) - figures.synced_at.ToDatetime().date()).days
        notes += [f"books read {count(age, 'day')} ago"] if age > 0 else []
    if figures.open_hand_over_count:
        notes.append(f"{figures.open_hand_over_count} handed over")
    rest = "".join(f"; {note}" for note in notes)
    name = (figures.display_name, "bold")
    return Text.assemble((badge, style), _gap(badge), name, f", {item.business_id}{rest}")


def _gap(badge: str) -> str:
    return " " * (STATUS_WIDTH - len(badge) + 1)


def _figures(item: pb.PortfolioItem) -> list[Text]:
    """Return the cells below the columns of _HEADER."""
    runway = item.figures.runway
    until = f"beyond {runway.horizon_days} days"
    if runway.HasField("cash_zero_date"):
        zero = from_date(runway.cash_zero_date)
        until = f"{zero.day} {zero:%b %Y}, {count(runway.runway_days, 'day')}"
    payroll = Text("none expected", "dim")
    if runway.HasField("next_payroll"):
        when = from_date(runway.next_payroll.payroll_date)
        clears = runway.next_payroll.clears
        words = f"{when.day} {when:%b} {'clears' if clears else 'does NOT clear'}"
        payroll = Text(words, "" if clears else "bold red")
    return [
        Text(until),
        Text(f"{money(runway.cash)} {item.figures.currency_code}", justify="right"),
        Text(money(runway.low_water_mark), justify="right"),
        payroll,
    ]


def _aligned(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    """Return cells as one indented line, each as wide as its column."""
    padded = [cell.copy() for cell in cells]
    for cell, width in zip(padded, widths, strict=True):
        if cell.justify == "right":
            cell.pad_left(width - cell.cell_len)
        else:
            cell.pad_right(width - cell.cell_len)
    line = Text.assemble(_INDENT, Text("  ").join(padded))
    line.rstrip()
    return line
