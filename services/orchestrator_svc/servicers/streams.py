"""Requests that come in several messages."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from service_kit.errors import FieldViolation, invalid_argument

MAXIMUM_MESSAGES = 10_000


async def bounded(
    requests: AsyncIterator[Any], most_bytes: int, too_large: Callable[[str], Exception]
) -> AsyncIterator[Any]:
    """Yield the messages of one request, all of one business: one at least, and no more of them,
    and of bytes in all, than may be.

    Raises ApiError (INVALID_ARGUMENT), and `too_large` of what is to be said.
    """
    first: Any = None
    count = size = 0
    async for message in requests:
        first = first or message
        for field in ("business_id", "request_id"):
            if getattr(message, field) != getattr(first, field):
                raise invalid_argument(FieldViolation(field, "must be the same in every message"))
        count, size = count + 1, size + message.ByteSize()
        if size > most_bytes:
            raise too_large(f"One request has {most_bytes:,} bytes at most.")
        if count > MAXIMUM_MESSAGES:
            raise too_large(f"One request comes in {MAXIMUM_MESSAGES:,} messages at most.")
        yield message
    if first is None:
        raise invalid_argument(FieldViolation("business_id", "value is required"))
