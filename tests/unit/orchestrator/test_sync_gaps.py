"""What of the source's changes was never read."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from orchestrator_svc.domain.sync_gaps import SyncGap, after_import

START = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)


def at(hour: int) -> datetime.datetime:
    return START + datetime.timedelta(hours=hour)


def gap(began: int, ended: int) -> SyncGap:
    return SyncGap(at(began), at(ended))


def test_an_import_that_begins_where_the_last_one_was_read_leaves_no_gap() -> None:
    assert after_import([], at(5), at(5), at(9)) == []


def test_an_import_that_begins_later_leaves_what_lies_between() -> None:
    assert after_import([], at(5), at(7), at(9)) == [gap(5, 7)]


def test_an_import_of_the_whole_books_closes_every_gap_before_it() -> None:
    assert after_import([gap(1, 3), gap(5, 7)], at(9), None, at(10)) == []


def test_an_import_of_the_whole_books_that_was_read_earlier_closes_what_it_covers() -> None:
    assert after_import([gap(1, 3), gap(5, 7)], at(9), None, at(6)) == [gap(6, 7)]


def test_an_import_in_the_midst_of_a_gap_leaves_both_ends() -> None:
    assert after_import([gap(1, 9)], at(9), at(3), at(5)) == [gap(1, 3), gap(5, 9)]


def test_before_the_first_import_nothing_was_missed() -> None:
    assert after_import([], None, at(3), at(5)) == []


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=8)


@given(spans)
def test_an_hour_is_in_a_gap_just_if_no_import_has_covered_it(
    imports: list[tuple[int, int]],
) -> None:
    gaps: list[SyncGap] = []
    last: datetime.datetime | None = None
    covered: set[int] = set()
    reach: range = range(0)
    for since, length in imports:
        until = since + length
        gaps = after_import(gaps, last, at(since), at(until))
        first = since if last is None else min(reach.start, since)
        reach = range(first, max(reach.stop, until))
        covered |= set(range(since, until))
        last = at(until) if last is None else max(last, at(until))
    # Earlier than the first import began, nothing is missed; then every hour that was not covered.
    began = imports[0][0] if imports else 0
    missing = {
        hour for one in gaps for hour in range(48 * 2) if one.began_at <= at(hour) < one.ended_at
    }
    assert missing == {hour for hour in range(began, reach.stop) if hour not in covered}
    assert gaps == sorted(gaps, key=lambda one: one.began_at)
