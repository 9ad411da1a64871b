"""Digests: what each is about, when it is wanted, and what is kept of it."""

import datetime
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import available_timezones

from orchestrator_svc.domain.errors import InvalidField

FOUR_WEEKS_DAYS = 28

# An address of RFC 5321 without its rarities (quotes, comments, literals): nothing in it can end a
# line of a mail's head or a command to a mail server, wherever it came from.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*",
    re.ASCII,
)
_LONGEST_LOCAL_PART = 64


class DigestTrigger(StrEnum):
    """What a digest is made for."""

    WEEKLY = "weekly"
    TEST_DRIVE = "test_drive"
    ONBOARDING = "onboarding"


class DigestWindow(StrEnum):
    """How far back a digest looks."""

    LAST_4_WEEKS = "last_4_weeks"
    FULL_HISTORY = "full_history"


@dataclass(frozen=True, slots=True)
class DigestConfig:
    """What a digest is to be like. A preview writes and sends nothing."""

    trigger_type: DigestTrigger
    time_window: DigestWindow
    preview_mode: bool = False
    experiment_variant: str = ""

    @classmethod
    def for_weekly(cls, preview_mode: bool = False) -> "DigestConfig":
        """Return what a business that uses Runway gets once a week."""
        return cls(DigestTrigger.WEEKLY, DigestWindow.LAST_4_WEEKS, preview_mode)

    @classmethod
    def for_test_drive(cls, variant: str = "") -> "DigestConfig":
        """Return what a prospect sees: all that there is, and nothing is written."""
        return cls(DigestTrigger.TEST_DRIVE, DigestWindow.FULL_HISTORY, True, variant)

    @classmethod
    def for_onboarding(cls, preview_mode: bool = False) -> "DigestConfig":
        """Return what a business gets when it has just begun."""
        return cls(DigestTrigger.ONBOARDING, DigestWindow.FULL_HISTORY, preview_mode)

    def look_back(self, as_of: datetime.date, first_day: datetime.date | None) -> datetime.date:
        """Return the day that a digest of a day looks back to.

        `first_day` is the first day of the books, where there is one.
        """
        four_weeks = as_of - datetime.timedelta(days=FOUR_WEEKS_DAYS)
        if self.time_window is DigestWindow.LAST_4_WEEKS or first_day is None:
            return four_weeks
        return min(first_day, as_of - datetime.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """When and to whom the weekly digest goes: weekday 1 (Monday) to 7, hour 0 to 23."""

    enabled: bool = False
    weekday: int = 1
    hour: int = 7
    time_zone: str = ""
    recipients: Sequence[str] = ()
    version: int = 0


UPDATABLE_OF_SETTINGS: Mapping[str, Sequence[str]] = {
    name: (name,) for name in ("enabled", "weekday", "hour", "time_zone", "recipients")
}


def check_settings(settings: DigestSettings) -> None:
    """Check what the wire format alone cannot. Raises InvalidField."""
    if settings.time_zone and settings.time_zone not in available_timezones():
        raise InvalidField("is no IANA time zone", field="settings.time_zone")
    for place, address in enumerate(settings.recipients):
        if not is_address(address):
            raise InvalidField(
                "is no e-mail address that can be sent to", field=f"settings.recipients[{place}]"
            )
    if settings.enabled and not settings.recipients:
        raise InvalidField(
            "must name somebody while the digest is enabled", field="settings.recipients"
        )


def is_address(text: str) -> bool:
    """Return whether a text is an e-mail address that mail servers take as it is."""
    local_part = text.partition("@")[0]
    return len(local_part) <= _LONGEST_LOCAL_PART and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class DigestRecord:
    """A digest that was made; `content_digest` is the SHA-256 of what was shown."""

    digest_id: uuid.UUID
    trigger_type: str
    time_window: str
    experiment_variant: str
    as_of: datetime.date
    subject: str
    content_digest: bytes
    created_at: datetime.datetime
