"""How far cash may lie from its expected course, besides the days on which customers pay.

What no document explains varies as its weeks varied: each week's deviation from the average is that
of a past week drawn at random (the bootstrap: Efron 1979), receipts and disbursements of one week
together, because they go together. Weeks are not independent, though: a large customer who pays
once a month makes a full week and three empty ones, and a business that begins to spend more goes
on doing so. How much wider or narrower sums of h weeks are than those of independent weeks is the
variance ratio R(h) (Lo and MacKinlay 1988, with their correction for overlapping sums), and the sum
of the first h drawn deviations is scaled by its root.

The average itself is known from some weeks only, so that each course has another one; its error has
the variance ratio of that many weeks.

In the first weeks documents are what comes in and goes out, and what the bank shows differs from
what they say: money in transit, part payments, fees. That difference varies as it varied, and
counts as far as documents do.

Our own bills are paid as late as they were paid: of the vendor's past bills those that were later
than this one is, one drawn at random. What recurs comes with an amount of one of its last times.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calculator_svc.engine.calendar import business_day_on_or_after
from calculator_svc.engine.cashflow import Item, Layer
from calculator_svc.engine.forecast import Forecast
from calculator_svc.engine.history import OLDEST_DAYS, Flow, History
from calculator_svc.engine.inputs import HORIZON_DAYS, Books, Category, Day, Role
from calculator_svc.engine.recurrence import occurrences
from calculator_svc.engine.residual import Residual, Settled, is_by_document
from calculator_svc.engine.settlement import MINIMUM_SAMPLES, due_or_assumed

RATIO_WEIGHT = 1.0
"""How many spans of h weeks the variance ratio of a week less weighs as much as: one, the unit
information prior (Kass and Wasserman 1995).
"""

SETTLED_IN = 0.9
"""The share of documents that is settled when books have begun to show all that moves."""

_LEAST_WEEKS = 4
_FROM_HISTORY = frozenset({Layer.RECURRING, Layer.PAYROLL, Layer.TAX})
# On the middle day of its week: when within a week it happens does not matter to the bands.
_MIDDLE = np.arange(3, HORIZON_DAYS, 7)

Matrix = NDArray[np.int64]
Reals = NDArray[np.float64]


def variance_ratios(past: Reals, most: int) -> Reals:
    """Return R(1), …, R(most): the variance of sums of so many consecutive weeks of `past`, as a
    multiple of what it were if weeks were independent.

    Each is shrunk towards the one before, from R(1) = 1 on: long sums are few. With h weeks in a
    sum there are weeks / h - 1 to learn from, the one being the average's.
    """
    weeks, around = len(past), past - past.mean()
    variance = (around**2).sum() / max(weeks - 1, 1)
    ratios = np.ones(most)
    if variance == 0:
        return ratios
    running = np.concatenate([[0.0], np.cumsum(around)])
    for h in range(2, most + 1):
        spans, ratios[h - 1] = weeks / h - 1, ratios[h - 2]
        if spans > 0:
            sums = running[h:] - running[:-h]
            found = (sums**2).sum() / (h * len(sums) * (1 - h / weeks) * variance)
            weighed = spans * found + RATIO_WEIGHT * ratios[h - 2]
            ratios[h - 1] = weighed / (spans + RATIO_WEIGHT)
    return ratios


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Past weeks, a row a course: one for each week ahead, and those that its average is of; 0 is
    the latest. `all` is how many the history has.
    """

    ahead: Matrix
    averaged: Matrix
    all: int

    @property
    def window(self) -> int:
        """Return how many weeks averages are taken over."""
        return int(self.averaged.shape[1])


def residual_deviations(
    books: Books, history: History, ahead: Forecast, paths: int, seed: int
) -> tuple[Matrix, Matrix]:
    """Return by how much receipts, and disbursements, differ from the forecast's on each of the 91
    days, a row a course; both signed as cash.

    Receipts vary as far as they are counted on, in the proportion in which they are expected.
    """
    window, rest = history.window_days // 7, ahead.residual
    if window < _LEAST_WEEKS or not rest.flows:
        none = np.zeros((paths, HORIZON_DAYS), dtype=np.int64)
        return none, none
    generator = generator_of(seed, "residual")
    chosen = _Chosen(
        generator.integers(0, window, size=(paths, len(_MIDDLE))),
        generator.integers(0, window, size=(paths, window)),
        history.days // 7,
    )
    counted = rest.counted / rest.received if rest.received else 0.0
    receipts = _varied(history, rest, True, chosen) * counted + _in_transit(books, rest, chosen)
    return _on_days(receipts), _on_days(_varied(history, rest, False, chosen))


