"""What the gateway's contract tests stand on: the real gateway before two small real servers.

The gateway runs as in production, gRPC and HTTP. Orchestrator and calculator are fakes: they
implement the real servicer classes, are served over real gRPC, and answer what a test tells them.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from google.type import date_pb2, money_pb2
from runway.calculator.v1 import assessment_pb2
from runway.calculator.v1 import decision_console_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1 import decision_console_calculation_service_pb2_grpc as calculator_grpc
from runway.experience.v1 import decision_console_service_pb2 as experience_pb2
from runway.experience.v1 import decision_console_service_pb2_grpc as experience_grpc
from runway.ledger.v1 import decision_pb2, ledger_pb2
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1 import decision_console_service_pb2_grpc as orchestrator_grpc

from experience_gw.clients import InnerServices
from experience_gw.config import MOST_ELEMENTS
from experience_gw.servicers import services
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.web.app import GatewayApp
from experience_gw.web.server import HttpServer
from service_kit.errors import Catalogue
from service_kit.grpc_server import GrpcServer, Service
from service_kit.pipeline import Pipeline
from service_kit.tokens import Verifier
from support import identity
from support.admission import admission

SERVICE = "runway.experience.v1.DecisionConsoleService"
BUSINESS = "acme-plumbing"
REQUEST_ID = "7d444840-9dc0-11d1-b245-5ffdce74fad2"


@dataclass
class Received:
    """One call as a fake saw it."""

    method: str
    request: Any
    seconds_left: float | None
    headers: dict[str, str]


@dataclass
class Fake:
    """What both fakes do: note the call, then fail, wait or answer as told."""

    received: list[Received] = field(default_factory=list)
    error: Exception | None = None
    errors_left: int | None = None
    seconds_to_answer: float = 0.0
    answers_for: str = ""

    async def note(self, method: str, request: Any, context: Any) -> None:
        headers = dict(context.invocation_metadata() or ())
        self.received.append(Received(method, request, context.time_remaining(), headers))
        if self.seconds_to_answer:
            await asyncio.sleep(self.seconds_to_answer)
        if self.error is not None and self.errors_left != 0:
            if self.errors_left is not None:
                self.errors_left -= 1
            raise self.error

    def methods(self) -> list[str]:
        """Return the names of the methods called so far."""
        return [call.method for call in self.received]


class FakeOrchestrator(orchestrator_grpc.DecisionConsoleServiceServicer, Fake):
    """Gives one console's data to whoever asks, and keeps no decision."""

    def __init__(self) -> None:
        Fake.__init__(self)
        self.console_data = console_data()

    async def GetConsoleData(self, request: Any, context: Any) -> Any:
        await self.note("GetConsoleData", request, context)
        answer = orchestrator_pb2.GetConsoleDataResponse()
        answer.CopyFrom(self.console_data)
        answer.business_id = self.answers_for or request.business_id
        return answer

    async def AddDecision(self, request: Any, context: Any) -> Any:
        return await self._changed("AddDecision", request, context, decision=request.decision)

    async def UpdateDecision(self, request: Any, context: Any) -> Any:
        return await self._changed("UpdateDecision", request, context, decision=request.decision)

    async def RemoveDecision(self, request: Any, context: Any) -> Any:
        return await self._changed("RemoveDecision", request, context)

    async def ClearDecisionQueue(self, request: Any, context: Any) -> Any:
        return await self._changed("ClearDecisionQueue", request, context, removed_count=3)

    async def FinalizeDecisions(self, request: Any, context: Any) -> Any:
        batch = decision_pb2.DecisionBatch(batch_id="batch-1", actor="ann")
        return await self._changed("FinalizeDecisions", request, context, batch=batch)

    async def _changed(self, method: str, request: Any, context: Any, **fields: Any) -> Any:
        await self.note(method, request, context)
        return getattr(orchestrator_pb2, f"{method}Response")(
            business_id=self.answers_for or request.business_id, queue_etag="etag-2", **fields
        )


