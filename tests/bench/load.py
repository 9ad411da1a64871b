"""Load: many calls in flight, and how many a second were answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import grpc
import uvloop

from support import identity

IN_FLIGHT = 8
WARM_UP_SECONDS = 1.0
SECONDS = 5.0
LARGEST_ANSWER = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]


def calls_a_second(address: str, method: str, business_id: str, request: bytes) -> float:
    """Return how many calls of a method are answered a second, its bytes passed as they are."""
    who = identity.bearer(method, business_id)

    async def measure() -> float:
        async with grpc.aio.insecure_channel(address, LARGEST_ANSWER) as channel:
            call = channel.unary_unary(method)
            return await times_a_second(lambda: call(request, metadata=who))

    return uvloop.run(measure())


async def times_a_second(action: Callable[[], Awaitable[object]]) -> float:
    """Return how often an action is done a second, several at a time."""
    await _repeat(action, WARM_UP_SECONDS)
    started = time.monotonic()
    done = await _repeat(action, SECONDS)
    return done / (time.monotonic() - started)


async def _repeat(action: Callable[[], Awaitable[object]], seconds: float) -> int:
    end = time.monotonic() + seconds
    done = 0

    async def worker() -> None:
        nonlocal done
        while time.monotonic() < end:
            await action()
            done += 1

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    return done
