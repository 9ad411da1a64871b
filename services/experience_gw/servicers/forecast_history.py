"""The runway on past days, and how good the forecasts have been."""

import datetime
from typing import Any

from runway.calculator.v1 import backtest_calculation_service_pb2 as backtest_pb2
from runway.calculator.v1 import runway_calculation_service_pb2 as runway_pb2
from runway.calculator.v1.backtest_calculation_service_pb2_grpc import (
    BacktestCalculationServiceStub,
)
from runway.calculator.v1.runway_calculation_service_pb2_grpc import RunwayCalculationServiceStub
from runway.experience.v1 import forecast_service_pb2 as experience_pb2
from runway.orchestrator.v1 import backtest_service_pb2 as record_pb2
from runway.orchestrator.v1 import ledger_service_pb2 as ledger_pb2
from runway.orchestrator.v1.backtest_service_pb2_grpc import BacktestServiceStub
from runway.orchestrator.v1.ledger_service_pb2_grpc import LedgerServiceStub

from experience_gw.clients import InnerServices
from experience_gw.compose.past_days import USUAL_WEEKS, DaysTooFarApart, span, weekly
from experience_gw.servicers.policy import policy_of
from service_kit.errors import ApiError, FieldViolation, invalid_argument
from service_kit.wire import from_date, to_date

BACKTEST_DAYS = 7 * 52
BACKTEST_SEED = 1


class ForecastHistory:
    """The part of the ForecastService that looks back."""

    def __init__(self, inner: InnerServices) -> None:
        self._books_keeper, self._reckoner = inner.orchestrator, inner.calculator
        self._ledgers = LedgerServiceStub(inner.orchestrator.channel)
        self._records = BacktestServiceStub(inner.orchestrator.channel)
        self._runways = RunwayCalculationServiceStub(inner.calculator.channel)
        self._backtests = BacktestCalculationServiceStub(inner.calculator.channel)

    async def GetRunwayHistory(
        self, request: experience_pb2.GetRunwayHistoryRequest, context: Any
    ) -> experience_pb2.GetRunwayHistoryResponse:
        """Get the books of the days, and have the runway of each calculated."""
        days = _days(request)
        weeks = request.weeks or USUAL_WEEKS
        wanted = ledger_pb2.GetLedgerHistoryRequest(
            business_id=request.business_id, days=_span(days) if days else 7 * weeks
        )
        if days:
            wanted.as_of.CopyFrom(to_date(days[-1]))
        elif request.HasField("as_of"):
            wanted.as_of.CopyFrom(request.as_of)
        data = await self._books_keeper.call(self._ledgers.GetLedgerHistory, wanted)
        ledger = data.history.ledger
        days = days or weekly(from_date(ledger.as_of), weeks)
        calculated = await self._reckoner.call(
            self._runways.CalculateRunwayHistory,
            runway_pb2.CalculateRunwayHistoryRequest(
                business_id=request.business_id,
                history=data.history,
                policy=policy_of(data.business),
                dates=map(to_date, days),
            ),
        )
        return experience_pb2.GetRunwayHistoryResponse(
            business_id=data.business_id,
            display_name=data.business.display_name,
            synced_at=ledger.synced_at if ledger.HasField("synced_at") else None,
            currency_code=ledger.currency_code,
            points=calculated.points,
        )

    async def GetBacktest(
        self, request: experience_pb2.GetBacktestRequest, context: Any
    ) -> experience_pb2.GetBacktestResponse:
        """Get the latest backtest."""
        kept = await self._books_keeper.call(
            self._records.GetBacktest,
            record_pb2.GetBacktestRequest(business_id=request.business_id),
        )
        return experience_pb2.GetBacktestResponse(
            business_id=kept.business_id,
            display_name=kept.display_name,
            record=kept.record if kept.HasField("record") else None,
        )

    async def RunBacktest(
        self, request: experience_pb2.RunBacktestRequest, context: Any
    ) -> experience_pb2.RunBacktestResponse:
        """Get the books of a year's days, have the backtest calculated, and have it kept."""
        data = await self._books_keeper.call(
            self._ledgers.GetLedgerHistory,
            ledger_pb2.GetLedgerHistoryRequest(
                business_id=request.business_id, days=BACKTEST_DAYS, until_last_sync=True
            ),
        )
        calculated = await self._reckoner.call(
            self._backtests.CalculateBacktest,
            backtest_pb2.CalculateBacktestRequest(
                business_id=request.business_id, history=data.history, seed=BACKTEST_SEED
            ),
        )
        kept = await self._books_keeper.call(
            self._records.RecordBacktest,
            record_pb2.RecordBacktestRequest(
                business_id=request.business_id,
                request_id=request.request_id,
                record=calculated.record,
            ),
        )
        return experience_pb2.RunBacktestResponse(business_id=kept.business_id, record=kept.record)


def _days(request: experience_pb2.GetRunwayHistoryRequest) -> list[datetime.date]:
    """Return the days that a request names, the earliest first; none when it wants weeks.

    Raises ApiError (INVALID_ARGUMENT).
    """
    if request.dates and (request.weeks or request.HasField("as_of")):
        raise _wrong("dates", "must not stand beside as_of or weeks")
    days = set()
    for index, date in enumerate(request.dates):
        try:
            days.add(from_date(date))
        except ValueError as error:
            raise _wrong(f"dates[{index}]", str(error)) from None
    return sorted(days)


def _span(days: list[datetime.date]) -> int:
    try:
        return span(days)
    except DaysTooFarApart as error:
        raise _wrong("dates", str(error)) from None


def _wrong(field: str, description: str) -> ApiError:
    return invalid_argument(FieldViolation(field, description))
