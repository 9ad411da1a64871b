"""A clock that tests set."""

import datetime


class FixedClock:
    """Tells the same instant until it is told another."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def __call__(self) -> datetime.datetime:
        """Return the instant."""
        return self.now


def at(text: str) -> FixedClock:
    """Return a clock that stands at an ISO instant, such as "2026-05-05T18:00:00+00:00"."""
    return FixedClock(datetime.datetime.fromisoformat(text))
