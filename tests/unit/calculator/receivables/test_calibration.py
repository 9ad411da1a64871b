import numpy as np
import pytest

from calculator_svc.engine.receivables.calibration import (
    EVEN_WEIGHT,
    LEAST_PAID,
    LEVELS,
    ORIGINS,
    Origin,
    calibration,
    origins,
)
from calculator_svc.engine.receivables.observations import columns

from .worlds import TODAY, World, paid

MANY = 40_000


def origin(probability: np.ndarray, known: np.ndarray | None = None) -> Origin:
    count = len(probability)
    flags = np.ones(count, dtype=bool) if known is None else known
    return Origin(np.arange(count), np.arange(count), probability, flags)


def evenly(count: int) -> np.ndarray:
    return (np.arange(count) + 0.5) / count


def test_a_model_that_was_right_is_left_alone() -> None:
    assert calibration([origin(evenly(MANY))]) == pytest.approx(LEVELS, abs=0.002)


def test_with_no_past_the_model_is_taken_at_its_word() -> None:
    assert calibration([]).tolist() == LEVELS.tolist()
    assert calibration([origin(np.zeros(0))]).tolist() == LEVELS.tolist()


def test_a_model_that_was_too_sure_has_its_tails_widened() -> None:
    # It said that 10% would be paid where 30% were.
    too_sure = np.concatenate([evenly(3 * MANY // 10) * 0.1, 0.1 + 0.9 * evenly(7 * MANY // 10)])
    found = np.interp(0.1, LEVELS, calibration([origin(too_sure)]))
    assert found == pytest.approx(0.3, abs=0.01)


def test_what_is_open_still_counts_as_not_paid_so_far() -> None:
    # Half of the invoices could be followed up to probability 0.5 only (Kaplan and Meier).
    probability = evenly(MANY)
    known = np.ones(MANY, dtype=bool)
    cut = np.arange(MANY) % 2 == 0
    known[cut & (probability > 0.5)] = False
    probability = np.where(cut, np.minimum(probability, 0.5), probability)
    assert calibration([origin(probability, known)]) == pytest.approx(LEVELS, abs=0.03)
    left_out = calibration([origin(probability[known])])
    assert np.interp(0.5, LEVELS, left_out) > 0.6


def test_a_little_past_moves_levels_a_little() -> None:
    early = np.full(10, 0.05)
    found = np.interp(0.1, LEVELS, calibration([origin(early)]))
    share = 10 / (10 + EVEN_WEIGHT)
    assert found == pytest.approx(0.1 + 0.9 * share, abs=0.005)


def test_an_invoice_counts_at_every_origin_but_all_weigh_no_more_than_there_are_invoices() -> None:
    invoices = np.arange(300)
    once = Origin(invoices, invoices, np.full(300, 0.05), np.ones(300, dtype=bool))
    assert calibration([once] * 8) == pytest.approx(calibration([once]), abs=1e-12)


def test_levels_rise_from_nothing_to_certainty() -> None:
    found = calibration(origins(columns(World().history()), TODAY))
    assert found[0] == 0 and found[-1] == 1
    assert np.all(np.diff(found) >= 0)


def test_origins_are_weekly_and_know_nothing_of_later() -> None:
    history = World(days=400).history()
    found = origins(columns(history), TODAY)
    assert len(found) == ORIGINS
    for weeks, one in enumerate(found, start=1):
        day = TODAY - 7 * weeks
        still_open = [past for past in history if past.issue <= day < (past.settled or 0)]
        assert len(one.invoice) == len(still_open)
        assert one.known.sum() == sum((past.settled or 0) <= TODAY for past in still_open)


def test_an_origin_that_knew_little_or_much_less_than_now_is_left_out() -> None:
    assert origins(columns(paid("one", [0] * (LEAST_PAID - 1))), TODAY) == []
    young = World(days=60, invoices=10).history()
    kept = origins(columns(young), TODAY)
    for weeks in range(1, len(kept) + 1):
        then = sum((past.settled or 0) <= TODAY - 7 * weeks for past in young)
        assert then >= sum((past.settled or 0) <= TODAY for past in young) / 2
    assert 0 < len(kept) < 5
