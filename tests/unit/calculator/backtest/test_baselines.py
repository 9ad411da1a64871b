"""Baselines against values worked out by hand."""

import pytest

from calculator_svc.engine.backtest.baselines import CustomerMedians, due_by
from calculator_svc.engine.inputs import Role, Settlements

from ..builders import TODAY, invoice, settled


def expected(due: int, *known: Settlements) -> float:
    return CustomerMedians(known, TODAY).expected(invoice(due=due)) - TODAY


@pytest.mark.parametrize(
    ("due", "late", "after"),
    [
        (10, [-3, 0, 4], 10 + 0),
        (10, [-3, 0, 4, 5], 10 + 2),
        # Nine days late already: only what was later than that.
        (-9, [0, 2, 9, 12, 15, 40], -9 + 15),
        (-9, [0, 2, 9, 12, 15], 1),
    ],
)
def test_an_invoice_is_as_late_as_the_median_of_those_that_were_later(
    due: int, late: list[int], after: float
) -> None:
    assert expected(due, settled(late)) == after


def test_with_fewer_than_three_of_its_customers_everyones_count() -> None:
    others = settled([20, 20, 30], party_id="another")
    assert expected(10, settled([0, 0]), others) == 10 + 20
    assert expected(10, settled([0, 0, 1]), others) == 10


def test_vendors_say_nothing_of_customers() -> None:
    assert expected(10, settled([5, 5, 5], role=Role.VENDOR)) == 10
    assert expected(-10, settled([50, 50, 50], role=Role.VENDOR)) == 1


def test_what_falls_due_by_a_day_counts_in_full_and_in_30_days_where_nothing_is_said() -> None:
    documents = [invoice(due=5, balance=7), invoice(due=6, balance=70)]
    undated = invoice(due=None, balance=700)
    assert due_by(documents, TODAY + 5) == 7
    assert due_by([undated], TODAY + 9) == 0
    assert due_by([undated], TODAY + 10) == 700
