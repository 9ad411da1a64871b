"""The pay plan, and whom to chase."""

from typing import Any

from runway.calculator.v1 import pay_plan_calculation_service_pb2 as pb

from calculator_svc.engine.pay_plan.chase import ChasePolicy
from calculator_svc.engine.pay_plan.from_books import WEEKS, PlanFigures, chase_invoices, plan_bills
from calculator_svc.engine.pay_plan.inputs import LateFee, PayPolicy
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.mapping import to_inputs
from service_kit.threads import in_thread
from service_kit.wire import Fields


class PayPlanCalculationServicer:
    """Serves `runway.calculator.v1.PayPlanCalculationService`.

    Drawing and solving take tens of milliseconds and more, so that they are done beside the event
    loop.
    """

    async def CalculatePayPlan(
        self, request: pb.CalculatePayPlanRequest, context: Any
    ) -> pb.CalculatePayPlanResponse:
        """Calculate the pay plan of the open bills (`plan_bills`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        books, policy = to_inputs(request.ledger, request.policy)
        pay_policy = _pay_policy(request.pay_policy)
        figures = await in_thread(
            plan_bills, books, policy, pay_policy, request.seed, request.weeks or WEEKS
        )
        return pb.CalculatePayPlanResponse(
            business_id=request.business_id, plan=_plan(figures, Writer(books))
        )

    async def CalculateChases(
        self, request: pb.CalculateChasesRequest, context: Any
    ) -> pb.CalculateChasesResponse:
        """Calculate what it is worth to chase each open invoice (`chase_invoices`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing.
        """
        books, _ = to_inputs(request.ledger, pb.CalculatePayPlanRequest().policy)
        chases = await in_thread(chase_invoices, books, ChasePolicy())
        return pb.CalculateChasesResponse(
            business_id=request.business_id, chases=Writer(books).chases(chases)
        )


def _pay_policy(message: pb.PayPolicy) -> PayPolicy:
    policy = PayPolicy()
    if message.late_fee_basis_points:
        policy.late_fee = LateFee(monthly_basis_points=message.late_fee_basis_points)
    if message.value_of_time_basis_points:
        policy.value_of_time = message.value_of_time_basis_points
    return policy


def _plan(figures: PlanFigures, write: Writer) -> Fields:
    inputs, plan = figures.inputs, figures.plan
    after = inputs.end + 1
    # By day to pay, those after the plan last; of one day the more pressing first.
    ordered = sorted(
        plan.bills, key=lambda one: (one.day or after, one.safe.day, one.bill.document.id)
    )
    return {
        "as_of": write.date(inputs.as_of),
        "bills": [
            {
                "bill_id": one.bill.document.id,
                "pay_date": write.date(one.day),
                "amount": write.money(one.amount),
                "latest_safe_date": write.date(one.safe.day),
                "reason": one.reason,
                "late_fee": write.money(one.cost.late_fee),
                "lost_discount": write.money(one.cost.lost_discount),
                "is_critical": one.bill.is_hard,
            }
            for one in ordered
        ],
        "cash": [
            {"date": write.date(day), "cash": write.money(amount)}
            for day, amount in enumerate(plan.cash[1:], inputs.as_of + 1)
        ],
        "late_bills": [
            {
                "bill_id": inputs.bills[one.bill].document.id,
                "latest_safe_date": write.date(one.safe),
                "description": one.description,
            }
            for one in plan.too_late
        ],
        "shortages": [
            {
                "first_date": write.date(one.first),
                "last_date": write.date(one.last),
                "worst_date": write.date(one.worst),
                "amount": write.money(one.depth),
                "amount_without_bills": write.money(one.without_bills),
                "description": one.description,
                "unmet_bills": [unmet.description for unmet in one.unmet],
            }
            for one in plan.shortages
        ],
        "cost": write.money(plan.cost),
        "is_optimal": plan.optimal,
    }
