"""A business's part in an experiment."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Participation:
    """Which variant was shown first and when, and when the business first converted."""

    experiment: str
    variant: str = ""
    exposed_at: datetime.datetime | None = None
    converted_at: datetime.datetime | None = None
