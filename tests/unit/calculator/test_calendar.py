from calculator_svc.engine import calendar
from calculator_svc.engine.inputs import Repeat

from .builders import TODAY, day


def test_a_weekend_moves_forward_to_monday() -> None:
    assert calendar.business_day_on_or_after(day("2026-05-09")) == day("2026-05-11")
    assert calendar.business_day_on_or_after(day("2026-05-08")) == day("2026-05-08")


def test_a_weekend_moves_back_to_friday() -> None:
    assert calendar.business_day_on_or_before(day("2026-05-10")) == day("2026-05-08")
    assert calendar.business_day_on_or_before(day("2026-05-11")) == day("2026-05-11")


def test_the_day_after_friday_is_monday() -> None:
    assert calendar.next_business_day(day("2026-05-08")) == day("2026-05-11")


def test_two_business_days_before_a_monday_is_the_thursday() -> None:
    assert calendar.business_days_before(day("2026-05-11"), 2) == day("2026-05-07")


def test_two_business_days_before_a_sunday_counts_from_the_friday() -> None:
    assert calendar.business_days_before(day("2026-05-10"), 2) == day("2026-05-06")


def test_a_day_that_a_month_does_not_have_is_its_last() -> None:
    assert calendar.in_month(2027, 2, 31) == day("2027-02-28")
    assert calendar.in_month(2028, 2, 31) == day("2028-02-29")


def test_months_count_on_across_the_year() -> None:
    assert calendar.in_month(2026, 14, 15) == day("2027-02-15")


def test_the_31st_comes_back_after_a_short_month() -> None:
    found = calendar.monthly_days(day("2026-01-31"), 31, 1, day("2026-01-31"), day("2026-04-30"))
    assert found == [day("2026-02-28"), day("2026-03-31"), day("2026-04-30")]


def test_a_weekly_item_keeps_its_weekday_however_long_ago_it_began() -> None:
    found = list(calendar.repeated(TODAY - 700, Repeat.WEEKLY, TODAY, TODAY + 14))
    assert found == [TODAY + 7, TODAY + 14]


def test_a_biweekly_item_that_begins_later_begins_then() -> None:
    found = list(calendar.repeated(TODAY + 3, Repeat.BIWEEKLY, TODAY, TODAY + 31))
    assert found == [TODAY + 3, TODAY + 17, TODAY + 31]


def test_a_monthly_item_does_not_begin_before_its_first_day() -> None:
    found = list(calendar.repeated(day("2026-06-20"), Repeat.MONTHLY, TODAY, day("2026-08-01")))
    assert found == [day("2026-06-20"), day("2026-07-20")]


def test_a_quarterly_item_comes_every_third_month() -> None:
    found = list(calendar.repeated(day("2026-01-15"), Repeat.QUARTERLY, TODAY, day("2026-12-31")))
    assert found == [day("2026-07-15"), day("2026-10-15")]


def test_an_item_planned_once_for_the_past_does_not_come() -> None:
    assert list(calendar.repeated(TODAY, Repeat.ONCE, TODAY, TODAY + 91)) == []
