"""Work beside the event loop, which is waited for whatever becomes of its caller."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


async def in_thread(
    work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Return what `work` returns in a thread, or raise what it raises.

    A thread can't be stopped. So a call that is cancelled ends only with its work, and keeps the
    place among the calls that run (`admission`) until then: otherwise whoever asks and goes, again
    and again, would take every processor.
    """
    return await to_its_end(asyncio.to_thread(work, *args, **kwargs))


async def to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns, or raise what it raises; when cancelled, only once it has ended.

    It runs in a task of its own, which nothing of its caller cuts short.
    """
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # nobody is left to be told
        raise
