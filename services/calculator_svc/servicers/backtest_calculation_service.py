"""How good the forecasts of a business have been."""

from typing import Any

from runway.calculator.v1 import backtest_calculation_service_pb2 as pb

from calculator_svc.engine.backtest.calculation import (
    BacktestFigures,
    CashFigures,
    PayDateFigures,
    calculate_backtest,
)
from calculator_svc.servicers.answers import Writer
from calculator_svc.servicers.past_books import to_past_books
from service_kit.threads import in_thread
from service_kit.wire import Fields


class BacktestCalculationServicer:
    """Serves `runway.calculator.v1.BacktestCalculationService`.

    Dozens of forecasts take a second or so, so that they are made beside the event loop.
    """

    async def CalculateBacktest(
        self, request: pb.CalculateBacktestRequest, context: Any
    ) -> pb.CalculateBacktestResponse:
        """Calculate how forecasts of past days did (`calculate_backtest`).

        Raises ApiError (INVALID_ARGUMENT), CurrencyRateMissing, AmountsTooLarge.
        """
        past = to_past_books(request.history)
        figures = await in_thread(
            calculate_backtest, past, request.origins, request.paths, request.seed
        )
        return pb.CalculateBacktestResponse(
            business_id=request.business_id, record=_record(figures, Writer(past.last))
        )


def _record(figures: BacktestFigures, write: Writer) -> Fields:
    origins = figures.origins
    return {
        "as_of": write.date(figures.as_of),
        "first_origin_date": write.date(origins[0]) if origins else None,
        "last_origin_date": write.date(origins[-1]) if origins else None,
        "origin_count": len(origins),
        "cash": [_cash(cash, write) for cash in figures.cash],
        "pay_dates": _pay_dates(figures.pay_dates) if figures.pay_dates else None,
    }


def _cash(cash: CashFigures, write: Writer) -> Fields:
    return {
        "weeks": cash.weeks,
        "origin_count": cash.origins,
        "mean_absolute_error": write.money(cash.error),
        "last_value_error": write.money(cash.last_value_error),
        "burn_error": write.money(cash.burn_error),
        "due_date_error": write.money(cash.due_date_error),
        "pinball_loss": write.money(cash.loss),
        "coverage": _coverage(cash.coverage),
    }


def _pay_dates(found: PayDateFigures) -> Fields:
    return {
        "count": found.count,
        "open_count": found.still_open,
        "mean_absolute_error_days": found.error,
        "due_date_error_days": found.due_date_error,
        "coverage": _coverage(found.coverage),
    }


def _coverage(coverage: dict[int, float]) -> Fields:
    return {f"share_within_{band}": share for band, share in coverage.items()}
