"""How long an adviser waits for the list of 50 clients, each with the demo company's books.

Run by itself with `python -m bench.portfolio`, where it also says which part costs how much.
"""

import datetime
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from runway.calculator.v1 import runway_calculation_service_pb2 as calculator_pb
from runway.calculator.v1 import runway_calculation_service_pb2_grpc as calculator_grpc
from runway.experience.v1 import portfolio_service_pb2 as experience_pb
from runway.experience.v1 import portfolio_service_pb2_grpc as experience_grpc
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb
from runway.orchestrator.v1 import decision_console_service_pb2_grpc as orchestrator_grpc

from bench.books import load
from bench.load import LARGEST_ANSWER
from bench.report import Measure
from service_kit.wire import to_date
from support import identity
from support.databases import own_database
from support.processes import REAL, Services, three_services

CLIENTS = [f"client-{number}" for number in range(50)]
MOST_SECONDS = 2.0
ROUNDS = 9


@contextmanager
def clients_loaded(as_of: datetime.date) -> Iterator[Services]:
    """Run the three services on a database that holds the books of every client."""
    with own_database() as urls, three_services(REAL, urls.app) as services:
        load(services, CLIENTS, as_of)
        yield services


def measure_portfolio(services: Services, as_of: datetime.date) -> Measure:
    """Ask for the clients several times, one after the other; the first call finds nothing warm."""
    with identity.channel(services.gateway.address, LARGEST_ANSWER) as channel:
        stub = experience_grpc.PortfolioServiceStub(channel)
        request = experience_pb.GetPortfolioRequest(
            business_id=CLIENTS[0], business_ids=CLIENTS, as_of=to_date(as_of)
        )

        def ask() -> None:
            if stub.GetPortfolio(request, timeout=60).failed_count:
                raise RuntimeError("every client must be shown")

        seconds = _seconds(ask)
    median, slowest = statistics.median(seconds), max(seconds)
    return Measure(
        f"GetPortfolio of {len(CLIENTS)}: the slowest",
        f"{slowest:.2f} s",
        f"<= {MOST_SECONDS:.0f} s",
        slowest <= MOST_SECONDS,
        f"the first {seconds[0]:.2f} s, median {median:.2f} s of {ROUNDS}",
    )


def _seconds(action: Callable[[], Any]) -> list[float]:
    found = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        found.append(time.perf_counter() - started)
    return found


def _parts(services: Services, as_of: datetime.date) -> dict[str, float]:
    """Return the median seconds of each inner call of one client, alone."""
    with (
        identity.channel(services.orchestrator.address, LARGEST_ANSWER) as first,
        identity.channel(services.calculator.address, LARGEST_ANSWER) as second,
    ):
        state = orchestrator_grpc.DecisionConsoleServiceStub(first)
        calculation = calculator_grpc.RunwayCalculationServiceStub(second)
        wanted = orchestrator_pb.GetConsoleDataRequest(business_id=CLIENTS[0], as_of=to_date(as_of))
        ledger = state.GetConsoleData(wanted).ledger
        given = calculator_pb.CalculateRunwayRequest(business_id=CLIENTS[0], ledger=ledger)
        return {
            "GetConsoleData": statistics.median(_seconds(lambda: state.GetConsoleData(wanted))),
            "CalculateRunway": statistics.median(
                _seconds(lambda: calculation.CalculateRunway(given))
            ),
        }


def main() -> None:
    """Measure, and print."""
    as_of = datetime.date(2026, 10, 30)
    with clients_loaded(as_of) as services:
        measure = measure_portfolio(services, as_of)
        print(f"{measure.name}: {measure.figure} (goal {measure.goal}), {measure.made_of}")
        for name, seconds in _parts(services, as_of).items():
            print(f"{name} of one client, alone: {1000 * seconds:.1f} ms")


if __name__ == "__main__":
    main()
