"""The residual: what history shows and no other layer of the forecast explains.

Open documents explain what comes in soon; later on, money comes from invoices that are not written
yet. If invoices are written and paid at a steady rate (a stationary renewal process), then of the
money that arrives on day t from now, the part from invoices written after now is the share of
invoices that are paid less than t days after issue: the invoice must have been written on one of
the days 1..t. So the residual of day t is the average daily flow times

    F(t) = share of past documents, by amount, settled less than t days after their issue,

which rises from little to one while the open documents run out. The average is taken over the burn
window, without transfers, one-offs and the series that recur. Receipts from customers take
customers' F, payments to vendors and for rent (which come through bills) take vendors' F; all else
has no open documents and F = 1. New loans and owner's money are not counted on: one that came is no
promise of another. Nor are lumps: receipts count as twice their median week at most, which for
receipts that come in most weeks changes nothing, and for a grant a year leaves nothing. On the
public cash data this halves the error at 13 weeks (`make backtest`).
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from calculator_svc.engine.history import Flow, History
from calculator_svc.engine.inputs import HORIZON_DAYS, Category, Role, Settlements
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS

MINIMUM_HISTORY_DAYS = 28
"""With less history than this an average says nothing, and there is no residual."""

COUNTED_MEDIANS = 2
"""How many times their median week receipts count at most."""

_BY_DOCUMENT = {True: (Category.CUSTOMER,), False: (Category.VENDOR, Category.RENT)}


@dataclass(slots=True)
class Residual:
    """Receipts and disbursements of each of the 91 days, as positive amounts.

    `flows` are the past movements behind it. `customers` and `vendors` are the shares F of those
    that come through documents, and `counted` of `received` is what of the receipts is counted on.
    """

    receipts: list[int]
    disbursements: list[int]
    flows: list[Flow]
    customers: "Settled"
    vendors: "Settled"
    counted: int = 0
    received: int = 0


@dataclass(slots=True)
class Settled:
    """The share F(t), for t = 1..91, as amounts out of `of`."""

    by_day: list[int]
    of: int


def settled(role: Role, settlements: Iterable[Settlements], has_documents: bool) -> Settled:
    """Return the share of a role's past documents that were settled less than t days after issue.

    By amount, because what is large is often paid late; by number where no amount is known. Without
    any such document: all after the assumed 30 days where documents are open now, and at once where
    none are.
    """
    of_role = [party for party in settlements if party.role is role]
    paid = [
        (days, amount)
        for party in of_role
        for days, amount in zip(party.days_to_pay, party.amounts, strict=False)
    ]
    if not any(amount for _, amount in paid):
        paid = [(days, 1) for party in of_role for days in party.days_to_pay]
    if not paid:
        paid = [(ASSUMED_NET_DAYS if has_documents else 0, 1)]
    paid.sort()
    running = [0, *accumulate(amount for _, amount in paid)]
    by_day = [running[bisect_left(paid, (t, 0))] for t in range(1, HORIZON_DAYS + 1)]
    return Settled(by_day, running[-1])


def residual(
    history: History, explained: list[bool], customers: Settled, vendors: Settled
) -> Residual:
    """Return the residual; `explained` says of each flow of the history whether it recurs."""
    if history.days < MINIMUM_HISTORY_DAYS:
        return Residual([0] * HORIZON_DAYS, [0] * HORIZON_DAYS, [], customers, vendors)
    window = history.window_days
    totals = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    flows: list[Flow] = []
    for flow, recurs in zip(history.usual, explained, strict=True):
        if recurs or (flow.inflow and flow.category is Category.FINANCING):
            continue
        totals[flow.inflow, is_by_document(flow)] += abs(flow.within(window))
        flows.append(flow)
    invoiced, at_once = totals[True, True], totals[True, False]
    received = invoiced + at_once
    counted = min(received, _dependable(flows, window // 7))
    if counted < received:
        invoiced, at_once = invoiced * counted // received, at_once * counted // received
    return Residual(
        spread(invoiced, at_once, customers, window),
        spread(totals[False, True], totals[False, False], vendors, window),
        flows,
        customers,
        vendors,
        counted,
        received,
    )


def is_by_document(flow: Flow) -> bool:
    """Return whether such movements come through invoices or bills."""
    return flow.category in _BY_DOCUMENT[flow.inflow]


def _dependable(flows: list[Flow], weeks: int) -> int:
    """Return how much of past receipts may be counted on: COUNTED_MEDIANS times the median week,
    each week. Money that came in a few great lumps is no promise of another lump.
    """
    by_week = [0] * weeks
    for flow in flows:
        if not flow.inflow:
            continue
        for day, amount in zip(flow.days, flow.amounts, strict=True):
            if day >= 7 * weeks:
                break  # the newest come first
            by_week[day // 7] += amount
    return COUNTED_MEDIANS * sorted(by_week)[weeks // 2] * weeks


def spread(by_document: int, at_once: int, share: Settled, window: int) -> list[int]:
    """Spread two totals of a window over the days of the horizon, the first one by its share.

    Each running total is rounded, not each day, so that any run of days sums to the exact figure
    within one minor unit.
    """
    if not by_document and not at_once:
        return [0] * HORIZON_DAYS
    parts = 2 * window * share.of
    steady = at_once * share.of
    running = accumulate(by_document * settled + steady for settled in share.by_day)
    rounded = [(2 * exact + window * share.of) // parts for exact in running]
    return [now - before for now, before in zip(rounded, [0, *rounded], strict=False)]
