"""What is said when hard bills and the floor cannot all be met."""

from calculator_svc.engine.inputs import Category, Tier
from calculator_svc.engine.pay_plan.verify import Constraint

from ..builders import TODAY, day
from .builders import cash, days, discounted, key_vendor, owed, payroll, plan


def test_hard_bills_are_paid_in_time_whatever_the_cash_is() -> None:
    bills = [payroll(), owed("tax", 12, 30_000, category=Category.TAX)]
    assert days(plan(bills, cash((0, 5_000)))) == {"payroll": 8, "tax": 8}


def test_a_shortage_says_how_much_from_when_to_when() -> None:
    found = plan([payroll()], cash((0, 10_500), (16, 20_000)), cash_floor=1_000)
    (shortage,) = found.shortages
    assert (shortage.first, shortage.last) == (TODAY + 8, TODAY + 15)
    assert (shortage.worst, shortage.depth, shortage.without_bills) == (TODAY + 8, 500, 0)
    assert shortage.description == (
        "Cash is below the floor of 10.00 USD from 2026-05-13 to 2026-05-20, by 5.00 USD on "
        "2026-05-13, all of it by these bills."
    )
    assert shortage.unmet == []


def test_a_shortage_names_the_hard_bills_that_cash_does_not_cover_and_what_is_missing() -> None:
    bills = [
        owed("vendor", 10, 4_000, tier=Tier.CRITICAL),
        owed("tax", 10, 3_000, category=Category.TAX, name="Treasury"),
        payroll(balance=5_000),
    ]
    (shortage,) = plan(bills, cash((0, 6_000), (9, 20_000))).shortages
    assert [(one.constraint, one.bill, one.missing) for one in shortage.unmet] == [
        (Constraint.TAX, 1, 2_000),
        (Constraint.CRITICAL_VENDOR, 0, 4_000),
    ]
    assert shortage.unmet[0].description == (
        "Treasury (tax) cannot be met on 2026-05-13: 20.00 USD of 30.00 USD are missing."
    )
    assert sum(one.missing for one in shortage.unmet) == shortage.depth


def test_what_is_missing_stays_missing_until_cash_comes_in() -> None:
    bills = [payroll("first", 7, 6_000), payroll("second", 14, 6_000)]
    (shortage,) = plan(bills, cash((0, 5_000))).shortages
    assert [one.missing for one in shortage.unmet] == [1_000, 6_000]
    assert shortage.depth == 7_000


def test_a_shortage_without_any_bill_is_told_as_such() -> None:
    (shortage,) = plan([], cash((0, 5_000), (7, -100), (8, 5_000))).shortages
    assert (shortage.depth, shortage.without_bills) == (100, 100)
    assert shortage.description == (
        "Cash is below the floor of 0.00 USD on 2026-05-12, by 1.00 USD on 2026-05-12; 1.00 USD "
        "of that without any of these bills."
    )


def test_two_runs_below_the_floor_are_two_shortages() -> None:
    found = plan([], cash((0, -1), (3, 5), (9, -2), (12, 5)))
    assert [(one.first - TODAY, one.last - TODAY) for one in found.shortages] == [(0, 2), (9, 11)]


def test_no_other_bill_is_paid_before_a_shortage_is_over() -> None:
    bills = [payroll(), key_vendor("key", 5, 1)]
    assert days(plan(bills, cash((0, 9_000), (16, 20_000)))) == {"payroll": 8, "key": 16}


def test_a_bill_after_the_shortage_is_paid_as_usual() -> None:
    bills = [payroll(), key_vendor("key", 25, 100)]
    found = plan(bills, cash((0, 9_000), (16, 20_000)))
    assert days(found) == {"payroll": 8, "key": 22}
    assert found.cost == 0


def test_a_hard_bill_whose_date_has_passed_is_paid_at_once_and_said() -> None:
    found = plan([payroll(due=-3)])
    assert days(found) == {"payroll": 0}
    (late,) = found.too_late
    assert (late.constraint, late.safe) == (Constraint.PAYROLL, day("2026-04-29"))
    assert late.description == (
        "Payroll (payroll) was to be sent by 2026-04-29: pay 100.00 USD at once."
    )


def test_a_hard_bill_takes_its_discount_only_where_the_floor_allows_it() -> None:
    bill = discounted()
    bill.by_law = True
    assert days(plan([bill], cash((0, 98_000), (20, 100_000)))) == {"bill-1": 8}
    assert days(plan([bill], cash((0, 97_999), (20, 100_000)))) == {"bill-1": 28}


def test_a_plan_that_keeps_every_promise_says_nothing() -> None:
    found = plan([payroll(), key_vendor("key", 5, 100)])
    assert (found.shortages, found.too_late) == ([], [])
