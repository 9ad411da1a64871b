"""Who sees which variant, and what may be said of how the variants did."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experience_gw.compose.experiments import (
    EXPERIMENTS,
    Experiment,
    ExperimentNotFound,
    difference,
    find,
    results,
    share,
    variant_for,
    warning,
)

TWO = Experiment("two", (("a", 1), ("b", 1)))


def test_a_business_has_the_same_variant_each_time_and_by_names_alone() -> None:
    first = [variant_for(TWO, f"b-{n}") for n in range(100)]
    assert first == [variant_for(TWO, f"b-{n}") for n in range(100)]
    other = Experiment("another", TWO.variants)
    assert first != [variant_for(other, f"b-{n}") for n in range(100)]


def test_variants_are_shown_as_their_weights_say() -> None:
    weighted = Experiment("weighted", (("a", 1), ("b", 3)))
    counts = Counter(variant_for(weighted, f"business-{n}") for n in range(10_000))
    # Four standard deviations of a share of a quarter.
    assert abs(counts["a"] - 2_500) < 4 * (10_000 * 0.25 * 0.75) ** 0.5


@pytest.mark.parametrize(
    ("converted", "exposed", "low", "high"),
    [(10, 100, 0.0552, 0.1744), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_a_shares_interval_is_wilsons(
    converted: int, exposed: int, low: float, high: float
) -> None:
    found = share(converted, exposed)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_differences_interval_is_newcombes() -> None:
    # His example (a): 56 of 70 against 48 of 80.
    found = difference(share(48, 80), share(56, 70))
    assert round(found.estimate, 4) == 0.2
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_intervals_hold_what_was_seen_and_stay_in_bounds(a: int, b: int, c: int, d: int) -> None:
    first, other = share(min(a, b), b), share(min(c, d), d)
    for one in (first, other):
        assert 0 <= one.low <= one.estimate <= one.high <= 1
    found = difference(first, other)
    assert -1 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1


def test_results_count_each_variant_and_compare_with_the_first() -> None:
    seen = [("a", True)] * 3 + [("a", False)] * 7 + [("b", True)] * 5 + [("gone", True)]
    first, second = results(TWO, seen)
    assert (first.variant, first.exposed, first.converted) == ("a", 10, 3)
    assert (second.variant, second.exposed, second.converted) == ("b", 5, 5)
    assert first.difference is None
    assert second.difference == difference(share(3, 10), share(5, 5))


def test_a_small_sample_is_warned_of_and_so_is_what_chance_explains() -> None:
    few = results(TWO, [("a", True)] * 200 + [("b", True)] * 99)
    assert warning(few).startswith("Fewer than 100 businesses have seen b:")
    alike = results(TWO, ([("a", True), ("b", True), ("a", False), ("b", False)] * 100))
    assert warning(alike) == "No variant is better than the first beyond what chance explains."
    clear = results(TWO, [("a", False)] * 200 + [("b", True)] * 200)
    assert warning(clear) == ""


def test_an_unknown_experiment_is_none() -> None:
    assert find("digest-headline") is EXPERIMENTS["digest-headline"]
    with pytest.raises(ExperimentNotFound):
        find("no-such-thing")
