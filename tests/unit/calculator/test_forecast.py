import pytest

from calculator_svc.engine.calculations import calculate_decision_console, calculate_runway
from calculator_svc.engine.cashflow import Layer
from calculator_svc.engine.errors import AmountsTooLarge
from calculator_svc.engine.inputs import Action, Books, Category, Repeat

from .builders import (
    POLICY,
    TODAY,
    bill,
    books,
    certain,
    decision,
    earmark,
    invoice,
    planned,
    series,
)


def items(given: Books) -> list[tuple[int, int, Layer]]:
    """Return the forecast's items as (days ahead, amount, layer)."""
    found = calculate_runway(given, POLICY).items
    return [(item.day - TODAY, item.amount, item.layer) for item in found]


def test_open_documents_are_expected_on_their_days() -> None:
    given = books(bills=[bill(due=9)], invoices=[invoice(due=13)], profile=certain())
    assert items(given) == [(9, -10_000, Layer.BILL), (13, 10_000, Layer.INVOICE)]


def test_what_lies_beyond_the_horizon_is_no_part_of_it() -> None:
    given = books(bills=[bill(due=200)], planned=[planned(92, -5)])
    assert items(given) == []


@pytest.mark.parametrize(
    ("category", "layer"),
    [
        (Category.PAYROLL, Layer.PAYROLL),
        (Category.TAX, Layer.TAX),
        (Category.RENT, Layer.RECURRING),
    ],
)
def test_a_series_that_recurs_has_the_layer_of_its_category(category, layer) -> None:
    given = books(history=[series([4, 95, 187], category=category)])
    assert items(given) == [(88, -5_000, layer)]


def test_transfers_are_ignored() -> None:
    assert items(books(history=[series([3, 10, 17, 40], category=Category.TRANSFER)])) == []


def test_an_open_bill_and_its_recurring_payment_do_not_count_twice() -> None:
    rent = series([26, 57, 85], -10_000, Category.VENDOR, "Acme")
    alone = items(books(history=[rent]))
    with_bill = items(books(history=[rent], bills=[bill(due=3)]))
    assert sum(amount for _, amount, _ in alone) == sum(amount for _, amount, _ in with_bill)


def test_a_planned_item_comes_back_until_its_end() -> None:
    given = books(planned=[planned(3, -700, repeat=Repeat.WEEKLY, end=TODAY + 17)])
    assert items(given) == [(d, -700, Layer.PLANNED) for d in (3, 10, 17)]


def test_cash_set_aside_leaves_on_the_first_day_and_comes_back_after_its_release() -> None:
    given = books(earmarks=[earmark(10_000, until=20)])
    assert items(given) == [(1, -10_000, Layer.EARMARK), (21, 10_000, Layer.EARMARK)]


def test_cash_set_aside_without_end_does_not_come_back() -> None:
    assert items(books(earmarks=[earmark()])) == [(1, -10_000, Layer.EARMARK)]


def test_an_earmark_released_before_today_is_over() -> None:
    assert items(books(earmarks=[earmark(until=-1)])) == []


def test_decided_items_stand_in_the_console_and_documents_do_not() -> None:
    queued = [decision(Action.PART_PAYMENT, in_days=3, amount=4_000)]
    given = books(bills=[bill()], queued=queued)
    found = calculate_decision_console(given, POLICY).items
    assert [(item.day - TODAY, item.amount, item.source_id) for item in found] == [
        (3, -4_000, "decision-1")
    ]
    assert [amount for _, amount, _ in items(given)] == [-4_000, -6_000]


def test_the_console_gives_the_residual_by_week_and_direction() -> None:
    history = [
        series([0, 9, 44, 90], -91_000),
        series(
            [2, 8, 19, 22, 33, 36, 47, 50, 61, 64, 75, 78, 89],
            [7_000, 1_000] * 6 + [7_000],
            Category.CUSTOMER,
            "Bolt",
        ),
    ]
    found = calculate_decision_console(books(history=history), POLICY).items
    assert [item.layer for item in found] == [Layer.RESIDUAL] * 26
    assert sum(item.amount for item in found) == 55_000 - 4 * 91_000


def test_amounts_whose_sum_does_not_fit_are_refused() -> None:
    with pytest.raises(AmountsTooLarge):
        calculate_runway(books(bills=[bill(balance=10**15)] * 5_000), POLICY)


def test_amounts_of_ten_to_the_fifteenth_are_added_exactly() -> None:
    given = books(cash=10**15, bills=[bill(str(i), balance=10**15) for i in range(100)])
    assert calculate_runway(given, POLICY).runway.closing == -99 * 10**15
