from calculator_svc.engine.history import read
from calculator_svc.engine.inputs import HORIZON_DAYS, Category, Role, Settlements
from calculator_svc.engine.residual import Settled, residual, settled, spread

from .builders import series
from .builders import settled as history_of

EVERY_WEEK = list(range(6, 91, 7))
AT_ONCE = Settled([1] * HORIZON_DAYS, 1)


def test_what_no_layer_explains_goes_on_at_its_daily_average() -> None:
    history = read([series([1, 13, 44, 90], -9_100)])
    found = residual(history, [False], AT_ONCE, AT_ONCE)
    assert found.disbursements == [400] * HORIZON_DAYS
    assert found.receipts == [0] * HORIZON_DAYS


def test_what_recurs_is_no_residual() -> None:
    history = read([series([1, 13, 44, 90], -9_100)])
    assert sum(residual(history, [True], AT_ONCE, AT_ONCE).disbursements) == 0


def test_receipts_begin_as_late_as_customers_pay() -> None:
    customers = settled(Role.CUSTOMER, [history_of([0, 10], terms=20)], has_documents=True)
    assert customers.of == 2
    assert customers.by_day[19] == 0  # day 20: an invoice of today would be paid, none of later
    assert customers.by_day[20] == 1
    assert customers.by_day[30] == 2


def test_the_share_is_of_amounts_where_they_are_known() -> None:
    paid = Settlements(Role.CUSTOMER, "c", [10, 40], [0, 0], amounts=[1_000, 9_000])
    customers = settled(Role.CUSTOMER, [paid], has_documents=True)
    assert customers.of == 10_000
    assert customers.by_day[10] == 1_000
    assert customers.by_day[40] == 10_000


def test_customers_share_bears_on_customers_receipts_alone() -> None:
    history = read(
        [
            series(EVERY_WEEK, 700, Category.CUSTOMER, "Bolt"),
            series(EVERY_WEEK, 700, Category.OTHER, "Interest"),
        ]
    )
    late = Settled([0] * 40 + [1] * 51, 1)
    found = residual(history, [False, False], late, AT_ONCE)
    assert found.receipts == [100] * 40 + [200] * 51


def test_vendors_share_bears_on_vendors_and_rent_alone() -> None:
    history = read(
        [
            series([0, 90], -4_550, category, category.name)
            for category in (Category.VENDOR, Category.RENT, Category.OTHER)
        ]
    )
    late = Settled([0] * 40 + [1] * 51, 1)
    found = residual(history, [False] * 3, AT_ONCE, late)
    assert found.disbursements == [100] * 40 + [300] * 51


def test_lumps_are_not_counted_on() -> None:
    grants = read([series([10, 60], 1_000_000, Category.CUSTOMER, "Fund")])
    assert sum(residual(grants, [False], AT_ONCE, AT_ONCE).receipts) == 0
    # Beside steady receipts a lump counts up to what makes them twice the median week.
    both = read(
        [
            series([10, 60], 1_000_000, Category.CUSTOMER, "Fund"),
            series(EVERY_WEEK, 700, Category.CUSTOMER, "Bolt"),
        ]
    )
    assert residual(both, [False, False], AT_ONCE, AT_ONCE).receipts == [200] * HORIZON_DAYS


def test_disbursements_count_whole_however_lumpy_they_are() -> None:
    history = read([series([10, 90], -455_000)])
    found = residual(history, [False], AT_ONCE, AT_ONCE)
    assert sum(found.disbursements) == 910_000


def test_new_loans_are_not_counted_on() -> None:
    history = read([series([0, 90], 9_100, Category.FINANCING, "Owner")])
    assert sum(residual(history, [False], AT_ONCE, AT_ONCE).receipts) == 0


def test_with_less_than_four_weeks_of_history_there_is_none() -> None:
    assert sum(residual(read([series([0, 26])]), [False], AT_ONCE, AT_ONCE).disbursements) == 0
    assert sum(residual(read([series([0, 27])]), [False], AT_ONCE, AT_ONCE).disbursements) > 0


def test_days_are_whole_minor_units_that_sum_to_the_exact_total() -> None:
    days = spread(0, 100, AT_ONCE, window=91)
    assert sum(days) == 100
    assert set(days) <= {1, 2}


def test_without_settled_documents_a_cash_business_is_paid_at_once() -> None:
    assert settled(Role.CUSTOMER, [], has_documents=False).by_day == [1] * HORIZON_DAYS
    assert settled(Role.CUSTOMER, [], has_documents=True).by_day == [0] * 30 + [1] * 61
