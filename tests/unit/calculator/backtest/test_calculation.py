"""Backtests: nothing of the future, the right errors, and no more origins than there are books."""

import random
from dataclasses import replace

import pytest

from calculator_svc.engine.backtest.calculation import (
    books_known_on,
    calculate_backtest,
    origin_days,
)
from calculator_svc.engine.inputs import (
    Books,
    Category,
    Earmark,
    Invoice,
    Planned,
    Role,
    Series,
    Settlements,
)
from calculator_svc.engine.rollback import PastBooks, Reduction, Settled

LAST = 738_000
WEEKS = 40


def trade(seed: int = 1, before: int | None = None) -> PastBooks:
    """Books of 400 days with a customer that pays 21 to 40 days after each weekly invoice.

    With `before`, all that happened later than so many days ago is as another world has it.
    """
    chance, other = random.Random(seed), random.Random(99)
    settled, reductions, open_now = [], [], []
    cash = Series(Category.CUSTOMER, "Bolt", [], [])
    paid = Settlements(Role.CUSTOMER, "c1", [], [], [])
    rent = Series(Category.RENT, "Landlord", list(range(3, 400, 30)), [-9_000] * 14)
    if before is not None:
        rent.amounts = [
            amount * (3 if ago < before else 1)
            for ago, amount in zip(rent.days_ago, rent.amounts, strict=True)
        ]
    for number, issued in enumerate(range(399, 0, -7)):
        takes, amount = chance.randint(21, 40), chance.randint(2_000, 6_000)
        if before is not None and issued < before:
            takes, amount = other.randint(1, 70), other.randint(1, 50_000)
        elif before is not None and issued - takes < before:
            takes = issued - other.randint(-20, before - 1)
        invoice = Invoice(f"i{number}", "c1", "Bolt", LAST - issued, LAST - issued + 30, 0, None)
        if takes > issued:
            open_now.append(replace(invoice, balance=amount))
            continue
        ago = issued - takes
        settled.append(Settled(invoice, LAST - ago))
        reductions.append(Reduction(LAST - ago, False, invoice.id, amount))
        cash.days_ago.append(ago)
        cash.amounts.append(amount)
        paid.days_to_pay.append(takes)
        paid.days_late.append(takes - 30)
        paid.days_ago.append(ago)
    moved = [
        amount
        for series in (cash, rent)
        for ago, amount in zip(series.days_ago, series.amounts, strict=True)
        if before is None or ago < before
    ]
    now = 100_000 + (sum(moved) if before is not None else 0)
    if before is None:
        now = 100_000
    books = Books(as_of=LAST, cash=now, invoices=open_now, history=[cash, rent], settlements=[paid])
    return PastBooks(books, LAST - 364, settled_invoices=settled, reductions=reductions)


@pytest.mark.parametrize("ago", [7, 70, 200])
def test_what_happens_after_an_origin_changes_nothing_of_its_books(ago: int) -> None:
    one, another = trade(), trade(before=ago)
    # Cash is told for the last day: set it so that both were the same on the day itself.
    another.last.cash += one.cash_on(LAST - ago) - another.cash_on(LAST - ago)
    assert one.last.history != another.last.history
    for day in range(LAST - 300, LAST - ago + 1, 33):
        mine, other = books_known_on(one, day), books_known_on(another, day)
        assert mine.invoices and mine.history and mine.cash == other.cash
        assert {invoice.id: invoice for invoice in mine.invoices} == {
            invoice.id: invoice for invoice in other.invoices
        }
        assert [sorted(zip(s.days_ago, s.amounts, strict=True)) for s in mine.history] == [
            sorted(zip(s.days_ago, s.amounts, strict=True)) for s in other.history
        ]
        assert [sorted(s.days_ago) for s in mine.settlements] == [
            sorted(s.days_ago) for s in other.settlements
        ]


def test_what_is_entered_by_hand_stays_out() -> None:
    past = trade()
    plain = calculate_backtest(past, 3, 20, 1)
    past.last.planned = [Planned("p", "Tax", -50_000, LAST - 10)]
    past.last.earmarks = [Earmark("e", "Rent", 90_000)]
    assert calculate_backtest(past, 3, 20, 1) == plain


def test_an_origin_has_91_days_behind_it_and_a_week_ahead() -> None:
    past = trade()
    days = origin_days(past, 52)
    assert days[-1] == LAST - 7
    assert days[0] == min(day for day in range(LAST - 364, LAST, 7) if day >= LAST - 393 + 91)
    assert origin_days(past, 4) == [LAST - 28, LAST - 21, LAST - 14, LAST - 7]
    assert origin_days(PastBooks(Books(as_of=LAST), LAST - 364), 52) == []


def test_weeks_count_only_once_they_have_come_to_pass() -> None:
    found = calculate_backtest(trade(), 10, 20, 1)
    assert [(cash.weeks, cash.origins) for cash in found.cash] == [(1, 10), (4, 7)]


def test_a_baseline_is_as_wrong_as_cash_is_off() -> None:
    # Only a fee of 700 two days ago: unchanged cash is off by it a week ahead, and so is a burn of
    # nothing; nothing is due.
    series = [
        Series(Category.VENDOR, "Bank", [2], [-700]),
        Series(Category.OTHER, "Start", [200], [5_000]),
    ]
    past = PastBooks(Books(as_of=LAST, cash=4_300, history=series), LAST - 364)
    (week,) = calculate_backtest(past, 1, 20, 1).cash
    assert (week.last_value_error, week.burn_error, week.due_date_error) == (700, 700, 700)


def test_the_due_date_baseline_pays_what_is_due_by_then() -> None:
    series = [
        Series(Category.CUSTOMER, "Bolt", [2], [1_000]),
        Series(Category.OTHER, "Start", [200], [5_000]),
    ]
    invoice = Invoice("i", "c1", "Bolt", LAST - 30, LAST - 3, 0)
    past = PastBooks(
        Books(as_of=LAST, cash=6_000, history=series),
        LAST - 364,
        settled_invoices=[Settled(invoice, LAST - 2)],
        reductions=[Reduction(LAST - 2, False, "i", 1_000)],
    )
    found = calculate_backtest(past, 1, 20, 1)
    (week,) = found.cash
    assert (week.last_value_error, week.due_date_error) == (1_000, 0)
    assert found.pay_dates is not None
    assert (found.pay_dates.count, found.pay_dates.due_date_error) == (1, 1.0)
    # Of no one's habit is anything known: due in four days.
    assert found.pay_dates.customer_median_error == 1.0


def test_the_same_request_gives_the_same_figures() -> None:
    assert calculate_backtest(trade(), 5, 50, 3) == calculate_backtest(trade(), 5, 50, 3)
    assert calculate_backtest(trade(), 5, 50, 3) != calculate_backtest(trade(), 5, 50, 4)
