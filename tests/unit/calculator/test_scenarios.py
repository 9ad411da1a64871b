import pytest

from calculator_svc.engine.calculations import ScenarioFigures, compare_scenarios
from calculator_svc.engine.errors import NotInLedger
from calculator_svc.engine.inputs import Action, Books, Category
from calculator_svc.engine.scenarios import (
    CustomerPays,
    RecurringDelay,
    RevenueChange,
    Scenario,
)

from .builders import POLICY, bill, books, decision, invoice, planned, series

WEEKS = list(range(6, 91, 7))


def given() -> Books:
    return books(
        cash=20_000,
        bills=[bill(balance=5_000)],
        invoices=[invoice(balance=8_000)],
        history=[
            series([3, 33, 64, 94], -1_000, Category.RENT, "Landlord"),
            series(WEEKS, [300, 900] * 6 + [300], Category.OTHER, "Fees"),
        ],
    )


def compared(*scenarios: Scenario) -> list[ScenarioFigures]:
    return compare_scenarios(given(), POLICY, 7, 200, scenarios)[1]


def test_nothing_changed_is_no_difference_to_the_byte() -> None:
    baseline, (same,) = compare_scenarios(given(), POLICY, 7, 200, [Scenario("as it is")])
    assert same.forecast == baseline
    assert (same.impact.lowest_change, same.impact.closing_change) == (0, 0)


def test_paying_now_changes_timing_alone() -> None:
    now = decision(Action.PAY_NOW, "bill-1")
    (found,) = compared(Scenario("now", decisions=[now]))
    assert found.impact.closing_change == 0
    assert found.singles == [found.impact]


def test_what_comes_or_goes_besides_counts_whole() -> None:
    (found,) = compared(Scenario("hire", assumptions=[planned(amount=-4_000, in_days=10)]))
    assert found.impact.closing_change == -4_000


def test_a_customer_who_pays_beyond_the_horizon_is_missed() -> None:
    (found,) = compared(Scenario("late", assumptions=[CustomerPays("customer-1", 200)]))
    assert found.impact.closing_change == -8_000
    assert found.forecast.uncertainty.pay_dates == []


def test_revenue_changes_what_no_document_explains() -> None:
    (found,) = compared(Scenario("half", assumptions=[RevenueChange(-5_000)]))
    baseline = compare_scenarios(given(), POLICY, 7, 200, [])[0]
    fees = sum(week.receipts for week in baseline.weeks) - 8_000
    assert found.impact.closing_change == pytest.approx(-fees / 2, abs=100)


def test_a_delayed_rent_leaves_the_end_alone_and_the_days_between_richer() -> None:
    (found,) = compared(Scenario("later", assumptions=[RecurringDelay("Landlord", 10)]))
    assert found.impact.closing_change in (0, 1_000)  # the last one may move beyond the horizon
    assert found.impact.lowest_change >= 0


def test_the_batch_and_its_parts_are_all_there_in_their_order() -> None:
    parts = Scenario(
        "all",
        decisions=[decision(Action.PAY_NOW, "bill-1")],
        assumptions=[planned(amount=-4_000, in_days=10), CustomerPays("customer-1", 200)],
    )
    (found,) = compared(parts)
    assert [single.closing_change for single in found.singles] == [0, -4_000, -8_000]
    assert found.impact.closing_change == -12_000


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("bill", decisions=[decision(Action.PAY_NOW, "none")]),
        Scenario("invoice", decisions=[decision(Action.WRITE_OFF, "bill-1")]),
        Scenario("customer", assumptions=[CustomerPays("none", 5)]),
        Scenario("rent", assumptions=[RecurringDelay("none", 5)]),
    ],
)
def test_a_what_if_about_what_the_books_have_not_is_refused(scenario: Scenario) -> None:
    with pytest.raises(NotInLedger):
        compared(scenario)
