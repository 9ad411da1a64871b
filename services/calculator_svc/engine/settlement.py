"""When documents fall due, and when an open bill will be paid, by how earlier ones were.

The estimator is the *conditional median* of days late: of the vendor's past bills only those that
were paid later than this one already is (it is not paid yet, so it cannot be one of the others),
and of these the median. This is the median residual life of survival analysis under the empirical
survival function (Kaplan and Meier 1958, with no censoring since only settled bills are given):
with S(t) the share of bills still unpaid t days after the due date, and a the lateness reached, it
solves S(t) = S(a) / 2. When customers pay their invoices is another matter: `engine.pay_dates`.
"""

from bisect import bisect_right
from collections.abc import Iterable

from calculator_svc.engine.calendar import (
    business_day_on_or_after,
    business_days_before,
)
from calculator_svc.engine.inputs import Bill, Day, Invoice, Role, Settlements

MINIMUM_SAMPLES = 3
"""Fewer bills than this say nothing of a habit."""

RAIL_DAYS = 2
"""Business days from sending a payment off until it arrives (ACH, SEPA)."""

ASSUMED_NET_DAYS = 30
"""Days from issue to due date where the books say nothing."""

FARTHEST_DAYS = 3650
"""No bill is expected later than this after as_of: beyond it a date means 'never'."""


def stated_due(document: Bill | Invoice) -> Day | None:
    """Return the due date by the document or its terms; None where the books have neither."""
    if document.due is not None:
        return document.due
    return None if document.terms is None else document.issue + document.terms.net_days


def due_or_assumed(document: Bill | Invoice) -> Day:
    """Return the stated due date; without date and terms, 30 days after issue."""
    due = stated_due(document)
    return document.issue + ASSUMED_NET_DAYS if due is None else due


def latest_safe_day(bill: Bill, rail_days: int = RAIL_DAYS) -> Day:
    """Return the last business day on which a payment is still in time; it may have passed.

    Due date plus documented grace, less the business days that a payment travels.
    """
    return business_days_before(due_or_assumed(bill) + bill.grace_days, rail_days)


class PayDates:
    """Expects on which days our bills are paid, as we have been paying them."""

    def __init__(self, settlements: Iterable[Settlements], as_of: Day) -> None:
        self._as_of = as_of
        self._late: dict[str, list[int]] = {}
        self._everyone: list[int] | None = None
        for party in settlements:
            if party.role is Role.VENDOR:
                known = self._late.get(party.party_id, [])
                self._late[party.party_id] = sorted(known + party.days_late)

    def expected(self, bill: Bill) -> Day:
        """Return the business day after as_of on which the bill is expected to be paid.

        From the vendor's own history where at least three of its bills were later than this one is
        now; else from all vendors', by the same rule; else the due date, or the next business day
        when that has passed. A bill without due date is taken to be due 30 days after issue.
        """
        due = due_or_assumed(bill)
        late = self._habit(bill.party_id, self._as_of - due)
        expected = max(due if late is None else due + late, self._as_of + 1)
        return business_day_on_or_after(min(expected, self._as_of + FARTHEST_DAYS))

    def _habit(self, party_id: str, lateness: int) -> int | None:
        own = self._late.get(party_id)
        if own is not None:
            late = median_above(own, lateness)
            if late is not None:
                return late
        if self._everyone is None:
            self._everyone = sorted(late for party in self._late.values() for late in party)
        return median_above(self._everyone, lateness)


def median_above(ordered: list[int], least: int) -> int | None:
    """Return the median of the values above `least`, halves rounded up; None with fewer than three.

    `ordered` is ascending.
    """
    start = bisect_right(ordered, least)
    count = len(ordered) - start
    if count < MINIMUM_SAMPLES:
        return None
    middle = start + count // 2
    if count % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle] + 1) // 2
