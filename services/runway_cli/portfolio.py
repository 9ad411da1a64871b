"""Many businesses at a glance in a terminal, the worst first."""

from typing import Any

from rich.console import Console
from rich.text import Text
from runway.calculator.v1.assessment_pb2 import RunwayStatus
from runway.experience.v1 import portfolio_service_pb2 as pb

from runway_cli.console import STATUS, count, money, table
from runway_cli.tables import Columns, Row, date_in
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
        figures.synced_at.ToDatetime().date() if figures.HasField("synced_at") else None,
        None,
    ]


def print_portfolio(answer: pb.GetPortfolioResponse, console: Console | None = None) -> None:
    """Print a portfolio: how many stand how, then each business in a line."""
    console = console or Console(highlight=False)
    console.print(_summary(answer))
    console.print()
    shown = table(
        "The businesses",
        ("business", "left"),
        ("", "left"),
        ("cash lasts until", "left"),
        ("cash", "right"),
        ("lowest", "right"),
        ("payroll", "left"),
        ("handed over", "right"),
        ("books read", "left"),
    )
    # In a narrow window names wrap, and the word that matters most does not.
    shown.columns[1].no_wrap = True
    shown.columns[1].min_width = STATUS_WIDTH
    for item in answer.businesses:
        if item.HasField("figures"):
            shown.add_row(*_line(item))
        else:
            shown.add_row(Text(item.business_id), Text(" FAILED ", "bold white on red"), "")
    console.print(shown)
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


def _line(item: pb.PortfolioItem) -> list[Text]:
    figures, runway = item.figures, item.figures.runway
    label, style = STATUS[runway.status]
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
    read = "never"
    if figures.HasField("synced_at"):
        age = (from_date(figures.as_of) - figures.synced_at.ToDatetime().date()).days
        read = "today" if age <= 0 else f"{count(age, 'day')} ago"
    return [
        Text(figures.display_name),
        Text(f" {label} ", style),
        Text(until),
        Text(f"{money(runway.cash)} {figures.currency_code}"),
        Text(money(runway.low_water_mark)),
        payroll,
        _handed_over(figures),
        Text(read),
    ]


def _handed_over(figures: pb.PortfolioFigures) -> Text:
    """Return how many hand-overs wait; nothing where none does, so that the others stand out."""
    return Text(str(figures.open_hand_over_count or ""))
