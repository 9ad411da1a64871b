"""The use case: the pay plan of a business's open bills."""

from dataclasses import replace

from calculator_svc.engine.errors import AmountsTooLarge
from calculator_svc.engine.pay_plan.answer import PayPlan, answer, pay_days
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.model import build
from calculator_svc.engine.pay_plan.solver import WORK, solve
from calculator_svc.engine.pay_plan.verify import violations

LARGEST_TOTAL = 2**53
"""Bound of the sum of all amounts: a float, which a solver counts in, still holds it exactly."""


class UnsoundPlan(Exception):
    """A plan was about to leave the engine that breaks a hard constraint: a fault of the engine."""


def calculate_pay_plan(inputs: PayPlanInputs, work: int = WORK) -> PayPlan:
    """Return on which day to pay each open bill; the same whatever order the bills are in.

    Hard bills on or before their latest safe dates; cash above the floor as far as hard bills leave
    it there; then the least cost. `work` bounds the search. Raises AmountsTooLarge.
    """
    largest = max((abs(cash) for cash in inputs.cash), default=0)
    if largest + sum(bill.balance for bill in inputs.bills) > LARGEST_TOTAL:
        raise AmountsTooLarge
    order = sorted(range(len(inputs.bills)), key=lambda at: (inputs.bills[at].id, at))
    ordered = replace(inputs, bills=[inputs.bills[at] for at in order])
    model = build(ordered)
    solution = solve(model, work)
    found = [0] * len(order)
    for at, option in zip(order, solution.choice, strict=True):
        found[at] = option
    given = build(inputs)
    broken = violations(inputs, pay_days(given, found))
    if broken:
        raise UnsoundPlan("; ".join(one.description for one in broken))
    return answer(inputs, given, found, solution.gap, solution.optimal)
