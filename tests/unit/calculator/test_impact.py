from calculator_svc.engine.calculations import calculate_impacts
from calculator_svc.engine.impact import Impact
from calculator_svc.engine.inputs import Action

from .builders import TODAY, bill, books, certain, decision, invoice, planned


def test_a_bill_lowers_the_cash_at_the_end_by_its_balance() -> None:
    (found,) = calculate_impacts(books(bills=[bill()])).bills
    assert found.impact == Impact(None, None, None, -10_000, -10_000)


def test_an_invoice_that_staves_off_the_cash_zero_date_moves_it() -> None:
    given = books(cash=0, invoices=[invoice(due=1, balance=50)], profile=certain())
    given.planned = [planned(5, -40), planned(20, -40, id="2")]
    (found,) = calculate_impacts(given).invoices
    assert found.impact == Impact(15, TODAY + 5, TODAY + 20, 50, 50)


def test_days_are_absent_when_only_one_forecast_has_a_cash_zero_date() -> None:
    given = books(cash=0, bills=[bill(due=9)])
    (found,) = calculate_impacts(given).bills
    assert found.impact is not None
    assert found.impact.cash_zero_days is None
    assert (found.impact.zero_without, found.impact.zero_with) == (None, TODAY + 9)


def test_a_decision_is_compared_with_all_the_others() -> None:
    bills = [bill("a", balance=100), bill("b", balance=100)]
    queued = [decision(Action.PAY_NOW, key, key) for key in ("a", "b")]
    given = books(cash=100, bills=bills, queued=queued)
    given.planned = [planned(5, 100)]
    found = calculate_impacts(given)
    assert [impact.lowest_change for _, impact in found.decisions] == [-100, -100]
    # Without its queue the plan never goes below zero: at its lowest it is where it ends.
    assert found.queue.lowest_change == -100
    assert found.sum_of_decisions.lowest_change == -200


def test_a_decision_taken_out_leaves_the_one_that_was_finalised_before() -> None:
    given = books(bills=[bill(balance=100)])
    given.queued = [decision(Action.DELAY, key="q", in_days=200)]
    given.pending = [decision(Action.DELAY, key="p", in_days=150)]
    found = calculate_impacts(given)
    assert found.decisions == [("q", Impact(None, None, None, 0, 0))]
    given.pending = []
    assert calculate_impacts(given).queue.closing_change == 100


def test_a_decision_about_a_document_that_is_not_open_changes_nothing() -> None:
    given = books(queued=[decision(Action.PAY_NOW, "gone")])
    found = calculate_impacts(given)
    assert found.decisions == [("decision-1", Impact(None, None, None, 0, 0))]


def test_of_two_queued_decisions_about_one_bill_only_the_newer_matters() -> None:
    given = books(bills=[bill(balance=100)])
    given.queued = [
        decision(Action.DELAY, key="old", in_days=200),
        decision(Action.PAY_NOW, key="new"),
    ]
    found = dict(calculate_impacts(given).decisions)
    assert found["old"].closing_change == 0
    assert found["new"].closing_change == -100


def test_what_is_set_aside_changes_timing_alone() -> None:
    given = books(bills=[bill()], queued=[decision(Action.EARMARK, amount=4_000)])
    assert calculate_impacts(given).queue.closing_change == 0


def test_setting_aside_more_than_there_is_moves_the_cash_zero_date_to_today() -> None:
    given = books(cash=0, bills=[bill(due=9)], queued=[decision(Action.EARMARK, amount=4_000)])
    assert calculate_impacts(given).queue == Impact(-9, TODAY + 9, TODAY, 0, 0)


def test_the_sum_of_days_is_given_only_where_every_decision_has_days() -> None:
    bills = [bill("a", due=9, balance=50), bill("b", due=30, balance=50)]
    queued = [
        decision(Action.DELAY, "a", "a", in_days=20),
        decision(Action.DELAY, "b", "b", in_days=80),
    ]
    given = books(cash=0, bills=bills, queued=queued)
    found = calculate_impacts(given)
    assert [impact.cash_zero_days for _, impact in found.decisions] == [11, 0]
    assert found.sum_of_decisions.cash_zero_days == 11
    assert (
        calculate_impacts(books(bills=bills, queued=queued)).sum_of_decisions.cash_zero_days is None
    )


def test_an_empty_queue_has_no_impact() -> None:
    found = calculate_impacts(books())
    assert found.queue == Impact(None, None, None, 0, 0)
    assert found.sum_of_decisions == Impact(None, None, None, 0, 0)
