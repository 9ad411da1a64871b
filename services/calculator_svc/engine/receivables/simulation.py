"""Days on which open invoices are paid, drawn together: correlated as they were in the past."""

import hashlib

import numpy as np

from calculator_svc.engine.receivables import normal
from calculator_svc.engine.receivables.observations import Days, Reals
from calculator_svc.engine.receivables.profile import Prediction, Profile


def simulate(profile: Profile, prediction: Prediction, horizon: int, paths: int, seed: int) -> Days:
    """Return in how many days each invoice is paid, a row a path; horizon + 1 means later.

    The draws of an invoice depend on the seed, its own name and its customer's and on nothing else,
    so that two forecasts share the draws of what they have in common (common random numbers).
    """
    invoices, shares = prediction.invoices, profile.dependence
    everyone = np.sqrt(shares.common) * _draws(seed, "everyone", "", paths)
    own_share = np.sqrt(max(1 - shares.common - shares.party, 0.0))
    party_share = np.sqrt(shares.party)
    by_party: dict[str, Reals] = {}
    scores = np.empty((len(invoices.seeds), paths))
    for row, (party_id, name) in enumerate(zip(invoices.party_ids, invoices.seeds, strict=True)):
        if party_id not in by_party:
            by_party[party_id] = party_share * _draws(seed, "party", party_id, paths)
        scores[row] = (
            everyone + by_party[party_id] + own_share * _draws(seed, "invoice", name, paths)
        )
    drawn = normal.cumulative(scores)
    days = np.empty((paths, len(scores)), dtype=np.int64)
    for row, chances in enumerate(prediction.by_day(horizon)):
        days[:, row] = np.searchsorted(chances, drawn[row], side="left") + 1
    return days


def _draws(seed: int, kind: str, name: str, paths: int) -> Reals:
    """Return standard normal draws of their own stream (Philox: Salmon et al. 2011)."""
    text = f"{seed}|{kind}|{name}".encode()
    key = int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "big")
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(paths)
