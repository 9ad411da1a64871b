from dataclasses import replace

import pytest

from calculator_svc.engine import scenarios
from calculator_svc.engine.calculations import (
    ScenarioFigures,
    calculate_forecast,
    compare_scenarios,
)
from calculator_svc.engine.errors import NotInLedger, TooMuchToCompare
from calculator_svc.engine.inputs import HORIZON_DAYS, Action, Books, Category, Repeat
from calculator_svc.engine.scenarios import CustomerPays, Delay, RevenueChange, Scenario

from .builders import POLICY, bill, books, decision, invoice, planned, series, settled

WEEKS = list(range(6, 91, 7))
PATHS = 200


def given() -> Books:
    return books(
        cash=20_000,
        bills=[bill(balance=5_000)],
        invoices=[invoice(balance=8_000)],
        planned=[planned(amount=-700, in_days=20, id="p-1", name="Quarter's tax")],
        history=[
            series([3, 33, 64, 94], -1_000, Category.RENT, "Landlord"),
            series(WEEKS, [300, 900] * 6 + [300], Category.OTHER, "Fees"),
            series([4, 18, 32, 46, 60], -400, Category.PAYROLL, ""),
        ],
        settlements=[settled([-4, 0, 3, 9, 20, 33])],
    )


def compared(*scenarios: Scenario, books: Books | None = None) -> list[ScenarioFigures]:
    return compare_scenarios(books or given(), POLICY, 7, PATHS, scenarios)[1]


def batch() -> Scenario:
    """Return a what-if of four parts."""
    return Scenario(
        "all",
        decisions=[decision(Action.PAY_NOW, "bill-1")],
        assumptions=[
            planned(amount=-14_000, in_days=10),
            CustomerPays("customer-1", 200),
            Delay("Landlord", 10),
        ],
    )


def test_nothing_changed_is_no_difference_to_the_byte() -> None:
    baseline, (same,) = compare_scenarios(given(), POLICY, 7, PATHS, [Scenario("as it is")])
    assert same.forecast == baseline
    assert (same.effect.impact.lowest_change, same.effect.impact.closing_change) == (0, 0)
    assert same.effect.risk.lowest == (0, 0, 0)
    assert same.effect.risk.below_zero == 0
    assert same.singles == []


def test_paying_now_changes_timing_alone() -> None:
    now = decision(Action.PAY_NOW, "bill-1")
    (found,) = compared(Scenario("now", decisions=[now]))
    assert found.effect.impact.closing_change == 0
    assert found.singles == [found.effect]


def test_what_comes_or_goes_besides_counts_whole() -> None:
    (found,) = compared(Scenario("hire", assumptions=[planned(amount=-4_000, in_days=10)]))
    assert found.effect.impact.closing_change == -4_000


def test_a_customer_who_pays_beyond_the_horizon_is_missed() -> None:
    (found,) = compared(Scenario("late", assumptions=[CustomerPays("customer-1", 200)]))
    assert found.effect.impact.closing_change == -8_000
    assert found.forecast.uncertainty.pay_dates == []


def test_revenue_changes_what_no_document_explains_and_nothing_else() -> None:
    refunds = series([2, 9, 16, 23, 30], -100, Category.CUSTOMER, "Refunds")
    with_refunds = replace(given(), history=[*given().history, refunds])
    (found,) = compared(Scenario("half", assumptions=[RevenueChange(-5_000)]), books=with_refunds)
    baseline = compare_scenarios(with_refunds, POLICY, 7, PATHS, [])[0]
    fees = sum(week.receipts for week in baseline.weeks) - 8_000
    assert found.effect.impact.closing_change == pytest.approx(-fees / 2, abs=100)
    paid = [week.disbursements for week in baseline.weeks]
    assert [week.disbursements for week in found.forecast.weeks] == paid


# Delays


def test_a_delayed_rent_leaves_the_end_alone_and_the_days_between_richer() -> None:
    (found,) = compared(Scenario("later", assumptions=[Delay("Landlord", 10)]))
    # The last one may move beyond the horizon.
    assert found.effect.impact.closing_change in (0, 1_000)
    assert found.effect.impact.lowest_change >= 0


