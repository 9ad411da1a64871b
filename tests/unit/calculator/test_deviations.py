"""How far cash may lie from its expected course: weeks, bills, and what recurs."""

import numpy as np
import pytest

from calculator_svc.engine.calculations import calculate_forecast, compare_scenarios
from calculator_svc.engine.deviations import (
    bill_deviations,
    recurring_deviations,
    residual_deviations,
    variance_ratios,
)
from calculator_svc.engine.forecast import forecast
from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import Action, Books, Category, Role, Settlements
from calculator_svc.engine.scenarios import Delay, RevenueChange, Scenario, course, course_under

from .builders import POLICY, TODAY, bill, books, decision, series

PATHS = 2000
YEAR = list(range(6, 357, 7))


def vendor(late: list[int], party_id: str = "vendor-1") -> Settlements:
    return Settlements(Role.VENDOR, party_id, [30 + days for days in late], late)


def bills_of(given: Books, seed: int = 1) -> np.ndarray:
    return bill_deviations(given, forecast(given, read(given.history)), PATHS, seed)


def receipts_of(given: Books, paths: int = PATHS) -> np.ndarray:
    history = read(given.history)
    return residual_deviations(given, history, forecast(given, history), paths, 1)[0]


def weekly(amounts: list[int], category: Category = Category.OTHER) -> Books:
    return books(history=[series(YEAR[: len(amounts)], amounts, category, "Fees")])


def test_sums_of_independent_weeks_are_as_wide_as_they_should_be() -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    ratios = [variance_ratios(generator.normal(5, 2, 57), 13) for _ in range(400)]
    assert np.mean(ratios, axis=0) == pytest.approx(np.ones(13), abs=0.1)


def test_a_full_week_among_three_empty_ones_makes_long_sums_narrow() -> None:
    ratios = variance_ratios(np.tile([4.0, 0, 0, 0], 13), 13)
    assert ratios[0] == 1
    assert ratios[3] < 0.35 and ratios[12] < 0.2


def test_a_level_that_moves_makes_long_sums_wide() -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    moving = np.cumsum(generator.normal(0, 1, 57)) + generator.normal(0, 1, 57)
    assert variance_ratios(moving, 13)[12] > 3


@pytest.mark.parametrize("past", [[3.0] * 20, [0.0] * 4, [1.0, 2.0, 3.0, 4.0]])
def test_weeks_that_say_nothing_of_long_sums_leave_them_independent(past: list[float]) -> None:
    found = variance_ratios(np.array(past), 13)
    assert np.all(found > 0)
    if len(set(past)) == 1:
        assert found.tolist() == [1.0] * 13


def test_the_same_weeks_in_another_order_make_another_band() -> None:
    by_turns = [40_000, 100, 100, 100] * 12
    shuffled = np.random.Generator(np.random.PCG64(2)).permutation(by_turns).tolist()
    widths = [receipts_of(weekly(one)).sum(axis=1).std() for one in (by_turns, shuffled)]
    assert widths[0] < 0.6 * widths[1]


def test_a_bill_is_paid_on_a_day_on_which_its_vendor_was_paid() -> None:
    given = books(bills=[bill(due=20, balance=500)], settlements=[vendor([-10, 0, 0, 7])])
    moved = bills_of(given)
    habit = forecast(given, read([])).outlooks.bills[0].habit - TODAY
    paid = {int(day) + 1 for day in np.nonzero(moved.min(axis=0) < 0)[0]}
    # Weekends put off what falls on them.
    assert all(any(0 <= day - 20 - late <= 3 for late in (-10, 0, 7)) for day in paid)
    assert len(paid | {habit}) == 3
    assert moved.sum(axis=1).tolist() == [0] * PATHS


def test_a_bill_that_is_late_is_paid_later_than_it_is() -> None:
    given = books(bills=[bill(due=-6, balance=500)], settlements=[vendor([0, 1, 2, 8, 9, 20])])
    paid = np.nonzero(bills_of(given).min(axis=0) < 0)[0] + 1
    assert paid.min() >= 2 and paid.max() <= 14 + 3


@pytest.mark.parametrize("late", [[], [3], [3, 4]])
def test_vendors_of_whom_little_is_known_are_paid_when_expected(late: list[int]) -> None:
    assert not bills_of(books(bills=[bill()], settlements=[vendor(late)])).any()


