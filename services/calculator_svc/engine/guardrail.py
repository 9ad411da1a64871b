"""Which promises a plan would break: the cash floor, payroll, tax, critical vendors."""

from dataclasses import dataclass
from enum import IntEnum

from calculator_svc.engine import words
from calculator_svc.engine.forecast import BillOutlook, Forecast
from calculator_svc.engine.inputs import Action, Books, Category, Day, Decision, Policy
from calculator_svc.engine.paths import Paths

_PAYING = frozenset({Action.SCHEDULE, Action.DELAY, Action.PART_PAYMENT})


class Promise(IntEnum):
    """Which promise. The numbers are those of the protos."""

    CASH_FLOOR = 1
    PAYROLL = 2
    TAX = 3
    CRITICAL_VENDOR = 4


@dataclass(slots=True)
class Breach:
    """A broken promise: when first, by how much (positive), in a sentence, and whose doing."""

    promise: Promise
    day: Day
    amount: int
    description: str
    caused_by_queue: bool


def breaches(books: Books, policy: Policy, forecast: Forecast, plan: Paths) -> list[Breach]:
    """Return the promises that the plan breaks: the floor, the first payroll, the first tax, bills.

    The plan's first row holds the queue and its last row does not. A breach is caused by the queue
    when it does not occur in the last row: for the floor, that cash never falls below it; for a
    payroll or tax, that it clears; for a critical bill, that no earlier decision has it late.
    """
    words_of = _Words(books)
    with_queue, without_queue = plan.by_day(), plan.by_day(-1)
    found = _floor(policy.cash_floor, books.as_of, with_queue, without_queue, words_of)
    for promise, category in (
        (Promise.PAYROLL, Category.PAYROLL),
        (Promise.TAX, Category.TAX),
    ):
        for item in forecast.due_items(category):
            ahead = item.day - books.as_of
            if with_queue[ahead] < 0:
                short = -with_queue[ahead]
                text = (
                    f"{promise.name.capitalize()} of {words.date(item.day)} does not clear: cash "
                    f"is {words_of.money(short)} short."
                )
                clears = without_queue[ahead] >= 0
                found.append(Breach(promise, item.day, short, text, clears))
                break
    waiting = {id(decision) for decision in books.queued}
    for bill in forecast.outlooks.bills:
        if bill.decisions and bill.document.is_critical:
            found += _late(bill, waiting, words_of)
    return found


class _Words:
    def __init__(self, books: Books) -> None:
        self._minor_units, self._currency = books.minor_units, books.currency

    def money(self, amount: int) -> str:
        return words.money(amount, self._minor_units, self._currency)


def _floor(
    floor: int, as_of: Day, with_queue: list[int], without_queue: list[int], words_of: _Words
) -> list[Breach]:
    lowest = min(with_queue[1:])
    if lowest >= floor:
        return []
    day = as_of + next(i for i, cash in enumerate(with_queue) if i and cash < floor)
    text = (
        f"Cash falls below the floor of {words_of.money(floor)} on {words.date(day)}, and as low "
        f"as {words_of.money(lowest)} within 13 weeks."
    )
    caused = min(without_queue[1:]) >= floor
    return [Breach(Promise.CASH_FLOOR, day, floor - lowest, text, caused)]


def _late(bill: BillOutlook, waiting: set[int], words_of: _Words) -> list[Breach]:
    holding = bill.decisions[0]
    safe = bill.latest_safe
    if not _pays_after(holding, safe):
        return []
    finalised = next((d for d in bill.decisions if id(d) not in waiting), None)
    earlier = finalised is not None and _pays_after(finalised, safe)
    amount = bill.document.balance
    if holding.action is Action.PART_PAYMENT:
        amount = min(amount, holding.amount)
    day = holding.day or safe
    text = (
        f"{bill.document.name or 'A critical vendor'} is paid {words_of.money(amount)} on "
        f"{words.date(day)}; the last safe day is {words.date(safe)}."
    )
    return [Breach(Promise.CRITICAL_VENDOR, day, amount, text, not earlier)]


def _pays_after(decision: Decision, safe: Day) -> bool:
    """Return whether a decision pays later than is safe; to pay at once is the best one can do."""
    return decision.action in _PAYING and decision.day is not None and decision.day > safe
