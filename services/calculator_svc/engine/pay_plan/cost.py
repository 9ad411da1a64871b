"""What it costs to pay a bill on one day rather than another, in integer minor units."""

from dataclasses import dataclass
from typing import NamedTuple

from calculator_svc.engine.inputs import Bill, Day
from calculator_svc.engine.pay_plan.inputs import PayPolicy
from calculator_svc.engine.pay_plan.safe_date import (
    Discount,
    SafeDate,
    early_discount,
    latest_safe_date,
)


class Cost(NamedTuple):
    """The parts of a cost: three of money, and the strain on the vendor, which is a weight."""

    late_fee: int = 0
    strain: int = 0
    lost_discount: int = 0
    time_value: int = 0

    @property
    def total(self) -> int:
        """Return what the plan weighs."""
        return self.late_fee + self.strain + self.lost_discount + self.time_value


@dataclass(slots=True)
class Dated:
    """A bill with its dates: until when it is safe, and the discount that can still be had.

    `deadline` is the latest safe date as far as a plan can keep to it: its first pay day when the
    date has passed, and the day after the plan when it lies further off.
    """

    bill: Bill
    policy: PayPolicy
    safe: SafeDate
    discount: Discount | None
    deadline: Day

    @property
    def balance(self) -> int:
        """Return what is owed."""
        return self.bill.balance

    def amount_on(self, day: Day) -> int:
        """Return what has to be paid on a day."""
        if self.discount is not None and day <= self.discount.last_day:
            return self.balance - self.discount.saving
        return self.balance

    def cost_on(self, day: Day) -> Cost:
        """Return what it costs to pay on a day; what an overdue bill has cost by now is left out.

        Up to the deadline it is the time value of the money, which falls from day to day. After it,
        the late fee and the strain, rounded up; the strain is at least one minor unit a day, so
        that a day more always costs more. A discount is lost the day after it ends.
        """
        saving = self.discount.saving if self.discount is not None else 0
        lost = saving - (self.balance - self.amount_on(day))
        late = day - self.deadline
        if late <= 0:
            time_value = self.balance * self.policy.value_of_time * -late // (10_000 * 365)
            return Cost(lost_discount=lost, time_value=time_value)
        fee = self.bill.late_fee or self.policy.late_fee
        charged = _up(self.balance * fee.monthly_basis_points * late, 10_000 * 30)
        if self.safe.day >= self.deadline:
            charged += fee.once
        points = self.policy.strain_of(self.bill.tier)
        return Cost(charged, _up(self.balance * points * late, 10_000) + late, lost)


def dated(bill: Bill, policy: PayPolicy, first: Day, after: Day) -> Dated:
    """Return a bill with its dates in a plan from the pay day `first` to the one before `after`."""
    safe = latest_safe_date(bill, policy)
    deadline = min(max(safe.day, first), after)
    return Dated(bill, policy, safe, early_discount(bill, policy, first), deadline)


def _up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
