"""Ways to tell when open invoices will be paid: Runway's, and the two that it has to beat.

A method is fit on what was known on a day, and answers for the invoices that were open then, in
days after it: quantiles, and draws for the sum of receipts.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backtest.records import Days, Records
from calculator_svc.engine.receivables.profile import OpenInvoices, Prediction, fit
from calculator_svc.engine.receivables.simulation import simulate

LEAST_SAMPLES = 3
PATHS = 500
SEED = 7

Reals = NDArray[np.float64]


class Method(Protocol):
    """A way to tell when the invoices that are open on a day will be paid."""

    def quantiles(self, levels: Sequence[float]) -> Reals:
        """Return days after the origin, a row a level, a column an invoice."""
        ...

    def draws(self, horizon: int) -> Days:
        """Return days after the origin, a row a path; horizon + 1 means later."""
        ...


class DueDateOrToday:
    """An invoice is paid on its due date, or today when that has passed."""

    def __init__(self, records: Records, day: int, which: Days) -> None:
        self._ahead = np.maximum(records.due[which] - day, 0)

    def quantiles(self, levels: Sequence[float]) -> Reals:
        """Return the one date that this method knows, at every level."""
        return np.tile(self._ahead.astype(np.float64), (len(levels), 1))

    def draws(self, horizon: int) -> Days:
        """Return the one date that this method knows."""
        return np.minimum(self._ahead, horizon + 1)[None, :]


class CustomerConditional:
    """An invoice is as late as those of its customer's that were later than it is now.

    With fewer than three of these it is as late as everyone's that were later. Each invoice is
    drawn by itself.
    """

    def __init__(self, records: Records, day: int, which: Days) -> None:
        paid = records.settled <= day
        late = records.settled - records.due
        own: dict[str, list[int]] = defaultdict(list)
        for i in np.nonzero(paid)[0]:
            own[records.customers[i]].append(int(late[i]))
        everyone = late[paid]
        self._samples: list[Reals] = []
        for i in which:
            overdue = day - int(records.due[i])
            later = np.array([days for days in own[records.customers[i]] if days > overdue])
            if len(later) < LEAST_SAMPLES:
                later = everyone[everyone > overdue]
            if len(later) < LEAST_SAMPLES:
                later = np.array([max(overdue + 1, 0)])
            self._samples.append(later - overdue + 0.0)

    def quantiles(self, levels: Sequence[float]) -> Reals:
        """Return the samples' quantiles."""
        return np.stack([np.quantile(sample, levels) for sample in self._samples], axis=1)

    def draws(self, horizon: int) -> Days:
        """Return samples at random."""
        generator = np.random.Generator(np.random.PCG64(SEED))
        drawn = [generator.choice(sample, PATHS) for sample in self._samples]
        return np.minimum(np.stack(drawn, axis=1), horizon + 1).astype(np.int64)


class Runway:
    """What the product does: engine.receivables."""

    def __init__(self, records: Records, day: int, which: Days) -> None:
        self._profile = fit(records.known_on(day), day)
        self._prediction = Prediction(
            self._profile,
            OpenInvoices(
                day,
                [records.customers[i] for i in which],
                records.due[which],
                [records.numbers[i] for i in which],
                records.due[which] - records.issue[which],
            ),
        )

    def quantiles(self, levels: Sequence[float]) -> Reals:
        """Return the prediction's quantiles."""
        return np.stack([self._prediction.quantile(level) for level in levels]).astype(np.float64)

    def draws(self, horizon: int) -> Days:
        """Return the simulated days."""
        return simulate(self._profile, self._prediction, horizon, PATHS, SEED)


Methods = dict[str, type[DueDateOrToday] | type[CustomerConditional] | type[Runway]]

METHODS: Methods = {
    "due date or today": DueDateOrToday,
    "customer conditional": CustomerConditional,
    "Runway": Runway,
}
