import pytest

from calculator_svc.engine.calculations import calculate_runway
from calculator_svc.engine.inputs import Action, Books, Category, Policy
from calculator_svc.engine.runway import Runway, Status

from .builders import POLICY, TODAY, bill, books, decision, earmark, planned, series


def runway(given: Books, policy: Policy = POLICY) -> Runway:
    return calculate_runway(given, policy).runway


def test_the_cash_zero_date_is_the_first_day_below_zero() -> None:
    found = runway(books(cash=100, planned=[planned(5, -100), planned(9, -1), planned(20, 500)]))
    assert (found.zero, found.days) == (TODAY + 9, 9)


def test_exactly_zero_is_not_below_zero() -> None:
    found = runway(books(cash=100, planned=[planned(5, -100)]))
    assert (found.zero, found.days) == (None, None)


def test_what_is_set_aside_beyond_the_cash_makes_the_runway_zero_today() -> None:
    found = runway(books(cash=100, earmarks=[earmark(101, until=10)]))
    assert (found.zero, found.days, found.status) == (TODAY, 0, Status.CRITICAL)


def test_cash_set_aside_counts_from_earmarks_and_from_decisions() -> None:
    queued = [decision(Action.EARMARK, amount=300)]
    found = runway(books(earmarks=[earmark(500)], bills=[bill()], queued=queued))
    assert found.earmarked == 800


def test_the_low_water_mark_has_its_first_day() -> None:
    found = runway(books(cash=100, planned=[planned(5, -40), planned(8, 40), planned(9, -40)]))
    assert (found.lowest, found.lowest_day) == (60, TODAY + 5)


@pytest.mark.parametrize(
    ("days", "status"),
    [
        (29, Status.CRITICAL),
        (30, Status.WARNING),
        (59, Status.WARNING),
        (60, Status.HEALTHY),
        (91, Status.HEALTHY),
    ],
)
def test_the_status_goes_by_the_thresholds(days, status) -> None:
    assert runway(books(cash=0, planned=[planned(days, -1)])).status is status


def test_a_business_sets_its_own_thresholds() -> None:
    policy = Policy(critical_days=10, warning_days=20, healthy_days=30)
    assert runway(books(cash=0, planned=[planned(40, -1)]), policy).status is Status.EXCELLENT


def test_beyond_the_horizon_the_status_goes_by_net_burn_and_there_is_no_date() -> None:
    burning = [series([0, 33, 90], -9_100)]  # 300 a day, and as much by the forecast
    enough, short = books(cash=27_300 + 29 * 300), books(cash=27_300 + 28 * 300)
    enough.history = short.history = burning
    assert (runway(enough).status, runway(enough).zero) == (Status.EXCELLENT, None)
    assert (runway(short).status, runway(short).days) == (Status.HEALTHY, None)


def test_a_business_that_earns_more_than_it_spends_is_excellent() -> None:
    assert runway(books(history=[series([0, 90], 100, Category.OTHER)])).status is Status.EXCELLENT


def test_burn_is_given_by_day() -> None:
    found = runway(books(history=[series([0, 33, 90], -9_100)]))
    assert (found.gross_burn, found.net_burn, found.burn_days) == (300, 300, 91)


def test_the_next_payroll_clears_when_cash_is_not_below_zero() -> None:
    given = books(planned=[planned(9, -100_000, category=Category.PAYROLL), planned(10, -1)])
    found = runway(given).payroll
    assert found is not None
    assert (found.day, found.amount, found.cash_after) == (TODAY + 9, 100_000, 0)


def test_payrolls_of_one_day_are_one() -> None:
    history = [
        series([3, 17, 31], -100, Category.PAYROLL, "Staff"),
        series([3, 17, 31], -50, Category.PAYROLL, "Contractors"),
    ]
    found = runway(books(history=history)).payroll
    assert found is not None
    assert (found.day, found.amount) == (TODAY + 11, 150)


def test_without_payroll_there_is_none_to_check() -> None:
    assert runway(books()).payroll is None


def test_empty_books_have_a_runway() -> None:
    found = runway(Books(as_of=TODAY))
    assert (found.zero, found.lowest, found.closing) == (None, 0, 0)
