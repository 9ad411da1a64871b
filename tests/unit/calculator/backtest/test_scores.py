"""Scores against values worked out by hand."""

import numpy as np
import pytest

from calculator_svc.engine.backtest.scores import LEVELS, BandScores, pinball


@pytest.mark.parametrize(
    ("level", "actual", "predicted", "loss"),
    [(0.1, 10, 4, 0.6), (0.1, 4, 10, 5.4), (0.9, 10, 4, 5.4), (0.5, 4, 10, 3.0), (0.9, 7, 7, 0)],
)
def test_the_pinball_loss_weighs_each_side_by_the_level(
    level: float, actual: float, predicted: float, loss: float
) -> None:
    assert pinball(level, np.array(actual), np.array(predicted)) == pytest.approx(loss)


def test_error_loss_and_coverage_are_means_over_what_came() -> None:
    scores = BandScores()
    assert LEVELS == (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    quantiles = [0, 10, 20, 30, 40, 50, 60]
    scores.add(quantiles, 40)
    # 0.1 * 30, 0.25 * 20, 0.5 * 10, 0 and 0.1 * 10, over five levels.
    assert scores.loss == pytest.approx((3 + 5 + 5 + 0 + 1) / 5)
    scores.add(quantiles, 5)
    assert scores.error == pytest.approx((10 + 25) / 2)
    assert [scores.coverage(band) for band in (50, 80, 95)] == [0.5, 0.5, 1.0]
