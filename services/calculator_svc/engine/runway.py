"""Until when the cash lasts, and how that is to be judged."""

from dataclasses import dataclass
from enum import IntEnum

from calculator_svc.engine.forecast import Forecast
from calculator_svc.engine.history import Burn
from calculator_svc.engine.inputs import HORIZON_DAYS, Category, Day, Policy
from calculator_svc.engine.paths import Paths


class Status(IntEnum):
    """How a runway is judged at a glance. The numbers are those of the protos."""

    CRITICAL = 1
    WARNING = 2
    HEALTHY = 3
    EXCELLENT = 4


@dataclass(slots=True)
class PayrollCheck:
    """The payroll of one day, as a positive amount, and the cash at the end of that day."""

    day: Day
    amount: int
    cash_after: int


@dataclass(slots=True)
class Runway:
    """The headline figures; amounts in minor units, burn in minor units a day.

    `zero` is None when cash does not run out within the horizon: never 0, never infinity.
    """

    status: Status
    zero: Day | None
    days: int | None
    cash: int
    earmarked: int
    lowest: int
    lowest_day: Day
    gross_burn: int
    net_burn: int
    burn_days: int
    closing: int
    payroll: PayrollCheck | None


@dataclass(slots=True)
class Week:
    """Seven days of the forecast: sums, the cash at their end, and the lowest of their days."""

    start: Day
    receipts: int
    disbursements: int
    closing: int
    lowest: int


def runway(forecast: Forecast, plan: Paths, burn: Burn, policy: Policy) -> Runway:
    """Return the runway of the plan (row 0 of the paths).

    The cash-zero date is the first day on which cash after earmarks is below zero: as_of itself, so
    that the runway is 0 days, when what is set aside exceeds the cash there is.
    """
    zero = plan.zero[0]
    days = None if zero is None else zero - forecast.as_of
    return Runway(
        status=_status(_judged_days(days, plan.closing[0], burn), policy),
        zero=zero,
        days=days,
        cash=forecast.cash,
        earmarked=forecast.set_aside,
        lowest=plan.lowest[0],
        lowest_day=plan.lowest_day(),
        gross_burn=_rounded(burn.gross, burn.days),
        net_burn=_rounded(burn.net, burn.days),
        burn_days=burn.days,
        closing=plan.closing[0],
        payroll=_next_payroll(forecast, plan),
    )


def weeks(forecast: Forecast, plan: Paths) -> list[Week]:
    """Return the forecast by week; the first begins on the day after as_of."""
    receipts, disbursements = forecast.shown_receipts(), forecast.shown_disbursements()
    cash = plan.by_day()[1:]
    return [
        Week(
            forecast.as_of + 1 + start,
            sum(receipts[start : start + 7]),
            sum(disbursements[start : start + 7]),
            cash[start + 6],
            min(cash[start : start + 7]),
        )
        for start in range(0, HORIZON_DAYS, 7)
    ]


def _judged_days(days: int | None, closing: int, burn: Burn) -> int | None:
    """Return the days that the status is judged by; None for without end.

    Where the forecast shows no cash-zero date, what is left at its end is used up at the net burn
    of the past. That is too rough for a date, and serves the status alone.
    """
    if days is not None:
        return days
    return None if burn.net <= 0 else HORIZON_DAYS + closing * burn.days // burn.net


def _status(days: int | None, policy: Policy) -> Status:
    if days is None or days >= policy.healthy_days:
        return Status.EXCELLENT
    if days < policy.critical_days:
        return Status.CRITICAL
    return Status.WARNING if days < policy.warning_days else Status.HEALTHY


def _next_payroll(forecast: Forecast, plan: Paths) -> PayrollCheck | None:
    items = forecast.due_items(Category.PAYROLL)
    if not items:
        return None
    day = items[0].day
    amount = -sum(item.amount for item in items if item.day == day)
    return PayrollCheck(day, amount, int(plan.cash[0, day - forecast.as_of]))


def _rounded(total: int, days: int) -> int:
    """Divide, rounding halves up."""
    return (2 * total + days) // (2 * days)
