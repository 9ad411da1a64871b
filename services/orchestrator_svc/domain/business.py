"""A business and its settings."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, available_timezones

from orchestrator_svc.domain.errors import InvalidField
from orchestrator_svc.domain.ledger import VendorTier


@dataclass(frozen=True, slots=True)
class Business:
    """A business; money in minor units of its currency, thresholds in days of runway."""

    business_id: str
    display_name: str
    currency: str
    time_zone: str
    critical_days: int = 30
    warning_days: int = 60
    healthy_days: int = 120
    cash_floor_minor: int = 0
    vendor_tiers: Mapping[str, VendorTier] = field(default_factory=dict)
    restricted_account_ids: Sequence[str] = ()
    synced_at: datetime.datetime | None = None
    version: int = 1
    queue_version: int = 1
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None
    books_closed_through: datetime.date | None = None
    incarnation: uuid.UUID = field(default_factory=uuid.uuid4)
    """Another one each time that a business of this id is created or restored: versions recur."""

    @property
    def etag(self) -> str:
        """Return what says that the business is still the one that was read."""
        return f"{self.incarnation.hex}-v{self.version}"

    def today(self, now: datetime.datetime) -> datetime.date:
        """Return which day it is for the business."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


def check(business: Business) -> None:
    """Check the settings that the wire format alone cannot.

    Raises InvalidField naming the first that is wrong.
    """
    if not business.display_name.strip():
        raise InvalidField("must not be empty", field="business.display_name")
    if not business.currency:
        raise InvalidField("must not be empty", field="business.currency_code")
    if business.time_zone not in available_timezones():
        raise InvalidField("is no IANA time zone", field="business.time_zone")
    if business.cash_floor_minor < 0:
        raise InvalidField("must not be negative", field="business.cash_floor")
