"""The plan beside the exact optimum, which is found by trying every plan there is."""

import datetime

from hypothesis import given, settings

from calculator_svc.engine.inputs import Day
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.cost import dated
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.safe_date import latest_safe_date

from .random_cases import cases


def business_days(first: Day, last: Day) -> list[Day]:
    every = range(first, last + 1)
    return [day for day in every if datetime.date.fromordinal(day).weekday() < 5]


def least_cost(inputs: PayPlanInputs) -> int:
    """Return the cost of the cheapest plan: every bill on every day of the plan or after it."""
    days = business_days(inputs.as_of, inputs.end)
    after = business_days(inputs.end + 1, inputs.end + 4)[0]
    first = business_days(inputs.as_of, inputs.as_of + 3)[0]
    after = max(after, first)
    lowest = inputs.cash.copy()
    choices: list[list[tuple[int, int, int]]] = []
    for bill in inputs.bills:
        known = dated(bill, inputs.policy, first, after)
        safe = max(latest_safe_date(bill, inputs.policy).day, first)
        own = []
        for day in [*days, after]:
            if bill.is_critical and day > safe:
                continue
            amount = known.amount_on(day) if day != after else 0
            own.append((known.cost_on(day).total, day - inputs.as_of, amount))
        choices.append(sorted(own))
        if bill.is_critical and safe != after and safe <= inputs.end:
            lowest = _less(lowest, safe - inputs.as_of, known.amount_on(safe))
    floors = [min(inputs.policy.cash_floor, cash) for cash in lowest]
    return _search(choices, inputs.cash, floors, 10**18)


def _search(
    choices: list[list[tuple[int, int, int]]], cash: list[int], floors: list[int], best: int
) -> int:
    """Return the least cost below `best`, else `best`."""
    if not choices:
        return min(best, 0)
    rest = sum(own[0][0] for own in choices[1:])
    for cost, ahead, amount in choices[0]:
        if cost + rest >= best:
            break
        left = _less(cash, ahead, amount)
        if all(have >= least for have, least in zip(left, floors, strict=True)):
            best = min(best, cost + _search(choices[1:], left, floors, best - cost))
    return best


def _less(cash: list[int], ahead: int, amount: int) -> list[int]:
    return cash[:ahead] + [have - amount for have in cash[ahead:]]


@settings(max_examples=500, deadline=None)
@given(cases(most_bills=5, most_days=9, largest=2_000))
def test_a_plan_costs_at_most_1_per_cent_more_than_the_exact_optimum(
    inputs: PayPlanInputs,
) -> None:
    found = calculate_pay_plan(inputs)
    least = least_cost(inputs)
    assert least <= found.cost <= least + least // 100
    assert found.optimal


@settings(max_examples=300, deadline=None)
@given(cases(most_bills=5, most_days=9, largest=2_000))
def test_the_gap_that_is_told_is_never_smaller_than_the_true_one(inputs: PayPlanInputs) -> None:
    found = calculate_pay_plan(inputs, work=0)
    assert (found.cost - least_cost(inputs)) * 1_000_000 <= found.gap * found.cost
    assert found.optimal == (found.gap <= 10_000)
