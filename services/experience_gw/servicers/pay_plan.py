"""The pay plan and the chase list: the books of the orchestrator, weighed by the calculator."""

from typing import Any

from runway.calculator.v1 import pay_plan_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.pay_plan_calculation_service_pb2_grpc import PayPlanCalculationServiceStub
from runway.experience.v1 import pay_plan_service_pb2 as pb
from runway.experience.v1.pay_plan_service_pb2_grpc import PayPlanServiceServicer

from experience_gw.clients import InnerServices
from experience_gw.compose.joining import pair
from experience_gw.servicers.books import BooksReader, heading
from experience_gw.servicers.policy import policy_of


class PayPlanServicer(PayPlanServiceServicer):
    """Serves pay plan and chase list."""

    def __init__(self, inner: InnerServices) -> None:
        self._books = BooksReader(inner.orchestrator)
        self._calculator = inner.calculator
        self._calculation = PayPlanCalculationServiceStub(inner.calculator.channel)

    async def GetPayPlan(
        self, request: pb.GetPayPlanRequest, context: Any
    ) -> pb.GetPayPlanResponse:
        """Get the books, and have their bills planned."""
        data = await self._books.read(request.business_id, request)
        calculated = await self._calculator.call(
            self._calculation.CalculatePayPlan,
            calculator_pb2.CalculatePayPlanRequest(
                business_id=request.business_id,
                ledger=data.ledger,
                policy=policy_of(data.business),
                seed=request.seed,
                pay_policy=request.pay_policy,
                weeks=request.weeks,
            ),
        )
        pairs = pair(calculated.plan.bills, data.ledger.bills, "bill_id")
        return pb.GetPayPlanResponse(
            **heading(data), plan=calculated.plan, bills=[bill for _, bill in pairs]
        )

    async def GetChaseList(
        self, request: pb.GetChaseListRequest, context: Any
    ) -> pb.GetChaseListResponse:
        """Get the books, and have the chase of each invoice weighed."""
        data = await self._books.read(request.business_id, request)
        calculated = await self._calculator.call(
            self._calculation.CalculateChases,
            calculator_pb2.CalculateChasesRequest(
                business_id=request.business_id, ledger=data.ledger
            ),
        )
        pairs = pair(calculated.chases, data.ledger.invoices, "invoice_id")
        return pb.GetChaseListResponse(
            **heading(data),
            chases=[pb.ChaseItem(invoice=invoice, chase=chase) for chase, invoice in pairs],
        )
