"""The forecast in a terminal: how sure it is, and what it is made of, from weeks down to items."""

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from runway.calculator.v1.assessment_pb2 import ForecastLayer
from runway.experience.v1 import forecast_service_pb2 as pb

from runway_cli.console import day, in_words, money, table
from runway_cli.errors import CommandError
from runway_cli.tables import Cell, Columns, Row, date_in
from service_kit.wire import from_date

INVOICES_SHOWN = 10

_CASH = [("cash P10", "right"), ("cash P50", "right"), ("cash P90", "right")]
_EXPECTED = [("receipts", "right"), ("disbursements", "right"), ("closing cash", "right")]
WEEK_COLUMNS = [
    ("week ending", "left"),
    *_CASH,
    ("received P10", "right"),
    ("received P50", "right"),
    ("received P90", "right"),
    *_EXPECTED,
]
DAY_COLUMNS = [("date", "left"), *_EXPECTED, *_CASH]
ITEM_COLUMNS = [
    ("date", "left"),
    ("amount", "right"),
    ("layer", "left"),
    ("source", "left"),
    ("document", "left"),
    ("counterparty", "left"),
    ("what", "left"),
    ("assumption", "left"),
]
INVOICE_COLUMNS = [
    ("invoice", "left"),
    ("paid by P10", "left"),
    ("paid by P50", "left"),
    ("paid by P90", "left"),
]
# Amounts are never cut: a terminal of 80 columns has room for three of them beside a date, so that
# a table is shown as several with the same first column.
_WEEKS_SHOWN = (
    ("Cash at the end of each week", (0, 1, 2, 3)),
    ("Expected in each week", (0, 7, 8, 9)),
    ("Received by the end of each week", (0, 4, 5, 6)),
)
_DAYS_SHOWN = (
    ("Expected on each day", (0, 1, 2, 3)),
    ("Cash at the end of each day", (0, 4, 5, 6)),
)


def print_forecast(answer: pb.GetForecastResponse, console: Console | None = None) -> None:
    """Print a forecast: until when, how likely, then the weeks and the invoices."""
    console = console or Console(highlight=False)
    console.print(Panel(_headline(answer), title=Text(answer.display_name, "bold"), expand=True))
    for title, shown in _WEEKS_SHOWN[:2]:
        console.print(_some_of(title, WEEK_COLUMNS, week_rows(answer), shown))
        console.print()
    rows = invoice_rows(answer)
    if rows:
        count = min(len(rows), INVOICES_SHOWN)
        title = f"Open invoices, the first {count} of {len(rows)}"
        console.print(_some_of(title, INVOICE_COLUMNS, rows[:INVOICES_SHOWN]))


def print_table(answer: pb.GetForecastResponse, which: str, console: Console | None = None) -> None:
    """Print one table of a forecast whole: weeks, days, items or invoices."""
    console = console or Console(highlight=False)
    if which == "items":
        _print_items(answer, console)
        return
    columns, rows = columns_and_rows(answer, which)
    parts: Sequence[tuple[str, Sequence[int] | None]] = {
        "weeks": _WEEKS_SHOWN,
        "days": _DAYS_SHOWN,
    }.get(which, (("Open invoices", None),))
    for title, shown in parts:
        console.print(_some_of(title, columns, rows, shown))
        console.print()


def within_week(answer: pb.GetForecastResponse, wanted: datetime.date) -> pb.GetForecastResponse:
    """Return a forecast with the weeks, days and items of the week that has the wanted day.

    Raises CommandError when the forecast has no such day.
    """
    first = from_date(answer.forecast.as_of) + datetime.timedelta(days=1)
    place = (wanted - first).days // 7
    if not 0 <= place < len(answer.forecast.weeks):
        last = first + datetime.timedelta(days=7 * len(answer.forecast.weeks) - 1)
        raise CommandError(f"The forecast has no {wanted}", f"name a day from {first} to {last}")
    found = pb.GetForecastResponse()
    found.CopyFrom(answer)
    forecast, start = found.forecast, first + datetime.timedelta(days=7 * place)
    for name in ("cash", "days", "items"):
        kept = [
            one
            for one in getattr(answer.forecast, name)
            if 0 <= (from_date(one.date) - start).days < 7
        ]
        del getattr(forecast, name)[:]
        getattr(forecast, name).extend(kept)
    for name in ("weeks", "receipts_by_week", "invoice_receipts_by_week"):
        kept = [getattr(answer.forecast, name)[place]]
        del getattr(forecast, name)[:]
        getattr(forecast, name).extend(kept)
    return found


