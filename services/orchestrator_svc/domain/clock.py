"""Time comes from outside: production reads the clock, tests set it."""

import datetime
from collections.abc import Callable

Clock = Callable[[], datetime.datetime]


def system_clock() -> datetime.datetime:
    """Return the present instant."""
    return datetime.datetime.now(datetime.UTC)
