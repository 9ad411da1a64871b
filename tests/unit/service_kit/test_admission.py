"""Who runs, who waits, who is refused: as a queue without a clock, and under cancellation."""

import asyncio
import contextlib
import threading
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_kit.admission import (
    LARGEST_SURPLUS,
    LATEST_CALLS,
    LONGEST_REST_SECONDS,
    REST,
    Admission,
    FairQueue,
    Limits,
    QueueFull,
)
from service_kit.errors import ApiError
from service_kit.threads import in_thread

LIMITS = Limits(at_once=3, at_once_each=2, waiting_each=4)


def test_of_one_business_fewer_run_at_once_than_of_all() -> None:
    queue: FairQueue[int] = FairQueue(LIMITS)
    assert [queue.enter("hog", number) for number in range(4)] == [True, True, False, False]
    assert queue.enter("other", 9)


def test_a_business_that_waits_too_often_is_refused_and_others_are_not() -> None:
    queue: FairQueue[int] = FairQueue(LIMITS)
    for number in range(LIMITS.at_once_each + LIMITS.waiting_each):
        queue.enter("hog", number)
    with pytest.raises(QueueFull):
        queue.enter("hog", 99)
    assert queue.enter("other", 1)


def test_where_nobody_may_wait_a_refusal_leaves_nothing_behind() -> None:
    queue: FairQueue[str] = FairQueue(Limits(at_once=1, at_once_each=1, waiting_each=0))
    assert queue.enter("a", "a1")
    with pytest.raises(QueueFull):
        queue.enter("a", "a2")
    assert _left(queue, "a") == []


def test_a_business_has_all_of_its_places_alone_and_a_share_of_them_beside_others() -> None:
    queue: FairQueue[str] = FairQueue(Limits(at_once=9, at_once_each=4, waiting_each=9))
    for number in range(6):
        queue.enter("hog", f"h{number}")
    assert (queue.running, queue.waiting) == (4, 2)
    assert queue.enter("other", "o")
    # Two each, now; and the hog has them until it is down to one.
    assert [_left(queue, "hog") for _ in range(2)] == [[], []]
    assert _left(queue, "hog") == ["h4"]
    assert _left(queue, "other") == ["h5"]


def test_where_more_businesses_ask_than_one_has_places_each_has_one() -> None:
    queue: FairQueue[str] = FairQueue(Limits(at_once=9, at_once_each=2, waiting_each=9))
    assert all(queue.enter(each, each) for each in "abcde")
    assert not queue.enter("a", "again")


def test_one_that_goes_while_it_waits_leaves_its_share_to_the_others() -> None:
    queue: FairQueue[str] = FairQueue(Limits(at_once=2, at_once_each=2, waiting_each=9))
    queue.enter("a", "a0")
    queue.enter("b", "b0")
    queue.enter("a", "a1")
    queue.enter("c", "c0")
    assert _left(queue, "b") == ["c0"]
    queue.enter("d", "d0")
    assert _left(queue, "c") == ["d0"]
    queue.enter("e", "e0")
    queue.leave("d")
    assert queue.withdraw("e", "e0")
    assert queue.begin() == ["a1"]


def test_those_that_wait_take_turns() -> None:
    queue: FairQueue[str] = FairQueue(Limits(at_once=1, at_once_each=1, waiting_each=9))
    queue.enter("a", "a0")
    for entry in ("a1", "a2", "a3", "b1", "b2", "c1"):
        queue.enter(entry[0], entry)
    order, running = [], "a"
    while begun := _left(queue, running):
        order += begun
        running = begun[0][0]
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


