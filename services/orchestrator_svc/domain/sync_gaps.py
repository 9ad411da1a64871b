"""Which changes of the source were never read: the spans between imports that do not meet."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyncGap:
    """A span of which changes were not read: from an instant, up to but without another."""

    began_at: datetime.datetime
    ended_at: datetime.datetime


def after_import(
    gaps: Sequence[SyncGap],
    last_synced_at: datetime.datetime | None,
    changed_since: datetime.datetime | None,
    synced_at: datetime.datetime,
) -> list[SyncGap]:
    """Return the gaps, earliest first, once an import was read at `synced_at` that holds every
    change since `changed_since`; None where it holds the whole books.

    What an import covers is no gap any more. What lies between the last sync and the begin of the
    import is one; before the first import there is nothing that could have been missed.
    """
    left = list(gaps)
    if changed_since is not None and last_synced_at is not None and changed_since > last_synced_at:
        left.append(SyncGap(last_synced_at, changed_since))
    since = changed_since or datetime.datetime.min.replace(tzinfo=datetime.UTC)
    outside = [part for gap in left for part in _outside(gap, since, synced_at)]
    return sorted(outside, key=lambda gap: gap.began_at)


def _outside(gap: SyncGap, since: datetime.datetime, until: datetime.datetime) -> Sequence[SyncGap]:
    """Return what of a gap lies outside a span."""
    before = SyncGap(gap.began_at, min(gap.ended_at, since))
    after = SyncGap(max(gap.began_at, until), gap.ended_at)
    return [part for part in (before, after) if part.began_at < part.ended_at]
