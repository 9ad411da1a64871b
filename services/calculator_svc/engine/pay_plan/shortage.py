"""A shortage, said: how much, from when to when, and which hard bills the cash does not cover."""

from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.inputs import Day
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.verify import (
    Constraint,
    PayDays,
    amount_on,
    cash_with,
    constraint_of,
)

_ORDER = list(Constraint)


@dataclass(slots=True)
class Unmet:
    """A hard bill that its day's cash does not cover; by its position, with what is missing."""

    constraint: Constraint
    bill: int
    day: Day
    missing: int
    description: str


@dataclass(slots=True)
class Shortage:
    """A run of days below the floor.

    `depth` is how far below on the worst day, and `without_bills` how far it is there anyway, if no
    bill of the plan is paid. Both are positive or 0.
    """

    first: Day
    last: Day
    worst: Day
    depth: int
    without_bills: int
    unmet: list[Unmet]
    description: str


def shortages(inputs: PayPlanInputs, days: PayDays) -> list[Shortage]:
    """Return the shortages of a plan, by day."""
    floor = inputs.policy.cash_floor
    cash = cash_with(inputs, days)
    unmet = _unmet(inputs, days, cash)
    found = []
    for first, last in _runs([amount < floor for amount in cash]):
        lowest = min(cash[first : last + 1])
        worst = cash.index(lowest, first)
        own = [one for one in unmet if first <= one.day - inputs.as_of <= last]
        without_bills = max(0, floor - inputs.cash[worst])
        run = (inputs.as_of + first, inputs.as_of + last, inputs.as_of + worst)
        text = _in_words(inputs, *run, floor - lowest, without_bills)
        found.append(Shortage(*run, floor - lowest, without_bills, own, text))
    return found


def _runs(below: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for at, yes in enumerate(below):
        if not yes:
            continue
        if runs and runs[-1][1] == at - 1:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return runs


def _in_words(
    inputs: PayPlanInputs, first: Day, last: Day, worst: Day, depth: int, without_bills: int
) -> str:
    def money(amount: int) -> str:
        return words.money(amount, inputs.minor_units, inputs.currency)

    until = "on" if first == last else f"from {words.date(first)} to"
    text = (
        f"Cash is below the floor of {money(inputs.policy.cash_floor)} {until} "
        f"{words.date(last)}, by {money(depth)} on {words.date(worst)}"
    )
    if without_bills:
        return f"{text}; {money(without_bills)} of that without any of these bills."
    return f"{text}, all of it by these bills."


def _unmet(inputs: PayPlanInputs, days: PayDays, cash: list[int]) -> list[Unmet]:
    """Return the hard bills of days that end below zero, the first in the order to go short last.

    On a day payroll comes first, then tax, law, rent and critical vendors.
    """
    of_day: dict[Day, list[int]] = {}
    for position, day in enumerate(days):
        if day is not None and cash[day - inputs.as_of] < 0:
            of_day.setdefault(day, []).append(position)
    found = []
    for day, positions in sorted(of_day.items()):
        amounts = {at: amount_on(inputs, inputs.bills[at], day) for at in positions}
        left = cash[day - inputs.as_of] + sum(amounts.values())
        for at in sorted(positions, key=lambda at: _rank(inputs, at)):
            left -= amounts[at]
            missing = min(amounts[at], -left)
            bill = inputs.bills[at]
            if missing > 0 and bill.is_critical:
                constraint = constraint_of(bill)
                short = words.money(missing, inputs.minor_units, inputs.currency)
                owed = words.money(amounts[at], inputs.minor_units, inputs.currency)
                text = (
                    f"{bill.name or 'A bill'} ({constraint.value}) cannot be met on "
                    f"{words.date(day)}: {short} of {owed} are missing."
                )
                found.append(Unmet(constraint, at, day, missing, text))
    return found


def _rank(inputs: PayPlanInputs, at: int) -> tuple[bool, int, str, int]:
    bill = inputs.bills[at]
    return not bill.is_critical, _ORDER.index(constraint_of(bill)), bill.id, at
