"""How sure the model was in the past, and how sure it may be now.

At the weekly origins of the last thirteen weeks the model is fit anew on what was known then, and
asked how likely each open invoice was to be paid by the day on which it was. Those probabilities
should be spread evenly; where they are not, levels are mapped so that they would have been
(distributional conformal prediction: Chernozhukov, Wüthrich and Zhu 2021; the map is the
distribution of the probabilities, Kuleshov, Fenner and Ermon 2018). Invoices that are still open
are censored here as well, so the distribution is Kaplan and Meier's (1958).

An invoice that was open at many origins counts at each of them: slow invoices are open at more
origins than quick ones, and so are they among those that are open now. All together weigh as much
as there are invoices, for the same invoice's probabilities say little more than one of them, and
two hundred evenly spread ones are added: with little past, the model is taken at its word. Origins
at which less than half as much was known as now are left out: that model was not this one (weights
for what is not exchangeable: Barber, Candès, Ramdas and Tibshirani 2023, here 0 or 1).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calculator_svc.engine.inputs import Day
from calculator_svc.engine.receivables.model import fit
from calculator_svc.engine.receivables.observations import Days, Flags, Invoices, Reals

ORIGINS = 13
"""How many weekly origins are looked back on."""

LEAST_PAID = 30
"""An origin with fewer paid invoices before it says little."""

LEAST_SHARE_KNOWN = 0.5
"""An origin with a lower share of the invoices that are paid now was another model's."""

BINS = 50
EVEN_WEIGHT = 200.0

LEVELS = np.linspace(0, 1, BINS + 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """The open invoices of a past day, and how likely each was to be paid by when it was.

    `probability` lies between 0 and 1; where `known` is false the invoice is open still, and its
    probability is how likely it was to be paid by now.
    """

    invoice: Days
    party: Days
    probability: Reals
    known: Flags


def origins(invoices: Invoices, as_of: Day) -> list[Origin]:
    """Return the weekly origins before as_of that say enough, the latest first."""
    return list(_origins(invoices, as_of))


def _origins(invoices: Invoices, as_of: Day) -> Iterator[Origin]:
    least = max(LEAST_PAID, LEAST_SHARE_KNOWN * np.count_nonzero(invoices.settled <= as_of))
    for week in range(1, ORIGINS + 1):
        day = as_of - 7 * week
        then, which = invoices.on(day)
        if np.count_nonzero(then.paid) < least:
            return
        is_open = ~then.paid
        which, party, due = which[is_open], then.party[is_open], then.due[is_open]
        settled = invoices.settled[which]
        known = settled <= as_of
        end = (np.where(known, settled, as_of) - due).astype(np.float64)
        model = fit(then)
        mean, scale = model.means[party], model.scales[party]
        before = model.probability_open(mean, scale, (day - due).astype(np.float64))
        after = model.probability_open(mean, scale, end)
        until = model.probability_open(mean, scale, end - 1)
        # A day is a lump of probability; its middle stands for it.
        left = np.where(known, (after + until) / 2, after) / before
        yield Origin(which, party, np.clip(1 - left, 0, 1), known)


def calibration(past: list[Origin]) -> Reals:
    """Return, for each of LEVELS, how often the model's probability was at most that."""
    if not past:
        return LEVELS
    invoice = np.concatenate([origin.invoice for origin in past])
    probability = np.concatenate([origin.probability for origin in past])
    known = np.concatenate([origin.known for origin in past])
    if len(invoice) == 0:
        return LEVELS
    weight = np.full(len(invoice), len(np.unique(invoice)) / len(invoice))
    bin_of = np.minimum((probability * BINS).astype(int), BINS - 1)
    events = np.bincount(bin_of[known], weight[known], minlength=BINS) + EVEN_WEIGHT / BINS
    at_risk = np.cumsum(np.bincount(bin_of, weight, minlength=BINS)[::-1])[::-1]
    hazard = events / (at_risk + EVEN_WEIGHT * (1 - LEVELS[:-1]))
    found: Reals = np.concatenate([[0.0], 1 - np.cumprod(1 - np.clip(hazard, 0, 1))])
    found[-1] = 1.0
    return found
