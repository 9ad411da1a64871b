"""What is measured."""

import datetime
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import uvloop
from runway.calculator.v1 import decision_console_calculation_service_pb2 as calculator_pb
from runway.experience.v1 import decision_console_service_pb2 as experience_pb
from runway.orchestrator.v1 import (
    decision_console_service_pb2 as orchestrator_pb,
)
from sqlalchemy import make_url

from bench.bare import CALCULATE, GET_CONSOLE, GET_DATA, RECORDED
from bench.books import load
from bench.load import LARGEST_ANSWER, calls_a_second, times_a_second
from bench.portfolio import clients_loaded, measure_portfolio
from bench.report import Measure
from orchestrator_svc.domain.clock import system_clock
from orchestrator_svc.orchestrators.decision_console import DecisionConsoleDataOrchestrator
from orchestrator_svc.orchestrators.mutations import Mutations
from orchestrator_svc.store.database import Database, Prepared, Snapshot
from service_kit.wire import to_date
from support import identity
from support.databases import own_database
from support.processes import REAL, Running, Services, three_services

BUSINESS_ID = "bench"
AS_OF = datetime.date(2026, 10, 30)
BARE = {name: f"bench.bare_{name}" for name in REAL}
LEAST_RATIO = 0.5
MOST_RESIDENT_MIB = 100
MOST_SECONDS_TO_SERVING = 2.0


def measure_all() -> Iterator[Measure]:
    """Yield every measure, as soon as it is taken."""
    with own_database() as urls, tempfile.TemporaryDirectory() as folder:
        os.environ[RECORDED] = folder
        with three_services(REAL, urls.app) as services:
            yield from _idle(services)
            load(services, [BUSINESS_ID], AS_OF)
            _record(services, Path(folder))
            composed = _rate(services.gateway, GET_CONSOLE, _console_request())
            data = _rate(services.orchestrator, GET_DATA, _data_request())
        with three_services(BARE, urls.app) as services:
            floor = _rate(services.gateway, GET_CONSOLE, _console_request())
        yield _ratio("GetDecisionConsole / bare floor", composed, floor, "calls/s")
        statements = uvloop.run(_statements(urls.app))
        raw = uvloop.run(_raw(urls.app, statements))
        yield _ratio(
            "GetConsoleData / raw driver", data, raw, f"transactions/s of {len(statements)} queries"
        )
    # On a database of its own: its rows must not weigh on the ratios above.
    with clients_loaded(AS_OF) as services:
        yield measure_portfolio(services, AS_OF)


def _rate(service: Running, method: str, request: bytes) -> float:
    return calls_a_second(service.address, method, BUSINESS_ID, request)


def _ratio(name: str, ours: float, floor: float, unit: str) -> Measure:
    ratio = ours / floor
    return Measure(
        name,
        f"{ratio:.2f}",
        f">= {LEAST_RATIO}",
        ratio >= LEAST_RATIO,
        f"{ours:,.0f} / {floor:,.0f} {unit}",
        is_ratio=True,
    )


def _idle(services: Services) -> Iterator[Measure]:
    for name in REAL:
        running = getattr(services, name)
        resident, seconds = running.resident_mib, running.seconds_to_serving
        yield Measure(
            f"{name}: resident, idle",
            f"{resident:.0f} MiB",
            f"<= {MOST_RESIDENT_MIB} MiB",
            resident <= MOST_RESIDENT_MIB,
            "",
        )
        yield Measure(
            f"{name}: start to SERVING",
            f"{seconds:.2f} s",
            f"<= {MOST_SECONDS_TO_SERVING:.0f} s",
            seconds <= MOST_SECONDS_TO_SERVING,
            "",
        )


def _data_request() -> bytes:
    return orchestrator_pb.GetConsoleDataRequest(
        business_id=BUSINESS_ID, as_of=to_date(AS_OF)
    ).SerializeToString()


def _console_request() -> bytes:
    return experience_pb.GetDecisionConsoleRequest(
        business_id=BUSINESS_ID, as_of=to_date(AS_OF)
    ).SerializeToString()


def _record(services: Services, folder: Path) -> None:
    """Keep what each real service answers, for the bare ones to give."""

    def ask(address: str, method: str, request: bytes) -> bytes:
        who = identity.bearer(method, BUSINESS_ID)
        with grpc.insecure_channel(address, LARGEST_ANSWER) as channel:
            answer: bytes = channel.unary_unary(method)(request, metadata=who)
            return answer

    data = ask(services.orchestrator.address, GET_DATA, _data_request())
    ledger = orchestrator_pb.GetConsoleDataResponse.FromString(data).ledger
    if (len(ledger.bills), len(ledger.invoices)) != (50, 50):
        raise RuntimeError("the books must have 50 open bills and 50 open invoices")
    request = calculator_pb.CalculateDecisionConsoleRequest(business_id=BUSINESS_ID, ledger=ledger)
    calculated = ask(services.calculator.address, CALCULATE, request.SerializeToString())
    console = ask(services.gateway.address, GET_CONSOLE, _console_request())
    for name, answer in zip(REAL, (calculated, data, console), strict=True):
        (folder / name).write_bytes(answer)


Statement = tuple[str, tuple[Any, ...]]


async def _statements(url: str) -> list[Statement]:
    """Return the statements behind GetConsoleData as they reach the driver."""
    database = Database(url)
    seen: list[Statement] = [("SELECT set_config('app.business_id', $1, true)", (BUSINESS_ID,))]
    read = Snapshot.read

    async def noted(self: Snapshot, statement: Prepared, **parameters: Any) -> Any:
        here = {**parameters, "this_business": self.business_id}
        seen.append((statement.sql, tuple(statement.arguments(here))))
        return await read(self, statement, **parameters)

    Snapshot.read = noted  # type: ignore[method-assign]
    mutations = Mutations(database, system_clock)
    console = DecisionConsoleDataOrchestrator(database, mutations, system_clock)
    await console.get_console_data(BUSINESS_ID, AS_OF)
    await database.close()
    return seen


async def _raw(url: str, statements: list[Statement]) -> float:
    """Return how often a second the raw driver runs the same statements in one transaction."""
    dsn = make_url(url).set(drivername="postgresql")
    pool = await asyncpg.create_pool(
        dsn.render_as_string(hide_password=False), min_size=8, max_size=8
    )

    async def transaction() -> None:
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            for statement, parameters in statements:
                await connection.fetch(statement, *parameters)

    async with pool:
        return await times_a_second(transaction)
