"""The choice in exact integers: for each bill the days worth considering, and the room there is.

The floor, as far as it is possible. On each day cash may lie as low as the floor, or as low as the
hard bills alone bring it when each waits until its latest safe date, whichever is lower. So hard
bills are always paid in time, a shortage that they cause is no deeper on any day than it must be,
and no other bill adds to it. This always has a solution: hard bills on their latest safe dates, all
others after the plan.

What is paid stays paid, so what matters on a day is the least room from that day on: it never falls
from day to day, and it is the same on all days of a *step*. Two facts keep the choice small and
lose nothing:

- Before its latest safe date a bill costs less from day to day, but for the end of a discount. So
  only two such days count: the last day of the discount, and the latest safe date.
- After it a bill costs more from day to day, and within a step waiting gives no room. So only the
  first business day of each step counts.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from calculator_svc.engine.calendar import next_business_day
from calculator_svc.engine.inputs import Day
from calculator_svc.engine.pay_plan.cost import Dated, dated
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.safe_date import first_pay_day


@dataclass(slots=True)
class Option:
    """One day for one bill: the step it lies in, the cash it takes, its cost in minor units.

    The step after the last one stands for a day after the plan; it takes no cash of the plan.
    """

    day: Day
    step: int
    amount: int
    cost: int


@dataclass(slots=True)
class Model:
    """Bills with their options, each list by day, and the room of each step, which only grows.

    `wishes` holds the cheapest option of each bill if cash were no question. The last option of
    each bill leaves the most room; to take the last of every bill is always possible.
    """

    as_of: Day
    bills: list[Dated]
    options: list[list[Option]]
    wishes: list[Option]
    room: list[int]
    daily_room: list[int]


def build(inputs: PayPlanInputs) -> Model:
    """Return the choice; bills in the order of the inputs."""
    first = first_pay_day(inputs.as_of)
    after = max(next_business_day(inputs.end), first)
    bills = [dated(bill, inputs.policy, first, after) for bill in inputs.bills]
    daily_room = _daily_room(inputs, bills, after)
    least = list(accumulate(reversed(daily_room), min))[::-1]
    steps = _Steps(inputs.as_of, first, after, least, sum(bill.balance for bill in bills))
    options: list[list[Option]] = []
    wishes: list[Option] = []
    for bill in bills:
        every = _options(bill, steps)
        wishes.append(min(every, key=lambda option: option.cost))
        options.append(_worth_a_choice(every, steps.room))
    return Model(inputs.as_of, bills, options, wishes, steps.room, daily_room)


class _Steps:
    """Runs of business days with the same least room; more room than all bills need is no limit."""

    def __init__(self, as_of: Day, first: Day, after: Day, least: list[int], need: int) -> None:
        self.first_days: list[Day] = []
        self.room: list[int] = []
        self.after = after
        day = first
        while day < after:
            room = min(least[day - as_of], need)
            if not self.room or room > self.room[-1]:
                self.first_days.append(day)
                self.room.append(room)
            day = next_business_day(day)

    def of(self, day: Day) -> int:
        """Return the step of a business day."""
        if day >= self.after:
            return len(self.room)
        return bisect_right(self.first_days, day) - 1

    def later_than(self, day: Day) -> list[Day]:
        """Return the first day of each step that begins after the day, and the day after the plan.

        A day after the plan has none later: what happens there is no matter of this plan.
        """
        if day >= self.after:
            return []
        begin = bisect_right(self.first_days, day)
        return [*self.first_days[begin:], self.after]


def _daily_room(inputs: PayPlanInputs, bills: list[Dated], after: Day) -> list[int]:
    """Return for each day of the plan how much may be paid by its end, hard bills included."""
    hard = [0] * len(inputs.cash)
    for bill in bills:
        if bill.bill.is_critical and bill.deadline < after:
            hard[bill.deadline - inputs.as_of] += bill.amount_on(bill.deadline)
    floor = inputs.policy.cash_floor
    days = zip(inputs.cash, accumulate(hard), strict=True)
    return [max(cash - floor, due_by_now) for cash, due_by_now in days]


def _options(bill: Dated, steps: _Steps) -> list[Option]:
    """Return the days that count, the latest first."""
    days = [bill.deadline]
    if bill.discount is not None and bill.discount.last_day < bill.deadline:
        days.insert(0, bill.discount.last_day)
    if not bill.bill.is_critical:
        days += steps.later_than(bill.deadline)
    beyond = len(steps.room)
    options = []
    for day in reversed(days):
        step = steps.of(day)
        amount = 0 if step == beyond else bill.amount_on(day)
        options.append(Option(day, step, amount, bill.cost_on(day).total))
    return options


def _worth_a_choice(options: list[Option], room: list[int]) -> list[Option]:
    """Return the options by day, without those that no plan would take.

    They are the ones that the bill alone has no room for, and the ones that a later day outdoes at
    no more cost and no more cash. Costs fall from the last option to the first, but for the day of
    a discount, which comes last here: to compare with the one before is enough.
    """
    kept = options[:1]
    for option in options[1:]:
        outdone = kept[-1].cost <= option.cost and kept[-1].amount <= option.amount
        if not outdone and option.amount <= room[option.step]:
            kept.append(option)
    kept.reverse()
    return kept
