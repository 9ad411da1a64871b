"""What-ifs as they are typed, and as they are told."""

import io
from typing import Any

import pytest
from google.type import date_pb2
from rich.console import Console
from runway.calculator.v1 import assessment_pb2, forecast_calculation_service_pb2
from runway.experience.v1 import decision_console_service_pb2 as console_pb
from runway.experience.v1 import forecast_service_pb2 as pb
from runway.ledger.v1 import ledger_pb2

from runway_cli.errors import CommandError
from runway_cli.what_if import (
    EFFECT_COLUMNS,
    columns_and_rows,
    effect_rows,
    parts_of,
    print_what_if,
    scenario_of,
)
from service_kit.wire import from_money, to_money

calculator = forecast_calculation_service_pb2


def books(currency: str = "USD") -> console_pb.GetDecisionConsoleResponse:
    """Return a console with two bills of one vendor, one of another, and three invoices."""
    answer = console_pb.GetDecisionConsoleResponse(currency_code=currency)
    for key, number, vendor in (("b1", "17", "Acme"), ("b2", "18", "Acme"), ("b3", "", "A=B, Ltd")):
        bill = answer.bills.add().bill
        bill.bill_id, bill.document_number, bill.vendor_name = key, number, vendor
    for key, customer, name in (("i1", "c1", "Bolt"), ("i2", "c2", "Bolt"), ("i3", "c3", "Volt")):
        invoice = answer.invoices.add().invoice
        invoice.invoice_id, invoice.customer_id, invoice.customer_name = key, customer, name
    rent = {"layer": assessment_pb2.FORECAST_LAYER_RECURRING, "counterparty": "Landlord"}
    hire = {"layer": assessment_pb2.FORECAST_LAYER_PLANNED, "display_name": "Hire"}
    for item in (rent, {**hire, "source_id": "p-1"}):
        answer.forecast_items.add(**item)
    return answer


def part(option: str, text: str, currency: str = "USD") -> tuple[str, Any]:
    """Return what the one option comes to: its label and its content."""
    (found,) = parts_of([(option, text)], books(currency))
    return found.label, found.content


def refusal(option: str, text: str, currency: str = "USD") -> str:
    with pytest.raises(CommandError) as caught:
        part(option, text, currency)
    return str(caught.value)


@pytest.mark.parametrize(
    ("option", "text", "label"),
    [
        ("pay", "b1=now", "Pay bill 17 of Acme now"),
        ("pay", "18=2026-06-01", "Pay bill 18 of Acme on 1 Jun 2026"),
        ("pay", "A=B, Ltd=now", "Pay bill b3 of A=B, Ltd now"),
        ("part-pay", "b1=50@2026-06-01", "Pay 50.00 of bill 17 of Acme on 1 Jun 2026"),
        ("set-aside", "b1=50.5", "Set 50.50 aside for bill 17 of Acme"),
        ("collect", "i1=2026-06-01", "Collect invoice i1 of Bolt on 1 Jun 2026"),
        ("write-off", "Volt", "Write off invoice i3 of Volt"),
        ("customer-pays", "c1=1", "Bolt pays in 1 day"),
        ("customer-pays", "Volt=40", "Volt pays in 40 days"),
        ("revenue", "-10%", "Revenue -10%"),
        ("revenue", "2.5%", "Revenue +2.5%"),
        ("planned", "Hire=-5000@2026-06-01", "Hire: -5,000.00 on 1 Jun 2026"),
        (
            "planned",
            "Rent=new=-5/quarterly@2026-06-01",
            "Rent=new: -5.00 every quarter from 1 Jun 2026",
        ),
        ("delay", "Landlord=30", "Landlord 30 days later"),
        ("delay", "p-1=1", "p-1 1 day later"),
    ],
)
def test_each_option_is_told_as_what_it_means(option: str, text: str, label: str) -> None:
    assert part(option, text)[0] == label


def test_a_share_is_in_basis_points_and_an_amount_in_the_books_currency() -> None:
    assert part("revenue", "-12.25%")[1].revenue_change.basis_points == -1225
    planned = part("planned", "Loan=5000@2026-06-01", "JPY")[1].planned_item
    assert (from_money(planned.amount), planned.amount.currency_code) == (5000, "JPY")
    assert planned.recurrence == ledger_pb2.RECURRENCE_UNSPECIFIED


