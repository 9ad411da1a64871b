from statistics import NormalDist

import numpy as np
import pytest

from calculator_svc.engine.receivables.calibration import LEVELS, Origin
from calculator_svc.engine.receivables.dependence import (
    ASSUMED_COMMON,
    ASSUMED_PARTY,
    Dependence,
    dependence,
)

PHI = np.vectorize(NormalDist().cdf)


def past(
    common: float, party: float, parties: int = 60, each: int = 3, count: int = 80
) -> list[Origin]:
    """Origins whose scores have these common and customer's parts."""
    generator = np.random.Generator(np.random.PCG64(11))
    which = np.repeat(np.arange(parties), each)
    found = []
    for _ in range(count):
        score = np.sqrt(common) * generator.standard_normal()
        score = score + np.sqrt(party) * generator.standard_normal(parties)[which]
        score = score + np.sqrt(1 - common - party) * generator.standard_normal(len(which))
        flags = np.ones(len(which), dtype=bool)
        found.append(Origin(np.arange(len(which)), which, PHI(score), flags))
    return found


@pytest.mark.parametrize(("common", "party"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.3), (0.15, 0.25)])
def test_both_parts_are_found(common: float, party: float) -> None:
    found = dependence(past(common, party), LEVELS)
    assert found.common == pytest.approx(common, abs=0.04)
    assert found.party == pytest.approx(party, abs=0.05)


def test_with_no_past_the_parts_are_assumed() -> None:
    assumed = Dependence(pytest.approx(ASSUMED_COMMON), pytest.approx(ASSUMED_PARTY))
    assert dependence([], LEVELS) == assumed
    nobody = Origin(*(np.zeros(0, dtype=int),) * 2, np.zeros(0), np.zeros(0, dtype=bool))
    assert dependence([nobody], LEVELS) == assumed


def test_one_invoice_a_customer_says_nothing_of_the_customers_part() -> None:
    found = dependence(past(0.1, 0.0, parties=100, each=1), LEVELS)
    assert found.common == pytest.approx(0.1, abs=0.04)
    assert found.party == pytest.approx(ASSUMED_PARTY)


def test_one_customer_says_nothing_of_the_common_part() -> None:
    assert dependence(past(0.1, 0.1, parties=1, each=9), LEVELS).common == ASSUMED_COMMON


def test_an_error_that_calibration_takes_away_is_no_dependence() -> None:
    shifted = [
        Origin(one.invoice, one.party, one.probability**3, one.known) for one in past(0.0, 0.0)
    ]
    assert dependence(shifted, LEVELS).common > 0.2
    assert dependence(shifted, np.cbrt(LEVELS)).common < 0.06


def test_the_parts_leave_an_invoice_something_of_its_own() -> None:
    found = dependence(past(0.5, 0.49), LEVELS)
    assert 0.5 < found.common + found.party < 0.95
