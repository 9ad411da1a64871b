"""The hygiene score: 100 * (1 - sum of weighted impact / activity), from 0 to 100.

An issue's impact is what is at stake in it, at least a share of the activity for what is no amount
(a sync that is old, terms that are missing), and at most all of it. It weighs more the worse it is:

    severity    weight    least share
    low            10%          0.05%
    medium         30%          0.20%
    high          100%          1.00%

Points are counted in hundredths, as integers: what the issues lose sums up to 100 less the score.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from calculator_svc.engine.data_quality.issues import Issue, Severity

FULL = 10_000
"""A score of 100, in hundredths."""

_WEIGHT_PER_CENT = {Severity.LOW: 10, Severity.MEDIUM: 30, Severity.HIGH: 100}
# In hundredths of a per cent of the activity.
_LEAST_SHARE = {Severity.LOW: 5, Severity.MEDIUM: 20, Severity.HIGH: 100}


@dataclass(slots=True)
class Score:
    """The score, and what each issue loses of it, in the order given; all in hundredths."""

    hundredths: int
    lost: list[int]
    activity: int


def score(issues: Sequence[Issue], activity: int) -> Score:
    """Return the score of books through which `activity` went, with these issues.

    Where they would lose more than there is, each loses its share of 100. Hundredths that are left
    by rounding go to the largest remainders, by key where these are equal.
    """
    impacts = [_weighted(issue, activity) for issue in issues]
    total = sum(impacts)
    if not total:
        return Score(FULL, [0] * len(issues), activity)
    # `whole` is the weighted impact, in units of activity / 1,000,000, that takes all the points.
    whole = max(activity * 1_000_000, total)
    lost = FULL * total // whole
    exact = [FULL * impact for impact in impacts]
    points = [part // whole for part in exact]
    order = sorted(range(len(issues)), key=lambda i: (-(exact[i] % whole), issues[i].key))
    for i in order[: lost - sum(points)]:
        points[i] += 1
    return Score(FULL - lost, points, activity)


def _weighted(issue: Issue, activity: int) -> int:
    """Return the weighted impact, in millionths of a minor unit."""
    impact = min(10_000 * issue.amount, 10_000 * activity)
    impact = max(impact, _LEAST_SHARE[issue.severity] * activity)
    return impact * _WEIGHT_PER_CENT[issue.severity]
