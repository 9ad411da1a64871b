"""A fitted profile of how customers pay: small, and enough to predict with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from calculator_svc.engine.inputs import Day
from calculator_svc.engine.receivables import calibration, dependence, model
from calculator_svc.engine.receivables.calibration import LEVELS
from calculator_svc.engine.receivables.dependence import Dependence
from calculator_svc.engine.receivables.model import Model
from calculator_svc.engine.receivables.observations import Days, PastInvoice, Reals, columns
from calculator_svc.engine.settlement import ASSUMED_NET_DAYS

VERSION = 1
"""The version of the method: a kept profile of another one is left aside. Raise it with every
change of what a profile holds or means.
"""

FARTHEST_DAYS = 3650
"""No payment is expected later than this after as_of: beyond it a date means 'never'."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How customers pay, as fitted on `fitted_on` from `observations` invoices."""

    fitted_on: Day
    observations: int
    party_ids: Sequence[str]
    model: Model
    calibrated: Reals
    dependence: Dependence


def fit(history: Iterable[PastInvoice], as_of: Day) -> Profile:
    """Fit a profile on what was known on as_of: later payments count as not made yet."""
    invoices = columns(history)
    known, _ = invoices.on(as_of)
    past = calibration.origins(invoices, as_of)
    calibrated = calibration.calibration(past)
    return Profile(
        as_of,
        known.size,
        invoices.party_ids,
        model.fit(known),
        calibrated,
        dependence.dependence(past, calibrated),
    )


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """Invoices that are open on as_of; `seeds` names each for its random draws.

    `terms` are the days from issue to due date of each, or of all: a new customer's segment.
    """

    as_of: Day
    party_ids: Sequence[str]
    due: Days
    seeds: Sequence[str]
    terms: Days | int = ASSUMED_NET_DAYS


class Prediction:
    """When open invoices will be paid, given that they are not paid yet."""

    def __init__(self, profile: Profile, invoices: OpenInvoices) -> None:
        found, index = profile.model, {key: i for i, key in enumerate(profile.party_ids)}
        where = [index.get(party_id, -1) for party_id in invoices.party_ids]
        at = np.array(where, dtype=np.int64)
        known = at >= 0
        self.invoices = invoices
        self._profile = profile
        segment = model.segment_of(np.broadcast_to(invoices.terms, at.shape))
        self._mean = np.where(known, _take(found.means, at), found.new_means[segment])
        self._scale = np.where(known, _take(found.scales, at), found.new_scales[segment])
        self._now = self._open(np.zeros((len(at), 1), dtype=np.int64))

    def _open(self, ahead: Days) -> Reals:
        """Return how likely invoices, a row each, were to be open after so many more days when
        they were written.
        """
        late = (ahead + (self.invoices.as_of - self.invoices.due)[:, None]).astype(np.float64)
        model = self._profile.model
        return model.probability_open(self._mean[:, None], self._scale[:, None], late)

    def _paid(self, ahead: Days) -> Reals:
        share = np.clip(1 - self._open(ahead) / self._now, 0, 1)
        found: Reals = np.interp(share, LEVELS, self._profile.calibrated)
        return np.where(ahead <= 0, 0.0, found)

    def paid_within(self, ahead: Days | int) -> Reals:
        """Return the probability that each invoice is paid within so many days of as_of."""
        days = np.broadcast_to(np.asarray(ahead, dtype=np.int64), self._mean.shape)
        return self._paid(days[:, None])[:, 0]

    def by_day(self, horizon: int) -> Reals:
        """Return, a row an invoice, the probability of being paid within 1, 2, … horizon days."""
        days = np.arange(1, horizon + 1)
        return self._paid(np.broadcast_to(days, (len(self._mean), horizon)))

    def quantile(self, level: float | Reals) -> Days:
        """Return in how many days each invoice is paid with the given probability: at least 1.

        `level` is one for all, or one for each.
        """
        low = np.ones(len(self._mean), dtype=np.int64)
        high = np.full(len(self._mean), FARTHEST_DAYS, dtype=np.int64)
        while (low < high).any():
            middle = (low + high) // 2
            enough = self.paid_within(middle) >= level - 1e-12
            high = np.where(enough, middle, high)
            low = np.where(enough, low, np.minimum(middle + 1, high))
        return low


def _take(values: Reals, at: Days) -> Reals:
    return values[np.maximum(at, 0)] if len(values) else np.zeros(len(at))
