"""Check a plan against every hard constraint, in integers, day by day, from the inputs alone.

It knows nothing of options, steps and solvers: what leaves this package has passed here, and so can
any plan that a person makes, before it is finalised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from calculator_svc.engine import words
from calculator_svc.engine.calendar import business_day_on_or_after
from calculator_svc.engine.inputs import Bill, Category, Day
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.safe_date import (
    early_discount,
    first_pay_day,
    latest_safe_date,
)

PayDays = Sequence[Day | None]
"""For each bill of the inputs the day on which it is paid; None is after the plan."""


class Constraint(Enum):
    """What a plan must not break; the value is its name in a sentence."""

    PAY_DAY = "pay day"
    PAYROLL = "payroll"
    TAX = "tax"
    LAW = "a bill by law"
    RENT = "rent"
    CRITICAL_VENDOR = "a critical vendor"
    CASH_FLOOR = "the floor"


@dataclass(slots=True)
class Violation:
    """A broken constraint: the bill by its position, or None; the day; the amount; in words."""

    constraint: Constraint
    bill: int | None
    day: Day
    amount: int
    description: str


def constraint_of(bill: Bill) -> Constraint:
    """Return what a hard bill is paid in time for."""
    by_category = {
        Category.PAYROLL: Constraint.PAYROLL,
        Category.TAX: Constraint.TAX,
        Category.RENT: Constraint.RENT,
    }
    found = by_category.get(bill.category, Constraint.CRITICAL_VENDOR)
    return Constraint.LAW if bill.by_law and found is Constraint.CRITICAL_VENDOR else found


def cash_with(inputs: PayPlanInputs, days: PayDays) -> list[int]:
    """Return cash at the end of each day when the bills are paid on these days."""
    paid = [0] * len(inputs.cash)
    for bill, day in zip(inputs.bills, days, strict=True):
        if day is not None:
            paid[day - inputs.as_of] += amount_on(inputs, bill, day)
    cash, total = [], 0
    for before, today in zip(inputs.cash, paid, strict=True):
        total += today
        cash.append(before - total)
    return cash


def amount_on(inputs: PayPlanInputs, bill: Bill, day: Day) -> int:
    """Return what a bill takes on a day: its balance, less a discount that still runs."""
    found = early_discount(bill, inputs.policy, first_pay_day(inputs.as_of))
    saved = found.saving if found is not None and day <= found.last_day else 0
    return bill.balance - saved


def violations(inputs: PayPlanInputs, days: PayDays) -> list[Violation]:
    """Return what a plan breaks: pay days, hard bills, and the floor as far as it can be kept.

    Where hard bills alone, on their latest safe dates, take cash below the floor, the plan may take
    it that low and no lower.
    """
    found = _impossible_days(inputs, days)
    if found:
        return found
    first = first_pay_day(inputs.as_of)
    least_paid: list[Day | None] = []
    for position, (bill, day) in enumerate(zip(inputs.bills, days, strict=True)):
        safe = max(latest_safe_date(bill, inputs.policy).day, first)
        must = bill.is_critical and safe <= inputs.end
        least_paid.append(safe if must else None)
        if must and (day is None or day > safe):
            when = "after the plan" if day is None else f"on {words.date(day)}"
            constraint = constraint_of(bill)
            balance = bill.balance
            text = (
                f"{bill.name or 'A bill'} ({constraint.value}) is paid {when}; the last "
                f"day is {words.date(safe)}."
            )
            found.append(Violation(constraint, position, safe, balance, text))
    lowest = [min(inputs.policy.cash_floor, cash) for cash in cash_with(inputs, least_paid)]
    for ahead, (cash, least) in enumerate(zip(cash_with(inputs, days), lowest, strict=True)):
        if cash < least:
            day = inputs.as_of + ahead
            short = words.money(least - cash, inputs.minor_units, inputs.currency)
            text = f"Cash on {words.date(day)} is {short} lower than it has to be."
            found.append(Violation(Constraint.CASH_FLOOR, None, day, least - cash, text))
            break
    return found


def _impossible_days(inputs: PayPlanInputs, days: PayDays) -> list[Violation]:
    found = []
    for position, day in enumerate(days):
        if day is None:
            continue
        in_plan = inputs.as_of <= day <= inputs.end
        if not in_plan or business_day_on_or_after(day) != day:
            text = f"{words.date(day)} is no business day of the plan."
            found.append(Violation(Constraint.PAY_DAY, position, day, 0, text))
    return found
