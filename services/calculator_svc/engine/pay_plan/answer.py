"""The pay plan as it is told: each bill with its day and its reason, the cash, and what breaks."""

from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.inputs import Bill, Day
from calculator_svc.engine.pay_plan.choice import Choice
from calculator_svc.engine.pay_plan.cost import Cost, Dated
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.model import Model, Option
from calculator_svc.engine.pay_plan.safe_date import Discount, SafeDate
from calculator_svc.engine.pay_plan.shortage import Shortage, shortages
from calculator_svc.engine.pay_plan.verify import (
    Constraint,
    cash_with,
    constraint_of,
)


@dataclass(slots=True)
class PlannedBill:
    """One bill: the day to send its payment, what it takes, what that day costs, and why.

    `day` is None after the plan, where `amount` is 0. `discount` is the option that there was,
    taken or not. `wish` is the day it would have if cash were no question.
    """

    bill: Bill
    day: Day | None
    amount: int
    safe: SafeDate
    discount: Discount | None
    wish: Day
    cost: Cost
    reason: str


@dataclass(slots=True)
class TooLate:
    """A hard bill whose latest safe date has passed; by its position."""

    constraint: Constraint
    bill: int
    safe: Day
    description: str


@dataclass(slots=True)
class PayPlan:
    """The bills in the order of the inputs, and cash at the end of each day with the plan.

    `cost` is the sum of the bills' costs; it may lie `gap` millionths of itself above the least
    possible, and `optimal` says that it is proven to lie within 1%. `too_late` and `shortages` are
    what no plan can mend; where both are empty every hard constraint holds.
    """

    bills: list[PlannedBill]
    cash: list[int]
    too_late: list[TooLate]
    shortages: list[Shortage]
    cost: int
    gap: int
    optimal: bool


def pay_days(model: Model, choice: Choice) -> list[Day | None]:
    """Return the day of each bill; None after the plan."""
    beyond = len(model.room)
    chosen = [own[at] for own, at in zip(model.options, choice, strict=True)]
    return [option.day if option.step < beyond else None for option in chosen]


def answer(inputs: PayPlanInputs, model: Model, choice: Choice, gap: int, optimal: bool) -> PayPlan:
    """Return a choice in words and numbers."""
    days = pay_days(model, choice)
    chosen = [own[at] for own, at in zip(model.options, choice, strict=True)]
    cash = cash_with(inputs, days)
    reasons = _Reasons(inputs, model, chosen, cash)
    bills = [
        PlannedBill(
            bill.bill,
            day,
            option.amount,
            bill.safe,
            bill.discount,
            wish.day,
            bill.cost_on(option.day),
            reasons.of(bill, option, wish),
        )
        for bill, day, option, wish in zip(model.bills, days, chosen, model.wishes, strict=True)
    ]
    cost = sum(bill.cost.total for bill in bills)
    return PayPlan(
        bills, cash, _too_late(inputs, model), shortages(inputs, days), cost, gap, optimal
    )


def _too_late(inputs: PayPlanInputs, model: Model) -> list[TooLate]:
    found = []
    for position, bill in enumerate(model.bills):
        if bill.bill.is_critical and bill.safe.day < inputs.as_of:
            constraint = constraint_of(bill.bill)
            name = bill.bill.name or "A bill"
            amount = words.money(bill.balance, inputs.minor_units, inputs.currency)
            text = (
                f"{name} ({constraint.value}) was to be sent by {words.date(bill.safe.day)}: pay "
                f"{amount} at once."
            )
            found.append(TooLate(constraint, position, bill.safe.day, text))
    return found


class _Reasons:
    def __init__(
        self, inputs: PayPlanInputs, model: Model, chosen: list[Option], cash: list[int]
    ) -> None:
        self._inputs = inputs
        self._room = model.daily_room
        self._beyond = len(model.room)
        self._cash = cash
        self._paid = [before - after for before, after in zip(inputs.cash, cash, strict=True)]

    def of(self, bill: Dated, option: Option, wish: Option) -> str:
        """Return why a bill is paid on its day."""
        discount = bill.discount
        if discount is not None and option.day <= discount.last_day:
            return discount.in_words()
        if option.day > bill.deadline:
            until = "until after the plan"
            if option.step < self._beyond:
                until = f"until {words.date(option.day)}"
            return f"waits {until}: {self._blocked(option, wish)}"
        if option.step == self._beyond:
            why = f"not within the plan: its latest safe date is {words.date(bill.safe.day)}"
        elif bill.safe.day < bill.deadline:
            why = f"its latest safe date, {words.date(bill.safe.day)}, has passed: pay at once"
        else:
            why = f"latest safe date: {bill.safe.reason}"
        if discount is not None and wish.day <= discount.last_day:
            return f"{why}; without the {discount.in_words()}, for {self._blocked(option, wish)}"
        return why

    def _blocked(self, option: Option, wish: Option) -> str:
        """Return what would happen if the bill, and it alone, were paid on the day it wishes for.

        A choice is made so that on some day there is no room for it.
        """
        as_of = self._inputs.as_of
        for ahead in range(wish.day - as_of, len(self._cash)):
            paid_already = option.amount if option.day - as_of <= ahead else 0
            more = wish.amount - paid_already
            if self._paid[ahead] + more > self._room[ahead]:
                below = self._inputs.policy.cash_floor - (self._cash[ahead] - more)
                amount = words.money(below, self._inputs.minor_units, self._inputs.currency)
                return (
                    f"paid on {words.date(wish.day)}, cash would be {amount} below the floor on "
                    f"{words.date(as_of + ahead)}"
                )
        return f"paid on {words.date(wish.day)}, it would take the cash of other bills"
