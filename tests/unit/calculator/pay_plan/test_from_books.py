"""A pay plan and a chase list made from books, and not from hand-written cash."""

from typing import Any

import pytest

from calculator_svc.engine.calculations import calculate_forecast
from calculator_svc.engine.forecast import outlooks
from calculator_svc.engine.inputs import (
    Action,
    Books,
    Category,
    LateFee,
    Policy,
    Role,
    Settlements,
    Tier,
)
from calculator_svc.engine.pay_plan.chase import ChasePolicy
from calculator_svc.engine.pay_plan.from_books import PlanFigures, chase_invoices, plan_bills
from calculator_svc.engine.pay_plan.inputs import PayPolicy
from calculator_svc.engine.pay_plan.verify import violations

from ..builders import POLICY, TODAY, bill, books, decision, invoice, series

SEED = 7


def planned(given: Books, **policy: Any) -> PlanFigures:
    return plan_bills(given, Policy(**policy) if policy else POLICY, PayPolicy(), SEED, 13)


def days(figures: PlanFigures) -> dict[str, int | None]:
    return {one.bill.id: one.day and one.day - TODAY for one in figures.plan.bills}


def late_payer() -> Settlements:
    lateness = [-3, 0, 4, 9, 15, 22] * 5
    ago = [9 + 5 * place for place in range(len(lateness))]
    return Settlements(Role.CUSTOMER, "customer-1", [30 + n for n in lateness], lateness, ago)


def test_with_cash_enough_every_bill_is_sent_on_its_latest_safe_day() -> None:
    found = planned(books(cash=1_000_000, bills=[bill("a", 10, 5_000), bill("b", 20, 5_000)]))
    for one in found.plan.bills:
        assert one.day == one.safe.day
    assert found.plan.shortages == found.plan.too_late == []


def test_the_cash_of_the_plan_is_that_of_the_tenth_worst_course_without_the_bills() -> None:
    owed = books(cash=20_000, invoices=[invoice("i", 5, 50_000)], settlements=[late_payer()])
    with_bill = books(
        cash=20_000,
        bills=[bill("a", 10, 5_000)],
        invoices=[invoice("i", 5, 50_000)],
        settlements=[late_payer()],
    )
    low = calculate_forecast(owed, POLICY, SEED, 0).uncertainty.cash[0]
    assert planned(with_bill).inputs.cash == [20_000, *low]


def test_a_bill_that_can_wait_waits_until_the_customers_money_is_all_but_sure() -> None:
    given = books(
        cash=5_000,
        bills=[bill("can wait", 5, 6_000, tier=Tier.DEFERRABLE)],
        invoices=[invoice("i", 5, 50_000)],
        settlements=[late_payer()],
    )
    found = planned(given)
    (one,) = found.plan.bills
    assert one.day is not None and one.day > one.safe.day
    assert found.inputs.cash[one.day - TODAY] >= 6_000
    # Far ahead a plan thinks in weeks.
    assert found.inputs.cash[one.day - TODAY - 7] < 6_000
    assert "would be" in one.reason


def test_what_is_critical_is_paid_in_time_although_cash_falls_below_the_floor() -> None:
    given = books(cash=5_000, bills=[bill("rent", 10, 6_000, category=Category.RENT)])
    found = planned(given)
    (one,) = found.plan.bills
    assert one.day is not None and one.day <= one.safe.day
    assert [short.depth for short in found.plan.shortages] == [1_000]


def test_the_floor_is_the_businesss_own() -> None:
    given = books(cash=10_000, bills=[bill("a", 10, 6_000, tier=Tier.DEFERRABLE)])
    assert days(planned(given))["a"] is not None
    assert days(planned(given, cash_floor=5_000))["a"] is None


def test_a_bill_with_a_decision_keeps_its_day_and_takes_its_cash_before_the_others() -> None:
    queued = [decision(Action.PAY_NOW, "decided")]
    bills = [bill("decided", 30, 8_000), bill("other", 10, 6_000, tier=Tier.DEFERRABLE)]
    found = planned(books(cash=10_000, bills=bills, queued=queued))
    assert days(found) == {"other": None}
    assert found.inputs.cash[-1] == 2_000


