"""How late each customer pays: a hierarchical location-scale model, fit with censoring.

Days late of an invoice of customer c are m(c) + s(c) · e. The customer's mean m(c) is shrunk
towards everyone's (the random-effects estimator: Robinson 1991, "That BLUP is a good thing"), its
scale s(c) towards everyone's scale (Smyth 2004, "Linear models and empirical Bayes methods", where
the strength of the shrinkage is itself estimated from how much the scales differ), and the shape of
e is everyone's: its distribution is that of all invoices' standardised residuals, each left out of
its own customer's estimate. A little of Student's distribution with four degrees of freedom is
mixed in, so that an invoice that is later than any before it still has a tail ahead of it, and the
longer the later it is (Lange, Little and Taylor 1989, "Robust statistical modeling using the t
distribution").

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

SHAPE_POINTS = 65
"""How many quantiles of the residuals the shape is kept as."""

_ROUNDS = 4
_LEAST_FOR_SCALE = 4
_LEAST_CUSTOMERS = 5
_LEAST_FENCE_DAYS = 45
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Model:
    """The distribution of days late: mean and scale by customer and for a new one, and the shape.

    `shape` holds quantiles of the standardised residuals at equally spaced levels from 0 to 1,
    ascending; `tail_share` is how much of Student's distribution is mixed in. `drift` is by how
    many days a year means have moved; it is in the means already.
    """

    means: Reals
    scales: Reals
    new_mean: float
    new_scale: float
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
    """One round's estimate: `count`, `mean`, `squares` are by customer, the rest is everyone's."""

    count: Reals
    mean: Reals
    squares: Reals
    everyone: float
    strength: float
    scale_df: float
    scale_prior: float

    @property
    def shrunk(self) -> Reals:
        """Return each customer's mean, shrunk."""
        found: Reals = (self.count * self.mean + self.strength * self.everyone) / (
            self.count + self.strength
        )
        return found

    @property
    def variance(self) -> Reals:
        """Return each customer's variance, shrunk."""
        return _variance(self.squares, self.count, self)


def fit(known: Observations) -> Model:
    """Fit the model to what is known on a day. Any history will do, none included."""
    size, party, censored = len(known.party_ids), known.party, ~known.paid
    years = np.maximum((known.issue - known.as_of) / _DAYS_A_YEAR, -1)
    observed = _fenced(known)
    nothing = np.zeros(known.size)
    drift = 0.0
    estimate = _estimate(party[known.paid], observed[known.paid], nothing[known.paid], size)
    for _ in range(_ROUNDS):
        late, extra = observed - drift * years, nothing.copy()
        late[censored], extra[censored] = _expected(estimate, party[censored], late[censored])
        moved = _drift(party, years, late, size, estimate.scale_prior, drift)
        late += (drift - moved) * years
        drift, estimate = moved, _estimate(party, late, extra, size)
    residuals = _residuals(party[known.paid], (known.late - drift * years)[known.paid], estimate)
    return Model(
        means=estimate.shrunk,
        scales=np.sqrt(estimate.variance * (1 + 1 / (estimate.count + estimate.strength))),
        new_mean=estimate.everyone,
        new_scale=float(np.sqrt(estimate.scale_prior * (1 + 1 / estimate.strength))),
        shape=_shape(residuals),
        tail_share=ASSUMED_WEIGHT / (len(residuals) + ASSUMED_WEIGHT),
        drift=drift,
    )


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


def _estimate(party: Days, late: Reals, extra: Reals, size: int) -> _Estimate:
    """Estimate from invoices; `extra` is the variance of what was filled in."""
    count = np.bincount(party, minlength=size).astype(np.float64)
    total = np.bincount(party, late, minlength=size)
    everyone = (total.sum() + ASSUMED_WEIGHT * ASSUMED_LATE) / (count.sum() + ASSUMED_WEIGHT)
    mean = np.divide(total, count, out=np.full(size, everyone), where=count > 0)
    spread: Reals = (late - mean[party]) ** 2 + extra
    squares = np.bincount(party, spread, minlength=size).astype(np.float64)
    customers = int((count > 0).sum())
    within = (squares.sum() + ASSUMED_WEIGHT * ASSUMED_SCALE**2) / (
        max(count.sum() - customers, 0) + ASSUMED_WEIGHT
    )
    between = _between(count, mean, within, customers)
    df, prior = _scale_prior(count, squares, within)
    return _Estimate(count, mean, squares, float(everyone), within / between, df, prior)


def _between(count: Reals, mean: Reals, within: float, customers: int) -> float:
    """Return the variance of customers' means (Henderson's method of moments, 1953)."""
    if customers < 2:
        return float(ASSUMED_SPREAD**2)
    total = count.sum()
    grand = (count * mean).sum() / total
    effective = (total - (count**2).sum() / total) / (customers - 1)
    found = ((count * (mean - grand) ** 2).sum() / (customers - 1) - within) / effective
    weighted = (customers * found + ASSUMED_WEIGHT * ASSUMED_SPREAD**2) / (
        customers + ASSUMED_WEIGHT
    )
    return float(max(weighted, within / 50))


def _scale_prior(count: Reals, squares: Reals, within: float) -> tuple[float, float]:
    """Return how much customers' scales differ, as degrees of freedom, and their common variance.

    Smyth (2004), section 6.2: moments of the logarithms of the variances.
    """
    enough = count >= _LEAST_FOR_SCALE
    if enough.sum() < _LEAST_CUSTOMERS:
        return ASSUMED_WEIGHT, float(within)
    freedom = count[enough] - 1
    variance = np.maximum(squares[enough] / freedom, within / 50)
    # Many customers have as many invoices: each number's terms are found once.
    numbers, which = np.unique(freedom, return_inverse=True)
    offsets, noise = np.array([_log_variance(d) for d in numbers.tolist()])[which].T
    logs = np.log(variance) - offsets
    excess = logs.var(ddof=1) - noise.mean()
    df = 200.0 if excess <= 0.01 else min(max(2 * normal.trigamma_inverse(float(excess)), 2), 200)
    prior = np.exp(logs.mean() + normal.digamma(df / 2) - np.log(df / 2))
    return float(df), float(prior)


@lru_cache(maxsize=4096)
def _log_variance(df: float) -> tuple[float, float]:
    """Return mean and variance of the logarithm of an estimated variance, the true one being 1."""
    return normal.digamma(df / 2) - math.log(df / 2), normal.trigamma(df / 2)


def _variance(squares: Reals, count: Reals, estimate: _Estimate) -> Reals:
    df = estimate.scale_df
    found: Reals = (squares + df * estimate.scale_prior) / (np.maximum(count - 1, 0) + df)
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
    count, mean = estimate.count[party], estimate.mean[party]
    strength = estimate.strength
    others = np.maximum(count - 1, 0)
    left_out = (count * mean - late + strength * estimate.everyone) / (others + strength)
    share = count / np.maximum(count - 1, 1)
    squares = np.maximum(estimate.squares[party] - (late - mean) ** 2 * share, 0)
    variance = _variance(squares, others, estimate) * (1 + 1 / (others + strength))
    found: Reals = np.sort((late - left_out) / np.sqrt(variance))
    return found


def _shape(residuals: Reals) -> Reals:
    levels = np.linspace(0, 1, SHAPE_POINTS)
    if len(residuals) < SHAPE_POINTS:
        return normal.quantile(np.clip(levels, 0.001, 0.999))
    found: Reals = np.quantile(residuals, levels)
    return found
