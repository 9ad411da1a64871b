import pytest

from calculator_svc.engine import decisions
from calculator_svc.engine.cashflow import Layer
from calculator_svc.engine.inputs import Action

from .builders import TODAY, bill, day, decision, invoice

HABIT = TODAY + 10


def flows_of_bill(made):
    """Return a bill's flows as (days ahead, amount, layer), and in how many days it is paid."""
    flows, paid = decisions.bill_flows(bill(), HABIT, made, TODAY)
    return [(f.day - TODAY, f.amount, f.layer) for f in flows], paid - TODAY


def test_without_a_decision_a_bill_is_paid_by_habit() -> None:
    assert flows_of_bill(None) == ([(10, -10_000, Layer.BILL)], 10)


def test_to_pay_now_leaves_the_cash_of_the_first_day() -> None:
    made = decision(Action.PAY_NOW)
    assert flows_of_bill(made) == ([(1, -10_000, Layer.DECISION)], 1)


def test_to_pay_now_on_a_saturday_leaves_on_monday() -> None:
    assert decisions.soonest_payment(day("2026-05-09")) == day("2026-05-11")
    assert decisions.soonest_payment(day("2026-05-08")) == day("2026-05-09")


@pytest.mark.parametrize("action", [Action.SCHEDULE, Action.DELAY])
def test_a_payment_for_a_day_is_made_on_that_day(action) -> None:
    made = decision(action, in_days=30)
    assert flows_of_bill(made) == ([(30, -10_000, Layer.DECISION)], 30)


@pytest.mark.parametrize("action", [Action.SCHEDULE, Action.DELAY])
def test_a_payment_for_a_day_gone_by_is_made_now(action) -> None:
    made = decision(action, in_days=-3)
    assert flows_of_bill(made) == ([(1, -10_000, Layer.DECISION)], 1)


def test_the_rest_of_a_part_payment_stays_where_habit_has_it() -> None:
    made = decision(Action.PART_PAYMENT, in_days=3, amount=4_000)
    expected = [(3, -4_000, Layer.DECISION), (10, -6_000, Layer.BILL)]
    assert flows_of_bill(made) == (expected, 10)


def test_a_part_payment_of_the_whole_leaves_no_rest() -> None:
    made = decision(Action.PART_PAYMENT, in_days=3, amount=99_000)
    assert flows_of_bill(made) == ([(3, -10_000, Layer.DECISION)], 3)


def test_what_is_set_aside_leaves_at_once_and_lessens_the_payment() -> None:
    made = decision(Action.EARMARK, amount=4_000)
    expected = [(0, -4_000, Layer.DECISION), (10, -6_000, Layer.BILL)]
    assert flows_of_bill(made) == (expected, 10)


def test_a_decision_names_itself_as_the_source() -> None:
    made = decision(Action.PART_PAYMENT, key="d-7", in_days=3, amount=4_000)
    flows, _ = decisions.bill_flows(bill(), HABIT, made, TODAY)
    assert [flow.source_id for flow in flows] == ["d-7", "bill-1"]


def test_chasing_brings_the_money_on_the_day_named() -> None:
    made = decision(Action.COLLECT, "invoice-1", in_days=5)
    flows, paid = decisions.invoice_flows(invoice(), HABIT, made, TODAY)
    assert [(f.day, f.amount) for f in flows] == [(TODAY + 5, 10_000)]
    assert paid == TODAY + 5


def test_an_invoice_that_is_given_up_brings_nothing() -> None:
    made = decision(Action.WRITE_OFF, "invoice-1")
    assert decisions.invoice_flows(invoice(), HABIT, made, TODAY) == ([], None)


def test_the_newest_decision_holds_and_a_queued_one_before_a_finalised_one() -> None:
    queued = [decision(Action.DELAY, key=key, in_days=9) for key in ("q1", "q2")]
    pending = [decision(Action.DELAY, key=key, in_days=9) for key in ("p1", "p2")]
    found = decisions.by_document(queued, pending).bills["bill-1"]
    assert [one.id for one in found] == ["q2", "q1", "p2", "p1"]
    assert decisions.without(found, found[0]) is found[1]


def test_a_bill_and_an_invoice_of_one_id_are_two_documents() -> None:
    queued = [decision(Action.PAY_NOW, "1"), decision(Action.WRITE_OFF, "1")]
    found = decisions.by_document(queued, [])
    assert [one.action for one in found.bills["1"]] == [Action.PAY_NOW]
    assert [one.action for one in found.invoices["1"]] == [Action.WRITE_OFF]
