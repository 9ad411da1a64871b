"""The Decision Console: composed from two inner calls; the orchestrator keeps its decisions."""

from typing import Any

from runway.calculator.v1 import decision_console_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.decision_console_calculation_service_pb2_grpc import (
    DecisionConsoleCalculationServiceStub,
)
from runway.experience.v1 import decision_console_service_pb2 as experience_pb2
from runway.experience.v1.decision_console_service_pb2_grpc import DecisionConsoleServiceServicer
from runway.ledger.v1.ledger_pb2 import DOCUMENT_STATE_OPEN
from runway.orchestrator.v1 import decision_console_service_pb2 as orchestrator_pb2
from runway.orchestrator.v1.decision_console_service_pb2_grpc import DecisionConsoleServiceStub

from experience_gw.clients import InnerService, InnerServices
from experience_gw.compose.guardrail import refuse_breaches
from experience_gw.compose.joining import join
from experience_gw.servicers.books import BooksReader
from experience_gw.servicers.policy import policy_of
from experience_gw.servicers.translation import translated


class DecisionConsoleServicer(DecisionConsoleServiceServicer):
    """Serves the Decision Console."""

    def __init__(self, inner: InnerServices) -> None:
        self._books = BooksReader(inner.orchestrator)
        self._orchestrator: InnerService = inner.orchestrator
        self._calculator: InnerService = inner.calculator
        self._state = DecisionConsoleServiceStub(inner.orchestrator.channel)
        self._calculation = DecisionConsoleCalculationServiceStub(inner.calculator.channel)

    async def GetDecisionConsole(
        self, request: experience_pb2.GetDecisionConsoleRequest, context: Any
    ) -> experience_pb2.GetDecisionConsoleResponse:
        """Get the books and the queue, have them calculated, and compose the two answers."""
        data = await self._books.read(request.business_id, request)
        return _composed(data, await self._calculated(data))

    async def AddDecision(
        self, request: experience_pb2.AddDecisionRequest, context: Any
    ) -> experience_pb2.AddDecisionResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.AddDecision, translated(request, orchestrator_pb2.AddDecisionRequest)
        )
        return translated(answer, experience_pb2.AddDecisionResponse)

    async def UpdateDecision(
        self, request: experience_pb2.UpdateDecisionRequest, context: Any
    ) -> experience_pb2.UpdateDecisionResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.UpdateDecision, translated(request, orchestrator_pb2.UpdateDecisionRequest)
        )
        return translated(answer, experience_pb2.UpdateDecisionResponse)

    async def RemoveDecision(
        self, request: experience_pb2.RemoveDecisionRequest, context: Any
    ) -> experience_pb2.RemoveDecisionResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.RemoveDecision, translated(request, orchestrator_pb2.RemoveDecisionRequest)
        )
        return translated(answer, experience_pb2.RemoveDecisionResponse)

    async def ClearDecisionQueue(
        self, request: experience_pb2.ClearDecisionQueueRequest, context: Any
    ) -> experience_pb2.ClearDecisionQueueResponse:
        """Pass on to the orchestrator."""
        answer = await self._orchestrator.call(
            self._state.ClearDecisionQueue,
            translated(request, orchestrator_pb2.ClearDecisionQueueRequest),
        )
        return translated(answer, experience_pb2.ClearDecisionQueueResponse)

    async def FinalizeDecisions(
        self, request: experience_pb2.FinalizeDecisionsRequest, context: Any
    ) -> experience_pb2.FinalizeDecisionsResponse:
        """Hold the queue against the guardrail, and pass on to the orchestrator."""
        if not request.allow_breaches:
            await self._refuse_breaches(request)
        answer = await self._orchestrator.call(
            self._state.FinalizeDecisions,
            orchestrator_pb2.FinalizeDecisionsRequest(
                business_id=request.business_id, request_id=request.request_id, etag=request.etag
            ),
        )
        return translated(answer, experience_pb2.FinalizeDecisionsResponse)

    async def _refuse_breaches(self, request: experience_pb2.FinalizeDecisionsRequest) -> None:
        data = await self._books.read(request.business_id)
        if data.queue_etag != request.etag:
            # A repeated request, or a stale one: the orchestrator knows which, and says so. The
            # queue that was looked at here is the one that it finalises, for the etags are equal.
            return
        refuse_breaches((await self._calculated(data)).guardrail_breaches)

    async def _calculated(
        self, data: orchestrator_pb2.GetConsoleDataResponse
    ) -> calculator_pb2.CalculateDecisionConsoleResponse:
        answer: calculator_pb2.CalculateDecisionConsoleResponse = await self._calculator.call(
            self._calculation.CalculateDecisionConsole,
            calculator_pb2.CalculateDecisionConsoleRequest(
                business_id=data.business_id, ledger=data.ledger, policy=policy_of(data.business)
            ),
        )
        return answer


def _composed(
    data: orchestrator_pb2.GetConsoleDataResponse,
    calculated: calculator_pb2.CalculateDecisionConsoleResponse,
) -> experience_pb2.GetDecisionConsoleResponse:
    ledger = data.ledger
    console = experience_pb2.GetDecisionConsoleResponse(
        business_id=data.business_id,
        display_name=data.business.display_name,
        as_of=ledger.as_of,
        synced_at=data.synced_at if data.HasField("synced_at") else None,
        currency_code=ledger.currency_code,
        runway=calculated.runway,
        weeks=calculated.weeks,
        forecast_items=calculated.items,
        balances=ledger.balances,
        queue_impact=calculated.queue_impact if calculated.HasField("queue_impact") else None,
        sum_of_impacts=calculated.sum_of_impacts if calculated.HasField("sum_of_impacts") else None,
        guardrail_breaches=calculated.guardrail_breaches,
        queue_etag=data.queue_etag,
        pending_decisions=ledger.pending_decisions,
    )
    # CopyFrom on an added item costs a third less than to hand the parts to add().
    for about_bill, bill in join(calculated.bills, ledger.bills, "bill_id", _is_open):
        bill_item = console.bills.add()
        bill_item.bill.CopyFrom(bill)
        bill_item.assessment.CopyFrom(about_bill)
    for about_invoice, invoice in join(
        calculated.invoices, ledger.invoices, "invoice_id", _is_open
    ):
        invoice_item = console.invoices.add()
        invoice_item.invoice.CopyFrom(invoice)
        invoice_item.assessment.CopyFrom(about_invoice)
    # Oldest first, as the queue is kept; documents above stand in the calculator's order.
    for decision, effect in join(ledger.queued_decisions, calculated.decisions, "decision_id"):
        console.decision_queue.add(decision=decision, impact=effect.impact)
    return console


def _is_open(document: Any) -> bool:
    return bool(document.state == DOCUMENT_STATE_OPEN)
