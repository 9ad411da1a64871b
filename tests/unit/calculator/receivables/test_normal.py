import math
from statistics import NormalDist

import numpy as np
import pytest

from calculator_svc.engine.receivables import normal

NORMAL = NormalDist()
POINTS = [-4.0, -1.5, -0.1, 0.0, 0.7, 2.0, 5.0]
EULER = 0.5772156649015329


def test_the_normal_distribution_is_right_to_seven_digits() -> None:
    found = normal.cumulative(np.array(POINTS))
    assert found == pytest.approx([NORMAL.cdf(z) for z in POINTS], abs=1e-7)


def test_its_inverse_is_right_to_three_digits() -> None:
    levels = [0.001, 0.1, 0.5, 0.77, 0.999]
    found = normal.quantile(np.array(levels))
    assert found == pytest.approx([NORMAL.inv_cdf(level) for level in levels], abs=5e-4)


def test_students_distribution_is_that_of_the_tables() -> None:
    # Upper tails of t with four degrees of freedom: 10, 2.5 and 0.5 per cent.
    tabled = np.array([1.533206, 2.776445, 4.604095])
    assert normal.student_4_above(tabled) == pytest.approx([0.1, 0.025, 0.005], rel=1e-5)
    assert normal.student_4_above(-tabled) == pytest.approx([0.9, 0.975, 0.995], rel=1e-5)


def test_students_tail_keeps_its_digits_far_out() -> None:
    near, far = normal.student_4_above(np.array([1e5, 1e9]))
    assert near / far == pytest.approx(1e16, rel=1e-6)  # it falls by the fourth power


def test_eulers_functions_are_those_of_the_tables() -> None:
    assert normal.digamma(1) == pytest.approx(-EULER, abs=1e-8)
    assert normal.digamma(0.5) == pytest.approx(-EULER - 2 * math.log(2), abs=1e-8)
    assert normal.trigamma(1) == pytest.approx(math.pi**2 / 6, abs=1e-8)
    assert normal.trigamma(0.5) == pytest.approx(math.pi**2 / 2, abs=1e-8)


@pytest.mark.parametrize("x", [0.2, 1.0, 40.0])
def test_trigamma_is_undone_by_its_inverse(x: float) -> None:
    assert normal.trigamma_inverse(normal.trigamma(x)) == pytest.approx(x, rel=1e-6)
