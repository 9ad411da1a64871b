"""The call at hand: what a handler may want to know of it, whichever way the call came in."""

import time
import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

from service_kit.identity import Identity

CORRELATION_HEADER = "x-runway-correlation-id"
AUTHORIZATION_HEADER = "authorization"
NOBODY = Identity("nobody")


@dataclass(slots=True)
class Call:
    """One call: its method, who makes it, and until when it is of use.

    `token` is what the caller shows; `identity` is nobody until it was verified.

    `deadline` is an instant of `time.monotonic()`, in seconds; None when the caller set none.
    `business_id` is what the request says, for the log; of a stream, what its first message says.
    """

    method: str
    deadline: float | None = None
    correlation_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    business_id: str = ""
    token: str = field(default="", repr=False)
    identity: Identity = NOBODY

    def read_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Take what a call's headers say; their names are in lower case."""
        for name, value in headers:
            if name == CORRELATION_HEADER:
                self.correlation_id = clipped(value) or self.correlation_id
            elif name == AUTHORIZATION_HEADER:
                scheme, _, token = value.partition(" ")
                self.token = token.strip() if scheme.lower() == "bearer" else ""

    def remaining_seconds(self) -> float | None:
        """Return the seconds until the deadline, negative once it has passed; None without one."""
        return None if self.deadline is None else self.deadline - time.monotonic()


_current: ContextVar[Call | None] = ContextVar("runway_call", default=None)


def current() -> Call:
    """Return the call that this task is handling; a nameless one outside any call."""
    return _current.get() or Call(method="")


def enter(call: Call) -> None:
    """Make `call` the one that this task is handling."""
    _current.set(call)


def clipped(value: str) -> str:
    """Return text of a caller fit to be repeated: printable ASCII, and 128 characters at most."""
    return "".join(c for c in value if c.isascii() and c.isprintable())[:128]
