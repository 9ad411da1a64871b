"""Which promises a plan would break: the cash floor, payroll, tax, critical vendors.

All of them are looked at on the expected course.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from calculator_svc.engine import words
from calculator_svc.engine.cashflow import CashFlow
from calculator_svc.engine.forecast import BillOutlook, Forecast
from calculator_svc.engine.inputs import (
    HORIZON_DAYS,
    Action,
    Books,
    Category,
    Day,
    Decision,
    Policy,
)
from calculator_svc.engine.paths import Paths

_PAYING = frozenset({Action.SCHEDULE, Action.DELAY, Action.PART_PAYMENT})


class Promise(IntEnum):
    """Which promise. The numbers are those of the protos."""

    CASH_FLOOR = 1
    PAYROLL = 2
    TAX = 3
    CRITICAL_VENDOR = 4


_PAID_ON_A_DAY = {Promise.PAYROLL: Category.PAYROLL, Promise.TAX: Category.TAX}


@dataclass(slots=True)
class Breach:
    """A broken promise: when first, by how much (positive), in a sentence, and whose doing."""

    promise: Promise
    day: Day
    amount: int
    description: str
    caused_by_queue: bool


def breaches(books: Books, policy: Policy, forecast: Forecast, plan: Paths) -> list[Breach]:
    """Return the promises that the plan breaks: the floor, every payroll, every tax, bills.

    The plan's first row holds the queue and its last row does not. A breach is caused by the queue
    where it is worse than what stands without it: for the floor, where cash is further below it on
    any day; for a payroll or tax, unless the same payment falls as short without the queue, and as
    early; for a critical bill, unless a decision that is finalised already has it as late.
    """
    found = _Guardrail(books, forecast, plan)
    result = found.floor(policy.cash_floor)
    for promise in _PAID_ON_A_DAY:
        result += found.not_cleared(promise)
    for bill in forecast.outlooks.bills:
        if bill.decisions and bill.document.is_critical:
            result += found.late(bill)
    return result


class _Guardrail:
    def __init__(self, books: Books, forecast: Forecast, plan: Paths) -> None:
        self._as_of, self._forecast = books.as_of, forecast
        self._minor_units, self._currency = books.minor_units, books.currency
        self._waiting = {id(decision) for decision in books.queued}
        self._with_queue, self._without_queue = plan.by_day(), plan.by_day(-1)

    def floor(self, floor: int) -> list[Breach]:
        short = _below(floor, self._with_queue)
        lowest = max(short)
        if not lowest:
            return []
        without = _below(floor, self._without_queue)
        further = [more - less for more, less in zip(short, without, strict=True)]
        worst = max(further)
        day = self._as_of + next(ahead for ahead, amount in enumerate(short) if amount)
        text = (
            f"Cash falls below the floor of {self._money(floor)} on {words.date(day)}, and as low "
            f"as {self._money(floor - lowest)} within 13 weeks."
        )
        if worst > 0 and not any(without):
            text += " Without the queue it does not."
        elif worst > 0:
            on = words.date(self._as_of + further.index(worst))
            text += f" On {on} the queue takes it {self._money(worst)} further below."
        return [Breach(Promise.CASH_FLOOR, day, lowest, text, worst > 0)]

    def not_cleared(self, promise: Promise) -> Iterator[Breach]:
        short, without = _below(0, self._with_queue), _below(0, self._without_queue)
        for day, payments in sorted(self._payments(_PAID_ON_A_DAY[promise]).items()):
            amount = short[day - self._as_of]
            if not amount:
                continue
            # Of several payments on one day, the one that the queue harms most says what it does.
            spared = min(
                max((without[other - self._as_of] for other in others if other <= day), default=0)
                for others in payments
            )
            text = (
                f"{promise.name.capitalize()} of {words.date(day)} does not clear: cash is "
                f"{self._money(amount)} short."
            )
            if not spared:
                text += " Without the queue it would clear."
            elif spared < amount:
                text += f" Without the queue it would be {self._money(spared)} short."
            yield Breach(promise, day, amount, text, spared < amount)

    def _payments(self, category: Category) -> Mapping[Day, Sequence[set[Day]]]:
        """Return the days on which something of a category is paid, and for each payment of a day
        the days on which it would be paid without the queue.
        """
        found: dict[Day, list[set[Day]]] = defaultdict(list)
        for item in self._forecast.items:
            if item.category is category and item.amount < 0:
                found[item.day].append({item.day})
        for bill in self._forecast.outlooks.bills:
            if bill.document.category is category:
                without = bill.flows_under(self._finalised(bill), self._as_of)
                for day in self._days(bill.flows):
                    found[day].append(self._days(without))
        return found

    def _days(self, flows: Sequence[CashFlow]) -> set[Day]:
        """Return on which days within the horizon flows move cash; what as_of sets aside is gone
        on the first.
        """
        last = self._as_of + HORIZON_DAYS
        return {max(flow.day, self._as_of + 1) for flow in flows if flow.day <= last}

    def late(self, bill: BillOutlook) -> Iterator[Breach]:
        holding, safe = bill.decisions[0], bill.latest_safe
        late = _late(bill, holding)
        if late is None:
            return
        day, amount = late
        text = (
            f"{bill.document.name or 'A critical vendor'} is paid {self._money(amount)} on "
            f"{words.date(day)}; the last safe day is {words.date(safe)}."
        )
        finalised = self._finalised(bill)
        before = None if finalised is None else _late(bill, finalised)
        caused = before is None or day > before[0] or amount > before[1]
        if caused and before is not None:
            text += (
                f" Without the queue it is paid {self._money(before[1])} on "
                f"{words.date(before[0])}."
            )
        yield Breach(Promise.CRITICAL_VENDOR, day, amount, text, caused)

    def _finalised(self, bill: BillOutlook) -> Decision | None:
        """Return the decision that holds without the queue."""
        return next((one for one in bill.decisions if id(one) not in self._waiting), None)

    def _money(self, amount: int) -> str:
        return words.money(amount, self._minor_units, self._currency)


def _below(floor: int, cash: Sequence[int]) -> list[int]:
    """Return by how much cash is below a floor on each day; as_of itself, entry 0, is over."""
    return [0, *(max(0, floor - amount) for amount in cash[1:])]


def _late(bill: BillOutlook, decision: Decision) -> tuple[Day, int] | None:
    """Return when a decision pays and how much, where that is later than is safe.

    To pay at once is the best one can do.
    """
    day, amount = decision.day, bill.document.balance
    if decision.action not in _PAYING or day is None or day <= bill.latest_safe:
        return None
    if decision.action is Action.PART_PAYMENT:
        amount = min(amount, decision.amount)
    return day, amount
