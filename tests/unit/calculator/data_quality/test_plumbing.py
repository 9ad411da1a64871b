from calculator_svc.engine.data_quality.inputs import SyncGap
from calculator_svc.engine.data_quality.issues import Fix, Severity

from ..builders import series
from .builders import TODAY, issues


def test_a_sync_of_three_days_ago_is_old() -> None:
    burning = [series(list(range(91)), -100)]
    assert issues("OLD_SYNC", synced=TODAY - 2, history=burning) == []
    (found,) = issues("OLD_SYNC", synced=TODAY - 3, history=burning)
    assert found.sentence == (
        "The last sync was 3 days ago, on 2026-05-02; at the usual burn cash has changed by -3.00 "
        "USD since."
    )
    assert (found.fix, found.severity, found.key) == (
        Fix(cash=-300),
        Severity.MEDIUM,
        "OLD_SYNC",
    )


def test_books_that_were_never_synced_or_long_ago_are_a_severe_issue() -> None:
    (never,) = issues("OLD_SYNC", synced=None)
    (long_ago,) = issues("OLD_SYNC", synced=TODAY - 8)
    assert never.severity is long_ago.severity is Severity.HIGH


def test_days_that_were_not_read_are_found() -> None:
    (found,) = issues("SYNC_GAP", SyncGap(TODAY - 40, TODAY - 32))
    assert found.sentence == "Changes of 9 days, 2026-03-26 to 2026-04-03, were not read."
    assert found.severity is Severity.HIGH
    assert issues("SYNC_GAP", SyncGap(TODAY, TODAY - 1)) == []
