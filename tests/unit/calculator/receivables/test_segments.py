"""Segments: what customers of the same payment terms have in common, where they have anything."""

from dataclasses import replace

import numpy as np
import pytest

from calculator_svc.engine.receivables import model
from calculator_svc.engine.receivables.observations import PastInvoice
from calculator_svc.engine.receivables.profile import OpenInvoices, Prediction, fit

from .worlds import TODAY, World, known_on

LATER = TODAY + 1000
APART = World(customers=24, terms=(14, 60), apart=20.0, spread=4.0)
ALIKE = replace(APART, apart=0.0)
FORTNIGHT, TWO_MONTHS = model.segment_of(np.array([14, 60])).tolist()


def all_on_30_days(history: list[PastInvoice]) -> list[PastInvoice]:
    """Return the same invoices, due on the same days, with nothing that tells segments apart."""
    return [past._replace(issue=(past.due or 0) - 30) for past in history]


def errors(world: World, history: list[PastInvoice]) -> np.ndarray:
    """Return by how much each customer's mean is off."""
    known = known_on(history, LATER)
    found = dict(zip(known.party_ids, model.fit(known).means.tolist(), strict=True))
    return np.array([abs(found[party_id] - mean) for party_id, mean in world.means().items()])


@pytest.mark.parametrize(
    ("terms", "segment"), [(0, 0), (7, 0), (8, 1), (21, 1), (30, 2), (45, 2), (46, 3), (400, 3)]
)
def test_payment_terms_make_the_segment(terms: int, segment: int) -> None:
    assert model.segment_of(np.array([terms])).tolist() == [segment]


def test_segments_that_differ_are_found() -> None:
    found = model.fit(known_on(APART.history(), LATER))
    means = np.array(list(APART.means().values()))
    for segment, truth in ((FORTNIGHT, means[0::2].mean()), (TWO_MONTHS, means[1::2].mean())):
        assert found.new_means[segment] == pytest.approx(truth, abs=2.0)


def test_a_new_customer_is_expected_as_its_segment_pays_and_no_wider_than_that() -> None:
    profile = fit(APART.history(), LATER)
    due = np.array([LATER + 20, LATER + 20])
    new = OpenInvoices(LATER, ["new", "newer"], due, ["a", "b"], np.array([14, 60]))
    found = Prediction(profile, new)
    soon, late = found.quantile(0.5).tolist()
    assert late - soon == pytest.approx(20, abs=4)
    blind = Prediction(fit(all_on_30_days(APART.history()), LATER), new)
    width, without = (np.ptp([one.quantile(q)[0] for q in (0.1, 0.9)]) for one in (found, blind))
    assert width < 0.75 * without


def test_a_customer_of_few_invoices_is_taken_to_be_like_its_segment() -> None:
    worlds = [replace(APART, invoices=2, seed=seed) for seed in range(12)]
    with_it = np.mean([errors(world, world.history()) for world in worlds])
    without = np.mean([errors(world, all_on_30_days(world.history())) for world in worlds])
    assert with_it < 0.9 * without


def test_where_terms_tell_nothing_they_cost_nothing() -> None:
    worlds = [replace(ALIKE, invoices=4, seed=seed) for seed in range(40)]
    with_it = np.mean([errors(world, world.history()) for world in worlds])
    without = np.mean([errors(world, all_on_30_days(world.history())) for world in worlds])
    assert with_it < 1.02 * without


def test_where_terms_tell_nothing_segments_are_mostly_the_same() -> None:
    apart = [
        np.ptp(model.fit(known_on(replace(ALIKE, seed=seed).history(), LATER)).new_means)
        for seed in range(40)
    ]
    assert np.median(apart) < 0.5
    assert np.mean(apart) < 1.5


def test_a_segment_that_scatters_more_is_given_more_room() -> None:
    world = World(customers=40, terms=(14, 60), scale=4.0, spread=1.0, wider=3.0)
    found = model.fit(known_on(world.history(), LATER)).new_scales
    assert found[TWO_MONTHS] > 2 * found[FORTNIGHT]


def test_one_segment_alone_is_everyone() -> None:
    found = model.fit(known_on(World().history(), LATER))
    assert len(set(found.new_means.tolist())) == len(set(found.new_scales.tolist())) == 1


def test_a_customer_belongs_where_most_of_its_invoices_do() -> None:
    others = [past for past in APART.history() if past.party_id != "customer 00"]
    own = [past for past in APART.history() if past.party_id == "customer 00"][:3]

    def found(*terms: int) -> float:
        mine = [
            past._replace(issue=(past.due or 0) - days)
            for past, days in zip(own, terms, strict=True)
        ]
        known = known_on([*others, *mine], LATER)
        return float(model.fit(known).means[known.party_ids.index("customer 00")])

    assert found(14, 14, 60) == pytest.approx(found(14, 14, 14), abs=0.5)
    assert found(14, 60, 60) == pytest.approx(found(60, 60, 60), abs=0.5)
    assert found(60, 60, 60) > found(14, 14, 14) + 1
