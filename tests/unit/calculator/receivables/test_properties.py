"""What holds for every history, tried on histories made up at random."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from calculator_svc.engine.receivables.observations import PastInvoice
from calculator_svc.engine.receivables.profile import FARTHEST_DAYS, fit
from calculator_svc.engine.receivables.simulation import simulate
from calculator_svc.servicers.pay_date_profiles import profile_fields

from .worlds import TODAY, ask, stored_and_read

TRIED = settings(max_examples=60, deadline=None)
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@st.composite
def past_invoices(draw: st.DrawFn) -> PastInvoice:
    issue = TODAY - draw(st.integers(-40, 900))
    due = draw(st.none() | st.integers(-5, 120).map(lambda days: issue + days))
    settled = draw(st.none() | st.integers(-10, 700).map(lambda days: issue + days))
    return PastInvoice(draw(st.sampled_from("abcdef")), issue, due, settled)


histories = st.lists(past_invoices(), max_size=120)
overdue = st.lists(st.integers(-400, 900), min_size=1, max_size=6)
parties = st.sampled_from("abcdefz")


@TRIED
@given(histories, overdue, parties)
def test_quantiles_rise_with_their_level_and_lie_ahead(
    history: list[PastInvoice], days: list[int], party_id: str
) -> None:
    found = ask(fit(history, TODAY), *days, party_id=party_id)
    quantiles = np.stack([found.quantile(level) for level in LEVELS])
    assert np.all(np.diff(quantiles, axis=0) >= 0)
    assert quantiles.min() >= 1 and quantiles.max() <= FARTHEST_DAYS


@TRIED
@given(histories, overdue, parties)
def test_probabilities_rise_by_day_between_0_and_1(
    history: list[PastInvoice], days: list[int], party_id: str
) -> None:
    chances = ask(fit(history, TODAY), *days, party_id=party_id).by_day(91)
    assert np.all(np.isfinite(chances)) and chances.min() >= 0 and chances.max() <= 1
    assert np.all(np.diff(chances, axis=1) >= 0)


@TRIED
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_the_history_does_not_matter(
    history: list[PastInvoice], shuffler: random.Random
) -> None:
    shuffled = list(history)
    shuffler.shuffle(shuffled)
    assert profile_fields(fit(shuffled, TODAY)) == profile_fields(fit(history, TODAY))


@TRIED
@given(histories, st.integers(-60, 300), st.integers(1, 60), parties)
def test_an_invoice_that_is_not_paid_later_on_is_never_expected_earlier(
    history: list[PastInvoice], days: int, more: int, party_id: str
) -> None:
    profile = fit(history, TODAY)
    now, later = ask(profile, days, days + more, party_id=party_id).quantile(0.5)
    assert later + more >= min(now, FARTHEST_DAYS)


@TRIED
@given(histories, st.integers(1, 300))
def test_a_profile_knows_nothing_of_later(history: list[PastInvoice], ago: int) -> None:
    day = TODAY - ago
    known = [
        past if past.settled is not None and past.settled <= day else past._replace(settled=None)
        for past in history
        if past.issue <= day
    ]
    assert ask(fit(history, day), 0, as_of=day).by_day(30).tolist() == (
        ask(fit(known, day), 0, as_of=day).by_day(30).tolist()
    )


@settings(max_examples=25, deadline=None)
@given(histories, overdue, st.integers(0, 2**63))
def test_a_profile_that_was_stored_draws_the_same_bytes(
    history: list[PastInvoice], days: list[int], seed: int
) -> None:
    profile = fit(history, TODAY)
    stored = stored_and_read(profile)
    one, other = (simulate(p, ask(p, *days), 91, 20, seed) for p in (profile, stored))
    assert one.tobytes() == other.tobytes()
