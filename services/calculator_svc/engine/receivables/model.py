"""How late each customer pays: a hierarchical location-scale model, fit with censoring.

Days late of an invoice of customer c are m(c) + s(c) · e. The customer's mean m(c) is shrunk
towards its segment's (the random-effects estimator: Robinson 1991, "That BLUP is a good thing"),
its scale s(c) towards its segment's scale (Smyth 2004, "Linear models and empirical Bayes methods",
where the strength of the shrinkage is itself estimated from how much the scales differ), and the
shape of e is everyone's: its distribution is that of all invoices' standardised residuals, each
left out of its own customer's estimate.

A segment is the customers whose invoices mostly fall due as soon after their issue: at once, within
three weeks, within a month and a half, later. Its mean and scale are shrunk towards everyone's by
how much segments differ beyond what their customers' differences explain (DerSimonian and Laird
1986); where they do not, the estimate of that is zero and there are no segments.

A little of Student's distribution with four degrees of freedom is mixed in, so that an invoice that
is later than any before it still has a tail ahead of it, and the longer the later it is (Lange,
Little and Taylor 1989, "Robust statistical modeling using the t distribution").

Means drift: all of them by the same number of days within the last year, found within customers and
shrunk towards none. A mean is what it is on the day of the fit.

Open invoices are right-censored: all that is known is that they will be later than they are. Their
expected days late, given that, enter by EM (Dempster, Laird and Rubin 1977). Days late far outside
the rest count as the outer fence (Tukey 1977): one forgotten invoice does not move a mean by weeks.

Where there is little history, assumptions stand in for it, with the weight of a few invoices each.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from calculator_svc.engine.receivables import normal
from calculator_svc.engine.receivables.observations import Days, Observations, Reals

ASSUMED_LATE = 3.0
"""Days late of everyone, where nothing is known."""

ASSUMED_SCALE = 10.0
"""Days by which one customer's invoices scatter, where nothing is known."""

ASSUMED_SPREAD = 8.0
"""Days by which customers' means scatter, where nothing is known."""

ASSUMED_DRIFT = 1.0
"""Days a year by which means drift, either way, where nothing is known."""

ASSUMED_WEIGHT = 5.0
"""How many invoices an assumption weighs as much as."""

TERMS_DAYS = (7, 21, 45)
"""The most days from issue to due date of each segment but the last."""

SEGMENTS = len(TERMS_DAYS) + 1

SHAPE_POINTS = 65
"""How many quantiles of the residuals the shape is kept as."""

_ROUNDS = 4
_LEAST_FOR_SCALE = 4
_LEAST_CUSTOMERS = 5
_LEAST_FENCE_DAYS = 45
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Model:
    """The distribution of days late: mean and scale by customer, and of a new one by segment, and
    the shape.

    `shape` holds quantiles of the standardised residuals at equally spaced levels from 0 to 1,
    ascending; `tail_share` is how much of Student's distribution is mixed in. `drift` is by how
    many days a year means have moved; it is in the means already.
    """

    means: Reals
    scales: Reals
    new_means: Reals
    new_scales: Reals
    shape: Reals
    tail_share: float
    drift: float

    def probability_open(self, mean: Reals, scale: Reals, late: Reals) -> Reals:
        """Return the probability of being open still so many days late. Arrays that broadcast.

        Never 0, so that what is left can always be divided by it.
        """
        z = (late + 0.5 - mean) / scale
        levels = np.linspace(1, 0, len(self.shape))
        own = np.interp(z, self.shape, levels, left=1, right=0)
        found: Reals = (1 - self.tail_share) * own + self.tail_share * normal.student_4_above(z)
        return found


@dataclass(frozen=True, slots=True)
class _Estimate:
    """One round's estimate: `count`, `mean`, `squares`, `segment` are by customer, `levels` and
    `priors` the mean and variance by segment, the rest is everyone's.
    """

    count: Reals
    mean: Reals
    squares: Reals
    segment: Days
    levels: Reals
    strength: float
    scale_df: float
    priors: Reals

    @property
    def shrunk(self) -> Reals:
        """Return each customer's mean, shrunk."""
        toward = self.levels[self.segment]
        found: Reals = (self.count * self.mean + self.strength * toward) / (
            self.count + self.strength
        )
        return found

    @property
    def variance(self) -> Reals:
        """Return each customer's variance, shrunk."""
        return _variance(self.squares, self.count, self.segment, self)


