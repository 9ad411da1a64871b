from dataclasses import replace

import numpy as np
import pytest

from calculator_svc.engine.receivables.observations import PastInvoice
from calculator_svc.engine.receivables.profile import FARTHEST_DAYS, Profile, fit
from calculator_svc.servicers.pay_date_profiles import profile_fields

from .worlds import TODAY, World, ask, paid

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return fit(World().history(), TODAY)


def test_what_happens_after_as_of_does_not_change_the_profile() -> None:
    history = World().history()
    day = TODAY - 100
    known = [
        past._replace(settled=None if (past.settled or 0) > day else past.settled)
        for past in history
        if past.issue <= day
    ]
    later, on_the_day = fit(history, day), fit(known, day)
    assert profile_fields(later) == profile_fields(on_the_day)


def test_a_slow_customer_is_expected_later_than_a_quick_one(profile: Profile) -> None:
    means = World().means()
    slow, quick = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    (late,), (early,) = (ask(profile, -10, party_id=who).quantile(0.5) for who in (slow, quick))
    assert late - early > 0.6 * (means[slow] - means[quick])


def test_without_history_payment_is_expected_around_the_due_date_give_or_take_weeks() -> None:
    low, middle, high = (int(ask(fit([], TODAY), -30).quantile(p)[0]) for p in (0.1, 0.5, 0.9))
    assert 33 <= middle <= 34
    assert 30 - 21 <= low <= 30 - 10 and 30 + 14 <= high <= 30 + 28


def test_three_invoices_of_the_only_customer_narrow_the_expectation() -> None:
    nothing, little = fit([], TODAY), fit(paid("one", [9, 10, 11]), TODAY)
    widths = [
        np.ptp([ask(p, -30, party_id="one").quantile(q) for q in (0.1, 0.9)])
        for p in (nothing, little)
    ]
    assert widths[1] < widths[0]
    assert 33 < ask(little, -30, party_id="one").quantile(0.5)[0] <= 40


def test_invoices_that_are_all_open_still_put_payment_off() -> None:
    still_open = [PastInvoice("one", TODAY - 90, TODAY - 60 + i) for i in range(12)]
    assert ask(fit(still_open, TODAY), -30).quantile(0.5)[0] > 45


def test_an_invoice_without_due_date_is_due_30_days_after_issue() -> None:
    history = World().history()
    undated = [past._replace(due=None) for past in history]
    assert profile_fields(fit(undated, TODAY)) == profile_fields(fit(history, TODAY))


def test_the_longer_an_invoice_is_overdue_the_longer_it_has_yet_to_go(profile: Profile) -> None:
    found = ask(profile, 60, 120, 240, 700, party_id="customer 03").quantile(0.5)
    assert np.all(np.diff(found) > 0)
    assert found[-1] < FARTHEST_DAYS


def test_a_customer_never_seen_is_as_unsure_as_customers_differ() -> None:
    profile = fit(World(spread=16).history(), TODAY)
    new, known = (ask(profile, -20, party_id=who) for who in ("new", "customer 03"))
    spans = [one.quantile(0.9)[0] - one.quantile(0.1)[0] for one in (new, known)]
    assert spans[0] > 1.5 * spans[1]


def test_the_probability_by_day_and_the_quantiles_agree(profile: Profile) -> None:
    found = ask(profile, -30, 0, 30, party_id="customer 05")
    chances = found.by_day(91)
    for level in LEVELS:
        for row, day in enumerate(found.quantile(level)):
            if day <= 91:
                assert chances[row, day - 1] >= level - 1e-9
            if 1 < day <= 92:
                assert chances[row, day - 2] < level


def test_nothing_is_paid_by_today(profile: Profile) -> None:
    assert ask(profile, -30, 0, 30).paid_within(0).tolist() == [0, 0, 0]


def test_calibration_moves_the_quantiles(profile: Profile) -> None:
    later = replace(profile, calibrated=profile.calibrated**2)
    assert ask(later, -20).quantile(0.5)[0] > ask(profile, -20).quantile(0.5)[0]


def test_no_open_invoice_is_no_trouble(profile: Profile) -> None:
    assert ask(profile).by_day(91).shape == (0, 91)
    assert ask(profile).quantile(0.5).tolist() == []
