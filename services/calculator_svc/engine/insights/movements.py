"""What moved the cash between two days: parts that sum up to the change exactly."""

from collections import defaultdict
from dataclasses import dataclass

from calculator_svc.engine.inputs import Books, Category

SHOWN_EACH_WAY = 4
"""How many counterparties are named among receipts, and among disbursements."""

OTHER_RECEIPTS = "Other receipts"
OTHER_PAYMENTS = "Other payments"
BETWEEN_ACCOUNTS = "Between accounts"


@dataclass(frozen=True, slots=True)
class Movement:
    """A part of the change: with whom, and how much; positive came in."""

    name: str
    amount: int


def movements(before: Books, now: Books) -> list[Movement]:
    """Return the parts of the change of cash: receipts, then payments, each the largest first.

    Cash that went to accounts that do not count, or came from them, is told apart; so is whatever
    the history does not reach back to. The parts sum up to the change.
    """
    days = now.as_of - before.as_of
    by_name: dict[tuple[bool, str], int] = defaultdict(int)
    for series in now.history:
        if series.category is Category.TRANSFER:
            continue
        for ago, amount in zip(series.days_ago, series.amounts, strict=True):
            if 0 <= ago < days and amount:
                by_name[amount > 0, series.counterparty or "Unnamed"] += amount
    found = [
        *_largest([(n, a) for (inflow, n), a in by_name.items() if inflow], OTHER_RECEIPTS),
        *_largest([(n, a) for (inflow, n), a in by_name.items() if not inflow], OTHER_PAYMENTS),
    ]
    rest = now.cash - before.cash - sum(one.amount for one in found)
    return [*found, Movement(BETWEEN_ACCOUNTS, rest)] if rest else found


def _largest(named: list[tuple[str, int]], others: str) -> list[Movement]:
    ordered = sorted(named, key=lambda one: (-abs(one[1]), one[0]))
    found = [Movement(*one) for one in ordered[:SHOWN_EACH_WAY]]
    rest = sum(amount for _, amount in ordered[SHOWN_EACH_WAY:])
    return [*found, Movement(others, rest)] if rest else found
