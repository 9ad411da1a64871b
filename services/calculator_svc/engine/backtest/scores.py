"""Scores of a forecast: pinball loss, and how often what came lay within a band."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

SCORED = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The five levels of the pinball loss."""

BANDS = {50: (0.25, 0.75), 80: (0.1, 0.9), 95: (0.025, 0.975)}
LEVELS = tuple(sorted({*SCORED, *(level for band in BANDS.values() for level in band)}))


def pinball(level: float, actual: Reals, predicted: Reals) -> Reals:
    """Return the pinball loss (Koenker and Bassett 1978)."""
    return np.maximum(level * (actual - predicted), (level - 1) * (actual - predicted))


@dataclass(slots=True)
class BandScores:
    """Scores of quantiles at LEVELS, one entry for each thing that was foretold."""

    errors: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    covered: dict[int, list[bool]] = field(default_factory=lambda: {band: [] for band in BANDS})

    def add(self, quantiles: Sequence[float], actual: float) -> None:
        """Score quantiles, one a level of LEVELS, against what came."""
        row = dict(zip(LEVELS, map(float, quantiles), strict=True))
        came = np.array(float(actual))
        self.errors.append(abs(actual - row[0.5]))
        self.losses.append(
            float(np.mean([pinball(level, came, np.array(row[level])) for level in SCORED]))
        )
        for band, (low, high) in BANDS.items():
            self.covered[band].append(row[low] <= actual <= row[high])

    @property
    def error(self) -> float:
        """Return the mean absolute error of the median."""
        return float(np.mean(self.errors))

    @property
    def loss(self) -> float:
        """Return the mean pinball loss of the five levels."""
        return float(np.mean(self.losses))

    def coverage(self, band: int) -> float:
        """Return the share that lay within a band: 0 to 1."""
        return float(np.mean(self.covered[band]))
