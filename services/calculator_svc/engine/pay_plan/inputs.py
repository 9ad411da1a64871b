"""What a pay plan is made from: the open bills, the cash expected without them, the policy."""

from dataclasses import dataclass, field

from calculator_svc.engine.inputs import Bill, Day, LateFee, Tier
from calculator_svc.engine.settlement import RAIL_DAYS


@dataclass(slots=True)
class PayPolicy:
    """How a business weighs one payment against another; every default is a stated assumption.

    `cash_floor`: cash at the end of no day is to be lower. `rail_days`: business days from sending
    a payment off until it arrives. `late_fee`: where a bill documents none; 1.5% a month is the
    usual clause. `strain`: what a day of delay costs the relation to a vendor, in basis points of
    the balance; it is a weight and not money. `value_of_time`: what cash earns or saves in a year,
    in basis points; 8% is about the price of a credit line.
    """

    cash_floor: int = 0
    rail_days: int = RAIL_DAYS
    late_fee: LateFee = field(default_factory=LateFee)
    strain: dict[Tier, int] = field(
        default_factory=lambda: {Tier.CRITICAL: 100, Tier.KEY: 10, Tier.DEFERRABLE: 2}
    )
    value_of_time: int = 800

    def strain_of(self, tier: Tier) -> int:
        """Return the basis points of a day; a vendor without a tier is taken as deferrable."""
        return self.strain.get(tier or Tier.DEFERRABLE, 0)


@dataclass(slots=True)
class PayPlanInputs:
    """A business's open bills and cash on the day `as_of`, all in one currency.

    `cash` is expected cash at the end of each day without these bills and after earmarks: entry 0
    is as_of, entry t the t-th day after it. Its length is the horizon of the plan.
    """

    as_of: Day
    cash: list[int]
    bills: list[Bill] = field(default_factory=list)
    policy: PayPolicy = field(default_factory=PayPolicy)
    currency: str = "USD"
    minor_units: int = 100

    @property
    def end(self) -> Day:
        """Return the last day of the plan."""
        return self.as_of + len(self.cash) - 1
