"""Which day each bill gets, and the reason that is told."""

from dataclasses import replace

import pytest

from calculator_svc.engine.errors import AmountsTooLarge
from calculator_svc.engine.inputs import Category, LateFee, Tier
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.cost import Cost

from ..builders import TODAY, day
from .builders import cash, days, discounted, inputs, key_vendor, owed, payroll, plan, planned


def test_with_cash_enough_a_bill_is_paid_on_its_latest_safe_date() -> None:
    found = planned([owed(due=15)])
    assert (found.day, found.amount) == (day("2026-05-18"), 10_000)
    assert found.reason == "latest safe date: due 2026-05-20, less 2 business days to arrive"
    assert found.cost == Cost()


def test_a_discount_that_earns_more_than_the_money_is_taken_on_its_last_day() -> None:
    found = planned([discounted()])
    assert (found.day, found.amount) == (day("2026-05-13"), 98_000)
    assert found.reason == "discount of 2% until 2026-05-15: 37.2% a year"


def test_a_discount_that_earns_less_than_the_money_is_left() -> None:
    found = planned([discounted()], value_of_time=4_000)
    assert found.day == day("2026-06-02")
    assert found.discount is not None
    assert found.cost.lost_discount == 2_000


def test_a_discount_that_the_floor_forbids_is_lost_and_the_reason_says_so() -> None:
    found = planned([discounted()], cash((0, 97_000), (20, 200_000)))
    assert (found.day, found.amount) == (day("2026-06-02"), 100_000)
    assert found.reason == (
        "latest safe date: due 2026-06-04, less 2 business days to arrive; without the discount "
        "of 2% until 2026-05-15: 37.2% a year, for paid on 2026-05-13, cash would be 10.00 USD "
        "below the floor on 2026-05-13"
    )


def test_a_bill_waits_until_cash_is_there_and_the_reason_says_what_is_missing() -> None:
    found = planned([owed(due=9)], cash((0, 8_000), (14, 50_000)), cash_floor=1_000)
    assert found.day == TODAY + 14
    assert found.reason == (
        "waits until 2026-05-19: paid on 2026-05-12, cash would be 30.00 USD below the floor on "
        "2026-05-12"
    )
    assert found.cost == Cost(late_fee=35, strain=21)


def test_a_bill_for_which_cash_never_suffices_waits_until_after_the_plan() -> None:
    found = planned([owed(due=9)], cash((0, 8_000)))
    assert (found.day, found.amount) == (None, 0)
    assert found.reason.startswith("waits until after the plan: paid on 2026-05-12, cash would be")


def test_cash_that_falls_later_is_kept_for_then() -> None:
    found = planned([owed(due=9)], cash((0, 50_000), (20, 9_999)))
    assert found.day is None
    assert "below the floor on 2026-05-25" in found.reason


def test_a_bill_that_is_due_after_the_plan_is_no_part_of_it() -> None:
    found = planned([owed(due=60)])
    assert (found.day, found.cost) == (None, Cost())
    assert found.reason == "not within the plan: its latest safe date is 2026-07-01"


def test_an_overdue_bill_is_paid_at_once() -> None:
    found = planned([owed(due=-5)])
    assert (found.day, found.cost) == (TODAY, Cost())
    assert found.reason == "its latest safe date, 2026-04-28, has passed: pay at once"


def test_a_plan_made_on_a_weekend_begins_on_the_monday() -> None:
    saturday = replace(inputs([owed(due=-5)]), as_of=day("2026-05-09"))
    assert calculate_pay_plan(saturday).bills[0].day == day("2026-05-11")


@pytest.mark.parametrize(
    "hard",
    [
        {"category": Category.PAYROLL, "tier": Tier.DEFERRABLE},
        {"category": Category.TAX},
        {"category": Category.RENT},
        {"tier": Tier.CRITICAL},
        {"by_law": True},
    ],
)
def test_payroll_tax_rent_t1_and_law_are_in_time_and_all_others_wait_for_them(hard) -> None:
    bills = [key_vendor("key", 5, 10_000), owed("hard", 25, 10_000, **hard)]
    assert days(plan(bills, cash((0, 10_000)))) == {"key": None, "hard": 22}


def test_rent_that_the_business_calls_deferrable_can_wait() -> None:
    rent = owed("rent", 5, category=Category.RENT, tier=Tier.DEFERRABLE)
    assert days(plan([rent, payroll(due=25)], cash((0, 10_000))))["rent"] is None


def test_the_key_vendor_is_paid_before_the_one_that_can_wait() -> None:
    bills = [owed("third", 5, tier=Tier.DEFERRABLE), key_vendor("key", 5, 10_000)]
    assert days(plan(bills, cash((0, 10_000), (13, 20_000)))) == {"third": 13, "key": 0 + 1}


def test_the_bill_with_the_higher_late_fee_is_paid_first() -> None:
    bills = [owed("cheap", 5), owed("dear", 5, fee=LateFee(2_500, 300))]
    assert days(plan(bills, cash((0, 10_000), (13, 20_000)))) == {"cheap": 13, "dear": 1}


def test_two_small_bills_go_before_a_large_one_when_that_costs_less() -> None:
    bills = [owed("large", 5, 10_000), key_vendor("a", 5, 6_000), key_vendor("b", 5, 4_000)]
    assert days(plan(bills, cash((0, 10_000), (13, 20_000)))) == {"large": 13, "a": 1, "b": 1}


def test_the_floor_holds_on_every_day() -> None:
    bills = [owed(f"bill-{n}", 3 + n, 7_000) for n in range(10)]
    found = plan(bills, cash((0, 30_000), (9, 45_000), (16, 60_000)), cash_floor=5_000)
    assert min(found.cash) >= 5_000
    assert not found.shortages


def test_cash_with_the_plan_is_cash_less_what_is_paid_by_then() -> None:
    found = plan([owed("a", 6, 3_000), owed("b", 9, 4_000)], cash((0, 10_000), (20, 12_000)))
    assert [found.cash[at] for at in (1, 2, 6, 7, 19, 20)] == [
        10_000,
        7_000,
        7_000,
        3_000,
        3_000,
        5_000,
    ]


def test_amounts_that_a_float_cannot_hold_are_refused() -> None:
    with pytest.raises(AmountsTooLarge):
        plan([owed(balance=2**53)])


def test_a_plan_of_nothing_costs_nothing() -> None:
    found = plan([])
    assert (found.cost, found.gap, found.optimal, found.bills) == (0, 0, True, [])
