"""The forecast in a terminal: how sure it is, week by week, and when invoices come in."""

import datetime
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text
from runway.experience.v1 import forecast_service_pb2 as pb

from runway_cli.console import day, in_words, money, table
from runway_cli.tables import Cell, Columns, Row, date_in

INVOICES_SHOWN = 10

WEEK_COLUMNS = [
    ("week ending", "left"),
    ("cash P10", "right"),
    ("cash P50", "right"),
    ("cash P90", "right"),
    ("received P10", "right"),
    ("received P50", "right"),
    ("received P90", "right"),
]
INVOICE_COLUMNS = [
    ("invoice", "left"),
    ("paid by P10", "left"),
    ("paid by P50", "left"),
    ("paid by P90", "left"),
]


def print_forecast(answer: pb.GetForecastResponse, console: Console | None = None) -> None:
    """Print a forecast: until when, how likely, then the weeks and the invoices."""
    console = console or Console(highlight=False)
    console.print(Panel(_headline(answer), title=Text(answer.display_name, "bold"), expand=True))
    weeks = table("Cash at the end of each week, and received by then", *WEEK_COLUMNS)
    for row in week_rows(answer):
        weeks.add_row(*map(in_words, row))
    console.print(weeks)
    console.print()
    rows = invoice_rows(answer)
    if rows:
        shown = min(len(rows), INVOICES_SHOWN)
        invoices = table(f"Open invoices, the first {shown} of {len(rows)}", *INVOICE_COLUMNS)
        for row in rows[:INVOICES_SHOWN]:
            invoices.add_row(*map(in_words, row))
        console.print(invoices)


def columns_and_rows(answer: pb.GetForecastResponse, which: str) -> tuple[Columns, list[Row]]:
    """Return a table, weeks or invoices: its columns and all its rows."""
    if which == "weeks":
        return WEEK_COLUMNS, week_rows(answer)
    return INVOICE_COLUMNS, invoice_rows(answer)


def week_rows(answer: pb.GetForecastResponse) -> list[Row]:
    """Return the weeks as rows of WEEK_COLUMNS."""
    forecast = answer.forecast
    return [
        [
            date_in(forecast.cash[7 * week + 6], "date"),
            *_band(forecast.cash[7 * week + 6].cash),
            *_band(receipts),
        ]
        for week, receipts in enumerate(forecast.receipts_by_week)
    ]


def invoice_rows(answer: pb.GetForecastResponse) -> list[Row]:
    """Return the open invoices as rows of INVOICE_COLUMNS, by their median."""
    dated = sorted(
        answer.forecast.pay_dates,
        key=lambda one: date_in(one.pay_date, "p50") or datetime.date.max,
    )
    return [
        [one.invoice_id, *(date_in(one.pay_date, name) for name in ("p10", "p50", "p90"))]
        for one in dated
    ]


def _band(band: Any) -> list[Cell]:
    return [band.p10, band.p50, band.p90]


def _headline(answer: pb.GetForecastResponse) -> Group:
    forecast = answer.forecast
    zero, lowest = forecast.cash_zero_date, forecast.low_water_mark
    if not zero.HasField("p10"):
        until = f"Cash lasts beyond the next {forecast.runway.horizon_days} days, 9 times in 10."
    else:
        dates = ", ".join(
            f"{level} {in_words(date_in(zero, name))}"
            for level, name in (("P10", "p10"), ("P50", "p50"), ("P90", "p90"))
        )
        until = f"Cash-zero date: {dates}."
    lines = [
        Text(until, "bold"),
        Text(
            f"Lowest cash: P10 {money(lowest.p10)}, P50 {money(lowest.p50)},"
            f" P90 {money(lowest.p90)}, most likely on {day(forecast.low_water_date)}."
        ),
        Text(f"Cash falls below zero in {_share(forecast.probability_cash_below_zero)}."),
    ]
    if forecast.HasField("probability_payroll_missed"):
        missed = forecast.probability_payroll_missed
        style = "bold red" if missed >= 0.1 else ""
        lines.append(Text(f"A payroll does not clear in {_share(missed)}.", style))
    lines.append(
        Text(f"{forecast.paths} courses of 13 weeks, from {day(forecast.as_of)}.", style="dim")
    )
    return Group(*lines)


def _share(probability: float) -> str:
    return f"{round(100 * probability)} of 100 courses"
