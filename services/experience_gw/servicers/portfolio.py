"""The portfolio: for each business its own two inner calls, side by side."""

import asyncio
import datetime
from dataclasses import dataclass
from typing import Any

from runway.calculator.v1 import runway_calculation_service_pb2 as calculator_pb2
from runway.calculator.v1.runway_calculation_service_pb2_grpc import RunwayCalculationServiceStub
from runway.experience.v1 import portfolio_service_pb2 as pb
from runway.experience.v1.portfolio_service_pb2_grpc import PortfolioServiceServicer

from experience_gw.clients import InnerServices
from experience_gw.compose.portfolio import Order, Standing, arranged, counts
from experience_gw.servicers.books import BooksReader
from experience_gw.servicers.errors import CATALOGUE
from experience_gw.servicers.policy import policy_of
from service_kit import calls
from service_kit.errors import ApiError, shown_for
from service_kit.wire import from_money

AT_ONCE = 8
"""How many businesses are worked on at once: one request must not take all there is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One business as the answer has it, and what it is sorted and filtered by."""

    item: pb.PortfolioItem
    standing: Standing


class PortfolioServicer(PortfolioServiceServicer):
    """Serves the portfolio."""

    def __init__(self, inner: InnerServices) -> None:
        self._books = BooksReader(inner.orchestrator)
        self._calculator = inner.calculator
        self._calculation = RunwayCalculationServiceStub(inner.calculator.channel)

    async def GetPortfolio(
        self, request: pb.GetPortfolioRequest, context: Any
    ) -> pb.GetPortfolioResponse:
        """Get and calculate each business by itself, then put them in order."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(business_id: str) -> Shown | ApiError:
            async with places:
                try:
                    item = await self._item(business_id, request)
                    return Shown(item, _standing(item))
                except Exception as error:
                    return shown_for(error, CATALOGUE, calls.current().correlation_id)

        # A task group cancels what is under way when the call is given up.
        async with asyncio.TaskGroup() as group:
            tasks = [(key, group.create_task(one(key))) for key in request.business_ids]
        return _composed(request, {key: task.result() for key, task in tasks})

    async def _item(self, business_id: str, request: pb.GetPortfolioRequest) -> pb.PortfolioItem:
        data = await self._books.read(business_id, request)
        calculated = await self._calculator.call(
            self._calculation.CalculateRunway,
            calculator_pb2.CalculateRunwayRequest(
                business_id=business_id, ledger=data.ledger, policy=policy_of(data.business)
            ),
        )
        balances = data.ledger.balances
        figures = pb.PortfolioFigures(
            display_name=data.business.display_name,
            as_of=data.ledger.as_of,
            synced_at=data.synced_at if data.HasField("synced_at") else None,
            currency_code=data.ledger.currency_code,
            runway=calculated.runway,
            accounts_receivable=balances.accounts_receivable,
            overdue_invoices=balances.overdue_invoices,
            accounts_payable=balances.accounts_payable,
            overdue_bills=balances.overdue_bills,
            queued_decision_count=len(data.ledger.queued_decisions),
            open_hand_over_count=data.open_hand_over_count,
        )
        return pb.PortfolioItem(business_id=business_id, figures=figures)


def _composed(
    request: pb.GetPortfolioRequest, found: dict[str, Shown | ApiError]
) -> pb.GetPortfolioResponse:
    errors = [one for one in found.values() if isinstance(one, ApiError)]
    if len(errors) == len(found) and all(one.retry_after_seconds for one in errors):
        raise errors[0]
    every = {
        key: _failed(key, one) if isinstance(one, ApiError) else one for key, one in found.items()
    }
    standings = [one.standing for one in every.values()]
    shown = arranged(standings, request.statuses, request.text, Order(request.order))
    return pb.GetPortfolioResponse(
        business_id=request.business_id,
        businesses=[every[one.business_id].item for one in shown],
        status_counts=[
            pb.StatusCount(status=status, count=count)  # type: ignore[arg-type]
            for status, count in counts(standings)
        ],
        failed_count=len(errors),
    )


def _failed(business_id: str, error: ApiError) -> Shown:
    failure = pb.PortfolioFailure(
        status=error.code.name, reason=error.reason, message=error.message
    )
    item = pb.PortfolioItem(business_id=business_id, failure=failure)
    return Shown(item, Standing(business_id))


def _standing(item: pb.PortfolioItem) -> Standing:
    figures, runway = item.figures, item.figures.runway
    return Standing(
        business_id=item.business_id,
        display_name=figures.display_name,
        status=runway.status,
        currency=figures.currency_code,
        cash_minor=from_money(runway.cash),
        runway_days=runway.runway_days if runway.HasField("runway_days") else None,
        low_water_minor=from_money(runway.low_water_mark),
        burn_minor=from_money(runway.gross_burn_per_day),
        synced_at=figures.synced_at.ToDatetime(tzinfo=datetime.UTC)
        if figures.HasField("synced_at")
        else None,
        receivable_minor=from_money(figures.accounts_receivable),
        overdue_minor=from_money(figures.overdue_invoices),
    )
