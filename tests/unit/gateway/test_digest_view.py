"""What a digest shows of its figures."""

import datetime
from typing import Any

from google.type import date_pb2, money_pb2
from runway.calculator.v1 import assessment_pb2, insight_calculation_service_pb2
from runway.calculator.v1 import forecast_calculation_service_pb2 as forecast_pb2
from runway.calculator.v1 import pay_plan_calculation_service_pb2 as pay_plan_pb2
from runway.experience.v1 import digest_service_pb2 as pb
from runway.ledger.v1 import ledger_pb2

from experience_gw.digest.chart import chart_png
from experience_gw.digest.view import DigestView
from experience_gw.servicers.digest_view import DUE_SHOWN, view_of
from service_kit.wire import to_date

TODAY = datetime.date(2026, 5, 5)


def in_days(days: int) -> date_pb2.Date:
    return to_date(TODAY + datetime.timedelta(days=days))


def usd(units: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="USD", units=units)


def runway(days: int | None = 40, cash: int = 1_000, **fields: Any) -> assessment_pb2.Runway:
    zero = {} if days is None else {"cash_zero_date": in_days(days), "runway_days": days}
    return assessment_pb2.Runway(
        horizon_days=91,
        cash=usd(cash),
        status=assessment_pb2.RUNWAY_STATUS_WARNING,
        **zero,
        **fields,
    )


def due(name: str, days: int, amount: int = 10, **fields: Any) -> Any:
    return insight_calculation_service_pb2.DueItem(
        display_name=name, date=in_days(days), amount=usd(amount), **fields
    )


def digest(
    now: assessment_pb2.Runway | None = None,
    before: assessment_pb2.Runway | None = None,
    invoices: Any = (),
    **parts: Any,
) -> pb.Digest:
    band = forecast_pb2.MoneyBand(p10=usd(1), p50=usd(2), p90=usd(3))
    forecast = forecast_pb2.Forecast(
        runway=now or runway(),
        low_water_date=in_days(30),
        cash=[forecast_pb2.CashBand(date=in_days(n), cash=band) for n in range(1, 92)],
        probability_cash_below_zero=parts.pop("chance", 0.25),
    )
    insights = insight_calculation_service_pb2.Insights(
        forecast=forecast, before=in_days(-28), runway_before=before or runway(30), **parts
    )
    return pb.Digest(
        display_name="Acme",
        as_of=to_date(TODAY),
        currency_code="USD",
        insights=insights,
        chased_invoices=invoices,
    )


def shown(*given: Any, **parts: Any) -> DigestView:
    return view_of(digest(*given, **parts))


def test_the_headline_says_until_when_in_weeks_or_close_by_in_days() -> None:
    assert shown(runway(40)).headline == "Cash lasts until 14 Jun 2026 (5 weeks)"
    assert shown(runway(3)).headline == "Cash lasts until 8 May 2026 (3 days)"
    assert shown(runway(None)).headline == "Cash lasts beyond the next 13 weeks"


def test_the_change_says_which_way_the_day_moved() -> None:
    earlier = shown(runway(40, cash=900), runway(45))
    assert earlier.change == (
        "Cash is 900.00 USD, 100.00 USD less than on 7 Apr 2026; it runs out 5 days earlier than "
        "seemed then."
    )
    same = shown(runway(40), runway(40))
    assert same.change == "Cash is 1,000.00 USD; the day on which it runs out has not moved."


def test_how_sure_it_is_is_told_in_courses() -> None:
    assert shown(chance=0.25).sure == "In 25 of 100 courses it runs out within 13 weeks."
    assert shown(chance=0.0).sure.startswith("In none of 100 courses")


def test_a_payroll_that_does_not_clear_is_the_first_thing_to_do() -> None:
    payroll = assessment_pb2.PayrollCheck(payroll_date=in_days(10), cash_after=usd(-70))
    view = shown(runway(next_payroll=payroll), due_items=[due("Printer", 1, bill_id="b")])
    assert view.to_do == [
        "Find 70.00 USD for the payroll of Fri 15 May.",
        "Pay the bill of Printer: 10.00 USD.",
    ]


def test_bills_for_today_are_one_thing_to_do_and_a_customer_is_called_once() -> None:
    invoices = [
        ledger_pb2.Invoice(
            invoice_id=key, customer_id=customer, customer_name=name, balance=usd(50)
        )
        for key, customer, name in (("1", "f", "Fox"), ("2", "u", "Umber"), ("3", "f", "Fox"))
    ]
    chases = [pay_plan_pb2.Chase(invoice_id=one.invoice_id) for one in invoices]
    items = [due("A", 0, bill_id="a"), due("B", 1, bill_id="b"), due("Payroll", 1)]
    view = shown(invoices=invoices, chases=chases, due_items=items)
    assert view.to_do == [
        "Pay 2 bills: 20.00 USD.",
        "Call Fox about 2 overdue invoices: 100.00 USD.",
        "Call Umber about 1 overdue invoice: 50.00 USD.",
    ]


def test_of_much_that_is_due_what_is_critical_is_never_left_out() -> None:
    items = [due(f"v{n}", n) for n in range(1, 13)] + [due("Payroll", 14, 500, is_critical=True)]
    lines = shown(due_items=items).due
    assert len(lines) == DUE_SHOWN
    assert [one.name for one in lines if one.is_pressing] == ["Payroll"]
    assert (lines[-1].name, lines[-1].amount) == ("6 more", "60.00 USD")
    assert [one.name for one in lines[:-1]] == [*(f"v{n}" for n in range(1, 7)), "Payroll"]


def test_the_same_figures_give_the_same_picture_to_the_byte_and_others_another() -> None:
    chart = shown().chart
    assert chart_png(chart) == chart_png(chart)
    other = view_of(digest())
    assert chart_png(other.chart) == chart_png(chart)
    moved = digest()
    moved.insights.forecast.cash[40].cash.p50.units = 3
    assert chart_png(view_of(moved).chart) != chart_png(chart)
