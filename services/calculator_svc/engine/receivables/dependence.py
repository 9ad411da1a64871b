"""How much invoices are late together: by customer, and all of them.

A simulation that draws each invoice by itself is badly overconfident about their sum. Here the
normal scores of an invoice are one part everyone's, one part its customer's and the rest its own
(a Gaussian copula with two factors: Li 2000; Vasicek 2002). The parts are estimated by moments from
the past origins' calibrated probabilities: the mean product of two invoices' scores is the common
part if they are of two customers, and both parts together if they are of one. Such an estimate may
come out negative; it is weighed against the assumption first and cut off at none afterwards, since
cutting off first would find dependence in noise.
"""

from dataclasses import dataclass

import numpy as np

from calculator_svc.engine.receivables import normal
from calculator_svc.engine.receivables.calibration import LEVELS, Origin
from calculator_svc.engine.receivables.observations import Reals

ASSUMED_COMMON, COMMON_ORIGINS = 0.05, 1.0
ASSUMED_PARTY, PARTY_ORIGINS = 0.1, 6.0
"""The parts where nothing is known, and how many origins each weighs as much as. An origin says
much about the common part, for it has many pairs of customers, and little about the other.
"""

_MOST_COMMON, _MOST_PARTY = 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Dependence:
    """The shares of an invoice's score that are everyone's and its customer's: 0 to below 1."""

    common: float
    party: float


def dependence(past: list[Origin], calibrated: Reals) -> Dependence:
    """Estimate the dependence from past origins, given the calibration at LEVELS."""
    common, common_origins, same, same_pairs = 0.0, 0, 0.0, 0.0
    for origin in past:
        probability = np.interp(origin.probability, LEVELS, calibrated)
        # Of an invoice that is open still, the middle of what is left stands for its probability.
        middle = np.where(origin.known, probability, (1 + probability) / 2)
        score = normal.quantile(np.clip(middle, 0.001, 0.999))
        by_party, counts = np.bincount(origin.party, score), np.bincount(origin.party)
        different_pairs = len(score) ** 2 - (counts**2).sum()
        if different_pairs > 0:
            common += (score.sum() ** 2 - (by_party**2).sum()) / different_pairs
            common_origins += 1
        same += (by_party**2).sum() - (score**2).sum()
        same_pairs += (counts**2).sum() - len(score)
    found_common = common / common_origins if common_origins else 0.0
    common_part = _weighed(found_common, common_origins, ASSUMED_COMMON, COMMON_ORIGINS)
    found_party = same / same_pairs - found_common if same_pairs else 0.0
    party_origins = len(past) if same_pairs else 0
    party_part = _weighed(found_party, party_origins, ASSUMED_PARTY, PARTY_ORIGINS)
    return Dependence(min(common_part, _MOST_COMMON), min(party_part, _MOST_PARTY))


def _weighed(found: float, origins: int, assumed: float, weight: float) -> float:
    return max(float((found * origins + assumed * weight) / (origins + weight)), 0.0)
