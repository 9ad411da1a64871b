"""How a portfolio stands in a terminal and in a file."""

import io

from google.type import date_pb2, money_pb2
from rich.console import Console
from runway.calculator.v1 import assessment_pb2
from runway.experience.v1 import portfolio_service_pb2 as pb

from runway_cli.portfolio import COLUMNS, print_portfolio, rows


def usd(units: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="USD", units=units)


def item(business_id: str, open_hand_overs: int = 0) -> pb.PortfolioItem:
    runway = assessment_pb2.Runway(
        status=assessment_pb2.RUNWAY_STATUS_CRITICAL,
        cash_zero_date=date_pb2.Date(year=2026, month=5, day=25),
        runway_days=20,
        horizon_days=91,
        cash=usd(12_345),
        low_water_mark=usd(-6_789),
        low_water_date=date_pb2.Date(year=2026, month=6, day=1),
    )
    figures = pb.PortfolioFigures(
        display_name=f"Books of {business_id}",
        as_of=date_pb2.Date(year=2026, month=5, day=5),
        currency_code="USD",
        runway=runway,
        accounts_receivable=usd(1),
        overdue_invoices=usd(1),
        accounts_payable=usd(1),
        overdue_bills=usd(1),
        open_hand_over_count=open_hand_overs,
    )
    return pb.PortfolioItem(business_id=business_id, figures=figures)


def portfolio() -> pb.GetPortfolioResponse:
    failure = pb.PortfolioFailure(
        status="NOT_FOUND", reason="BUSINESS_NOT_FOUND", message="There is no business gone."
    )
    return pb.GetPortfolioResponse(
        businesses=[
            pb.PortfolioItem(business_id="gone", failure=failure),
            item("acme", open_hand_overs=3),
            item("bolt"),
        ],
        status_counts=[pb.StatusCount(status=assessment_pb2.RUNWAY_STATUS_CRITICAL, count=2)],
        failed_count=1,
    )


def printed(width: int = 120, terminal: bool = False) -> str:
    file = io.StringIO()
    print_portfolio(
        portfolio(),
        Console(
            file=file,
            width=width,
            highlight=False,
            force_terminal=terminal,
            # Whatever the environment says of colours.
            color_system="standard" if terminal else None,
        ),
    )
    return file.getvalue()


def line_of(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)


def test_what_waits_is_counted_where_something_does() -> None:
    text = printed()
    assert "handed over" in text
    assert " 3 " in line_of(text, "Books of acme")
    assert {"3", "0"}.isdisjoint(line_of(text, "Books of bolt").split())


def test_what_cannot_be_shown_says_why() -> None:
    text = printed()
    assert "FAILED" in line_of(text, "gone")
    assert "! gone: There is no business gone." in text


def test_there_is_colour_in_a_terminal_and_nowhere_else() -> None:
    assert "\x1b[" not in printed()
    assert "\x1b[" in printed(terminal=True)


def test_in_eighty_columns_every_status_and_amount_stands_whole() -> None:
    text = printed(width=80)
    assert text.count(" CRITICAL ") == 3
    assert " FAILED " in text
    assert "12,345.00" in text
    assert "-6,789.00" in text


def test_a_file_has_a_value_for_every_column_and_names_the_failure() -> None:
    gone, acme, bolt = rows(portfolio())
    assert len(gone) == len(acme) == len(COLUMNS)
    column = [name for name, _ in COLUMNS].index("open hand-overs")
    assert (gone[column], acme[column], bolt[column]) == (None, 3, 0)
    assert gone[-1] == "BUSINESS_NOT_FOUND: There is no business gone."
