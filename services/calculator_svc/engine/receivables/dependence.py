"""How much invoices are late together: by customer, and all of them.

A simulation that draws each invoice by itself is badly overconfident about their sum. Here the
normal scores of an invoice are one part everyone's, one part its customer's and the rest its own
(a Gaussian copula with two factors: Li 2000; Vasicek 2002). The parts are estimated by moments from
the past origins: the mean product of two invoices' scores is the common part if they are of two
customers, and both parts together if they are of one. A model that was wrong for everyone at once
shows up as a common part, as it should.
"""

from dataclasses import dataclass

import numpy as np

from calculator_svc.engine.receivables import normal
from calculator_svc.engine.receivables.calibration import ORIGINS, Origin

ASSUMED_COMMON = 0.03
ASSUMED_PARTY = 0.1
"""The parts where nothing is known; they weigh as much as half the origins looked back on."""

_ASSUMED_WEIGHT = 0.5
_MOST_COMMON, _MOST_PARTY = 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Dependence:
    """The shares of an invoice's score that are everyone's and its customer's: 0 to below 1."""

    common: float
    party: float


def dependence(past: list[Origin]) -> Dependence:
    """Estimate the dependence from past origins."""
    common, common_count, same, same_pairs = 0.0, 0, 0.0, 0.0
    for origin in past:
        # Of an invoice that is open still, the middle of what is left stands for its probability.
        middle = np.where(origin.known, origin.probability, (1 + origin.probability) / 2)
        score = normal.quantile(np.clip(middle, 0.001, 0.999))
        by_party = np.bincount(origin.party, score) if len(score) else np.zeros(0)
        counts = np.bincount(origin.party) if len(score) else np.zeros(0)
        different_pairs = len(score) ** 2 - (counts**2).sum()
        if different_pairs > 0:
            common += (score.sum() ** 2 - (by_party**2).sum()) / different_pairs
            common_count += 1
        same += (by_party**2).sum() - (score**2).sum()
        same_pairs += (counts**2).sum() - len(score)
    found_common = max(common / common_count, 0.0) if common_count else ASSUMED_COMMON
    found_party = max(same / same_pairs - found_common, 0.0) if same_pairs else ASSUMED_PARTY
    share = len(past) / ORIGINS
    return Dependence(
        min(_blend(found_common, ASSUMED_COMMON, share), _MOST_COMMON),
        min(_blend(found_party, ASSUMED_PARTY, share), _MOST_PARTY),
    )


def _blend(found: float, assumed: float, share: float) -> float:
    return float((found * share + assumed * _ASSUMED_WEIGHT) / (share + _ASSUMED_WEIGHT))
