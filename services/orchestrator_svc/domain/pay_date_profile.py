"""How the customers of a business pay, as fitted and kept."""

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from orchestrator_svc.domain.errors import InvalidField


@dataclass(frozen=True, slots=True)
class PayDateProfile:
    """A profile, and what is said of it. The content is the calculator's, as told."""

    version: int
    fitted_on: datetime.date
    observation_count: int
    customer_count: int
    content: bytes

    def audited(self) -> dict[str, Any]:
        """Return what the audit keeps: the content by its SHA-256, since it is long and soon out of
        date, and can be fitted again on the books of its day.
        """
        return {
            "version": self.version,
            "fitted_on": self.fitted_on,
            "observation_count": self.observation_count,
            "customer_count": self.customer_count,
            "content_sha256": hashlib.sha256(self.content).hexdigest(),
        }


def check(profile: PayDateProfile, today: datetime.date) -> None:
    """Check that a profile may be kept.

    Raises InvalidField when it is as of a day to come: nobody can have fitted it.
    """
    if profile.fitted_on > today:
        raise InvalidField("must not be after today", field="profile.fitted_on")
