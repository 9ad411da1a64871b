"""Experiments: who sees which variant, and how the variants did.

Intervals hold the true value in 95 of 100 cases: of a share it is Wilson's (1927), of a difference
Newcombe's hybrid of two of these (1998, "Interval estimation for the difference between independent
proportions", method 10). Both keep their promise where few or none have converted, which is where
the textbook interval fails.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

Z = 1.959963984540054
"""The quantile of the normal distribution for 95 of 100."""

LEAST_EXPOSED = 100
"""With fewer in a variant, what is seen is mostly chance."""


class ExperimentNotFound(Exception):
    """There is no such experiment."""

    field = "experiment"


class UnknownVariant(Exception):
    """No experiment has such a variant."""

    field = "config.experiment_variant"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Variants with their weights; the first is what the others are compared with."""

    name: str
    variants: Sequence[tuple[str, int]]


EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        one.name: one
        for one in (
            # Does a prospect rather import books after a headline with the date, or with the cash?
            Experiment("digest-headline", (("date-first", 1), ("cash-first", 1))),
        )
    }
)


def find(name: str) -> Experiment:
    """Return an experiment. Raises ExperimentNotFound."""
    if name not in EXPERIMENTS:
        raise ExperimentNotFound(f"There is no experiment {name}.")
    return EXPERIMENTS[name]


def check_variant(variant: str) -> None:
    """Check that a variant is one of some experiment, or none.

    Raises UnknownVariant.
    """
    known = {name for one in EXPERIMENTS.values() for name, _ in one.variants}
    if variant and variant not in known:
        raise UnknownVariant(f"must be one of {', '.join(sorted(known))}")


def variant_for(experiment: Experiment, business_id: str) -> str:
    """Return the variant of a business: the same each time, by the names alone."""
    total = sum(weight for _, weight in experiment.variants)
    key = hashlib.blake2b(f"{experiment.name}|{business_id}".encode(), digest_size=8).digest()
    # Of 2^64 values the remainder favours none by more than 1 in 10^17.
    place = int.from_bytes(key, "big") % total
    for variant, weight in experiment.variants:
        if place < weight:
            return variant
        place -= weight
    raise AssertionError("weights sum up to more than any place")


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and between what it may lie."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VariantResult:
    """How a variant did; `difference` is None for the first."""

    variant: str
    exposed: int
    converted: int
    conversion: Interval
    difference: Interval | None


def share(converted: int, exposed: int) -> Interval:
    """Return a share with its interval; all of 0 to 1 where nobody was exposed."""
    if not exposed:
        return Interval(0.0, 0.0, 1.0)
    seen, square = converted / exposed, Z * Z
    middle = (seen + square / (2 * exposed)) / (1 + square / exposed)
    reach = (
        Z
        * math.sqrt(seen * (1 - seen) / exposed + square / (4 * exposed * exposed))
        / (1 + square / exposed)
    )
    # What was seen lies within by definition; rounding must not say otherwise.
    return Interval(seen, min(seen, max(0.0, middle - reach)), max(seen, min(1.0, middle + reach)))


def difference(first: Interval, other: Interval) -> Interval:
    """Return by how much the other share is larger, with its interval."""
    seen = other.estimate - first.estimate
    down = math.hypot(other.estimate - other.low, first.high - first.estimate)
    up = math.hypot(other.high - other.estimate, first.estimate - first.low)
    return Interval(seen, max(-1.0, seen - down), min(1.0, seen + up))


def results(experiment: Experiment, seen: Iterable[tuple[str, bool]]) -> list[VariantResult]:
    """Return how the variants did; `seen` are what was shown and whether it converted."""
    counts = {variant: [0, 0] for variant, _ in experiment.variants}
    for variant, converted in seen:
        # What is no variant any more is not compared.
        if variant in counts:
            counts[variant][0] += 1
            counts[variant][1] += converted
    shares = {variant: share(done, shown) for variant, (shown, done) in counts.items()}
    first = experiment.variants[0][0]
    return [
        VariantResult(
            variant,
            exposed,
            converted,
            shares[variant],
            None if variant == first else difference(shares[first], shares[variant]),
        )
        for variant, (exposed, converted) in counts.items()
    ]


def warning(found: Sequence[VariantResult]) -> str:
    """Return what to mind about results, "" when there is nothing."""
    small = [one.variant for one in found if one.exposed < LEAST_EXPOSED]
    if small:
        return (
            f"Fewer than {LEAST_EXPOSED} businesses have seen {', '.join(small)}: what is seen may "
            f"be chance."
        )
    if all(one.difference.low <= 0 <= one.difference.high for one in found if one.difference):
        return "No variant is better than the first beyond what chance explains."
    return ""
