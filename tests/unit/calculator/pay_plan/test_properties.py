"""What holds for all plans, tried on inputs made up at random.

As many cases as take 25 seconds; `make pay-plan-cases` tries the 10,000 that the promise names.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs

from .independent import check
from .random_cases import MANY, cases

some = cases(most_bills=12, most_days=40, largest=3_000)


@settings(max_examples=1_500, deadline=None)
@given(MANY)
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
