"""When a weekly digest is due, over every time zone and every change of the clocks."""

import datetime
import uuid
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator_svc.domain.digest_schedule import (
    LEAST_DUE,
    ScheduledDigest,
    digest_after,
    next_digest,
)

UTC = datetime.UTC
HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)
NEW_YORK, NUUK, LORD_HOWE = "America/New_York", "America/Nuuk", "Australia/Lord_Howe"

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
weekdays = st.integers(1, 7)
hours = st.integers(0, 23)
instants = st.datetimes(
    datetime.datetime(2024, 1, 1), datetime.datetime(2034, 1, 1), timezones=st.just(UTC)
)


def at(text: str, zone: str = "UTC") -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(weekdays, hours, zones, instants)
@example(6, 23, ZoneInfo(NUUK), at("2024-03-31T01:30"))
@example(7, 2, ZoneInfo(LORD_HOWE), at("2024-10-05T15:45"))
def test_the_next_digest_is_on_the_day_and_not_before_the_hour_that_are_wanted(
    weekday: int, hour: int, zone: ZoneInfo, now: datetime.datetime
) -> None:
    found = next_digest(weekday, hour, zone, now)
    assert found.day.isoweekday() == weekday
    assert now < found.ends
    assert found.begins - now <= WEEK + 2 * HOUR
    local = found.begins.astimezone(zone).replace(tzinfo=None)
    wanted = datetime.datetime.combine(found.day, datetime.time(hour))
    # Where the clocks have skipped the hour, it is later by as much as they skipped.
    assert datetime.timedelta(0) <= local - wanted <= HOUR
    assert found.begins.astimezone(zone).fold == 0


@given(weekdays, hours, zones, instants)
def test_it_is_due_to_the_end_of_its_day_and_an_hour_at_least(
    weekday: int, hour: int, zone: ZoneInfo, now: datetime.datetime
) -> None:
    found = next_digest(weekday, hour, zone, now)
    assert found.ends - found.begins >= LEAST_DUE
    last = (found.ends - datetime.timedelta(microseconds=1)).astimezone(zone).date()
    assert last == found.day or found.ends - found.begins == LEAST_DUE
    assert found.ends.astimezone(zone).date() > found.day
    assert found.is_due(found.begins) and not found.is_due(found.ends)
    assert not found.is_due(found.begins - datetime.timedelta(microseconds=1))


@given(weekdays, hours, zones, instants)
def test_every_week_has_one_digest_and_no_two_are_due_at_once(
    weekday: int, hour: int, zone: ZoneInfo, now: datetime.datetime
) -> None:
    found = next_digest(weekday, hour, zone, now)
    after = digest_after(found, hour, zone)
    assert after.day - found.day == WEEK
    assert after.begins >= found.ends
    assert next_digest(weekday, hour, zone, found.ends) == after
    assert after.request_id("acme") != found.request_id("acme")


@given(weekdays, weekdays, hours, hours, zones, instants)
def test_a_week_has_one_id_whatever_day_of_it_is_wanted(
    weekday: int, another: int, hour: int, later: int, zone: ZoneInfo, now: datetime.datetime
) -> None:
    """Who moves the digest from Monday to Friday on a Tuesday does not get a second one."""
    first, second = (
        next_digest(day, at_hour, zone, now) for day, at_hour in ((weekday, hour), (another, later))
    )
    same_week = first.day.isocalendar()[:2] == second.day.isocalendar()[:2]
    assert (first.request_id("acme") == second.request_id("acme")) == same_week


@given(st.sampled_from([NEW_YORK, NUUK, LORD_HOWE, "Europe/Berlin", "Asia/Beirut"]), instants)
def test_looking_every_minute_finds_it_due_within_a_minute_of_its_hour(
    zone: str, now: datetime.datetime
) -> None:
    found = next_digest(7, 2, ZoneInfo(zone), now)
    looked_at = [found.begins + datetime.timedelta(seconds=seconds) for seconds in (-1, 0, 59)]
    due = [next_digest(7, 2, ZoneInfo(zone), one).is_due(one) for one in looked_at]
    assert due == [False, True, True]


@pytest.mark.parametrize(
    ("day", "hour", "zone", "begins", "ends"),
    [
        # The clocks go from 2:00 to 3:00: two o'clock is when they do.
        ("2026-03-08", 2, NEW_YORK, "2026-03-08T07:00", "2026-03-09T04:00"),
        # They go from 2:00 back to 1:00: one o'clock comes twice, and counts once.
        ("2026-11-01", 1, NEW_YORK, "2026-11-01T05:00", "2026-11-02T05:00"),
        # Half an hour is skipped.
        ("2026-10-04", 2, LORD_HOWE, "2026-10-03T15:30", "2026-10-04T13:00"),
        # The day's last hour is skipped: the digest is due in the first of the next day.
        ("2026-03-28", 23, NUUK, "2026-03-29T01:00", "2026-03-29T02:00"),
        ("2026-05-04", 23, "UTC", "2026-05-04T23:00", "2026-05-05T00:00"),
        ("2026-05-04", 7, "Pacific/Kiritimati", "2026-05-03T17:00", "2026-05-04T10:00"),
    ],
)
def test_hours_that_are_skipped_or_come_twice(
    day: str, hour: int, zone: str, begins: str, ends: str
) -> None:
    wanted = datetime.date.fromisoformat(day)
    now = at(f"{day}T00:00", zone)
    found = next_digest(wanted.isoweekday(), hour, ZoneInfo(zone), now)
    assert found == ScheduledDigest(wanted, at(begins), at(ends))


def test_what_was_due_on_a_day_that_is_over_is_not_caught_up_on() -> None:
    zone = ZoneInfo("Europe/Berlin")
    late = next_digest(1, 7, zone, at("2026-05-04T23:59", "Europe/Berlin"))
    assert late.is_due(at("2026-05-04T23:59", "Europe/Berlin"))
    tuesday = next_digest(1, 7, zone, at("2026-05-05T00:00", "Europe/Berlin"))
    assert tuesday.day == datetime.date(2026, 5, 11)


def test_the_id_is_of_one_business_and_the_same_in_every_process() -> None:
    zone = ZoneInfo("UTC")
    found = next_digest(1, 7, zone, at("2026-05-04T08:00"))
    assert found.request_id("acme") != found.request_id("acme-2")
    assert found.request_id("acme") == uuid.UUID("14491ae2-b57a-57a3-8235-5b7bf6991fa8")
