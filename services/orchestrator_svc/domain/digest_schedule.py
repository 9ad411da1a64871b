"""When a business's weekly digest is due: the clock is handed in, and so is the time zone.

Zones skip hours and repeat hours. An hour that is skipped begins when the clocks have skipped it;
of an hour that comes twice the first counts (PEP 495, fold=0). A week is that of ISO 8601, by the
day that is wanted, in the zone.
"""

import datetime
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

LEAST_DUE = datetime.timedelta(hours=1)
"""How long a digest is due at least, where its day ends before: at 23:00, or by the clocks."""

_NAMESPACE = uuid.UUID("5b1c6a5e-6a0e-5d0f-9a53-2f6f5f3f6c11")
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ScheduledDigest:
    """A week's digest: its day, and from when until before when it is due (instants in UTC)."""

    day: datetime.date
    begins: datetime.datetime
    ends: datetime.datetime

    def is_due(self, now: datetime.datetime) -> bool:
        """Return whether it is to be sent by now and still may be."""
        return self.begins <= now < self.ends

    def request_id(self, business_id: str) -> uuid.UUID:
        """Return the id under which it is sent: one a business and week, whoever sends it."""
        year, week, _ = self.day.isocalendar()
        return uuid.uuid5(_NAMESPACE, f"{business_id}/{year}-W{week:02}")


def next_digest(weekday: int, hour: int, zone: ZoneInfo, now: datetime.datetime) -> ScheduledDigest:
    """Return the digest that is due, or the next one that will be.

    `weekday` is 1 (Monday) to 7 and `hour` 0 to 23, both in `zone`; `now` is an instant. What was
    due on a day that is over is not caught up on: last week's news helps nobody.
    """
    # From yesterday on: a late hour may be due beyond midnight.
    day = now.astimezone(zone).date() - _DAY
    day += datetime.timedelta(days=(weekday - day.isoweekday()) % 7)
    found = _digest_of(day, hour, zone)
    return found if now < found.ends else digest_after(found, hour, zone)


def digest_after(scheduled: ScheduledDigest, hour: int, zone: ZoneInfo) -> ScheduledDigest:
    """Return the digest of the week after another's, on the same weekday."""
    return _digest_of(scheduled.day + 7 * _DAY, hour, zone)


def _digest_of(day: datetime.date, hour: int, zone: ZoneInfo) -> ScheduledDigest:
    begins, midnight = _instant(day, hour, zone), _instant(day + _DAY, 0, zone)
    return ScheduledDigest(day, begins, max(midnight, begins + LEAST_DUE))


def _instant(day: datetime.date, hour: int, zone: ZoneInfo) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), zone).astimezone(datetime.UTC)
