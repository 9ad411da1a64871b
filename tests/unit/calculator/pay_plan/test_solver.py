"""The search itself: what it needs, what bounds it, what it leaves behind."""

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from calculator_svc.engine.inputs import Tier
from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs
from calculator_svc.engine.pay_plan.model import build
from calculator_svc.engine.pay_plan.solver import solve

from .builders import cash, inputs, owed


def tight(bills: int, seed: int = 1, unit: int = 1, days: int = 91) -> PayPlanInputs:
    """Return bills that cash does not cover in time: about a third has to wait."""
    made = random.Random(seed)
    tiers = [Tier.KEY, Tier.DEFERRABLE, Tier.UNSPECIFIED]
    open_bills = [
        owed(f"{n:03}", made.randint(-9, days), made.randint(10**3, 10**6) * unit)
        for n in range(bills)
    ]
    for bill in open_bills:
        bill.tier = made.choice(tiers)
    level = total = sum(bill.balance for bill in open_bills)
    level //= 12
    path = []
    for _ in range(days + 1):
        level += made.randint(0, total * 15 // (days * 10)) * made.randint(0, 1)
        path.append(level)
    return inputs(open_bills, path)


@pytest.mark.parametrize(("bills", "gap"), [(50, 10_000), (200, 30_000)])
def test_a_tight_plan_of_many_bills_is_near_the_least_cost(bills: int, gap: int) -> None:
    found = calculate_pay_plan(tight(bills))
    waiting = [one for one in found.bills if one.reason.startswith("waits")]
    assert len(waiting) > bills // 10
    assert 0 < found.gap <= gap
    assert found.optimal == (found.gap <= 10_000)


def test_the_search_finds_more_than_it_starts_from() -> None:
    model = build(tight(50))
    assert solve(model).cost < solve(model, work=0).cost


def test_a_search_that_is_ended_says_what_it_does_not_know() -> None:
    found = calculate_pay_plan(tight(50), work=0)
    assert not found.optimal
    assert found.gap > 10_000


def test_amounts_of_ten_to_the_thirteen_are_settled_to_the_minor_unit() -> None:
    amounts = [10**13 + 1, 10**13 - 1, 2]
    bills = [owed(f"{n}", 5, amount) for n, amount in enumerate(amounts)]
    path = cash((0, 2 * 10**13 + 1), (16, 10**14))
    found = calculate_pay_plan(inputs(bills, path))
    assert [one.day is not None and one.day - found.bills[0].safe.day for one in found.bills] == [
        0,
        0,
        15,
    ]
    assert min(found.cash) == 1


def test_plans_made_at_the_same_time_are_the_same_as_one_by_one() -> None:
    cases = [tight(30, seed) for seed in range(4)]
    one_by_one = [repr(calculate_pay_plan(case)) for case in cases]
    with ThreadPoolExecutor(4) as pool:
        assert [repr(found) for found in pool.map(calculate_pay_plan, cases)] == one_by_one


def test_the_search_prints_nothing(capfd) -> None:
    calculate_pay_plan(tight(20))
    assert capfd.readouterr() == ("", "")


def test_highs_is_loaded_by_the_first_plan_that_needs_it_and_not_before() -> None:
    script = """
import sys
from unit.calculator.pay_plan.builders import cash, owed, plan
plan([owed()])
print("highspy" in sys.modules)
plan([owed("a", 5), owed("b", 5, 9_000)], cash((0, 10_000)))
print("highspy" in sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert ran.stdout.split() == ["False", "True"]
