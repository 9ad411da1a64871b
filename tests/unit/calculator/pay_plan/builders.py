"""Pay plans for tests. Days are given as days from `TODAY`, Tuesday 2026-05-05."""

from typing import Any

from calculator_svc.engine.inputs import Bill, Category, LateFee, Terms, Tier
from calculator_svc.engine.pay_plan.answer import PayPlan, PlannedBill
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs, PayPolicy

from ..builders import TODAY, bill

TWO_TEN_NET_THIRTY = Terms(30, 10, 200)


def owed(
    key: str = "bill-1",
    due: int | None = 10,
    balance: int = 10_000,
    *,
    grace: int = 0,
    fee: LateFee | None = None,
    by_law: bool = False,
    **fields: Any,
) -> Bill:
    """Return an open bill of 100.00 USD of a vendor without a tier, due in 10 days."""
    return bill(key, due, balance, grace_days=grace, late_fee=fee, by_law=by_law, **fields)


def payroll(key: str = "payroll", due: int = 10, balance: int = 10_000) -> Bill:
    """Return a payroll."""
    return owed(key, due, balance, category=Category.PAYROLL, name="Payroll")


def discounted(key: str = "bill-1", issued: int = 0, balance: int = 100_000) -> Bill:
    """Return a bill of 1,000.00 USD at 2/10 net 30."""
    return Bill(
        key, "vendor-1", "Acme", TODAY + issued, TODAY + issued + 30, balance, TWO_TEN_NET_THIRTY
    )


def key_vendor(key: str, due: int, balance: int) -> Bill:
    """Return a bill of a key vendor (T2)."""
    return owed(key, due, balance, tier=Tier.KEY)


def cash(*steps: tuple[int, int], days: int = 28) -> list[int]:
    """Return a cash path of 4 weeks: from each given day on, the given amount."""
    path = [0] * (days + 1)
    for first, amount in steps:
        path[first:] = [amount] * (days + 1 - first)
    return path


def inputs(bills: list[Bill], path: list[int] | None = None, **policy: Any) -> PayPlanInputs:
    """Return inputs with 10,000.00 USD of cash, if nothing else is given."""
    return PayPlanInputs(TODAY, path or cash((0, 1_000_000)), bills, PayPolicy(**policy))


def plan(bills: list[Bill], path: list[int] | None = None, **policy: Any) -> PayPlan:
    """Return the pay plan of these bills."""
    return calculate_pay_plan(inputs(bills, path, **policy))


def planned(*given: Any, **fields: Any) -> PlannedBill:
    """Return what the plan says of one bill."""
    (found,) = plan(*given, **fields).bills
    return found


def days(found: PayPlan) -> dict[str, int | None]:
    """Return for each bill in how many days it is paid; None is after the plan."""
    return {one.bill.id: None if one.day is None else one.day - TODAY for one in found.bills}
