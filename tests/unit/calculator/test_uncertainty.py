from typing import Any

import pytest

from calculator_svc.engine.calculations import calculate_forecast, calculate_runway
from calculator_svc.engine.inputs import HORIZON_DAYS, Action, Books, Category
from calculator_svc.engine.uncertainty import Uncertainty

from .builders import POLICY, TODAY, bill, books, decision, invoice, paid, series

PATHS = 300


def drawn(given: Books, seed: int = 1) -> Uncertainty:
    return calculate_forecast(given, POLICY, seed, PATHS).uncertainty


def owed(**fields: Any) -> Books:
    """Return books with an invoice of 500.00 that falls due in ten days."""
    fields = {"settlements": [paid([-5, 0, 2, 5, 9, 20] * 4)], **fields}
    return books(cash=10_000, invoices=[invoice(balance=50_000)], **fields)


def test_the_same_seed_gives_the_same_figures_and_another_gives_others() -> None:
    assert drawn(owed(), 1) == drawn(owed(), 1)
    assert drawn(owed(), 1) != drawn(owed(), 2)


def test_quantiles_are_in_order_on_every_day() -> None:
    found = drawn(owed(history=[series(list(range(6, 91, 7)), [-900, -100] * 6 + [-900])]))
    assert all(low <= middle <= high for low, middle, high in zip(*found.cash, strict=True))
    assert all(low <= middle <= high for low, middle, high in zip(*found.receipts, strict=True))
    assert found.lowest[0] <= found.lowest[1] <= found.lowest[2]
    (dates,) = found.pay_dates
    assert TODAY < dates.p10 <= dates.p25 <= dates.p50 <= dates.p75 <= dates.p90


def test_without_invoices_and_history_every_course_is_the_expected_one() -> None:
    given = books(cash=10_000, bills=[bill(balance=3_000)])
    found = drawn(given)
    expected = [day.closing for day in calculate_runway(given, POLICY).days]
    assert found.cash == (expected, expected, expected)
    assert found.below_zero == 0.0


def test_all_of_an_invoice_comes_in_on_one_day_of_each_course() -> None:
    found = drawn(owed())
    assert {cash for course in found.cash for cash in course} <= {10_000, 60_000}
    assert found.cash[2][HORIZON_DAYS - 1] == 60_000


def test_what_open_invoices_bring_is_told_apart_from_what_else_comes_in() -> None:
    flows = [series(list(range(6, 91, 7)), [900, 100] * 6 + [900], Category.OTHER)]
    found, alone = drawn(owed(history=flows)), drawn(owed())
    assert found.invoice_receipts == alone.invoice_receipts == alone.receipts
    assert found.receipts[1][-1] > found.invoice_receipts[1][-1] == 50_000


def test_an_invoice_that_is_decided_about_is_not_drawn() -> None:
    day = TODAY + 12
    collect = decision(Action.COLLECT, "invoice-1", in_days=12)
    found = drawn(owed(queued=[collect]))
    assert found.pay_dates == []
    assert found.cash[0] == found.cash[2]
    assert found.cash[1][day - TODAY - 1] == 60_000


def test_a_customer_who_pays_late_widens_the_band_and_moves_it() -> None:
    prompt, slow = drawn(owed()), drawn(owed(settlements=[paid([25, 30, 33, 35, 41, 60] * 4)]))
    (soon,), (late,) = prompt.pay_dates, slow.pay_dates
    assert soon.p50 < late.p50
    assert late.p90 - TODAY > 30


def test_cash_zero_dates_are_absent_where_cash_runs_out_in_fewer_courses() -> None:
    # 600.00 goes out in 15 days; whether the 500.00 come in before decides.
    given = owed(bills=[bill(due=15, balance=30_000)])
    found = drawn(given)
    assert 0 < found.below_zero < 1
    early, middle, late = found.zero
    assert early is not None
    assert (middle is None) == (found.below_zero < 0.5)
    assert late is None


def test_a_payroll_that_hangs_on_an_invoice_is_missed_in_some_courses() -> None:
    payroll = series([11, 25, 39, 53], -30_000, Category.PAYROLL, "Payroll")
    found = drawn(owed(history=[payroll]))
    assert found.payroll_missed is not None
    assert 0 < found.payroll_missed <= 1
    assert drawn(owed()).payroll_missed is None


@pytest.mark.parametrize("late", [[], [3]])
def test_little_history_gives_a_wide_band_and_no_failure(late: list[int]) -> None:
    (dates,) = drawn(owed(settlements=[paid(late)] if late else [])).pay_dates
    assert dates.p90 - dates.p10 >= 10
