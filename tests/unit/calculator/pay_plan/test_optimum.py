"""The plan beside the exact optimum, which is found by trying every plan there is."""

from hypothesis import given, settings

from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs

from .independent import least_cost
from .random_cases import SMALL


@settings(max_examples=500, deadline=None)
@given(SMALL)
def test_a_plan_costs_at_most_1_per_cent_more_than_the_exact_optimum(
    inputs: PayPlanInputs,
) -> None:
    found = calculate_pay_plan(inputs)
    least = least_cost(inputs)
    assert least <= found.cost <= least + least // 100
    assert found.optimal


@settings(max_examples=300, deadline=None)
@given(SMALL)
def test_the_gap_that_is_told_is_never_smaller_than_the_true_one(inputs: PayPlanInputs) -> None:
    found = calculate_pay_plan(inputs, work=0)
    assert (found.cost - least_cost(inputs)) * 1_000_000 <= found.gap * found.cost
    assert found.optimal == (found.gap <= 10_000)