def test_a_counterparty_with_a_comma_in_its_name_is_late_as_any_other() -> None:
    rent = series([3, 33, 64, 94], -1_000, Category.RENT, "Land, Sea, and Air")
    (found,) = compared(
        Scenario("later", assumptions=[Delay("Land, Sea, and Air", 91)]),
        books=books(history=[rent]),
    )
    assert found.effect.impact.closing_change == 3_000


@pytest.mark.parametrize("late", ["p-1", "Quarter's tax"])
def test_a_planned_item_is_late_by_its_id_or_its_name(late: str) -> None:
    (found,) = compared(Scenario("later", assumptions=[Delay(late, 80)]))
    assert found.effect.impact.closing_change == 700
    (found,) = compared(Scenario("later", assumptions=[Delay(late, 10)]))
    assert found.effect.impact.closing_change == 0


def test_every_occurrence_of_a_planned_item_moves() -> None:
    monthly = planned(amount=-700, in_days=1, repeat=Repeat.MONTHLY)
    (found,) = compared(
        Scenario("later", assumptions=[Delay("Hire", 40)]), books=books(planned=[monthly])
    )
    # It would come on 6 May, 6 June and 6 July of the 91 days from 5 May, and on 6 August no more.
    assert sum(week.disbursements for week in found.forecast.weeks) == 2 * 700


def test_what_recurs_with_nobody_named_is_late_by_its_kind() -> None:
    (found,) = compared(Scenario("later", assumptions=[Delay("Payroll", 91)]))
    assert found.effect.impact.closing_change > 0
    assert found.forecast.uncertainty.payroll_missed is None


def test_the_open_bills_of_who_is_late_move_along_unless_they_are_decided() -> None:
    (found,) = compared(Scenario("later", assumptions=[Delay("Acme", 5)]))
    assert found.effect.impact.closing_change == 0
    assert found.effect.impact.lowest_change > 0
    (found,) = compared(Scenario("later", assumptions=[Delay("Acme", 90)]))
    assert found.effect.impact.closing_change == 5_000
    now = decision(Action.PAY_NOW, "bill-1")
    (found,) = compared(Scenario("now", decisions=[now], assumptions=[Delay("Acme", 90)]))
    assert found.effect.impact.closing_change == 0


# A batch and its parts


def test_the_batch_and_its_parts_are_all_there_in_their_order_with_their_sum() -> None:
    (found,) = compared(batch())
    parts = [single.impact.closing_change for single in found.singles]
    assert parts[:3] == [0, -14_000, -8_000]
    assert found.effect.impact.closing_change == found.sum_of_singles.impact.closing_change
    total = found.sum_of_singles
    assert total.impact.closing_change == sum(parts)
    assert total.impact.lowest_change == sum(one.impact.lowest_change for one in found.singles)
    lowest = zip(*(one.risk.lowest for one in found.singles), strict=True)
    assert list(total.risk.lowest) == [sum(column) for column in lowest]
    assert total.risk.below_zero == sum(one.risk.below_zero for one in found.singles)


def test_the_sum_of_the_parts_is_not_the_effect_of_the_batch() -> None:
    hire, late = planned(amount=-14_000, in_days=10), CustomerPays("customer-1", 200)
    (found,) = compared(Scenario("both", assumptions=[hire, late]))
    # Neither empties the till alone, and both together do in every course.
    assert found.effect.risk.below_zero > found.sum_of_singles.risk.below_zero
    assert found.effect.impact.lowest_change < 0


def test_a_part_alone_is_what_a_what_if_of_it_alone_comes_to() -> None:
    (together,) = compared(batch())
    alone = compared(*batch().singles())
    assert [single.effect for single in alone] == together.singles
    baseline = calculate_forecast(given(), POLICY, 7, PATHS).uncertainty
    for single in alone:
        drawn = single.forecast.uncertainty
        changes = tuple(a - b for a, b in zip(drawn.lowest, baseline.lowest, strict=True))
        assert single.effect.risk.lowest == changes
        assert single.effect.risk.zero == drawn.zero
        assert single.effect.risk.below_zero == drawn.below_zero - baseline.below_zero


