"""In which order a portfolio stands, and what its filter lets through."""

import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from runway.experience.v1 import portfolio_service_pb2 as pb

from experience_gw.compose.portfolio import Order, Standing, arranged, counts

CRITICAL, WARNING, HEALTHY, EXCELLENT = 1, 2, 3, 4


def standing(business_id: str, status: int = HEALTHY, **fields: Any) -> Standing:
    return Standing(business_id, **{"display_name": business_id.title(), **fields}, status=status)


def order(standings: list[Standing], by: Order = Order.WORST) -> list[str]:
    return [one.business_id for one in arranged(standings, [], "", by)]


def test_the_earliest_cash_zero_date_comes_first_and_none_at_all_last() -> None:
    given = [standing("far", runway_days=80), standing("none"), standing("near", runway_days=3)]
    assert order(given) == ["near", "far", "none"]


def test_without_a_cash_zero_date_the_thinnest_cushion_comes_first_in_any_currency() -> None:
    yen = standing("yen", low_water_minor=900_000, burn_minor=100_000)
    dollars = standing("dollars", low_water_minor=50_000, burn_minor=1_000)
    assert order([dollars, yen]) == ["yen", "dollars"]


def test_what_cannot_be_shown_comes_first_in_every_order() -> None:
    given = [standing("near", runway_days=0, status=CRITICAL), Standing("failed")]
    for by in Order:
        assert order(given, by) == ["failed", "near"]


def test_by_name_case_does_not_matter() -> None:
    given = [standing("b", display_name="beta"), standing("a", display_name="Alpha")]
    assert order(given, Order.NAME) == ["a", "b"]


def test_books_never_read_are_the_oldest() -> None:
    old, new = (datetime.datetime(2026, 5, day, tzinfo=datetime.UTC) for day in (1, 5))
    given = [standing("new", synced_at=new), standing("never"), standing("old", synced_at=old)]
    assert order(given, Order.OLDEST_BOOKS) == ["never", "old", "new"]


def test_the_largest_share_overdue_comes_first_and_credit_balances_have_none() -> None:
    given = [
        standing("credit", receivable_minor=-10, overdue_minor=50),
        standing("half", receivable_minor=100, overdue_minor=50),
        standing("most", receivable_minor=10, overdue_minor=9),
    ]
    assert order(given, Order.OVERDUE_INVOICES) == ["most", "half", "credit"]


def test_the_least_cash_comes_first_among_those_of_one_currency() -> None:
    given = [
        standing("dollars", currency="USD", cash_minor=5),
        standing("yen", currency="JPY", cash_minor=900),
        standing("overdrawn", currency="USD", cash_minor=-1),
    ]
    assert order(given, Order.CASH) == ["yen", "overdrawn", "dollars"]


def test_every_order_of_the_api_is_one_of_these() -> None:
    numbers = pb.PortfolioOrder.DESCRIPTOR.values_by_number
    assert {f"PORTFOLIO_ORDER_{by.name}": by.value for by in Order if by} == {
        value.name: number for number, value in numbers.items() if number
    }


def test_the_filter_is_by_status_and_by_text_in_name_or_id() -> None:
    given = [
        standing("acme", WARNING, display_name="Acme Plumbing"),
        standing("bolt", CRITICAL, display_name="Bolt & ACME"),
        standing("acme-two", HEALTHY, display_name="Other"),
        Standing("failed"),
    ]
    found = arranged(given, [WARNING, HEALTHY], "AcMe", Order.NAME)
    assert [one.business_id for one in found] == ["failed", "acme", "acme-two"]


def test_statuses_are_counted_the_worst_first_and_failures_apart() -> None:
    given = [standing("a", HEALTHY), standing("b", CRITICAL), standing("c", HEALTHY), Standing("d")]
    assert counts(given) == [(CRITICAL, 1), (HEALTHY, 2)]


@given(
    st.lists(
        st.builds(
            Standing,
            business_id=st.uuids().map(str),
            display_name=st.sampled_from(["", "A", "a", "B"]),
            status=st.integers(0, 4),
            runway_days=st.none() | st.integers(0, 3),
            low_water_minor=st.integers(-5, 5),
            burn_minor=st.integers(0, 2),
            currency=st.sampled_from(["JPY", "USD"]),
            cash_minor=st.integers(-2, 2),
        )
    ),
    st.sampled_from(Order),
    st.randoms(),
)
def test_the_order_does_not_depend_on_the_order_of_the_request(
    standings: list[Standing], by: Order, random: Any
) -> None:
    shuffled = list(standings)
    random.shuffle(shuffled)
    found = arranged(standings, [], "", by)
    assert found == arranged(shuffled, [], "", by)
    assert len(found) == len(standings)
