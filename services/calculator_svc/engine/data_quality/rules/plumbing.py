"""Plumbing: how old the records are, and whether any are missing."""

from collections.abc import Iterator

from calculator_svc.engine import words
from calculator_svc.engine.data_quality.index import Index
from calculator_svc.engine.data_quality.issues import Area, Fix, Found, Rule, Severity

OLD_DAYS = 2
"""Books lag the bank by a day or two anyway; more says that nothing is read."""
VERY_OLD_DAYS = 7


def old_sync(index: Index) -> Iterator[Found]:
    """Find that the last sync is more than two days ago; fixed, cash has moved on as it used to."""
    synced = index.records.synced
    if synced is None:
        yield Found(Severity.HIGH, "The books were never synced: 0 syncs.", (), [])
        return
    age = index.as_of - synced
    if age <= OLD_DAYS:
        return
    net, days = index.net_burn
    drift = -net * age // days
    yield Found(
        Severity.HIGH if age > VERY_OLD_DAYS else Severity.MEDIUM,
        f"The last sync was {words.days(age)} ago, on {words.date(synced)}; at the usual burn cash "
        f"has changed by {index.money(drift)} since.",
        (),
        [],
        0,
        Fix(cash=drift),
    )


def sync_gap(index: Index) -> Iterator[Found]:
    """Find days of which changes were not read. What changed then is not known, nor priced."""
    for gap in sorted(index.records.sync_gaps, key=lambda one: (one.first, one.last)):
        length = gap.last - gap.first + 1
        if length <= 0:
            continue
        yield Found(
            Severity.HIGH if length > VERY_OLD_DAYS else Severity.MEDIUM,
            f"Changes of {words.days(length)}, {words.date(gap.first)} to {words.date(gap.last)}, "
            "were not read.",
            (words.date(gap.first),),
            [],
        )


RULES = (
    Rule("OLD_SYNC", Area.PLUMBING, old_sync),
    Rule("SYNC_GAP", Area.PLUMBING, sync_gap),
)