@pytest.mark.parametrize(
    ("option", "text", "sentence"),
    [
        ("pay", "Acme=now", "2 open bills go by 'Acme'; name one of b1, b2."),
        ("pay", "=now", "--pay '=now' cannot be read; write it as BILL=YYYY-MM-DD or BILL=now."),
        ("write-off", "", "There is no open invoice ''; name one of i1, i2, i3."),
        ("customer-pays", "Bolt=3", "2 customers are called Bolt; name one of c1, c2."),
        ("customer-pays", "c1=0", "--customer-pays: '0' is no number of days; give 1 to 3650."),
        ("set-aside", "b1=-5", "--set-aside: '-5' is negative; leave out the sign."),
        ("set-aside", "b1=0", "--set-aside: '0' is no amount of USD; write 5000.00."),
        ("set-aside", "b1=1e9", "--set-aside: '1e9' is no amount of USD; write 5000.00."),
        ("set-aside", "b1=nan", "--set-aside: 'nan' is no amount of USD; write 5000.00."),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(
    option: str, text: str, sentence: str
) -> None:
    assert refusal(option, text) == sentence


def test_an_amount_has_no_more_decimals_than_its_currency() -> None:
    assert refusal("set-aside", "b1=0.5", "JPY").endswith("no amount of JPY; write 5000.")


def test_decisions_come_before_assumptions_as_in_the_answer() -> None:
    options = [("revenue", "-1%"), ("pay", "b1=now"), ("delay", "Hire=2"), ("write-off", "i3")]
    parts = parts_of(options, books())
    scenario = scenario_of("?", parts)
    assert [one.label.split()[0] for one in parts] == ["Pay", "Write", "Revenue", "Hire"]
    assert (len(scenario.decisions), len(scenario.assumptions)) == (2, 2)


def usd(units: int) -> Any:
    return to_money(100 * units, "USD")


def forecast(zero: date_pb2.Date | None, lowest: int) -> Any:
    money = usd(lowest)
    return calculator.Forecast(
        runway=assessment_pb2.Runway(cash_zero_date=zero, low_water_mark=money, closing_cash=money),
        cash_zero_date=calculator.DateBand(p10=zero, p50=zero),
        low_water_mark=calculator.MoneyBand(p10=money, p50=money, p90=money),
        probability_cash_below_zero=0.25,
        paths=500,
    )


def answer(**risk: Any) -> pb.CompareScenariosResponse:
    """Return an answer about one part that takes the cash-zero date away, and large amounts."""
    large = 1_234_567_890
    impact = assessment_pb2.Impact(
        low_water_mark_change=usd(-large), closing_cash_change=usd(-large)
    )
    changes = {"p10": usd(-large), "p50": usd(-large), "p90": usd(-large)}
    change = calculator.RiskChange(low_water_mark_change=changes, **risk)
    outcome = calculator.ScenarioOutcome(
        display_name="What if",
        forecast=forecast(None, -large),
        impact=impact,
        risk_change=change,
        sum_of_impacts=impact,
        sum_of_risk_changes=change,
        single_impacts=[impact],
        single_risk_changes=[change],
    )
    return pb.CompareScenariosResponse(
        currency_code="USD",
        baseline=forecast(date_pb2.Date(year=2026, month=6, day=19), large),
        scenarios=[outcome],
    )


def test_no_amount_is_cut_in_80_columns_and_a_date_that_goes_is_told() -> None:
    printed = io.StringIO()
    console = Console(file=printed, width=80)
    print_what_if(answer(), ["Loan from a bank of a rather long name"], console)
    lines = printed.getvalue().splitlines()
    assert "\u2026" not in printed.getvalue()
    assert max(map(len, lines)) <= 80
    (expected,) = [line for line in lines if line.startswith("cash-zero date, expected")]
    assert expected.split()[3:] == ["19", "Jun", "2026", "none"]
    together, total = (
        next(line for line in lines if line.startswith(label))
        for label in ("All together", "Sum of the")
    )
    assert "no more" in together and "no more" not in total
    assert together.count("-1,234,567,890.00") == 2


def test_what_is_absent_is_empty_in_csv_and_every_row_has_every_column() -> None:
    rows = effect_rows(answer(cash_zero_p50_days=-3), ["Loan"])
    assert [len(row) for row in rows] == [len(EFFECT_COLUMNS)] * 3
    assert rows[2][:5] == ["Loan", None, None, -3, None]
    columns, figures = columns_and_rows(answer(), ["Loan"], "figures")
    assert {len(row) for row in figures} == {len(columns)}