def test_a_bill_that_is_decided_about_is_not_drawn() -> None:
    given = books(
        bills=[bill()],
        settlements=[vendor([0, 5, 9, 20])],
        queued=[decision(Action.PAY_NOW, "bill-1")],
    )
    assert not bills_of(given).any()


def test_another_bill_does_not_change_the_draws_of_one() -> None:
    late = vendor([0, 5, 9, 20])
    one, other = bill("bill-1", balance=500), bill("bill-2", balance=70)
    alone = [bills_of(books(bills=[each], settlements=[late])) for each in (one, other)]
    both = bills_of(books(bills=[one, other], settlements=[late]))
    assert (both == alone[0] + alone[1]).all()


def rent(*amounts: int) -> Books:
    ago = [3 + 30 * place for place in range(len(amounts))]
    return books(history=[series(ago, [-each for each in amounts], Category.RENT, "Landlord")])


def test_what_recurs_comes_with_an_amount_of_one_of_its_last_times() -> None:
    given = rent(900, 1_000, 1_000, 1_100)
    ahead = forecast(given, read(given.history))
    moved = recurring_deviations(read(given.history), ahead, PATHS, 1)
    assert {int(each) for each in np.unique(moved)} == {-100, 0, 100}
    assert moved.sum(axis=1).mean() == pytest.approx(0, abs=10)
    steady = rent(1_000, 1_000, 1_000, 1_000)
    ahead = forecast(steady, read(steady.history))
    assert not recurring_deviations(read(steady.history), ahead, PATHS, 1).any()


def test_a_delay_of_what_recurs_keeps_its_amounts() -> None:
    given = rent(900, 1_000, 1_000, 1_100)
    history = read(given.history)
    scenario = Scenario("later", assumptions=[Delay("Landlord", 5)])
    later = course_under(scenario, course(given, history), history)
    before, after = (
        recurring_deviations(history, ahead, PATHS, 1)
        for ahead in (forecast(given, history), later.forecast)
    )
    assert (after[:, 5:60] == before[:, :55]).all()


def test_money_in_transit_widens_the_first_weeks() -> None:
    flows = [series(YEAR[:26], [900, 100] * 13, Category.CUSTOMER, "Bolt")]

    def told(amounts: list[int]) -> Books:
        paid = Settlements(Role.CUSTOMER, "c", [60] * 26, [30] * 26, YEAR[:26], amounts)
        return books(history=flows, settlements=[paid])

    as_the_bank, otherwise = told([900, 100] * 13), told([100, 900] * 13)
    assert not receipts_of(as_the_bank)[:, :7].any()
    assert receipts_of(otherwise)[:, :7].std() > 0


def test_less_revenue_is_as_much_less_unsure() -> None:
    given = weekly([300, 900, 500] * 12)
    half = Scenario("half", assumptions=[RevenueChange(-5_000)])
    history = read(given.history)
    expected = course(given, history)
    whole, halved = (
        residual_deviations(given, history, one.forecast, PATHS, 1)[0]
        for one in (expected, course_under(half, expected, history))
    )
    assert halved.sum(axis=1) == pytest.approx(whole.sum(axis=1) / 2, abs=13)
    baseline, (found,) = compare_scenarios(given, POLICY, 1, 300, [half])
    widths = [
        one.uncertainty.cash[2][-1] - one.uncertainty.cash[0][-1]
        for one in (baseline, found.forecast)
    ]
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.02)


def test_the_middle_course_is_near_the_expected_one() -> None:
    given = weekly([300, 900, 500] * 12)
    found = calculate_forecast(given, POLICY, 1, 500)
    low, middle, high = (column[-1] for column in found.uncertainty.cash)
    assert abs(middle - found.weeks[-1].closing) < 0.15 * (high - low)


def test_young_books_whose_first_invoices_are_not_paid_yet_are_no_wider() -> None:
    # Invoices are paid after 60 days: in their first nine weeks the books show next to nothing.
    def receipts(amounts: list[int]) -> np.ndarray:
        weeks = YEAR[: len(amounts)]
        paid = Settlements(Role.CUSTOMER, "c", [60] * len(weeks), [30] * len(weeks), weeks, amounts)
        flows = [series(weeks, amounts, Category.CUSTOMER, "Bolt")]
        return receipts_of(books(history=flows, settlements=[paid]))

    steady, young = receipts([900, 100] * 15), receipts([900, 100] * 15 + [1] * 8)
    assert young.sum(axis=1).std() < 1.1 * steady.sum(axis=1).std()
