"""A plan that anyone made is checked before it is finalised."""

import pytest

from calculator_svc.engine.inputs import Category, Tier
from calculator_svc.engine.pay_plan import calculation
from calculator_svc.engine.pay_plan.calculation import UnsoundPlan
from calculator_svc.engine.pay_plan.verify import Constraint, cash_with, violations

from ..builders import TODAY
from .builders import cash, discounted, inputs, owed, payroll, plan


def test_a_sound_plan_breaks_nothing() -> None:
    assert violations(inputs([payroll()]), [TODAY + 8]) == []


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"category": Category.PAYROLL}, Constraint.PAYROLL),
        ({"category": Category.TAX, "by_law": True}, Constraint.TAX),
        ({"category": Category.RENT}, Constraint.RENT),
        ({"tier": Tier.CRITICAL}, Constraint.CRITICAL_VENDOR),
        ({"by_law": True}, Constraint.LAW),
    ],
)
@pytest.mark.parametrize("paid", [TODAY + 9, None])
def test_a_hard_bill_after_its_latest_safe_date_is_said(fields, constraint, paid) -> None:
    (found,) = violations(inputs([owed(**fields)]), [paid])
    assert (found.constraint, found.bill, found.day, found.amount) == (
        constraint,
        0,
        TODAY + 8,
        10_000,
    )
    when = "after the plan" if paid is None else "on 2026-05-14"
    assert found.description == (
        f"Acme ({constraint.value}) is paid {when}; the last day is 2026-05-13."
    )


def test_cash_below_the_floor_is_said_with_the_first_day() -> None:
    given = inputs([owed(balance=9_500)], cash((0, 10_000)), cash_floor=1_000)
    (found,) = violations(given, [TODAY + 6])
    assert (found.constraint, found.day, found.amount) == (Constraint.CASH_FLOOR, TODAY + 6, 500)
    assert found.description == "Cash on 2026-05-11 is 5.00 USD lower than it has to be."


def test_what_hard_bills_alone_take_below_the_floor_is_no_fault_of_the_plan() -> None:
    given = inputs([payroll()], cash((0, 4_000)))
    assert violations(given, [TODAY + 8]) == []
    (found,) = violations(given, [TODAY + 7])
    assert (found.constraint, found.day, found.amount) == (Constraint.CASH_FLOOR, TODAY + 7, 6_000)


@pytest.mark.parametrize("ahead", [-1, 4, 29])
def test_a_day_outside_the_plan_or_on_a_weekend_is_no_pay_day(ahead) -> None:
    (found,) = violations(inputs([owed()]), [TODAY + ahead])
    assert found.constraint is Constraint.PAY_DAY


def test_cash_counts_a_discount_until_its_last_day_to_send() -> None:
    given = inputs([discounted()], cash((0, 100_000)))
    assert cash_with(given, [TODAY + 8])[-1] == 2_000
    assert cash_with(given, [TODAY + 9])[-1] == 0


def test_a_plan_that_breaks_a_constraint_does_not_leave_the_engine(monkeypatch) -> None:
    monkeypatch.setattr(calculation, "pay_days", lambda _model, _choice: [TODAY + 9])
    with pytest.raises(UnsoundPlan, match="the last day is 2026-05-13"):
        plan([payroll()])
