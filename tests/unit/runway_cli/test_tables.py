"""CSV as programs and spreadsheets read it."""

import csv
import datetime
import io

import pytest
from google.type.money_pb2 import Money

from runway_cli.tables import Cell, print_csv


def written(capsys: pytest.CaptureFixture[str], *cells: Cell) -> list[str]:
    print_csv([(str(number), "left") for number, _ in enumerate(cells)], [cells])
    _, row = csv.reader(io.StringIO(capsys.readouterr().out, newline=""))
    return row


def test_amounts_have_their_currencys_decimals_and_no_separators(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dollars = Money(currency_code="USD", units=-1234567, nanos=-500_000_000)
    yen, dinar = Money(currency_code="JPY", units=7), Money(currency_code="KWD", nanos=5_000_000)
    assert written(capsys, dollars, yen, dinar) == ["-1234567.50", "7", "0.005"]


def test_dates_are_iso_and_what_is_missing_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(capsys, datetime.date(2026, 5, 5), None, 0) == ["2026-05-05", "", "0"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_name_in_the_books_becomes_a_formula(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written(capsys, name) == [f"'{name}"]


def test_commas_quotes_and_line_ends_survive(capsys: pytest.CaptureFixture[str]) -> None:
    name = 'Smith, "Jo"\nand Sons'
    assert written(capsys, name, "plain") == [name, "plain"]


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values for 2 columns"):
        print_csv([("a", "left"), ("b", "left")], [["one"]])