def fit(known: Observations) -> Model:
    """Fit the model to what is known on a day. Any history will do, none included."""
    size, party, censored = len(known.party_ids), known.party, ~known.paid
    years = np.maximum((known.issue - known.as_of) / _DAYS_A_YEAR, -1)
    observed, segment = _fenced(known), _segments(known)
    nothing = np.zeros(known.size)
    drift = 0.0
    estimate = _estimate(party[known.paid], observed[known.paid], nothing[known.paid], segment)
    for _ in range(_ROUNDS):
        late, extra = observed - drift * years, nothing.copy()
        late[censored], extra[censored] = _expected(estimate, party[censored], late[censored])
        moved = _drift(party, years, late, size, float(estimate.priors.mean()), drift)
        late += (drift - moved) * years
        drift, estimate = moved, _estimate(party, late, extra, segment)
    residuals = _residuals(party[known.paid], (known.late - drift * years)[known.paid], estimate)
    return Model(
        means=estimate.shrunk,
        scales=np.sqrt(estimate.variance * (1 + 1 / (estimate.count + estimate.strength))),
        new_means=estimate.levels,
        new_scales=np.sqrt(estimate.priors * (1 + 1 / estimate.strength)),
        shape=_shape(residuals),
        tail_share=ASSUMED_WEIGHT / (len(residuals) + ASSUMED_WEIGHT),
        drift=drift,
    )


def segment_of(terms: Days) -> Days:
    """Return the segment of each number of days from issue to due date."""
    found: Days = np.searchsorted(TERMS_DAYS, terms)
    return found


def _segments(known: Observations) -> Days:
    """Return each customer's segment: that of most of its invoices, of equals the shorter terms."""
    size = len(known.party_ids)
    at = known.party * SEGMENTS + segment_of(known.due - known.issue)
    count = np.bincount(at, minlength=size * SEGMENTS).reshape(size, SEGMENTS)
    found: Days = count.argmax(axis=1)
    return found


def _fenced(known: Observations) -> Reals:
    """Return days late, none beyond Tukey's outer fences (1977): three interquartile ranges."""
    late = known.late.astype(np.float64)
    if not known.paid.any():
        return np.minimum(late, ASSUMED_LATE + 3 * _LEAST_FENCE_DAYS)
    low, high = np.quantile(late[known.paid], (0.25, 0.75))
    reach = max(3 * (high - low), _LEAST_FENCE_DAYS)
    return np.clip(late, low - reach, high + reach)


def _drift(
    party: Days, years: Reals, late: Reals, size: int, noise: float, removed: float
) -> float:
    """Return by how many days a year means move: the slope within customers, shrunk (ridge
    regression: Hoerl and Kennard 1970). `removed` is what was taken off `late` already. What is
    older than a year counts as a year old: long ago says nothing of the pace of today.
    """
    count = np.maximum(np.bincount(party, minlength=size), 1)

    def within(values: Reals) -> Reals:
        return values - (np.bincount(party, values, minlength=size) / count)[party]

    time = within(years)
    slope = (time * within(late + removed * years)).sum()
    return float(slope / ((time**2).sum() + noise / ASSUMED_DRIFT**2))


def _estimate(party: Days, late: Reals, extra: Reals, segment: Days) -> _Estimate:
    """Estimate from invoices; `extra` is the variance of what was filled in."""
    size = len(segment)
    count = np.bincount(party, minlength=size).astype(np.float64)
    total = np.bincount(party, late, minlength=size)
    everyone = (total.sum() + ASSUMED_WEIGHT * ASSUMED_LATE) / (count.sum() + ASSUMED_WEIGHT)
    mean = np.divide(total, count, out=np.full(size, everyone), where=count > 0)
    spread: Reals = (late - mean[party]) ** 2 + extra
    squares = np.bincount(party, spread, minlength=size).astype(np.float64)
    seen = count > 0
    within = (squares.sum() + ASSUMED_WEIGHT * ASSUMED_SCALE**2) / (
        max(count.sum() - seen.sum(), 0) + ASSUMED_WEIGHT
    )
    between = _between(count[seen], mean[seen], within, segment[seen])
    noise = between + within / count[seen]
    levels = _levels(mean[seen], noise, segment[seen], float(everyone))
    df, priors = _scale_priors(count, squares, within, segment)
    return _Estimate(count, mean, squares, segment, levels, within / between, df, priors)


def _levels(values: Reals, noise: Reals, segment: Days, everyone: float) -> Reals:
    """Return each segment's level, shrunk towards everyone's, from customers' values and the
    variance of each about its segment's level (DerSimonian and Laird 1986).
    """
    levels = np.full(SEGMENTS, everyone)
    weight = np.bincount(segment, 1 / noise, SEGMENTS)
    present = weight > 0
    if present.sum() < 2:
        return levels
    weight = weight[present]
    own = np.bincount(segment, values / noise, SEGMENTS)[present] / weight
    total = weight.sum()
    excess = (weight * (own - (weight * own).sum() / total) ** 2).sum() - (len(weight) - 1)
    variance = max(excess / (total - (weight**2).sum() / total), 0.0)
    levels[present] += variance / (variance + 1 / weight) * (own - everyone)
    return levels


