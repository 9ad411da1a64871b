"""The call at hand: what a handler may want to know of it, whichever way the call came in."""

import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field

CORRELATION_HEADER = "x-runway-correlation-id"
ACTOR_HEADER = "x-runway-actor"
ANONYMOUS = "anonymous"


@dataclass(slots=True)
class Call:
    """One call: its method, who makes it, and until when it is of use.

    `deadline` is an instant of `time.monotonic()`, in seconds; None when the caller set none.
    `business_id` is what the request says, for the log; of a stream, what its first message says.
    """

    method: str
    actor: str = ANONYMOUS
    deadline: float | None = None
    correlation_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    business_id: str = ""

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
