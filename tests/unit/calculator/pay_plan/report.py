"""`make pay-plan-cases`: as many random cases as the promise names, and what comes out of them."""

import argparse
import sys
import time
from collections.abc import Callable
from fractions import Fraction

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from calculator_svc.engine.pay_plan.calculation import calculate_pay_plan
from calculator_svc.engine.pay_plan.inputs import PayPlanInputs

from .independent import check, least_cost
from .random_cases import MANY, SMALL


def each(
    strategy: SearchStrategy[PayPlanInputs],
    cases: int,
    first: int,
    look: Callable[[PayPlanInputs], None],
) -> int:
    """Look at so many random cases, and return how many they were."""
    seen = 0

    @seed(first)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(strategy)
    def look_at(inputs: PayPlanInputs) -> None:
        nonlocal seen
        seen += 1
        look(inputs)

    look_at()
    return seen


def main() -> int:
    """Print what came out; return 1 if a promise does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    breaches, unproven, gaps = 0, 0, [Fraction(0)]

    def keep_to_the_constraints(inputs: PayPlanInputs) -> None:
        nonlocal breaches
        try:
            check(inputs, calculate_pay_plan(inputs))
        except AssertionError:
            breaches += 1

    def hold_against_the_optimum(inputs: PayPlanInputs) -> None:
        nonlocal unproven
        found, least = calculate_pay_plan(inputs), least_cost(inputs)
        # A plan that is cheaper than the cheapest is as wrong as one that is dearer.
        gaps.append(abs(Fraction(found.cost - least, max(1, least))))
        unproven += not found.optimal

    began = time.monotonic()
    count = each(MANY, given_.cases, given_.seed, keep_to_the_constraints)
    print(f"{count:,} plans: {breaches} break a hard constraint or cost what they do not say.")
    count = each(SMALL, given_.cases, given_.seed, hold_against_the_optimum)
    dearer = sum(gap > 0 for gap in gaps)
    print(
        f"{count:,} plans beside the exact optimum: {dearer} differ from it, the worst by "
        f"{float(max(gaps)):.3%}; {unproven} do not say that they are within 1%."
    )
    print(f"{time.monotonic() - began:.0f} s, seed {given_.seed}.")
    return int(breaches > 0 or max(gaps) > Fraction(1, 100))


if __name__ == "__main__":
    sys.exit(main())
