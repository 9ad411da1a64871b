"""Make every mutant, print which wall caught it, and exit with 1 when one was not."""

import asyncio
import datetime
import sys
from collections.abc import AsyncIterator, Iterator

import structlog

from isolation.mutants import rpcs, tables
from isolation.mutants.report import Mutant, print_report, told
from isolation.mutants.statements import in_statements
from support import servers, two_businesses
from support.calls import calling
from support.clock import FixedClock
from support.databases import own_database
from support.servers import LyingPipeline
from support.two_businesses import Two

NOON = datetime.datetime(2026, 5, 5, 19, tzinfo=datetime.UTC)


def main() -> int:
    """Make and count the mutants."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    mutants = told(_all())
    print_report(mutants)
    return 0 if all(mutant.caught_by for mutant in mutants) else 1


def _all() -> Iterator[Mutant]:
    clock = FixedClock(NOON)
    with (
        own_database() as urls,
        servers.stack(urls.app, clock) as stack,
        calling(stack) as calls,
        servers.stack(urls.app, clock, LyingPipeline) as lying,
        calling(lying) as lied_to,
    ):
        two = Two(two_businesses.begin_small(calls), two_businesses.begin_large(calls))
        yield from _each(tables.in_tables(urls, two))
        yield from _each(tables.in_references(urls))
        yield from rpcs.without_comparing_the_token(calls, two)
        yield from rpcs.without_comparing_the_audience(calls, two)
        yield from rpcs.without_comparing_the_answer(lied_to, two)
    yield from in_statements()


def _each(mutants: AsyncIterator[Mutant]) -> Iterator[Mutant]:
    async def collected() -> list[Mutant]:
        return [mutant async for mutant in mutants]

    yield from asyncio.run(collected())


if __name__ == "__main__":
    sys.exit(main())
