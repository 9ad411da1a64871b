"""How good the forecasts of a business have been."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator_svc.domain.errors import CurrencyMismatch


@dataclass(frozen=True, slots=True)
class BacktestRecord:
    """A backtest up to a day, and when it was kept. The figures are the calculator's, as told."""

    as_of: datetime.date
    figures: Mapping[str, Any]
    recorded_at: datetime.datetime | None = None


def check_currencies(given: Iterable[str], currency: str) -> None:
    """Check that every amount is in the business's currency.

    Raises CurrencyMismatch.
    """
    foreign = sorted(set(given) - {currency})
    if foreign:
        raise CurrencyMismatch(
            f"must be in {currency}, the business's currency, not in {', '.join(foreign)}",
            field="record.cash",
        )