def _varied(history: History, rest: Residual, inflow: bool, chosen: _Chosen) -> Reals:
    """Return by how much receipts, else disbursements, differ by the end of each of the 13 weeks.

    Early on, what comes through documents is in the open ones already: a drawn week's part of it
    counts by the same share as in the residual.
    """
    by_document = rest.customers if inflow else rest.vendors
    window, weeks_ahead = chosen.window, len(_MIDDLE)
    documents = _weekly(rest.flows, inflow, True, chosen.all)
    at_once = _weekly(rest.flows, inflow, False, chosen.all)
    steady = max(chosen.all - _first_weeks(history, by_document), window)
    ratios = variance_ratios((documents + at_once)[:steady], max(window, weeks_ahead))
    varied, moved = np.zeros(chosen.ahead.shape), np.zeros(chosen.ahead.shape)
    for past, counts in ((documents, _share(by_document)), (at_once, np.ones(weeks_ahead))):
        around = _around(past[:window])
        varied += around[chosen.ahead] * np.sqrt(counts)
        moved += around[chosen.averaged].mean(axis=1, keepdims=True) * counts
    total: Reals = np.cumsum(varied, axis=1) * np.sqrt(ratios[:weeks_ahead])
    total += np.cumsum(moved, axis=1) * np.sqrt(ratios[window - 1])
    return total


def _share(by_document: Settled) -> Reals:
    """Return the share F in the middle of each of the 13 weeks."""
    found: Reals = np.array(by_document.by_day, dtype=np.float64)[_MIDDLE] / by_document.of
    return found


def _on_days(by_week: Reals) -> Matrix:
    """Return running totals by week as amounts by day."""
    by_day = np.zeros((len(by_week), HORIZON_DAYS), dtype=np.int64)
    by_day[:, _MIDDLE] = np.diff(np.rint(by_week).astype(np.int64), axis=1, prepend=0)
    return by_day