@pytest.mark.parametrize("others", [1, 2, 7, 40])
def test_a_business_has_more_than_its_share_beyond_a_surplus_over_an_even_one(others: int) -> None:
    queue: FairQueue[int] = FairQueue(LIMITS)
    most = int(LATEST_CALLS * (1 / (others + 1) + LARGEST_SURPLUS))
    for count, more in ((most, False), (most + 1, True)):
        for number in range(LATEST_CALLS - count):
            _call(queue, f"other-{number % others}")
        for _ in range(count):
            _call(queue, "hog")
        assert queue.has_more_than_its_share("hog") == more
        assert not queue.has_more_than_its_share("other-0") or others == 1
        assert not queue.has_more_than_its_share("never seen")


def test_a_business_that_is_alone_and_one_whose_calls_are_long_past_have_not_more() -> None:
    queue: FairQueue[int] = FairQueue(LIMITS)
    for _ in range(2 * LATEST_CALLS):
        _call(queue, "hog")
    assert not queue.has_more_than_its_share("hog")
    _call(queue, "other")
    assert queue.has_more_than_its_share("hog")
    for number in range(LATEST_CALLS):
        _call(queue, f"other-{number % 5}")
    assert not queue.has_more_than_its_share("hog")


def _call(queue: FairQueue[int], business_id: str) -> None:
    assert queue.enter(business_id, 0)
    queue.leave(business_id)


def test_a_call_that_is_withdrawn_never_runs() -> None:
    queue: FairQueue[str] = FairQueue(Limits(1, 1, 9))
    queue.enter("a", "a0")
    queue.enter("a", "a1")
    assert queue.withdraw("a", "a1")
    assert not queue.withdraw("a", "a1")
    assert _left(queue, "a") == []


def _left(queue: FairQueue[str], business_id: str) -> list[str]:
    """Let a call of a business end, and return what begins."""
    queue.leave(business_id)
    return queue.begin()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["enter", "leave", "withdraw"]))))
