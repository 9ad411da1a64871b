"""Money and dates on the wire: what goes out comes back the same, and nothing else comes in."""

import datetime

import pytest
from google.protobuf import timestamp_pb2
from google.type import date_pb2, money_pb2
from hypothesis import given
from hypothesis import strategies as st

from service_kit.wire import (
    LARGEST_MINOR,
    from_date,
    from_instant,
    from_money,
    minor_units,
    to_date,
    to_money,
)

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF", "ISK"])
AMOUNTS = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31))


@given(AMOUNTS, CURRENCIES)
def test_an_amount_comes_back_as_it_went_out(minor: int, currency: str) -> None:
    money = to_money(minor, currency)
    assert from_money(money) == minor
    assert money.currency_code == currency
    # As google.type.Money asks: units and nanos have one sign.
    assert money.units * money.nanos >= 0


@given(DATES)
def test_a_date_comes_back_as_it_went_out(date: datetime.date) -> None:
    assert from_date(to_date(date)) == date


@pytest.mark.parametrize(
    ("currency", "units"), [("USD", 100), ("JPY", 1), ("KWD", 1000), ("XXX", 100)]
)
def test_a_currency_has_its_own_number_of_minor_units(currency: str, units: int) -> None:
    assert minor_units(currency) == units


@pytest.mark.parametrize(
    "money",
    [
        {"currency_code": "USD", "units": 1, "nanos": -1},
        {"currency_code": "USD", "units": -1, "nanos": 1},
        {"currency_code": "USD", "nanos": 1_000_000_000},
        {"currency_code": "USD", "nanos": 1},
        {"currency_code": "JPY", "nanos": 500_000_000},
        {"currency_code": "usd"},
        {"currency_code": "US"},
        {"currency_code": ""},
        {"currency_code": "USD", "units": LARGEST_MINOR},
    ],
)
def test_money_that_is_none_is_refused(money: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_money(money_pb2.Money(**money))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2026, 2, 30), (2026, 13, 1), (2026, 0, 1), (2026, 5, 0), (0, 5, 5), (1899, 12, 31)],
)
def test_a_date_that_is_none_is_refused(year: int, month: int, day: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_date(date_pb2.Date(year=year, month=month, day=day))


@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 12, 31)))
def test_an_instant_comes_back_to_the_microsecond(moment: datetime.datetime) -> None:
    instant = moment.replace(tzinfo=datetime.UTC)
    message = timestamp_pb2.Timestamp()
    message.FromDatetime(instant)
    assert from_instant(message) == instant


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(0, -1), (0, 10**9), (2**63 - 1, 0), (-(2**63), 0), (253402300799, 0), (-62135596800, 0)],
)
def test_what_is_no_instant_is_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        from_instant(timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos))
