import pytest

from calculator_svc.engine import recurrence
from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import Category, Series

from .builders import TODAY, day, on_dates, series


def find(one: Series) -> recurrence.Recurring | None:
    (flow,) = read([one]).flows
    return recurrence.find(flow, TODAY)


def days_ahead(one: Series) -> list[int]:
    found = find(one)
    assert found is not None
    return [day - TODAY for day in found.days]


@pytest.mark.parametrize(
    ("days_ago", "cadence"),
    [
        ([3, 10, 17, 24], recurrence.WEEKLY),
        ([3, 11, 17, 24], recurrence.WEEKLY),
        ([3, 17, 31], recurrence.BIWEEKLY),
        ([3, 16, 31, 45], recurrence.BIWEEKLY),
        ([4, 34, 65], recurrence.MONTHLY),
        ([4, 95, 187], recurrence.QUARTERLY),
    ],
)
def test_a_cadence_is_told_by_the_gaps(days_ago, cadence) -> None:
    found = find(series(days_ago))
    assert found is not None
    assert found.cadence is cadence


def test_two_occurrences_are_no_series() -> None:
    assert find(series([3, 10])) is None


def test_gaps_that_fit_no_cadence_are_no_series() -> None:
    assert find(series([3, 12, 40, 61])) is None


def test_a_series_that_has_stopped_does_not_go_on() -> None:
    assert find(series([11, 18, 25])) is None
    assert find(series([10, 17, 24])) is not None


def test_amounts_that_are_not_alike_are_no_series() -> None:
    assert find(series([3, 10, 17], [-100, -200, -400])) is None


def test_payroll_tax_and_rent_may_vary_more() -> None:
    amounts = [-100, -200, -300]
    assert find(series([3, 17, 31], amounts, Category.OTHER)) is None
    assert find(series([3, 17, 31], amounts, Category.PAYROLL)) is not None


def test_the_amount_is_the_median_of_the_last_six() -> None:
    found = find(series([3, 10, 17, 24, 31, 38, 45], [-10, -10, -10, -11, -12, -12, -99]))
    assert found is not None
    assert found.amount == -10


def test_customers_receipts_are_left_to_their_invoices() -> None:
    assert find(series([3, 10, 17, 24], 500, Category.CUSTOMER)) is None


def test_movements_within_two_days_are_one_occurrence() -> None:
    found = find(series([3, 4, 5, 17, 18, 31], [-10, -20, -5, -30, -5, -35], Category.PAYROLL))
    assert found is not None
    assert (found.cadence, found.amount) == (recurrence.BIWEEKLY, -35)


def test_a_biweekly_series_goes_on_every_fourteen_days() -> None:
    assert days_ahead(series([3, 17, 31])) == [11, 25, 39, 53, 67, 81]


def test_rent_keeps_its_day_of_the_month() -> None:
    found = find(on_dates("2026-02-03", "2026-03-03", "2026-04-03", "2026-05-03"))
    assert found is not None
    assert found.days == [day("2026-06-03"), day("2026-07-03"), day("2026-08-03")]


def test_a_month_end_series_stays_at_the_month_end() -> None:
    found = find(on_dates("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"))
    assert found is not None
    assert found.days == [day("2026-05-31"), day("2026-06-30"), day("2026-07-31")]


def test_a_day_that_a_weekend_moved_does_not_move_the_series() -> None:
    found = find(on_dates("2026-01-15", "2026-02-17", "2026-03-16", "2026-04-15"))
    assert found is not None
    assert found.days[0] == day("2026-05-15")


def test_wages_on_the_15th_and_the_last_day_keep_both_days() -> None:
    found = find(
        on_dates(
            "2026-02-13",
            "2026-02-27",
            "2026-03-13",
            "2026-03-31",
            "2026-04-15",
            "2026-04-30",
            category=Category.PAYROLL,
        )
    )
    assert found is not None
    assert found.cadence is recurrence.SEMI_MONTHLY
    expected = ["05-15", "05-31", "06-15", "06-30", "07-15", "07-31"]
    assert found.days == [day(f"2026-{date}") for date in expected]


def test_wages_on_the_5th_and_20th_keep_both_days() -> None:
    found = find(on_dates("2026-02-20", "2026-03-05", "2026-03-20", "2026-04-05", "2026-04-20"))
    assert found is not None
    assert found.cadence is recurrence.SEMI_MONTHLY
    assert found.days[:3] == [TODAY + 1, day("2026-05-20"), day("2026-06-05")]


def test_an_occurrence_that_is_a_little_late_is_expected_tomorrow() -> None:
    assert days_ahead(series([8, 15, 22]))[:2] == [1, 6]


def test_an_open_bill_replaces_the_payment_that_it_stands_for() -> None:
    found = find(series([20, 50, 80], category=Category.VENDOR, counterparty="Acme"))
    assert found is not None
    before = list(found.days)
    recurrence.leave_to_bills([found], [("Acme", before[0] + 9, None)])
    assert found.days == before[1:]


def test_a_bill_of_another_vendor_replaces_nothing() -> None:
    found = find(series([20, 50, 80], category=Category.VENDOR, counterparty="Acme"))
    assert found is not None
    before = list(found.days)
    recurrence.leave_to_bills([found], [("Bolt", before[0], before[0])])
    assert found.days == before


def test_one_bill_replaces_one_payment_in_one_series() -> None:
    two = [
        find(series([20, 50, 80], category=category, counterparty="Acme"))
        for category in (Category.VENDOR, Category.RENT)
    ]
    count = sum(len(one.days) for one in two)
    recurrence.leave_to_bills(two, [("Acme", TODAY + 9, TODAY + 8)])
    assert sum(len(one.days) for one in two) == count - 1


def test_a_bill_farther_than_half_a_period_replaces_nothing() -> None:
    found = find(series([3, 10, 17], category=Category.VENDOR, counterparty="Acme"))
    assert found is not None
    before = list(found.days)
    recurrence.leave_to_bills([found], [("Acme", TODAY + 300, TODAY - 40)])
    assert found.days == before
