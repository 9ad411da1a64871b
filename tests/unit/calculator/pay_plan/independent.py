"""What a plan must keep to and what it costs, once more and in another way: nothing here is the
engine's own arithmetic, so that a mistake there shows.

Days are counted one by one on the calendar, amounts are fractions that are rounded once, as the
rules say, and the optimum is found by trying every plan there is.
"""

import datetime
import math
from collections.abc import Sequence
from fractions import Fraction

from calculator_svc.engine.inputs import Bill, Category, Day, Tier
from calculator_svc.engine.pay_plan.answer import PayPlan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs

_STEEPEST = 10**18


def is_business_day(day: Day) -> bool:
    """Return whether a day lies between Monday and Friday."""
    return datetime.date.fromordinal(day).weekday() < 5


def sent_by(arrival: Day, inputs: PayPlanInputs) -> Day:
    """Return the last business day to send a payment that arrives by a day."""
    day, left = arrival, inputs.policy.rail_days
    while not is_business_day(day) or left:
        left -= is_business_day(day)
        day -= 1
    return day


def first_day(inputs: PayPlanInputs) -> Day:
    """Return the first business day on which anything can be paid."""
    day = inputs.as_of
    while not is_business_day(day):
        day += 1
    return day


def day_after(inputs: PayPlanInputs) -> Day:
    """Return the business day that stands for all days after the plan."""
    day = inputs.end + 1
    while not is_business_day(day):
        day += 1
    return max(day, first_day(inputs))


def safe_day(bill: Bill, inputs: PayPlanInputs) -> Day:
    """Return the latest safe date, which may have passed."""
    due = bill.due
    if due is None:
        due = bill.issue + (30 if bill.terms is None else bill.terms.net_days)
    return sent_by(due + bill.grace_days, inputs)


def never_late(bill: Bill) -> bool:
    """Return whether a bill is a hard constraint: payroll, tax, law, T1, rent without a tier."""
    return (
        bill.by_law
        or bill.category in (Category.PAYROLL, Category.TAX)
        or bill.tier is Tier.CRITICAL
        or (bill.category is Category.RENT and not bill.tier)
    )


def discount(bill: Bill, inputs: PayPlanInputs) -> tuple[Day, int]:
    """Return the last day to earn a discount, and what it saves; day 0 where there is none."""
    if bill.terms is None or not 0 < bill.terms.discount_basis_points < 10_000:
        return 0, 0
    saving = math.floor(bill.balance * Fraction(bill.terms.discount_basis_points, 10_000))
    last = sent_by(bill.issue + bill.terms.discount_days, inputs)
    return (last, saving) if saving and last >= first_day(inputs) else (0, 0)


def amount_on(bill: Bill, day: Day, inputs: PayPlanInputs) -> int:
    """Return what is to be paid on a day."""
    last, saving = discount(bill, inputs)
    return bill.balance - (saving if day <= last else 0)


def cost_on(bill: Bill, day: Day, inputs: PayPlanInputs) -> int:
    """Return what it costs to pay on a day; what it has cost by now counts on no day.

    A lost discount; before the deadline what the money would have earned until then, rounded down;
    after it the fee, the once-charged part only of a bill that was not late before, and the strain
    and one minor unit for each day, both rounded up.
    """
    policy = inputs.policy
    safe, first, after = safe_day(bill, inputs), first_day(inputs), day_after(inputs)
    deadline = sorted((first, safe, after))[1]
    last, saving = discount(bill, inputs)
    lost = saving if day > last else 0
    if day <= deadline:
        year = Fraction(policy.value_of_time, 10_000) * Fraction(deadline - day, 365)
        return lost + math.floor(bill.balance * year)
    days = day - deadline
    fee = policy.late_fee if bill.late_fee is None else bill.late_fee
    monthly = Fraction(fee.monthly_basis_points, 10_000) * Fraction(days, 30)
    points = policy.strain[bill.tier or Tier.DEFERRABLE]
    return (
        lost
        + math.ceil(bill.balance * monthly)
        + (fee.once if safe >= first else 0)
        + math.ceil(bill.balance * Fraction(points * days, 10_000))
        + days
    )


def cost_of(inputs: PayPlanInputs, days: Sequence[Day | None]) -> int:
    """Return what a plan costs: each bill on its day, None being after the plan."""
    after = day_after(inputs)
    paid = zip(inputs.bills, days, strict=True)
    return sum(cost_on(bill, after if day is None else day, inputs) for bill, day in paid)


def check(inputs: PayPlanInputs, found: PayPlan) -> None:
    """Assert every hard constraint, and that the plan costs what it says."""
    last, first = inputs.end, first_day(inputs)
    paid, hard = [0] * len(inputs.cash), [0] * len(inputs.cash)
    for bill, one in zip(inputs.bills, found.bills, strict=True):
        assert one.bill is bill
        safe = max(safe_day(bill, inputs), first)
        if one.day is None:
            assert one.amount == 0
        else:
            assert inputs.as_of <= one.day <= last
            assert is_business_day(one.day)
            assert one.amount == amount_on(bill, one.day, inputs)
            paid[one.day - inputs.as_of] += one.amount
        if never_late(bill) and safe <= last:
            assert one.day is not None
            assert one.day <= safe
            hard[safe - inputs.as_of] += amount_on(bill, safe, inputs)
    cash, must = 0, 0
    for ahead, before in enumerate(inputs.cash):
        cash, must = cash + paid[ahead], must + hard[ahead]
        assert found.cash[ahead] == before - cash
        assert found.cash[ahead] >= min(inputs.policy.cash_floor, before - must)
    assert found.cost == cost_of(inputs, [one.day for one in found.bills])


def least_cost(inputs: PayPlanInputs) -> int:
    """Return the cost of the cheapest plan: every bill on every day of the plan or after it."""
    first, after = first_day(inputs), day_after(inputs)
    days = [day for day in range(inputs.as_of, inputs.end + 1) if is_business_day(day)]
    lowest = inputs.cash.copy()
    choices: list[list[tuple[int, int, int]]] = []
    for bill in inputs.bills:
        safe = max(safe_day(bill, inputs), first)
        own = [
            (
                cost_on(bill, day, inputs),
                day - inputs.as_of,
                amount_on(bill, day, inputs) if day != after else 0,
            )
            for day in [*days, after]
            if not never_late(bill) or day <= safe
        ]
        choices.append(sorted(own))
        if never_late(bill) and safe <= inputs.end:
            lowest = _less(lowest, safe - inputs.as_of, amount_on(bill, safe, inputs))
    floors = [min(inputs.policy.cash_floor, cash) for cash in lowest]
    return _search(choices, inputs.cash, floors, _STEEPEST)


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
