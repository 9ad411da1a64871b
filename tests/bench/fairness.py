"""One business at ten times its load, beside others at theirs: what the others notice of it.

Calls begin at fixed instants, whether those before are answered or not, and their latency counts
from the instant at which they were due. Rounds in which all have the same load, rounds in which one
has ten times as much, and rounds in which it asks for more than there is take turns, so that all
share whatever else the machine does.
"""

import asyncio
import datetime
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import grpc
import uvloop
from runway.experience.v1 import decision_console_service_pb2 as console_pb

from bench.bare import GET_CONSOLE
from bench.books import load
from bench.load import LARGEST_ANSWER, times_a_second
from bench.report import Measure, print_report
from service_kit.calls import AUTHORIZATION_HEADER
from service_kit.wire import to_date
from support import identity
from support.databases import own_database
from support.processes import REAL, three_services

AS_OF = datetime.date(2026, 10, 30)
OTHERS = [f"other-{number}" for number in range(7)]
ONE = "one"
TIMES = 10
MORE_THAN_THERE_IS = 30
SHARE_OF_CAPACITY = 0.4
"""How much of what the services can do all eight ask for, as long as each has the same load."""

ROUNDS = 6
ROUND_SECONDS = 12.0
CALL_SECONDS = 5.0
LEAST_SUCCESS = 0.999
MOST_RATIO = 1.5


@dataclass
class Seen:
    """What the others, and the one, saw: seconds of the calls that were answered, and statuses."""

    others: list[float] = field(default_factory=list)
    statuses_of_others: Counter[str] = field(default_factory=Counter)
    statuses_of_one: Counter[str] = field(default_factory=Counter)

    def success(self) -> float:
        """Return which share of the others' calls was answered."""
        return self.statuses_of_others["OK"] / self.statuses_of_others.total()

    def quantile(self, share: float) -> float:
        """Return a quantile of the others' milliseconds."""
        return sorted(self.others)[int(share * len(self.others))] * 1000


def measure_fairness() -> list[Measure]:
    """Load eight businesses, and measure."""
    with own_database() as urls, three_services(REAL, urls.app) as services:
        load(services, [ONE, *OTHERS], AS_OF)
        return uvloop.run(_measure(services.gateway.address))


async def _measure(address: str) -> list[Measure]:
    async with grpc.aio.insecure_channel(address, LARGEST_ANSWER) as channel:
        call = channel.unary_unary(GET_CONSOLE)
        capacity = await _capacity(call)
        each = SHARE_OF_CAPACITY * capacity / (1 + len(OTHERS))
        alone, beside, flooded = Seen(), Seen(), Seen()
        for number in range(ROUNDS):
            for seen, times in ((alone, 1), (beside, TIMES), (flooded, MORE_THAN_THERE_IS)):
                await _round(call, each, times, random.Random(f"{number} {times}"), seen)
                print(
                    f"  round {number + 1} of {ROUNDS}, {times:>2} x: p50"
                    f" {seen.quantile(0.5):.0f} ms, p99 {seen.quantile(0.99):.0f} ms",
                    file=sys.stderr,
                )
    return _measures(capacity, each, alone, beside, flooded)


async def _capacity(call: Any) -> float:
    """Return how many calls a second are answered when the next one follows at once."""
    turns = iter(OTHERS * 100_000)

    async def one() -> None:
        assert await _ask(call, next(turns), CALL_SECONDS) == "OK"

    return await times_a_second(one)


async def _round(call: Any, each: float, times: int, chance: random.Random, seen: Seen) -> None:
    """Ask at random instants at a given rate, and wait until all is answered."""
    due = []
    for business_id in [ONE, *OTHERS]:
        at, rate = 0.0, each * (times if business_id == ONE else 1)
        while (at := at + chance.expovariate(rate)) < ROUND_SECONDS:
            due.append((at, business_id))
    began = time.perf_counter()

    async def ask(at: float, business_id: str) -> None:
        await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
        status = await _ask(call, business_id, CALL_SECONDS)
        if business_id == ONE:
            seen.statuses_of_one[status] += 1
            return
        seen.statuses_of_others[status] += 1
        if status == "OK":
            seen.others.append(time.perf_counter() - began - at)

    await asyncio.gather(*(ask(at, business_id) for at, business_id in due))


async def _ask(call: Any, business_id: str, seconds: float) -> str:
    request = console_pb.GetDecisionConsoleRequest(business_id=business_id, as_of=to_date(AS_OF))
    token = identity.token(GET_CONSOLE, [business_id])
    try:
        await call(
            request.SerializeToString(),
            timeout=seconds,
            metadata=((AUTHORIZATION_HEADER, f"Bearer {token}"),),
        )
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"


def _measures(
    capacity: float, each: float, alone: Seen, beside: Seen, flooded: Seen
) -> list[Measure]:
    ratio = beside.quantile(0.99) / alone.quantile(0.99)
    one = ", ".join(f"{count} {status}" for status, count in beside.statuses_of_one.most_common())
    return [
        Measure(
            "the others' p99, beside one at 10 x / alone",
            f"{ratio:.2f}",
            f"<= {MOST_RATIO:.1f}",
            ratio <= MOST_RATIO,
            f"{beside.quantile(0.99):.0f} / {alone.quantile(0.99):.0f} ms;"
            f" p50 {beside.quantile(0.5):.0f} / {alone.quantile(0.5):.0f} ms",
            is_ratio=True,
        ),
        Measure(
            "the others' calls answered, beside one at 10 x",
            f"{beside.success():.2%}",
            f">= {LEAST_SUCCESS:.1%}",
            beside.success() >= LEAST_SUCCESS,
            f"{beside.statuses_of_others['OK']} of {beside.statuses_of_others.total()};"
            f" alone {alone.success():.2%}",
        ),
        Measure(
            f"the others' calls answered, beside one at {MORE_THAN_THERE_IS} x",
            f"{flooded.success():.2%}",
            f">= {LEAST_SUCCESS:.1%}",
            flooded.success() >= LEAST_SUCCESS,
            f"{_asked(each, MORE_THAN_THERE_IS) / capacity:.0%} of capacity; p99"
            f" {flooded.quantile(0.99):.0f} ms, {flooded.quantile(0.99) / alone.quantile(0.99):.2f}"
            " of what it is alone",
        ),
        Measure(
            "what was asked for",
            f"{_asked(each, TIMES) / capacity:.0%}",
            "of capacity",
            True,
            f"{each:.1f} calls/s each of 8, {each * TIMES:.0f} of the one; capacity"
            f" {capacity:.0f} calls/s; to the one: {one}",
        ),
    ]


def _asked(each: float, times: int) -> float:
    """Return how many calls a second all ask for, one of them so many times as often."""
    return each * (len(OTHERS) + times)


def main() -> int:
    """Measure and print; return 1 when a goal is missed."""
    measures = measure_fairness()
    print_report(measures)
    return 0 if all(measure.reached for measure in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
