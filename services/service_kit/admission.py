"""Which calls run now, which wait, and which are refused: a fair share for each business.

So many calls run at once, of one business fewer than of all, and the fewer the more businesses
there are. Others wait in a queue for each business; whenever a call ends, the businesses that wait
take turns. One that has had far more than its share of late also rests after each call, four times
as long as that took: a processor that is never idle has everybody wait. So one that asks ten times
as often as the others waits for itself: its queue fills and its calls are refused, while theirs
find a place.
"""

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import grpc

from service_kit.errors import ApiError

Entry = TypeVar("Entry")

SHORTEST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 10.0
LATEST_CALLS = 64
"""How many of the latest calls say who has had more than its share."""
LARGEST_SURPLUS = 0.125
"""How much more than an even share of these calls a business may have without resting."""
REST = 4.0
"""How long a business with more than that rests after a call, in times of what the call took."""
LONGEST_REST_SECONDS = 0.1
_WEIGHT_OF_THE_LATEST = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls run at once, how many of one business, and how many of one business wait.

    `at_once_each` is what a business may have when no other asks for anything. Those that do share
    it, and none has less than one.
    """

    at_once: int
    at_once_each: int
    waiting_each: int

    def of_one_among(self, businesses: int) -> int:
        """Return how many calls of one business run at once, where so many businesses ask."""
        return max(1, self.at_once_each // businesses)


class QueueFull(Exception):
    """As many calls of a business wait as may."""


class FairQueue(Generic[Entry]):
    """Calls that run and calls that wait, without a clock and without waiting itself."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # Of calls that run, and of those after which a business rests.
        self._places: Counter[str] = Counter()
        self._resting = 0
        self._latest: deque[str] = deque()
        self._begun: Counter[str] = Counter()
        # In the order of their turns.
        self._waiting: OrderedDict[str, deque[Entry]] = OrderedDict()

    @property
    def running(self) -> int:
        """Return how many calls run."""
        return self._places.total() - self._resting

    @property
    def waiting(self) -> int:
        """Return how many calls wait."""
        return sum(map(len, self._waiting.values()))

    def enter(self, business_id: str, entry: Entry) -> bool:
        """Return whether a call may run now; else it waits. Raises QueueFull."""
        waiting = self._waiting.get(business_id, ())
        room = self.running < self._limits.at_once
        if room and not waiting and self._places[business_id] < self.most_of(business_id):
            self._run(business_id)
            return True
        if len(waiting) >= self._limits.waiting_each:
            raise QueueFull
        self._waiting.setdefault(business_id, deque()).append(entry)
        return False

    def leave(self, business_id: str) -> None:
        """Note that a call has ended."""
        self._places[business_id] -= 1
        if not self._places[business_id]:
            del self._places[business_id]

    def rest(self) -> None:
        """Note that a call has ended whose place stays empty for a while."""
        self._resting += 1

    def leave_after_rest(self, business_id: str) -> None:
        """Note that a place need not stay empty any longer."""
        self._resting -= 1
        self.leave(business_id)

    def withdraw(self, business_id: str, entry: Entry) -> bool:
        """Take back a call that waits; return whether it still did."""
        waiting = self._waiting.get(business_id, ())
        if entry not in waiting:
            return False
        self._waiting[business_id].remove(entry)
        self._forget_if_empty(business_id)
        return True

    def begin(self) -> list[Entry]:
        """Return the calls that waited and run now; to be asked for whenever others are fewer."""
        begun: list[Entry] = []
        if not self._waiting or self.running >= self._limits.at_once:
            return begun
        # All that wait are among those that ask, and go on asking when they run: what one of them
        # may have, each of them may until the end.
        most = self.most_of(next(iter(self._waiting)))
        while (next_business := self._next(most)) is not None:
            begun.append(self._waiting[next_business].popleft())
            self._run(next_business)
            self._waiting.move_to_end(next_business)
            self._forget_if_empty(next_business)
        return begun

    def most_of(self, business_id: str) -> int:
        """Return how many calls of a business may run, beside those that run and wait."""
        businesses = self._places.keys() | self._waiting.keys() | {business_id}
        return self._limits.of_one_among(len(businesses))

    def has_more_than_its_share(self, business_id: str) -> bool:
        """Return whether far more of the latest calls were of a business than an even share."""
        share = self._begun[business_id] / LATEST_CALLS
        return share > 1 / max(1, len(self._begun)) + LARGEST_SURPLUS

    def _run(self, business_id: str) -> None:
        self._places[business_id] += 1
        self._begun[business_id] += 1
        self._latest.append(business_id)
        if len(self._latest) > LATEST_CALLS:
            oldest = self._latest.popleft()
            self._begun[oldest] -= 1
            if not self._begun[oldest]:
                del self._begun[oldest]

    def _next(self, most: int) -> str | None:
        if self.running >= self._limits.at_once:
            return None
        return next((each for each in self._waiting if self._places[each] < most), None)

    def _forget_if_empty(self, business_id: str) -> None:
        if not self._waiting[business_id]:
            del self._waiting[business_id]


