"""How many calls a server of the tests runs at once: as many as one in production."""

from service_kit.admission import Admission
from service_kit.settings import ServerSettings


def admission() -> Admission:
    """Return the admission that a server has unless it is told otherwise."""
    return Admission(ServerSettings().limits)
