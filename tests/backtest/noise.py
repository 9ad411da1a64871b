"""What the noise leaves reachable: how good a forecast can be that knows each customer's habit.

Two figures stand on either side of the best that can be reached. The *informed* one has the model
fit on every other invoice of the file, later ones included, and asks it about the one left out
(leave-one-out cross-validation: Stone 1974): it knows the habits as well as the file can teach
them. The *in sample* one takes the median of the customer's own invoices that were later, the very
invoice among them: it has looked at the answer, and nothing honest can be as good.
"""

from dataclasses import dataclass

import numpy as np

from backtest.records import UNPAID, Records
from calculator_svc.engine.backtest.scores import SCORED, pinball
from calculator_svc.engine.inputs import Day
from calculator_svc.engine.receivables import model
from calculator_svc.engine.receivables.observations import columns

_HORIZON = 400
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Reachable:
    """Mean absolute error and pinball loss of the informed forecast; error of the in-sample one.

    `within` is the standard deviation of days late within customers, `between` that of customers'
    means, by the model.
    """

    error: float
    pinball: float
    error_in_sample: float
    within: float
    between: float


def reachable(records: Records, asks: list[tuple[Day, int]]) -> Reachable:
    """Return what is reachable at asks, each an origin and the index of an invoice."""
    late = records.settled - records.due
    paid = records.settled < UNPAID
    customers = np.array(records.customers)
    by_invoice: dict[int, list[Day]] = {}
    for day, index in asks:
        by_invoice.setdefault(index, []).append(day)
    errors, pinballs, in_sample = [], [], []
    for index, days in by_invoice.items():
        others = [i for i in range(len(late)) if i != index]
        known, _ = columns(records.of(others)).on(records.last_day)
        found = model.fit(known)
        moved = found.drift * (records.issue[index] - records.last_day) / _DAYS_A_YEAR
        segment = model.segment_of(records.due[index] - records.issue[index])
        mean, scale = found.new_means[segment], found.new_scales[segment]
        if records.customers[index] in known.party_ids:
            at = known.party_ids.index(records.customers[index])
            mean, scale = found.means[at], found.scales[at]
        own = np.sort(late[paid & (customers == records.customers[index])])
        for day in days:
            overdue = day - int(records.due[index])
            ahead = np.arange(_HORIZON)
            still_open = found.probability_open(
                np.array([mean + moved]), np.array([scale]), overdue + ahead.astype(np.float64)
            )
            share = 1 - still_open / still_open[0]
            actual = np.array([records.settled[index] - day], dtype=np.float64)
            answers = {level: np.searchsorted(share, level - 1e-12) for level in SCORED}
            errors.append(abs(actual - answers[0.5])[0])
            pinballs.append(np.mean([pinball(level, actual, answers[level]) for level in SCORED]))
            in_sample.append(abs(late[index] - np.median(own[own > overdue])))
    residuals = late[paid] - _means(customers[paid], late[paid])
    within = np.sqrt((residuals**2).sum() / (paid.sum() - len(set(records.customers))))
    centers = [late[paid & (customers == one)].mean() for one in set(customers[paid])]
    return Reachable(
        float(np.mean(errors)),
        float(np.mean(pinballs)),
        float(np.mean(in_sample)),
        float(within),
        float(np.std(centers)),
    )


def _means(customers: np.ndarray, late: np.ndarray) -> np.ndarray:
    _, which = np.unique(customers, return_inverse=True)
    return (np.bincount(which, late) / np.bincount(which))[which]