def test_never_more_run_than_may_and_nobody_waits_while_there_is_room(
    steps: list[tuple[str, str]],
) -> None:
    queue: FairQueue[tuple[str, int]] = FairQueue(LIMITS)
    running: Counter[str] = Counter()
    waiting: list[tuple[str, int]] = []
    for number, (business, step) in enumerate(steps):
        mine = [entry for entry in waiting if entry[0] == business]
        if step == "enter":
            with contextlib.suppress(QueueFull):
                if queue.enter(business, (business, number)):
                    running[business] += 1
                else:
                    waiting.append((business, number))
        elif step == "leave" and running[business]:
            running[business] -= 1
            queue.leave(business)
        elif step == "withdraw" and mine:
            assert queue.withdraw(business, mine[0])
            waiting.remove(mine[0])
        for entry in queue.begin():
            waiting.remove(entry)
            running[entry[0]] += 1
        assert queue.running == running.total() <= LIMITS.at_once
        assert all(count <= LIMITS.at_once_each for count in running.values())
        asking = {each for each, count in running.items() if count} | {each for each, _ in waiting}
        share = max(1, LIMITS.at_once_each // max(1, len(asking)))
        assert Counter(entry[0] for entry in waiting) <= Counter(
            dict.fromkeys("abc", LIMITS.waiting_each)
        )
        room = running.total() < LIMITS.at_once
        assert not any(room and running[each] < share for each, _ in waiting)


async def test_what_waits_runs_in_its_turn_and_what_is_too_much_is_refused() -> None:
    admission = Admission(Limits(1, 1, 1))
    order: list[str] = []

    async def call(name: str) -> None:
        async with admission.turn("a"):
            order.append(name)
            await asyncio.sleep(0.01)

    first, second = asyncio.create_task(call("first")), asyncio.create_task(call("second"))
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as refused:
        await call("third")
    assert refused.value.reason == "TOO_MANY_CALLS"
    assert refused.value.retry_after_seconds
    await asyncio.gather(first, second)
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.0, 0.1), (0.1, 0.2), (1.0, 2.0), (100.0, 10.0)]
)
async def test_a_refusal_says_how_long_those_that_wait_take_within_bounds(
    seconds: float, expected: float
) -> None:
    now = 0.0
    admission = Admission(Limits(at_once=4, at_once_each=2, waiting_each=4), lambda: now)
    for _ in range(100):
        async with admission.turn("a"):
            now += seconds
    full = [asyncio.create_task(_hold(admission, "a")) for _ in range(6)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as refused:
        await _hold(admission, "a")
    assert refused.value.retry_after_seconds == pytest.approx(expected, rel=0.01)
    for task in full:
        task.cancel()


@pytest.mark.parametrize(("took", "rests"), [(0.02, 0.02 * REST), (5.0, LONGEST_REST_SECONDS)])
async def test_who_has_more_than_its_share_rests_after_a_call_and_holds_up_nobody_else(
    took: float, rests: float
) -> None:
    now = 0.0
    admission = Admission(Limits(at_once=4, at_once_each=1, waiting_each=4), lambda: now)
    for business in ["hog"] * LATEST_CALLS + ["a", "b", "c"]:
        async with admission.turn(business):
            pass
    async with admission.turn("hog"):
        now += took
    ended = time.monotonic()
    async with asyncio.timeout(rests / 2), admission.turn("a"):
        now += took
    async with asyncio.timeout(rests / 2), admission.turn("a"):
        pass
    async with asyncio.timeout(5), admission.turn("hog"):
        # The event loop's clock may be coarser than a millisecond.
        assert time.monotonic() - ended >= rests - 0.002


async def test_the_place_of_who_rests_is_taken_from_nobody_else() -> None:
    now = 0.0
    admission = Admission(Limits(at_once=1, at_once_each=1, waiting_each=4), lambda: now)
    for business in ["hog"] * LATEST_CALLS + ["a"]:
        async with admission.turn(business):
            now += 1.0
    async with admission.turn("hog"):
        now += 1.0
        waits = asyncio.create_task(_hold(admission, "a"))
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (admission.running, admission.waiting) == (1, 0)
    waits.cancel()


async def test_who_rests_is_told_so_where_it_is_refused() -> None:
    now = 0.0
    admission = Admission(Limits(at_once=4, at_once_each=1, waiting_each=2), lambda: now)
    for business in ["hog"] * LATEST_CALLS + ["a"] * 8:
        async with admission.turn(business):
            now += 0.5
    full = [asyncio.create_task(_hold(admission, "hog")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as refused:
        await _hold(admission, "hog")
    expected = 2 * (0.5 + LONGEST_REST_SECONDS)
    assert refused.value.retry_after_seconds == pytest.approx(expected, rel=0.01)
    for task in full:
        task.cancel()


async def _hold(admission: Admission, business_id: str) -> None:
    async with admission.turn(business_id):
        await asyncio.Event().wait()


async def test_a_call_that_is_cancelled_keeps_its_place_until_its_thread_is_done() -> None:
    admission = Admission(Limits(at_once=1, at_once_each=1, waiting_each=0))
    going_on = threading.Event()

    async def call() -> None:
        async with admission.turn("a"):
            await in_thread(going_on.wait, 10)

    first = asyncio.create_task(call())
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.sleep(0.05)
    with pytest.raises(ApiError):
        await call()
    going_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    await call()


@given(st.lists(st.integers(0, 7), max_size=8), st.integers(0, 5))
def test_no_place_is_lost_when_calls_are_cancelled_at_any_moment(
    cancelled: list[int], pauses: int
) -> None:
    async def scenario() -> None:
        admission = Admission(Limits(2, 1, 8))
        done: list[int] = []

        async def call(number: int) -> None:
            async with admission.turn("ab"[number % 2]):
                await asyncio.sleep(0)
                done.append(number)

        tasks = [asyncio.create_task(call(number)) for number in range(8)]
        for _ in range(pauses):
            await asyncio.sleep(0)
        for number in cancelled:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert set(range(8)) - set(cancelled) <= set(done)
        # Every place is free again.
        async with asyncio.timeout(1), admission.turn("a"), admission.turn("b"):
            pass

    asyncio.run(scenario())