class Admission:
    """Lets the calls of one server in, in their turn."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._queue: FairQueue[asyncio.Future[None]] = FairQueue(limits)
        self._clock = clock
        self._usual_seconds = 0.0

    @property
    def running(self) -> int:
        """Return how many calls run."""
        return self._queue.running

    @property
    def waiting(self) -> int:
        """Return how many calls wait for their turn."""
        return self._queue.waiting

    @asynccontextmanager
    async def turn(self, business_id: str) -> AsyncIterator[None]:
        """Wait until a call may run, and run it.

        Raises ApiError RESOURCE_EXHAUSTED when too many of the business wait already.
        """
        await self._enter(business_id)
        began = self._clock()
        try:
            yield
        finally:
            seconds = self._clock() - began
            self._usual_seconds += _WEIGHT_OF_THE_LATEST * (seconds - self._usual_seconds)
            rest = self._rest(business_id, seconds)
            if rest:
                self._queue.rest()
                asyncio.get_running_loop().call_later(rest, self._after_rest, business_id)
            else:
                self._queue.leave(business_id)
            self._begin()

    def _rest(self, business_id: str, seconds: float) -> float:
        """Return how long a business's place stays empty after a call that took so long."""
        if not self._queue.has_more_than_its_share(business_id):
            return 0.0
        return min(REST * seconds, LONGEST_REST_SECONDS)

    def _after_rest(self, business_id: str) -> None:
        self._queue.leave_after_rest(business_id)
        self._begin()

    async def _enter(self, business_id: str) -> None:
        turn = asyncio.get_running_loop().create_future()
        try:
            if self._queue.enter(business_id, turn):
                return
        except QueueFull:
            raise ApiError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "TOO_MANY_CALLS",
                "Too many calls of this business wait already; nothing was done.",
                retry_after_seconds=self._retry_after_seconds(business_id),
            ) from None
        try:
            await turn
        except asyncio.CancelledError:
            # Its turn may have come just as the caller went: then it is another's.
            if not self._queue.withdraw(business_id, turn):
                self._queue.leave(business_id)
            self._begin()
            raise

    def _retry_after_seconds(self, business_id: str) -> float:
        """Return how long those of one business that wait now take, as calls usually do."""
        turns = self._limits.waiting_each / self._queue.most_of(business_id)
        seconds = self._usual_seconds + self._rest(business_id, self._usual_seconds)
        return min(max(turns * seconds, SHORTEST_RETRY_SECONDS), LONGEST_RETRY_SECONDS)

    def _begin(self) -> None:
        for turn in self._queue.begin():
            # One that was cancelled this very moment gives its turn back when it wakes.
            if not turn.cancelled():
                turn.set_result(None)
