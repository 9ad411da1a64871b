"""Until when a bill can wait, and until when it can be had for less.

Latest safe date = due date + documented grace, less the business days that a payment travels, on a
business day. A discount ends in the same way: the payment has to arrive while it runs.
"""

from dataclasses import dataclass

from calculator_svc.engine import words
from calculator_svc.engine.calendar import business_day_on_or_after, business_days_before
from calculator_svc.engine.inputs import Bill, Day
from calculator_svc.engine.pay_plan.inputs import PayPolicy
from calculator_svc.engine.priority import discount_rate
from calculator_svc.engine.settlement import (
    ASSUMED_NET_DAYS,
    due_or_assumed,
    latest_safe_day,
    stated_due,
)


@dataclass(slots=True)
class SafeDate:
    """The last business day on which a payment sent off is in time, and why; it may have passed."""

    day: Day
    reason: str


@dataclass(slots=True)
class Discount:
    """An early-payment discount: the last day to send the payment, the saving, and its yearly rate.

    `rate` is a fraction, d/(1-d) * 365/(net - discount days); it serves for words alone.
    """

    last_day: Day
    until: Day
    saving: int
    basis_points: int
    rate: float

    def in_words(self) -> str:
        """Return `discount of 2% until 2026-05-12: 37.2% a year`."""
        text = f"discount of {self.basis_points / 100:g}% until {words.date(self.until)}"
        return f"{text}: {self.rate * 100:.1f}% a year" if self.rate else text


def first_pay_day(as_of: Day) -> Day:
    """Return the first day on which anything can be paid: as_of, or the Monday after it."""
    return business_day_on_or_after(as_of)


def latest_safe_date(bill: Bill, policy: PayPolicy) -> SafeDate:
    """Return the latest safe date of a bill, by the rule that the console goes by as well."""
    due = words.date(due_or_assumed(bill))
    reason = f"due {due}"
    if stated_due(bill) is None:
        reason = f"no due date is known, {due} is {words.days(ASSUMED_NET_DAYS)} after issue"
    if bill.grace_days:
        reason += f" and {words.days(bill.grace_days)} of grace"
    if policy.rail_days:
        plural = "" if policy.rail_days == 1 else "s"
        reason += f", less {policy.rail_days} business day{plural} to arrive"
    return SafeDate(latest_safe_day(bill, policy.rail_days), reason)


def early_discount(document: Bill, policy: PayPolicy, first: Day) -> Discount | None:
    """Return the discount that is still to be had from the day `first` on; None without one."""
    terms = document.terms
    if terms is None or not 0 < terms.discount_basis_points < 10_000:
        return None
    until = document.issue + terms.discount_days
    last_day = business_days_before(until, policy.rail_days)
    saving = document.balance * terms.discount_basis_points // 10_000
    if last_day < first or not saving:
        return None
    return Discount(last_day, until, saving, terms.discount_basis_points, discount_rate(terms))