def _first_weeks(history: History, by_document: Settled) -> int:
    """Return how many weeks, after the books begin, too little comes through documents to tell how
    weeks vary: what was written before is not in them. By the argument of `engine.residual`, on day
    t of the books it is the share F(t); these are the weeks until it is SETTLED_IN. None where the
    books are older than what is seen of them.
    """
    if history.days >= OLDEST_DAYS:
        return 0
    days = bisect_left(by_document.by_day, SETTLED_IN * by_document.of)
    return -(-days // 7)


def _in_transit(books: Books, rest: Residual, chosen: _Chosen) -> Reals:
    """Return how much more than invoices say has reached the bank by each week's end, a row a
    course. Of our bills nothing of the kind is said: which of the payments to a vendor were for
    bills, and which recur without one, is not known.
    """
    weeks = chosen.all
    told = np.zeros(weeks)
    for party in books.settlements:
        if party.role is Role.CUSTOMER:
            for day, amount in zip(party.days_ago, party.amounts, strict=False):
                if day < 7 * weeks:
                    told[day // 7] += amount
    if not told.any():
        return np.zeros(chosen.ahead.shape)
    gap = _weekly(rest.flows, True, True, weeks) - told
    counts = np.sqrt(1 - _share(rest.customers))
    total: Reals = np.cumsum(_around(gap[: chosen.window])[chosen.ahead] * counts, axis=1)
    return total * np.sqrt(variance_ratios(gap, len(_MIDDLE)))


def _around(past: Reals) -> Reals:
    """Return deviations from the average, as wide as the unknown average's would be: a bootstrap of
    n deviations is too narrow by (n - 1) / n (Davison and Hinkley 1997, 2.3).
    """
    found: Reals = (past - past.mean()) * np.sqrt(len(past) / (len(past) - 1))
    return found


def _weekly(flows: Sequence[Flow], inflow: bool, through_documents: bool, weeks: int) -> Reals:
    """Return what moved in each of the past weeks, the latest first, signed as cash."""
    past = np.zeros(weeks)
    for flow in flows:
        if flow.inflow is inflow and is_by_document(flow) is through_documents:
            for day, amount in zip(flow.days, flow.amounts, strict=True):
                if day < 7 * weeks:
                    past[day // 7] += amount
    return past


def bill_deviations(books: Books, ahead: Forecast, paths: int, seed: int) -> Matrix:
    """Return by how much the payment of open bills without a decision differs from the forecast's,
    on each of the 91 days, a row a course; signed as cash.
    """
    by_day = np.zeros((paths, HORIZON_DAYS + 2), dtype=np.int64)
    rows, beyond = np.arange(paths), HORIZON_DAYS + 1
    late_of: dict[str, list[int]] = {}
    for party in books.settlements:
        if party.role is Role.VENDOR:
            late_of.setdefault(party.party_id, []).extend(party.days_late)
    late_of = {party_id: sorted(late) for party_id, late in late_of.items()}
    everyone = sorted(late for own in late_of.values() for late in own)
    business_days = _business_days(books.as_of, beyond)
    for outlook in ahead.outlooks.bills:
        bill = outlook.document
        due = due_or_assumed(bill) - books.as_of
        late = _later(late_of.get(bill.party_id, []), -due) or _later(everyone, -due)
        if outlook.decisions or not late:
            continue
        chance = generator_of(seed, f"bill|{bill.id}").random(paths)
        took = np.array(late)[(chance * len(late)).astype(np.int64)] + due
        by_day[rows, business_days[np.clip(took, 1, beyond)]] -= bill.balance
        for flow in outlook.flows:
            by_day[:, min(flow.day - books.as_of, beyond)] -= flow.amount
    return by_day[:, 1:-1]


def _business_days(as_of: Day, most: int) -> Matrix:
    """Return, for each number of days ahead, that of the business day on or after it."""
    days = [business_day_on_or_after(as_of + ahead) - as_of for ahead in range(most + 1)]
    return np.minimum(np.array(days, dtype=np.int64), most)


def _later(ordered: list[int], least: int) -> list[int]:
    found = ordered[bisect_right(ordered, least) :]
    return found if len(found) >= MINIMUM_SAMPLES else []


def recurring_deviations(history: History, ahead: Forecast, paths: int, seed: int) -> Matrix:
    """Return by how much what recurs differs from the forecast's on each of the 91 days, a row a
    course; signed as cash. A change of its expected amount changes this in proportion.
    """
    by_day = np.zeros((paths, HORIZON_DAYS), dtype=np.int64)
    flows = {(flow.category, flow.counterparty, flow.inflow): flow for flow in history.flows}
    for (category, who, inflow), items in _series(ahead).items():
        flow = flows.get((category, who, inflow)) or flows.get((category, "", inflow))
        if flow is None:
            continue
        amounts = np.array(occurrences(flow)[1], dtype=np.float64)
        usual, mean = np.median(amounts), amounts.mean()
        generator = generator_of(seed, f"recurring|{category.name}|{who}|{inflow}")
        drawn = amounts[generator.integers(0, len(amounts), size=(paths, HORIZON_DAYS))]
        for place, item in enumerate(items):
            deviation = (drawn[:, place] - mean) / usual * item.amount
            by_day[:, item.day - ahead.as_of - 1] += np.rint(deviation).astype(np.int64)
    return by_day


def _series(ahead: Forecast) -> dict[tuple[Category, str, bool], list[Item]]:
    found: dict[tuple[Category, str, bool], list[Item]] = {}
    for item in ahead.items:
        if item.layer in _FROM_HISTORY and item.day <= ahead.as_of + HORIZON_DAYS:
            key = item.category, item.counterparty, item.amount > 0
            found.setdefault(key, []).append(item)
    return found


def generator_of(seed: int, name: str) -> np.random.Generator:
    """Return a stream of draws of its own (Philox: Salmon et al. 2011)."""
    key = hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))