class FakeCalculator(calculator_grpc.DecisionConsoleCalculationServiceServicer, Fake):
    """Assesses every open document of the ledger that it is given, in the order of `ranking`."""

    def __init__(self) -> None:
        Fake.__init__(self)
        self.ranking: list[str] = []
        self.leaves_out: set[str] = set()

    async def CalculateDecisionConsole(self, request: Any, context: Any) -> Any:
        await self.note("CalculateDecisionConsole", request, context)
        ledger = request.ledger
        return calculator_pb2.CalculateDecisionConsoleResponse(
            business_id=self.answers_for or request.business_id,
            runway=assessment_pb2.Runway(
                status=assessment_pb2.RUNWAY_STATUS_WARNING, runway_days=45, horizon_days=91
            ),
            weeks=[assessment_pb2.ForecastWeek(start_date=date(2026, 5, 6), receipts=usd(10))],
            items=[assessment_pb2.ForecastItem(display_name="Payroll", amount=usd(-900))],
            bills=[bill_assessment(i) for i in self._ranked(b.bill_id for b in ledger.bills)],
            invoices=[
                invoice_assessment(i) for i in self._ranked(i.invoice_id for i in ledger.invoices)
            ],
            decisions=[
                assessment_pb2.DecisionAssessment(decision_id=i, impact=impact(3))
                for i in self._ranked(d.decision_id for d in ledger.queued_decisions)
            ],
            queue_impact=impact(5),
            sum_of_impacts=impact(6),
            guardrail_breaches=[assessment_pb2.GuardrailBreach(description="too low")],
        )

    def _ranked(self, ids: Iterable[str]) -> list[str]:
        known = [i for i in ids if i not in self.leaves_out]
        return sorted(known, key=lambda i: self.ranking.index(i) if i in self.ranking else -1)


class Backend:
    """A fake, served over real gRPC at a port that stays the same when it goes and comes back."""

    def __init__(self, name: str, service: Service) -> None:
        self._name = name
        self._service = service
        self._server: GrpcServer | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = GrpcServer(
            [self._service],
            Pipeline(Catalogue({}), identity.gateways(self._name), admission()),
            64 * 1024 * 1024,
        )
        self.port = await self._server.start("127.0.0.1", self.port)
        await self._server.serve()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(0)
        self._server = None


@dataclass
class Gateway:
    """A running gateway, its clients, and the fakes behind it."""

    orchestrator: FakeOrchestrator
    calculator: FakeCalculator
    orchestrator_backend: Backend
    calculator_backend: Backend
    grpc_address: str
    channel: grpc.aio.Channel
    http: httpx.AsyncClient

    @property
    def console(self) -> Any:
        """Return a gRPC stub of the gateway."""
        return experience_grpc.DecisionConsoleServiceStub(self.channel)  # type: ignore[no-untyped-call]

    async def get_console(self, **options: Any) -> Any:
        """Get the Decision Console of the business, over gRPC."""
        return await self.console.GetDecisionConsole(console_request(), **options)


@contextlib.asynccontextmanager
async def running_gateway(
    default_deadline_seconds: float = 10.0, verifier: Verifier | None = None
) -> AsyncIterator[Gateway]:
    """Run the gateway and both fakes until the block ends."""
    orchestrator, calculator = FakeOrchestrator(), FakeCalculator()
    backends = [
        Backend(
            "orchestrator",
            Service(
                "runway.orchestrator.v1.DecisionConsoleService",
                orchestrator,
                orchestrator_grpc.add_DecisionConsoleServiceServicer_to_server,
            ),
        ),
        Backend(
            "calculator",
            Service(
                "runway.calculator.v1.DecisionConsoleCalculationService",
                calculator,
                calculator_grpc.add_DecisionConsoleCalculationServiceServicer_to_server,
            ),
        ),
    ]
    for backend in backends:
        await backend.start()
    inner = InnerServices.at(
        f"127.0.0.1:{backends[0].port}",
        f"127.0.0.1:{backends[1].port}",
        default_deadline_seconds,
        identity.GATEWAY,
    )
    served = services(inner)
    pipeline = Pipeline(
        CATALOGUE, verifier or identity.users(), admission(), most_elements=MOST_ELEMENTS
    )
    grpc_server = GrpcServer(served, pipeline)
    http_server = HttpServer(GatewayApp(served, pipeline, inner))
    grpc_port = await grpc_server.start("127.0.0.1", 0)
    http_port = await http_server.start("127.0.0.1", 0)
    await grpc_server.serve()
    try:
        async with (
            identity.aio_channel(f"127.0.0.1:{grpc_port}") as channel,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{http_port}",
                trust_env=False,
                timeout=20,
                headers=identity.headers(BUSINESS),
            ) as http,
        ):
            address = f"127.0.0.1:{grpc_port}"
            yield Gateway(orchestrator, calculator, *backends, address, channel, http)
    finally:
        await asyncio.gather(grpc_server.stop(0), http_server.stop(0))
        await inner.close()
        for backend in backends:
            await backend.stop()


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Return the reason in an error's ErrorInfo."""
    info = detail_of(error, error_details_pb2.ErrorInfo)
    return str(info.reason) if info is not None else ""


def detail_of(error: grpc.aio.AioRpcError, kind: type[Any]) -> Any:
    """Return an error's detail of a kind, or None."""
    raw = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    return unpacked(status_pb2.Status.FromString(raw), kind)


