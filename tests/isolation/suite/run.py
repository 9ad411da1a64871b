"""A run: the servers as processes on a database of their own, workers, and someone who kills."""

import asyncio
import dataclasses
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from isolation.suite.canaries import Search, Tenant
from isolation.suite.operations import OPERATIONS, create
from isolation.suite.report import Report
from isolation.suite.statements import Statements
from isolation.suite.world import World
from support.databases import migrated_database
from support.processes import REAL, Process, environment_of_three

WORKERS = 24
SHARE_OVER_THE_DATABASE = 0.5
OPERATIONS_A_KILL = 4_000
_NAMES = [operation for _, operation in OPERATIONS]
_WEIGHTS = [weight for weight, _ in OPERATIONS]


def run(
    seed: int, operations: int, businesses: int, progress: bool = False, fault: str = ""
) -> Report:
    """Run the suite from a seed; the same seed does the same operations in each worker.

    `fault` is SQL that the tables' owner runs first, to see whether the suite notices.
    """
    with migrated_database() as urls, tempfile.TemporaryDirectory() as folder:
        if fault:
            asyncio.run(_plant(urls.owner, fault))
        environment = environment_of_three(urls.app)
        processes = [
            Process(
                REAL[name],
                int(environment[f"RUNWAY_{name.upper()}_PORT"]),
                environment,
                Path(folder) / f"{name}.log",
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
        return _with_logs(report, [Path(folder) / name for name in os.listdir(folder)])


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
    world = World(processes, [Tenant(number) for number in range(businesses)])
    statements = Statements(database_url)
    await statements.open(4)
    began = time.monotonic()
    await _create_all(world, seed)
    shares = [operations // WORKERS + (i < operations % WORKERS) for i in range(WORKERS)]
    killer = asyncio.create_task(_kill(world, processes, seed, operations))
    teller = asyncio.create_task(_tell(world, operations)) if progress else None
    try:
        await asyncio.gather(
            *(_work(world, statements, seed, worker, share) for worker, share in enumerate(shares))
        )
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
        foreign=world.search.foreign,
        never=world.never,
    )


async def _create_all(world: World, seed: int) -> None:
    waiting = iter(world.tenants)

    async def some() -> None:
        for tenant in waiting:
            await create(world, tenant, random.Random(f"{seed} {tenant.number}"))

    await asyncio.gather(*(some() for _ in range(WORKERS)))


async def _work(world: World, statements: Statements, seed: int, worker: int, share: int) -> None:
    chance = random.Random(f"{seed} worker {worker}")
    for _ in range(share):
        tenant = chance.choice(world.tenants)
        if chance.random() < SHARE_OVER_THE_DATABASE:
            await statements.run(world, tenant, chance)
            world.operations["over the database"] += 1
        else:
            operation = chance.choices(_NAMES, _WEIGHTS)[0]
            await operation(world, tenant, chance)
            world.operations[operation.__name__.replace("_", " ")] += 1


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
    """Search what the services logged: a line is about one call, and so about one business."""
    search = Search(report.canaries_seen, report.foreign)
    for log in logs:
        with log.open("rb") as lines:
            for line in lines:
                search.look_at_log(line)
    return dataclasses.replace(report, canaries_seen=search.seen)
