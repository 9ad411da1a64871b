import numpy as np
import pytest

from calculator_svc.engine.receivables import model
from calculator_svc.engine.receivables.observations import PastInvoice

from .worlds import TODAY, World, known_on, paid

YEARS_LATER = TODAY + 1000


def means_by_party(history: list[PastInvoice], day: int) -> dict[str, float]:
    known = known_on(history, day)
    return dict(zip(known.party_ids, model.fit(known).means.tolist(), strict=True))


def test_each_customers_habit_is_found() -> None:
    world = World(invoices=60)
    found = means_by_party(world.history(), YEARS_LATER)
    for party_id, mean in world.means().items():
        assert found[party_id] == pytest.approx(mean, abs=3.0), party_id


def test_a_customer_of_few_invoices_is_taken_to_be_more_like_the_others() -> None:
    history = World(customers=12, spread=4).history()
    few = means_by_party([*history, *paid("few", [40, 40])], YEARS_LATER)
    many = means_by_party([*history, *paid("many", [40] * 20)], YEARS_LATER)
    others = np.mean([mean for party_id, mean in few.items() if party_id != "few"])
    assert others + 5 < few["few"] < many["many"] - 2
    assert many["many"] == pytest.approx(40, abs=2)


def test_the_more_alike_customers_are_the_more_each_is_taken_to_be_like_all() -> None:
    alike = means_by_party([*World(spread=0.5).history(), *paid("new", [20] * 3)], YEARS_LATER)
    unlike = means_by_party([*World(spread=15).history(), *paid("new", [20] * 3)], YEARS_LATER)
    assert alike["new"] < 12 < unlike["new"]


def test_an_erratic_customer_gets_a_wider_distribution() -> None:
    steady, erratic = [1, 2, 1, 2] * 5, [-20, 25, 0, 30] * 5
    history = [*World().history(), *paid("steady", steady), *paid("erratic", erratic)]
    known = known_on(history, YEARS_LATER)
    scales = dict(zip(known.party_ids, model.fit(known).scales, strict=True))
    assert scales["erratic"] > 1.8 * scales["steady"]


def test_open_invoices_count_as_later_than_they_are() -> None:
    past = World(customers=5, spread=1).history()
    late = paid("slow", [0, 1, 2, 0, 1, 2])
    still_open = [PastInvoice("slow", TODAY - 60, TODAY - 30)] * 4
    paid_today = [one._replace(settled=TODAY) for one in still_open]
    including, as_they_are = (
        means_by_party([*past, *late, *four], TODAY)["slow"] for four in (still_open, paid_today)
    )
    assert including > as_they_are + 1


def test_leaving_out_open_invoices_would_find_customers_quicker_than_they_are() -> None:
    world = World(customers=40, invoices=12, days=60, spread=1, scale=10)
    history = world.history()
    truth = np.mean(list(world.means().values()))
    settled = [past for past in history if past.settled is not None and past.settled <= TODAY]
    censored = np.mean(list(means_by_party(history, TODAY).values()))
    naive = np.mean(list(means_by_party(settled, TODAY).values()))
    assert naive < truth - 3
    assert abs(censored - truth) < abs(naive - truth) / 2


def test_a_habit_that_drifts_is_taken_as_it_is_now() -> None:
    world = World(drift=8.0, invoices=60)
    found = model.fit(known_on(world.history(), TODAY))
    assert 4 < found.drift < 8  # shrunk towards none
    truth = np.mean(list(world.means().values()))
    # On average over the year they were four days quicker than they are now.
    assert found.means.mean() == pytest.approx(truth, abs=2.0)


def test_what_is_older_than_a_year_does_not_set_the_pace() -> None:
    world = World(customers=8)
    long_ago = [past for i in range(8) for past in paid(f"customer {i:02}", [40] * 3, TODAY - 3000)]
    found = model.fit(known_on([*world.history(), *long_ago], TODAY))
    assert abs(found.drift) < 4  # 38 days over eight years would be 5 a year, were it a line


def test_a_drift_over_a_few_invoices_is_not_believed() -> None:
    found = model.fit(known_on(paid("one", [12, 6, 0]), TODAY))
    assert abs(found.drift) < 0.5


def test_one_forgotten_invoice_moves_a_habit_by_days_not_weeks() -> None:
    history = [*World(customers=8).history(), *paid("one", [0] * 9)]
    forgotten = [*history, *paid("one", [900], last_due=TODAY - 900)]
    before, after = (means_by_party(h, YEARS_LATER)["one"] for h in (history, forgotten))
    assert 0 < after - before < 10


def test_days_late_that_are_skewed_stay_skewed() -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    history = [
        past
        for i in range(20)
        for past in paid(
            f"customer {i}", np.rint(generator.exponential(8, 30)).astype(int).tolist()
        )
    ]
    shape = model.fit(known_on(history, YEARS_LATER)).shape
    low, middle, high = np.interp([0.1, 0.5, 0.9], np.linspace(0, 1, len(shape)), shape)
    assert high - middle > 1.8 * (middle - low)


def test_with_no_history_the_assumptions_stand() -> None:
    found = model.fit(known_on([], TODAY))
    assert found.new_means.tolist() == [model.ASSUMED_LATE] * model.SEGMENTS
    assert found.new_scales == pytest.approx(
        [np.hypot(model.ASSUMED_SCALE, model.ASSUMED_SPREAD)] * model.SEGMENTS, rel=1e-9
    )
    assert (found.tail_share, found.drift, len(found.means)) == (1.0, 0.0, 0)


def test_customers_who_always_pay_on_the_day_do_not_break_the_fit() -> None:
    found = model.fit(known_on([p for i in range(9) for p in paid(f"c{i}", [0] * 30)], TODAY))
    assert np.all(found.scales > 0)
    assert found.means == pytest.approx(np.zeros(9), abs=0.2)
