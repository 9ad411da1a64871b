"""The runway of past days, and how good the forecasts have been, in a terminal."""

from typing import Any

from rich.console import Console
from rich.text import Text
from runway.calculator.v1 import assessment_pb2 as calculator
from runway.experience.v1 import forecast_service_pb2 as pb
from runway.ledger.v1.ledger_history_pb2 import BacktestRecord, Coverage

from runway_cli.console import day, in_words, table
from runway_cli.tables import Columns, Row, date_in

HISTORY_COLUMNS: Columns = [
    ("day", "left"),
    ("cash", "right"),
    ("status", "left"),
    ("cash-zero date", "left"),
    ("days", "right"),
    ("lowest cash", "right"),
]
CASH_COLUMNS: Columns = [
    ("weeks ahead", "left"),
    ("forecasts", "right"),
    ("error", "right"),
    ("if unchanged", "right"),
    ("if burn went on", "right"),
    ("if all paid when due", "right"),
    ("within 50%", "right"),
    ("80%", "right"),
    ("95%", "right"),
    ("pinball loss", "right"),
]
PAY_DATE_COLUMNS: Columns = [
    ("pay dates", "right"),
    ("still open", "right"),
    ("days off", "right"),
    ("days off by due date", "right"),
    ("within 50%", "right"),
    ("80%", "right"),
    ("95%", "right"),
]
_MEASURES = [
    "forecasts",
    "mean absolute error",
    "  had cash stayed as it was",
    "  had the burn gone on",
    "  had all been paid when due",
    "cash within the 50% band",
    "cash within the 80% band",
    "cash within the 95% band",
    "pinball loss",
]


def print_history(answer: pb.GetRunwayHistoryResponse, console: Console | None = None) -> None:
    """Print the runway of each day, the latest last."""
    console = console or Console(highlight=False)
    title = f"Runway of {answer.display_name} as it was, {answer.currency_code}"
    console.print(_table(title, HISTORY_COLUMNS, history_rows(answer)))


def history_rows(answer: pb.GetRunwayHistoryResponse) -> list[Row]:
    """Return the days as rows of HISTORY_COLUMNS."""
    return [
        [
            date_in(point, "date"),
            point.cash,
            calculator.RunwayStatus.Name(point.status).removeprefix("RUNWAY_STATUS_").lower(),
            date_in(point, "cash_zero_date"),
            point.runway_days if point.HasField("runway_days") else None,
            point.low_water_mark,
        ]
        for point in answer.points
    ]


def print_backtest(record: BacktestRecord, console: Console | None = None) -> None:
    """Print how good the forecasts of cash, and of pay dates, would have been."""
    console = console or Console(highlight=False)
    if not record.cash:
        console.print("There is too little history for a backtest: it needs 98 days of books.")
        return
    console.print(
        f"{record.origin_count} weekly forecasts from {day(record.first_origin_date)} to"
        f" {day(record.last_origin_date)}, each from the books as they were.",
    )
    console.print()
    currency = record.cash[0].mean_absolute_error.currency_code
    weeks, *measured = zip(*cash_rows(record), strict=True)
    columns = [
        ("", "left"),
        *((f"{number} week{'s' * (number != '1')} ahead", "right") for number in weeks),
    ]
    rows: list[Row] = [[name, *row] for name, row in zip(_MEASURES, measured, strict=True)]
    console.print(_table(f"Cash, in {currency}", columns, rows))
    if record.HasField("pay_dates"):
        found = record.pay_dates
        console.print()
        console.print(
            f"Pay dates of open invoices: {found.mean_absolute_error_days:.1f} days off on average"
            f" ({found.due_date_error_days:.1f} if taken from the due date), within the 80% band"
            f" {found.coverage.share_within_80:.0%} of the time; {found.count:,} dates."
        )
    console.print(Text("Every forecast shows this record from now on.", style="dim"))


def cash_rows(record: BacktestRecord) -> list[Row]:
    """Return the weeks ahead as rows of CASH_COLUMNS."""
    return [
        [
            str(cash.weeks),
            str(cash.origin_count),
            cash.mean_absolute_error,
            cash.last_value_error,
            cash.burn_error,
            cash.due_date_error,
            *_shares(cash.coverage),
            cash.pinball_loss,
        ]
        for cash in record.cash
    ]


def pay_date_rows(record: BacktestRecord) -> list[Row]:
    """Return how well pay dates were foretold as a row of PAY_DATE_COLUMNS; none if none is known.

    The same days as in print_backtest, whose sentence it is.
    """
    if not record.HasField("pay_dates"):
        return []
    found = record.pay_dates
    return [
        [
            found.count,
            found.open_count,
            f"{found.mean_absolute_error_days:.1f}",
            f"{found.due_date_error_days:.1f}",
            *_shares(found.coverage),
        ]
    ]


def _shares(coverage: Coverage) -> list[str]:
    shares = (coverage.share_within_50, coverage.share_within_80, coverage.share_within_95)
    return [f"{share:.0%}" for share in shares]


def backtest_columns_and_rows(record: BacktestRecord, which: str) -> tuple[Columns, list[Row]]:
    """Return a table, cash or pay-dates: its columns and all its rows."""
    if which == "cash":
        return CASH_COLUMNS, cash_rows(record)
    return PAY_DATE_COLUMNS, pay_date_rows(record)


def _table(title: str, columns: Columns, rows: list[Row]) -> Any:
    found = table(title, *columns)
    for row in rows:
        found.add_row(*map(in_words, row))
    return found
