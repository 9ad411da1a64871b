"""How good a method was: errors of the pay date, pinball loss, coverage, sums of receipts."""

from dataclasses import dataclass, field

import numpy as np

from calculator_svc.engine.backtest.scores import BANDS, LEVELS, SCORED, Reals, pinball

WEEKS = (1, 2, 3, 4)


@dataclass(slots=True)
class Scores:
    """Scores of one method over the origins of a period."""

    errors: list[float] = field(default_factory=list)
    pinballs: list[float] = field(default_factory=list)
    covered: dict[int, list[bool]] = field(default_factory=lambda: {band: [] for band in BANDS})
    widths: list[float] = field(default_factory=list)
    receipts_covered: dict[int, list[bool]] = field(
        default_factory=lambda: {weeks: [] for weeks in WEEKS}
    )
    receipts_missed: dict[int, list[float]] = field(
        default_factory=lambda: {weeks: [] for weeks in WEEKS}
    )

    def __add__(self, other: "Scores") -> "Scores":
        """Return the scores of both together."""

        def both(one: dict[int, list], another: dict[int, list]) -> dict[int, list]:
            return {key: one[key] + another[key] for key in one}

        return Scores(
            self.errors + other.errors,
            self.pinballs + other.pinballs,
            both(self.covered, other.covered),
            self.widths + other.widths,
            both(self.receipts_covered, other.receipts_covered),
            both(self.receipts_missed, other.receipts_missed),
        )

    def add_dates(self, quantiles: Reals, actual: Reals) -> None:
        """Score quantiles, a row a level of LEVELS, against the days that it really took."""
        self._add(dict(zip(LEVELS, quantiles, strict=True)), actual)

    def add_five(self, quantiles: Reals, actual: Reals) -> None:
        """Score quantiles, a row a level of SCORED, against the days that it really took."""
        self._add(dict(zip(SCORED, quantiles, strict=True)), actual)

    def _add(self, row: dict[float, Reals], actual: Reals) -> None:
        self.errors += np.abs(actual - row[0.5]).tolist()
        losses = [pinball(level, actual, row[level]) for level in SCORED]
        self.pinballs += np.mean(losses, axis=0).tolist()
        for band, (low, high) in BANDS.items():
            if low in row:
                self.covered[band] += ((row[low] <= actual) & (actual <= row[high])).tolist()
        self.widths += (row[0.9] - row[0.1]).tolist()

    def add_receipts(self, weeks: int, drawn: Reals, actual: float, outstanding: float) -> None:
        """Score drawn sums of receipts against what really came in."""
        low, high = np.quantile(drawn, BANDS[80], method="inverted_cdf")
        self.receipts_covered[weeks].append(bool(low <= actual <= high))
        self.receipts_missed[weeks].append(float((actual - drawn.mean()) / outstanding))

    @property
    def error(self) -> float:
        """Return the mean absolute error of the median, in days."""
        return float(np.mean(self.errors))

    @property
    def pinball(self) -> float:
        """Return the mean pinball loss of the five levels, in days."""
        return float(np.mean(self.pinballs))

    @property
    def width(self) -> float:
        """Return the mean of P90 - P10, in days."""
        return float(np.mean(self.widths))

    def coverage(self, band: int) -> float:
        """Return the share of invoices that were paid within a band."""
        return float(np.mean(self.covered[band]))

    def receipts_coverage(self, weeks: int | None = None) -> float:
        """Return the share of origins whose receipts were within the 80% band."""
        chosen = WEEKS if weeks is None else (weeks,)
        return float(np.mean([hit for one in chosen for hit in self.receipts_covered[one]]))

    def receipts_bias(self) -> float:
        """Return by what share of the outstanding more came in than expected; negative is less."""
        return float(np.mean([one for missed in self.receipts_missed.values() for one in missed]))