def test_a_sum_has_the_days_only_where_every_part_has_them() -> None:
    poor = replace(given(), cash=1_000, bills=[bill(balance=9_000, due=2)], invoices=[])
    earlier = Scenario("hire", assumptions=[planned(2, -5_000), planned(4, -5_000, id="p-2")])
    rescued = Scenario("loan", assumptions=[planned(1, 99_000), planned(4, -5_000)])
    all_have, one_has_not = compared(earlier, rescued, books=poor)
    assert all_have.sum_of_singles.risk.zero_days == tuple(
        sum(one.risk.zero_days[at] or 0 for one in all_have.singles) for at in range(3)
    )
    assert one_has_not.singles[0].risk.zero == (None, None, None)
    assert one_has_not.sum_of_singles.risk.zero_days == (None, None, None)
    assert one_has_not.sum_of_singles.impact.cash_zero_days is None


def test_an_outcome_depends_neither_on_its_neighbours_nor_on_their_order() -> None:
    others = [
        Scenario("hire", assumptions=[planned(amount=-4_000, in_days=10)]),
        Scenario("half", assumptions=[RevenueChange(-5_000)]),
    ]
    (alone,) = compared(batch())
    assert compared(batch(), *others)[0] == alone
    assert compared(*others, batch())[2] == alone
    assert compared(batch(), batch()) == [alone, alone]


# What is refused


@pytest.mark.parametrize(
    ("scenario", "field"),
    [
        (
            Scenario("bill", decisions=[decision(Action.PAY_NOW, "none")], path="scenarios[0]"),
            "scenarios[0].decisions[0].pay_now.bill_id",
        ),
        (
            Scenario(
                "invoice",
                decisions=[decision(Action.PAY_NOW), decision(Action.WRITE_OFF, "bill-1")],
                path="scenarios[2]",
            ),
            "scenarios[2].decisions[1].write_off.invoice_id",
        ),
        (
            Scenario("customer", assumptions=[CustomerPays("none", 5)], path="scenarios[0]"),
            "scenarios[0].assumptions[0].customer_pays.customer_id",
        ),
        (
            Scenario("rent", assumptions=[RevenueChange(1), Delay("none", 5)], path="scenarios[0]"),
            "scenarios[0].assumptions[1].delay.late",
        ),
        (
            # Planned in the what-if itself, and not in the books.
            Scenario("hire", assumptions=[planned(1, -1), Delay("Hire", 5)], path="scenarios[0]"),
            "scenarios[0].assumptions[1].delay.late",
        ),
    ],
)
def test_a_what_if_about_what_the_books_have_not_is_refused_by_its_field(
    scenario: Scenario, field: str
) -> None:
    with pytest.raises(NotInLedger) as refused:
        compared(scenario)
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


def test_more_courses_than_are_drawn_at_once_are_refused_before_any_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells_of_a_course = PATHS * (HORIZON_DAYS + 1)
    # The baseline, a what-if of four parts with each of them, and one of a single part.
    single = Scenario("hire", assumptions=[planned(amount=-4_000, in_days=10)])
    monkeypatch.setattr(scenarios, "MOST_CELLS", 7 * cells_of_a_course)
    assert len(compared(batch(), single)) == 2
    monkeypatch.setattr(scenarios, "MOST_CELLS", 7 * cells_of_a_course - 1)
    with pytest.raises(TooMuchToCompare) as refused:
        compared(batch(), single)
    assert refused.value.metadata == {"courses": "7", "most": "6"}


def test_as_many_what_ifs_as_a_request_can_name_are_compared_with_fifty_open_invoices() -> None:
    many = replace(given(), invoices=[invoice(f"i-{n}") for n in range(50)])
    parts = [planned(n, -100) for n in range(1, 7)]
    scenarios.check_size(many, [Scenario("?", assumptions=parts[:n]) for n in [6] * 19], 500)
