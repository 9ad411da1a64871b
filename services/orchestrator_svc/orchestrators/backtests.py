"""Keeping how good the forecasts of a business have been."""

import dataclasses
from collections.abc import Sequence

from orchestrator_svc.domain.backtest import BacktestRecord, check_currencies
from orchestrator_svc.domain.business import Business
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    not_found,
)
from orchestrator_svc.store import backtests, businesses
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change


class BacktestOrchestrator:
    """Keeps the latest backtest of each business."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    async def get(self, business_id: str) -> tuple[Business, BacktestRecord | None]:
        """Return the business and its latest backtest; None before the first.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            found = await businesses.find_with_present(snapshot)
            if found is None:
                raise not_found(business_id)
            business, present = found
            return business, await backtests.find(snapshot) if present.backtest else None

    async def record(
        self,
        business_id: str,
        given: BacktestRecord,
        currencies: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Keep a backtest in the place of the one before; `currencies` are those of its amounts.

        Raises BusinessNotFound, CurrencyMismatch, RequestIdReused.
        """

        async def work(scope: Scope) -> BacktestRecord:
            check_currencies(currencies, scope.business.currency)
            old = await backtests.find(scope.transaction)
            new = dataclasses.replace(given, recorded_at=scope.now)
            await backtests.keep(scope.transaction, new)
            await scope.record(Change("backtest", business_id, old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)
