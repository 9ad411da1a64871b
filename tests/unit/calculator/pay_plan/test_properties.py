"""What holds for all plans, tried on inputs made up at random.

2,000 cases in the normal run; RUNWAY_PAY_PLAN_CASES=10000 tries as many as the promise names.
"""

import datetime
import os
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.inputs import Bill, Category, Day, Tier
from calculator_svc.engine.pay_plan.answer import PayPlan
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs

from .random_cases import cases

CASES = int(os.environ.get("RUNWAY_PAY_PLAN_CASES", "2000"))

some = cases(most_bills=12, most_days=40, largest=3_000)
large = cases(most_bills=12, most_days=40, largest=10**13)


def is_business_day(day: Day) -> bool:
    return datetime.date.fromordinal(day).weekday() < 5


def last_day(bill: Bill, inputs: PayPlanInputs) -> Day:
    """Return the latest safe date, or the plan's first business day, counted day by day."""
    if bill.due is not None:
        day = bill.due
    elif bill.terms is not None:
        day = bill.issue + bill.terms.net_days
    else:
        day = bill.issue + 30
    day += bill.grace_days
    left = inputs.policy.rail_days
    while not is_business_day(day) or left:
        left -= is_business_day(day)
        day -= 1
    first = inputs.as_of
    while not is_business_day(first):
        first += 1
    return max(day, first)


def never_late(bill: Bill) -> bool:
    return (
        bill.by_law
        or bill.category in (Category.PAYROLL, Category.TAX)
        or bill.tier is Tier.CRITICAL
        or (bill.category is Category.RENT and not bill.tier)
    )


def check(inputs: PayPlanInputs, found: PayPlan) -> None:
    """Assert every hard constraint, with nothing of the engine's own arithmetic."""
    last = inputs.as_of + len(inputs.cash) - 1
    paid, hard = [0] * len(inputs.cash), [0] * len(inputs.cash)
    for bill, one in zip(inputs.bills, found.bills, strict=True):
        assert one.bill is bill
        balance = bill.balance
        safe = last_day(bill, inputs)
        if one.day is not None:
            assert inputs.as_of <= one.day <= last
            assert is_business_day(one.day)
            taken = one.discount is not None and one.day <= one.discount.last_day
            assert one.amount == balance - (one.discount.saving if taken else 0)
            paid[one.day - inputs.as_of] += one.amount
        else:
            assert one.amount == 0
        if never_late(bill) and safe <= last:
            assert one.day is not None
            assert one.day <= safe
            late_discount = one.discount is not None and safe <= one.discount.last_day
            hard[safe - inputs.as_of] += balance - (one.discount.saving if late_discount else 0)
    cash, must = 0, 0
    for ahead, before in enumerate(inputs.cash):
        cash, must = cash + paid[ahead], must + hard[ahead]
        assert found.cash[ahead] == before - cash
        assert found.cash[ahead] >= min(inputs.policy.cash_floor, before - must)


@settings(max_examples=CASES, deadline=None)
@given(some | large)
def test_no_plan_breaks_a_hard_constraint(inputs: PayPlanInputs) -> None:
    check(inputs, calculate_pay_plan(inputs))


@settings(max_examples=300, deadline=None)
@given(some, st.sampled_from([0, 1]))
def test_no_plan_breaks_a_hard_constraint_however_soon_the_search_ends(
    inputs: PayPlanInputs, work: int
) -> None:
    check(inputs, calculate_pay_plan(inputs, work))


@settings(max_examples=300, deadline=None)
@given(some)
def test_where_nothing_is_said_cash_is_at_the_floor_or_above(inputs: PayPlanInputs) -> None:
    found = calculate_pay_plan(inputs)
    below = [cash for cash in found.cash if cash < inputs.policy.cash_floor]
    told = sum(one.last - one.first + 1 for one in found.shortages)
    assert told == len(below)
    if below:
        deepest = max(one.depth for one in found.shortages)
        assert deepest == inputs.policy.cash_floor - min(below)


@settings(max_examples=300, deadline=None)
@given(some)
def test_the_day_that_a_waiting_bill_wishes_for_would_break_the_floor(
    inputs: PayPlanInputs,
) -> None:
    found = calculate_pay_plan(inputs)
    for bill, one in zip(inputs.bills, found.bills, strict=True):
        if not one.reason.startswith("waits"):
            continue
        assert one.wish < (one.day or inputs.end + 1)
        # The words name the day and the amount; here it is paid on that day and nothing else moves.
        amount = bill.balance
        if one.discount is not None and one.wish <= one.discount.last_day:
            amount -= one.discount.saving
        begin = one.wish - inputs.as_of
        end = len(inputs.cash) if one.day is None else one.day - inputs.as_of
        floor = inputs.policy.cash_floor
        assert "other bills" not in one.reason
        later = found.cash[end:]
        assert min(found.cash[begin:end]) - amount < floor or min(later, default=floor) < floor


@settings(max_examples=200, deadline=None)
@given(some, st.randoms(use_true_random=False))
def test_the_order_of_the_bills_changes_nothing(inputs: PayPlanInputs, random) -> None:
    bills = {bill.id: bill for bill in inputs.bills}
    inputs = replace(inputs, bills=list(bills.values()))
    mixed = replace(inputs, bills=random.sample(inputs.bills, len(bills)))
    one, other = calculate_pay_plan(inputs), calculate_pay_plan(mixed)
    assert {b.bill.id: repr(b) for b in one.bills} == {b.bill.id: repr(b) for b in other.bills}
    assert (one.cash, one.cost, one.gap) == (other.cash, other.cost, other.gap)


@settings(max_examples=200, deadline=None)
@given(some)
def test_the_same_inputs_give_the_same_plan_to_the_byte(inputs: PayPlanInputs) -> None:
    assert repr(calculate_pay_plan(inputs)) == repr(calculate_pay_plan(inputs))