def test_no_hard_constraint_is_broken_with_history_payroll_and_late_payers() -> None:
    given = books(
        cash=60_000,
        bills=[
            bill(f"b{n}", 3 * n - 4, 4_000 + 100 * n, tier=Tier.DEFERRABLE if n % 2 else Tier.KEY)
            for n in range(12)
        ],
        invoices=[invoice(f"i{n}", 4 * n - 9, 9_000) for n in range(8)],
        settlements=[late_payer()],
        history=[series([6, 20, 34, 48, 62, 76], -20_000, Category.PAYROLL, "Payroll")],
    )
    found = planned(given)
    pay_days = [one.day for one in found.plan.bills]
    assert violations(found.inputs, pay_days) == []


def test_the_same_seed_gives_the_same_plan() -> None:
    given = books(
        cash=5_000,
        bills=[bill("a", 5, 6_000)],
        invoices=[invoice("i", 5, 50_000)],
        settlements=[late_payer()],
    )
    assert planned(given) == planned(given)


def test_the_chase_of_a_large_overdue_invoice_is_worth_most() -> None:
    given = books(
        invoices=[
            invoice("small", -20, 5_000),
            invoice("large", -20, 500_000),
            invoice("not due", 10, 900_000),
        ],
        settlements=[late_payer()],
    )
    found = chase_invoices(given, ChasePolicy())
    assert [one.invoice.document.id for one in found] == ["large", "small", "not due"]
    assert found[0].chance_chased > found[0].invoice.chance > 0
    assert found[0].invoice.expected > TODAY + 14
    assert found[2].value == 0


@pytest.mark.parametrize("action", [Action.WRITE_OFF, Action.COLLECT])
def test_an_invoice_that_is_decided_about_is_not_chased(action: Action) -> None:
    fields = {"in_days": 12} if action is Action.COLLECT else {}
    queued = [decision(action, "i", **fields)]
    assert chase_invoices(books(invoices=[invoice("i", -20)], queued=queued), ChasePolicy()) == []


def test_what_is_documented_of_late_payments_decides_which_bill_waits() -> None:
    fee = LateFee(once=5_000, monthly_basis_points=0)
    bills = [
        bill("in grace", 2, 6_000, grace_days=30),
        bill("dear", 2, 6_000, late_fee=fee),
        bill("cheap", 2, 6_000, late_fee=LateFee(0, 0)),
        bill("law", 2, 6_000, by_law=True),
    ]
    given = books(cash=12_000, bills=bills, invoices=[invoice("i", 5, 90_000)])
    found = planned(given)
    sent = days(found)
    assert (sent["law"], sent["dear"]) == (0, 0)
    assert sent["cheap"] != 0
    by_id = {one.bill.id: one for one in found.plan.bills}
    assert by_id["cheap"].cost.late_fee == 0
    assert by_id["in grace"].safe.day == TODAY + 29


def test_a_disputed_invoice_goes_to_a_person_and_says_so() -> None:
    given = books(
        invoices=[invoice("a", -20, 500_000, dispute="came broken"), invoice("b", -20, 5_000)],
        settlements=[late_payer()],
    )
    found = chase_invoices(given, ChasePolicy())
    assert [(one.invoice.document.id, one.for_a_person) for one in found] == [
        ("b", False),
        ("a", True),
    ]
    assert found[1].reason.startswith("disputed (came broken)")


@pytest.mark.parametrize("grace", [0, 4])
@pytest.mark.parametrize("due", [None, -20, 0, 1, 2, 9, 40])
def test_console_and_plan_say_the_same_latest_safe_day(due: int | None, grace: int) -> None:
    given = books(bills=[bill("a", due, grace_days=grace)])
    (told,) = outlooks(given).bills
    (one,) = planned(given).plan.bills
    assert told.latest_safe == max(one.safe.day, TODAY)
