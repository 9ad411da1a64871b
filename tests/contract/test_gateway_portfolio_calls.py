"""How the gateway asks for many businesses: each in calls of its own, a few at once, one deadline.

Orchestrator and calculator are fakes behind real gRPC, which see what is asked and when.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import runway_calculation_service_pb2 as calculator_pb
from runway.calculator.v1 import runway_calculation_service_pb2_grpc as calculator_grpc
from runway.experience.v1 import portfolio_service_pb2 as pb
from runway.experience.v1 import portfolio_service_pb2_grpc
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb
from runway.orchestrator.v1 import decision_console_service_pb2_grpc as orchestrator_grpc

from experience_gw.clients import InnerServices
from experience_gw.servicers import services
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.servicers.portfolio import AT_ONCE
from service_kit.grpc_server import GrpcServer, Service
from service_kit.pipeline import Pipeline
from support import identity
from support.admission import admission
from support.gateway import Backend, console_data, usd

SECRET = "postgresql://runway:secret@db/runway"


@dataclass
class Seen:
    """What the fakes were asked, and how many businesses were under way at once."""

    asked: Counter[str] = field(default_factory=Counter)
    seconds_left: list[float] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0


class Orchestrator(orchestrator_grpc.DecisionConsoleServiceServicer):
    """Gives each business books that bear its name; what goes wrong with it, its id says."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def GetConsoleData(self, request: Any, context: Any) -> Any:
        seen = self._seen
        seen.asked[f"books of {request.business_id}"] += 1
        seen.seconds_left.append(context.time_remaining())
        seen.under_way += 1
        seen.most_under_way = max(seen.most_under_way, seen.under_way)
        try:
            await asyncio.sleep(5 if request.business_id == "slow" else 0.03)
        finally:
            seen.under_way -= 1
        if request.business_id == "broken":
            raise RuntimeError(SECRET)
        answer = orchestrator_pb.GetConsoleDataResponse()
        answer.CopyFrom(console_data())
        if request.business_id != "incomplete":
            answer.ledger.balances.accounts_receivable.CopyFrom(usd(0))
            answer.ledger.balances.overdue_invoices.CopyFrom(usd(0))
        foreign = request.business_id == "foreign"
        answer.business_id = "another" if foreign else request.business_id
        answer.business.display_name = f"Books of {answer.business_id}"
        return answer


class Calculator(calculator_grpc.RunwayCalculationServiceServicer):
    """Finds every business healthy."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def CalculateRunway(self, request: Any, context: Any) -> Any:
        self._seen.asked[f"runway of {request.business_id}"] += 1
        runway = assessment_pb2.Runway(
            status=assessment_pb2.RUNWAY_STATUS_HEALTHY,
            cash=usd(5),
            low_water_mark=usd(1),
            gross_burn_per_day=usd(1),
        )
        return calculator_pb.CalculateRunwayResponse(business_id=request.business_id, runway=runway)


@contextlib.asynccontextmanager
async def running(seen: Seen, deadline_seconds: float = 10.0) -> AsyncIterator[Any]:
    """Run the gateway before both fakes, and yield a stub of its PortfolioService."""
    backends = [
        Backend(
            "orchestrator",
            Service(
                "runway.orchestrator.v1.DecisionConsoleService",
                Orchestrator(seen),
                orchestrator_grpc.add_DecisionConsoleServiceServicer_to_server,
            ),
        ),
        Backend(
            "calculator",
            Service(
                "runway.calculator.v1.RunwayCalculationService",
                Calculator(seen),
                calculator_grpc.add_RunwayCalculationServiceServicer_to_server,
            ),
        ),
    ]
    for backend in backends:
        await backend.start()
    addresses = [f"127.0.0.1:{backend.port}" for backend in backends]
    inner = InnerServices.at(*addresses, deadline_seconds, identity.GATEWAY)
    server = GrpcServer(services(inner), Pipeline(CATALOGUE, identity.users(), admission()))
    port = await server.start("127.0.0.1", 0)
    await server.serve()
    try:
        async with identity.aio_channel(f"127.0.0.1:{port}") as channel:
            yield portfolio_service_pb2_grpc.PortfolioServiceStub(channel)  # type: ignore[no-untyped-call]
    finally:
        await server.stop(0)
        await inner.close()
        for backend in backends:
            await backend.stop()


def request(*business_ids: str) -> pb.GetPortfolioRequest:
    return pb.GetPortfolioRequest(business_id="the-firm", business_ids=business_ids)


def failures(answer: pb.GetPortfolioResponse) -> dict[str, tuple[str, str]]:
    return {
        item.business_id: (item.failure.status, item.failure.reason)
        for item in answer.businesses
        if item.HasField("failure")
    }


def shown(answer: pb.GetPortfolioResponse) -> dict[str, str]:
    return {
        item.business_id: item.figures.display_name
        for item in answer.businesses
        if item.HasField("figures")
    }


async def test_each_business_is_asked_for_once_at_each_service_and_the_firm_not_at_all() -> None:
    seen, ids = Seen(), [f"client-{number}" for number in range(20)]
    async with running(seen) as stub:
        answer = await stub.GetPortfolio(request(*ids))
    assert seen.asked == Counter(
        f"{what} of {business_id}" for business_id in ids for what in ("books", "runway")
    )
    assert shown(answer) == {business_id: f"Books of {business_id}" for business_id in ids}


async def test_as_many_are_under_way_at_once_as_may_be_and_no_more() -> None:
    seen = Seen()
    async with running(seen) as stub:
        await stub.GetPortfolio(request(*(f"client-{number}" for number in range(40))))
    assert seen.most_under_way == AT_ONCE == 8


async def test_an_answer_for_another_business_is_refused_and_shown_nowhere() -> None:
    async with running(Seen()) as stub:
        answer = await stub.GetPortfolio(request("good", "foreign"))
    assert failures(answer) == {"foreign": ("INTERNAL", "FOREIGN_ANSWER")}
    assert shown(answer) == {"good": "Books of good"}
    assert "another" not in str(answer)


async def test_what_breaks_inside_is_marked_without_its_text() -> None:
    async with running(Seen()) as stub:
        answer = await stub.GetPortfolio(request("good", "broken"))
    assert failures(answer) == {"broken": ("INTERNAL", "INTERNAL")}
    assert shown(answer) == {"good": "Books of good"}
    assert "secret" not in str(answer)


async def test_figures_that_lack_an_amount_fail_their_own_business_alone() -> None:
    async with running(Seen()) as stub:
        answer = await stub.GetPortfolio(request("good", "incomplete"))
    assert failures(answer) == {"incomplete": ("INTERNAL", "INTERNAL")}
    assert shown(answer) == {"good": "Books of good"}


async def test_all_share_one_deadline_and_what_is_too_slow_is_marked() -> None:
    seen, started = Seen(), time.monotonic()
    ids = [f"client-{number}" for number in range(24)]
    async with running(seen, deadline_seconds=1.0) as stub:
        answer = await stub.GetPortfolio(request("slow", *ids))
    assert time.monotonic() - started < 3
    assert failures(answer) == {"slow": ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")}
    assert shown(answer).keys() == set(ids)
    # Whoever comes later has less time left.
    assert seen.seconds_left[-1] < seen.seconds_left[0] - 0.03
