"""How many calls a server of the tests runs at once: as many as one in production."""

from service_kit.admission import Admission, Limits
from service_kit.settings import ServerSettings


def admission(limits: Limits | None = None) -> Admission:
    """Return the admission that a server has unless it is told otherwise."""
    return Admission(limits or ServerSettings().limits)