def _between(count: Reals, mean: Reals, within: float, segment: Days) -> float:
    """Return the variance of customers' means about their segments' (Henderson's method of moments,
    1953).
    """
    groups = np.bincount(segment, count, SEGMENTS)
    freedom = len(count) - np.count_nonzero(groups)
    if freedom < 1:
        return float(ASSUMED_SPREAD**2)
    groups = np.maximum(groups, 1)
    grand = np.bincount(segment, count * mean, SEGMENTS) / groups
    squares = np.bincount(segment, count**2, SEGMENTS) / groups
    effective = (count.sum() - squares.sum()) / freedom
    found = ((count * (mean - grand[segment]) ** 2).sum() / freedom - within) / effective
    customers = freedom + 1
    weighted = (customers * found + ASSUMED_WEIGHT * ASSUMED_SPREAD**2) / (
        customers + ASSUMED_WEIGHT
    )
    return float(max(weighted, within / 50))


def _scale_priors(
    count: Reals, squares: Reals, within: float, segment: Days
) -> tuple[float, Reals]:
    """Return how much customers' scales differ, as degrees of freedom, and their common variance by
    segment.

    Smyth (2004), section 6.2: moments of the logarithms of the variances.
    """
    enough = count >= _LEAST_FOR_SCALE
    if enough.sum() < _LEAST_CUSTOMERS:
        return ASSUMED_WEIGHT, np.full(SEGMENTS, within)
    freedom = count[enough] - 1
    variance = np.maximum(squares[enough] / freedom, within / 50)
    # Many customers have as many invoices: each number's terms are found once.
    numbers, which = np.unique(freedom, return_inverse=True)
    offsets, noise = np.array([_log_variance(d) for d in numbers.tolist()])[which].T
    logs, of_each = np.log(variance) - offsets, segment[enough]
    members = np.bincount(of_each, minlength=SEGMENTS)
    own = np.bincount(of_each, logs, SEGMENTS) / np.maximum(members, 1)
    left = max(len(logs) - np.count_nonzero(members), 1)
    excess = ((logs - own[of_each]) ** 2).sum() / left - noise.mean()
    df = 200.0 if excess <= 0.01 else min(max(2 * normal.trigamma_inverse(float(excess)), 2), 200)
    levels = _levels(logs, noise + max(excess, 0.0), of_each, float(logs.mean()))
    priors: Reals = np.exp(levels + normal.digamma(df / 2) - np.log(df / 2))
    return float(df), priors


@lru_cache(maxsize=4096)
def _log_variance(df: float) -> tuple[float, float]:
    """Return mean and variance of the logarithm of an estimated variance, the true one being 1."""
    return normal.digamma(df / 2) - math.log(df / 2), normal.trigamma(df / 2)


def _variance(squares: Reals, count: Reals, segment: Days, estimate: _Estimate) -> Reals:
    df, prior = estimate.scale_df, estimate.priors[segment]
    found: Reals = (squares + df * prior) / (np.maximum(count - 1, 0) + df)
    return found


def _expected(estimate: _Estimate, party: Days, late: Reals) -> tuple[Reals, Reals]:
    """Return what open invoices are expected to be, given how late they are: mean and variance of
    a truncated normal (Johnson, Kotz and Balakrishnan 1994, 13.10).
    """
    mean, variance = estimate.shrunk[party], estimate.variance[party]
    scale = np.sqrt(variance)
    z = (late + 0.5 - mean) / scale
    hazard = normal.density(z) / np.maximum(1 - normal.cumulative(z), 1e-6)
    expected = np.maximum(mean + scale * hazard, late + 1)
    return expected, variance * np.maximum(1 + z * hazard - hazard**2, 0)


def _residuals(party: Days, late: Reals, estimate: _Estimate) -> Reals:
    """Return paid invoices' standardised residuals, each left out of its customer's estimate."""
    count, mean, segment = estimate.count[party], estimate.mean[party], estimate.segment[party]
    strength = estimate.strength
    others = np.maximum(count - 1, 0)
    left_out = (count * mean - late + strength * estimate.levels[segment]) / (others + strength)
    share = count / np.maximum(count - 1, 1)
    squares = np.maximum(estimate.squares[party] - (late - mean) ** 2 * share, 0)
    variance = _variance(squares, others, segment, estimate) * (1 + 1 / (others + strength))
    found: Reals = np.sort((late - left_out) / np.sqrt(variance))
    return found


def _shape(residuals: Reals) -> Reals:
    levels = np.linspace(0, 1, SHAPE_POINTS)
    if len(residuals) < SHAPE_POINTS:
        return normal.quantile(np.clip(levels, 0.001, 0.999))
    found: Reals = np.quantile(residuals, levels)
    return found
