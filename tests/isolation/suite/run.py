"""A run: the servers as processes on a database of their own, workers, and someone who kills."""

import asyncio
import dataclasses
import random
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from isolation.suite.canaries import Search, Tenant
from isolation.suite.operations import OPERATIONS, Operation, create
from isolation.suite.report import Report
from isolation.suite.statements import Statements
from isolation.suite.world import World
from support.databases import own_database
from support.processes import REAL, Process, environment_of_three, free_ports

WORKERS = 24
OVER_THE_DATABASE = "over the database"
SHARE_OVER_THE_DATABASE = 0.5
OPERATIONS_A_KILL = 4_000
_NAMES = [operation for _, operation in OPERATIONS]
_WEIGHTS = [weight for weight, _ in OPERATIONS]


def run(
    seed: int,
    operations: int,
    businesses: int,
    logs: Path,
    progress: bool = False,
    fault: str = "",
) -> Report:
    """Run the suite from a seed; the services log into a folder, which is searched in the end.

    The seed decides which operations are done, for which businesses, with which requests and which
    faults, and who is killed after how many of them. How they interleave, it does not.

    `fault` is SQL that the tables' owner runs first, to see whether the suite notices.
    """
    with own_database() as urls:
        if fault:
            asyncio.run(_plant(urls.owner, fault))
        environment = environment_of_three(urls.app)
        for name, port in zip(REAL, free_ports(len(REAL)), strict=True):
            environment[f"RUNWAY_{name.upper()}_METRICS_PORT"] = str(port)
        processes = [
            Process(
                REAL[name],
                int(environment[f"RUNWAY_{name.upper()}_PORT"]),
                environment,
                logs,
            )
            for name in ("calculator", "orchestrator", "gateway")
        ]
        try:
            for process in processes:
                process.start()
            report = uvloop.run(_run(seed, operations, businesses, processes, urls.app, progress))
        finally:
            for process in processes:
                process.stop()
        return _with_logs(report, sorted(logs.iterdir()))


async def _plant(owner_url: str, fault: str) -> None:
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.execute(text(fault))
    await engine.dispose()


async def _run(
    seed: int,
    operations: int,
    businesses: int,
    processes: list[Process],
    database_url: str,
    progress: bool,
) -> Report:
    world = World(processes, [Tenant(number) for number in range(1, businesses + 1)])
    statements = Statements(database_url)
    await statements.open(4)
    began = time.monotonic()
    await _create_all(world, seed)
    numbers = iter(range(operations))
    killer = asyncio.create_task(_kill(world, processes, seed, operations))
    teller = asyncio.create_task(_tell(world, operations)) if progress else None
    try:
        await asyncio.gather(*(_work(world, statements, seed, numbers) for _ in range(WORKERS)))
        await world.look_at_metrics()
    finally:
        killer.cancel()
        if teller:
            teller.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        await world.close()
        await statements.close()
    return Report(
        seed=seed,
        operations=world.operations,
        businesses=businesses,
        seconds=time.monotonic() - began,
        statuses=world.statuses,
        faults=world.faults,
        canaries_seen=world.search.seen,
        amounts_seen=world.search.amounts,
        metrics_seen=world.metrics,
        foreign=world.search.foreign,
        never=world.never,
    )


async def _create_all(world: World, seed: int) -> None:
    waiting = iter(world.tenants)

    async def some() -> None:
        for tenant in waiting:
            await create(world, tenant, random.Random(f"{seed} {tenant.number}"))

    await asyncio.gather(*(some() for _ in range(WORKERS)))


def planned(seed: int, number: int, businesses: int) -> tuple[int, Operation | None, random.Random]:
    """Return an operation of a run: for which business, which one, and what decides the rest of it.

    None stands for statements over the database.
    """
    chance = random.Random(f"{seed} operation {number}")
    business = chance.randrange(businesses)
    if chance.random() < SHARE_OVER_THE_DATABASE:
        return business, None, chance
    return business, chance.choices(_NAMES, _WEIGHTS)[0], chance


def name_of(operation: Operation | None) -> str:
    """Return what an operation is called in the report."""
    return operation.__name__.replace("_", " ") if operation else OVER_THE_DATABASE


async def _work(world: World, statements: Statements, seed: int, numbers: Iterator[int]) -> None:
    for number in numbers:
        business, operation, chance = planned(seed, number, len(world.tenants))
        await (operation or partial(Statements.run, statements))(
            world, world.tenants[business], chance
        )
        world.operations[name_of(operation)] += 1


async def _kill(world: World, processes: list[Process], seed: int, operations: int) -> None:
    """Kill a service every few thousand operations; it comes back with another size of pool."""
    chance = random.Random(f"{seed} kills")
    at = OPERATIONS_A_KILL
    while True:
        await asyncio.sleep(0.05)
        if sum(world.operations.values()) < min(at, operations - 1):
            continue
        at += OPERATIONS_A_KILL
        process = chance.choice(processes)
        process.environment["RUNWAY_DATABASE_POOL_SIZE"] = str(chance.choice((1, 2, 8)))
        await world.look_at_metrics()
        await asyncio.to_thread(process.kill)
        await asyncio.to_thread(process.start)
        world.faults[f"kill -9 of {process.module}"] += 1


async def _tell(world: World, operations: int) -> None:
    while True:
        await asyncio.sleep(10)
        done = sum(world.operations.values())
        foreign = sum(world.search.foreign.values())
        print(
            f"  {done:,} of {operations:,} operations, {world.search.seen:,} canaries,"
            f" {foreign} of others",
            file=sys.stderr,
        )


def _with_logs(report: Report, logs: list[Path]) -> Report:
    """Search what the services logged."""
    search = Search(report.canaries_seen, foreign=report.foreign)
    search.look_at_logs(logs)
    return dataclasses.replace(report, canaries_seen=search.seen)