def columns_and_rows(answer: pb.GetForecastResponse, which: str) -> tuple[Columns, list[Row]]:
    """Return a table, weeks, days, items or invoices: its columns and all its rows."""
    columns, rows = _TABLES[which]
    return columns, rows(answer)


def week_rows(answer: pb.GetForecastResponse) -> list[Row]:
    """Return the weeks as rows of WEEK_COLUMNS."""
    forecast = answer.forecast
    return [
        [
            date_in(forecast.cash[7 * place + 6], "date"),
            *_band(forecast.cash[7 * place + 6].cash),
            *_band(receipts),
            *_expected(week),
        ]
        for place, (receipts, week) in enumerate(
            zip(forecast.receipts_by_week, forecast.weeks, strict=True)
        )
    ]


def day_rows(answer: pb.GetForecastResponse) -> list[Row]:
    """Return the days as rows of DAY_COLUMNS."""
    forecast = answer.forecast
    return [
        [date_in(one, "date"), *_expected(one), *_band(band.cash)]
        for one, band in zip(forecast.days, forecast.cash, strict=True)
    ]


def item_rows(answer: pb.GetForecastResponse) -> list[Row]:
    """Return the items as rows of ITEM_COLUMNS, by date."""
    return [
        [
            date_in(item, "date"),
            item.amount,
            _layer(item),
            item.source_id,
            item.document_id,
            item.counterparty,
            item.display_name,
            item.assumption,
        ]
        for item in answer.forecast.items
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


_TABLES: dict[str, tuple[Columns, Callable[[pb.GetForecastResponse], list[Row]]]] = {
    "weeks": (WEEK_COLUMNS, week_rows),
    "days": (DAY_COLUMNS, day_rows),
    "items": (ITEM_COLUMNS, item_rows),
    "invoices": (INVOICE_COLUMNS, invoice_rows),
}


def _band(band: Any) -> list[Cell]:
    return [band.p10, band.p50, band.p90]


def _expected(one: Any) -> list[Cell]:
    return [one.receipts, one.disbursements, one.closing_cash]


def _layer(item: Any) -> str:
    return ForecastLayer.Name(item.layer).removeprefix("FORECAST_LAYER_").lower()


def _some_of(
    title: str, columns: Columns, rows: Sequence[Row], shown: Sequence[int] | None = None
) -> Table:
    places = range(len(columns)) if shown is None else shown
    found = table(title, *(columns[place] for place in places))
    found.columns[0].no_wrap = shown is not None  # a date there, else a name of any length
    for row in rows:
        found.add_row(*(Text(in_words(row[place])) for place in places))
    return found


def _print_items(answer: pb.GetForecastResponse, console: Console) -> None:
    """Print every item below its week, whose figures they sum to, each with what it assumes."""
    forecast = answer.forecast
    for week in forecast.weeks:
        start = from_date(week.start_date)
        title = (
            f"Week of {day(week.start_date)}: {money(week.receipts)} in,"
            f" {money(week.disbursements)} out, {money(week.closing_cash)} at its end"
        )
        shown = table(title, ("", "left"), ("", "left"), ("amount", "right"))
        shown.columns[0].no_wrap = True
        said = set()
        for item in forecast.items:
            date = from_date(item.date)
            if not 0 <= (date - start).days < 7:
                continue
            # What is assumed alike of many items of a week is said with the first of them.
            why = "" if item.assumption in said else f"\n{item.assumption}"
            said.add(item.assumption)
            what = Text.assemble(_named(item), (why, "dim"))
            shown.add_row(Text(f"{date:%a} {date.day} {date:%b}"), what, money(item.amount))
        console.print(shown)
        console.print()


def _named(item: Any) -> str:
    """Return what an item is and the document behind it, for whoever wants to open that."""
    about = f"{item.display_name} " if item.display_name else ""
    kind = f"{_layer(item)} {item.source_id}".rstrip()
    if item.document_id and item.document_id != item.source_id:
        kind += f" about {item.document_id}"
    return f"{about}({kind})"


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
