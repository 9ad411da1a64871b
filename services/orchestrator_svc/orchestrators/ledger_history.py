"""The books of a span of days, all from one snapshot."""

import dataclasses
import datetime

from orchestrator_svc.domain import books as rules
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.ledger_history import LedgerHistory
from orchestrator_svc.orchestrators.ledgers import read_books
from orchestrator_svc.store import businesses, decisions
from orchestrator_svc.store import ledger_history as store
from orchestrator_svc.store.database import Database, Snapshot


class LedgerHistoryOrchestrator:
    """Gives the books of past days."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(
        self,
        business_id: str,
        as_of: datetime.date | None,
        days: int,
        until_last_sync: bool = False,
    ) -> LedgerHistory:
        """Return the books from `days` before a day up to that day, or up to that of the last sync
        where that is earlier and wanted.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            if until_last_sync:
                as_of = await self._known_until(snapshot, as_of)
            last_books = await read_books(snapshot, business_id, as_of, self._clock())
            last = last_books.as_of
            first = last - datetime.timedelta(days=days)
            cash, settled = await store.history(
                snapshot,
                first,
                last,
                rules.cash_accounts(last_books.balances.accounts, last_books.business.currency),
            )
            return LedgerHistory(
                books=dataclasses.replace(last_books, cash_history=cash, settlements=settled),
                first=first,
                settled_bills=await store.settled_bills(snapshot, first, last),
                settled_invoices=await store.settled_invoices(snapshot, first, last),
                settlements=await store.settlements(snapshot, first, last),
                pending=await decisions.pending_by_day(snapshot, first, last),
            )

    async def _known_until(
        self, snapshot: Snapshot, as_of: datetime.date | None
    ) -> datetime.date | None:
        found = await businesses.find_with_present(snapshot)
        if found is None or (synced_at := found[0].synced_at) is None:
            return as_of
        business = found[0]
        return min(as_of or business.today(self._clock()), business.today(synced_at))