def unpacked(status: Any, kind: type[Any]) -> Any:
    """Return a status's detail of a kind, or None."""
    message = kind()
    return next((message for detail in status.details if detail.Unpack(message)), None)


def console_request(business_id: str = BUSINESS) -> experience_pb2.GetDecisionConsoleRequest:
    return experience_pb2.GetDecisionConsoleRequest(business_id=business_id, as_of=date(2026, 5, 5))


def mutations() -> list[tuple[str, Message]]:
    """Return one valid request for each method that changes something."""
    pay = decision_pb2.Decision(
        pay_now=decision_pb2.PayNow(bill_id="b1"), note="now", etag="etag-0"
    )
    common: dict[str, Any] = {"business_id": BUSINESS, "request_id": REQUEST_ID}
    update = experience_pb2.UpdateDecisionRequest(decision_id="d1", decision=pay, **common)
    update.update_mask.paths.append("note")
    return [
        ("AddDecision", experience_pb2.AddDecisionRequest(decision=pay, **common)),
        ("UpdateDecision", update),
        (
            "RemoveDecision",
            experience_pb2.RemoveDecisionRequest(decision_id="d1", etag="etag-1", **common),
        ),
        (
            "ClearDecisionQueue",
            experience_pb2.ClearDecisionQueueRequest(etag="etag-1", **common),
        ),
        (
            "FinalizeDecisions",
            experience_pb2.FinalizeDecisionsRequest(etag="etag-1", allow_breaches=True, **common),
        ),
    ]


def console_data(
    bills: Iterable[Any] = (), invoices: Iterable[Any] = (), decisions: Iterable[Any] = ()
) -> Any:
    """Return what the orchestrator gives for a console."""
    data = orchestrator_pb2.GetConsoleDataResponse(
        ledger=ledger_pb2.Ledger(
            as_of=date(2026, 5, 5),
            currency_code="USD",
            balances=ledger_pb2.Balances(cash=usd(2901)),
            bills=bills,
            invoices=invoices,
            queued_decisions=decisions,
        ),
        queue_etag="etag-1",
    )
    data.business.display_name = "Acme Plumbing"
    data.ledger.cash_history.add(counterparty="Rent", days_ago=[3], amounts_minor=[-120000])
    data.synced_at.FromSeconds(1_777_000_000)
    return data


def bill(bill_id: str, state: Any = ledger_pb2.DOCUMENT_STATE_OPEN) -> Any:
    return ledger_pb2.Bill(
        bill_id=bill_id,
        vendor_id="v1",
        vendor_name="Norton Lumber",
        issue_date=date(2026, 4, 1),
        due_date=date(2026, 5, 1),
        total=usd(100),
        balance=usd(80),
        state=state,
        source_version=9_000_000_000_000,
    )


def invoice(invoice_id: str, state: Any = ledger_pb2.DOCUMENT_STATE_OPEN) -> Any:
    return ledger_pb2.Invoice(
        invoice_id=invoice_id,
        customer_id="c1",
        customer_name="Ann Ölsen",
        issue_date=date(2026, 4, 1),
        due_date=date(2026, 5, 1),
        total=usd(100),
        balance=usd(80),
        state=state,
    )


def decision(decision_id: str, bill_id: str = "b1") -> Any:
    return decision_pb2.Decision(
        decision_id=decision_id, pay_now=decision_pb2.PayNow(bill_id=bill_id), etag="e"
    )


def bill_assessment(bill_id: str) -> Any:
    return assessment_pb2.BillAssessment(
        bill_id=bill_id,
        expected_date=date(2026, 5, 9),
        latest_safe_date=date(2026, 5, 8),
        priority=_priority(),
        impact=impact(-2),
        days_overdue=4,
    )


def invoice_assessment(invoice_id: str) -> Any:
    return assessment_pb2.InvoiceAssessment(
        invoice_id=invoice_id,
        expected_date=date(2026, 5, 9),
        priority=_priority(),
        impact=impact(2),
    )


def impact(days: int) -> Any:
    return assessment_pb2.Impact(
        cash_zero_days=days,
        cash_zero_date_with=date(2026, 6, 19),
        low_water_mark_change=usd(-80),
        closing_cash_change=usd(0),
    )


def _priority() -> Any:
    factors = [
        assessment_pb2.PriorityFactor(description="4 days overdue", points=40.25),
        assessment_pb2.PriorityFactor(description="key vendor", points=20),
    ]
    return assessment_pb2.Priority(rank=1, score=60.25, factors=factors)


def usd(units: int) -> Any:
    return money_pb2.Money(currency_code="USD", units=units)


def date(year: int, month: int, day: int) -> Any:
    return date_pb2.Date(year=year, month=month, day=day)
