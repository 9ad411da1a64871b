"""Importing books, and reading them back."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator_svc.domain import books as rules
from orchestrator_svc.domain import imports, paging
from orchestrator_svc.domain.books import BookAccount, BookBill, BookInvoice, Books
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.ledger import DocumentState, Rejection, SourcedRecord
from orchestrator_svc.domain.planning import Earmark, PlannedItem
from orchestrator_svc.domain.sync_gaps import after_import
from orchestrator_svc.orchestrators.mutations import Answer, Mutation, Mutations, Scope, not_found
from orchestrator_svc.store import backtests, books, businesses, decisions, planning, sync_gaps
from orchestrator_svc.store import imports as import_store
from orchestrator_svc.store.database import Database, Snapshot, Transaction
from orchestrator_svc.store.journal import Change


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or would have done when `applied` is false."""

    applied: bool
    read: int
    added: int
    updated: int
    unchanged: int
    rejections: Sequence[Rejection]
    synced_at: datetime.datetime | None


async def read_books(
    snapshot: Snapshot, business_id: str, as_of: datetime.date | None, now: datetime.datetime
) -> Books:
    """Read the books of a day, today's when `as_of` is None.

    Raises BusinessNotFound.
    """
    found = await businesses.find_with_present(snapshot)
    if found is None:
        raise not_found(business_id)
    business, present = found
    day = as_of or business.today(now)
    bills = await books.open_bills(snapshot, day)
    invoices = await books.open_invoices(snapshot, day)
    accounts = await books.accounts(snapshot, day)
    customers, vendors = await books.parties(snapshot, day)
    cash_accounts = rules.cash_accounts(accounts, business.currency)
    cash_history, settlements = await books.history(snapshot, day, cash_accounts)
    return Books(
        business=business,
        as_of=day,
        balances=rules.balances(business, day, accounts, bills, invoices, customers, vendors),
        bills=bills,
        invoices=invoices,
        planned_items=await planning.every(snapshot, PlannedItem) if present.planned else [],
        earmarks=await planning.every(snapshot, Earmark) if present.earmarks else [],
        queued=await decisions.queue(snapshot) if present.queued else [],
        pending=await decisions.pending(snapshot, day) if present.finalized else [],
        cash_history=cash_history,
        settlements=settlements,
        backtest=await backtests.find(snapshot) if present.backtest else None,
        open_hand_overs=present.open_hand_overs,
    )


class LedgerOrchestrator:
    """Keeps the books of each business."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

    async def import_ledger(
        self,
        business_id: str,
        records: Sequence[SourcedRecord],
        unreadable: Sequence[Rejection],
        synced_at: datetime.datetime,
        skip_rejected: bool,
        closed_through: datetime.date | None,
        changed_since: datetime.datetime | None,
        mutation: Mutation[Answer],
    ) -> Answer:
        """Import records, all or nothing; `closed_through` is the last day of the closed books,
        None where nothing is said of it; `changed_since` from when on they are all changes, None
        where they are the whole books.

        Raises BusinessNotFound, RequestIdReused.
        """

        async def work(scope: Scope) -> ImportResult:
            return await take_in(
                scope,
                records,
                unreadable,
                synced_at,
                skip_rejected,
                closed_through,
                changed_since,
            )

        return await self._mutations.run(business_id, mutation, work)

    async def get_books(self, business_id: str, as_of: datetime.date | None) -> Books:
        """Return the books of a day.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            return await read_books(snapshot, business_id, as_of, self._clock())

    async def list_bills(
        self, business_id: str, size: int, token: str, state: DocumentState | None
    ) -> tuple[Sequence[BookBill], str]:
        """Return a page of bills, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = f"bills {state or ''}"
        page = paging.page(business_id, query, size, token)
        async with self._database.transaction(business_id) as transaction:
            await _must_exist(transaction, business_id)
            rows, more = await books.page_of_bills(transaction, page, state)
        return rows, paging.next_token(business_id, query, rows[-1].bill_id) if more else ""

    async def list_invoices(
        self, business_id: str, size: int, token: str, state: DocumentState | None
    ) -> tuple[Sequence[BookInvoice], str]:
        """Return a page of invoices, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = f"invoices {state or ''}"
        page = paging.page(business_id, query, size, token)
        async with self._database.transaction(business_id) as transaction:
            await _must_exist(transaction, business_id)
            rows, more = await books.page_of_invoices(transaction, page, state)
        return rows, paging.next_token(business_id, query, rows[-1].invoice_id) if more else ""

    async def list_accounts(
        self, business_id: str, size: int, token: str
    ) -> tuple[Sequence[BookAccount], str]:
        """Return a page of accounts, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        page = paging.page(business_id, "accounts", size, token)
        async with self._database.transaction(business_id) as transaction:
            await _must_exist(transaction, business_id)
            rows, more = await books.page_of_accounts(transaction, page)
        return rows, paging.next_token(business_id, "accounts", rows[-1].account_id) if more else ""


async def take_in(
    scope: Scope,
    records: Sequence[SourcedRecord],
    unreadable: Sequence[Rejection],
    synced_at: datetime.datetime,
    skip_rejected: bool = False,
    closed_through: datetime.date | None = None,
    changed_since: datetime.datetime | None = None,
) -> ImportResult:
    """Import records into the business of a scope; the arguments are those of `import_ledger`."""
    plan = imports.plan(records, await import_store.stored(scope.transaction))
    rejections = [*unreadable, *plan.rejections]
    applied = skip_rejected or not rejections
    business_id, newest = scope.business.business_id, scope.business.synced_at
    if applied:
        newest = imports.newest(newest, synced_at)
        changes = await import_store.write(scope.transaction, plan.added, plan.updated)
        await scope.record(*changes)
        await _note_gaps(scope, changed_since, synced_at)
    if newest != scope.business.synced_at:
        await businesses.note_sync(scope.transaction, newest)
        await scope.record(Change("sync", business_id, scope.business.synced_at, newest))
    known = scope.business.books_closed_through
    if applied and closed_through not in (None, known):
        await businesses.note_closing(scope.transaction, closed_through)
        await scope.record(Change("closing", business_id, known, closed_through))
    return ImportResult(
        applied=applied,
        read=len(records) + len(unreadable),
        added=len(plan.added),
        updated=len(plan.updated),
        unchanged=plan.unchanged,
        rejections=rejections,
        synced_at=newest,
    )


async def _note_gaps(
    scope: Scope, changed_since: datetime.datetime | None, synced_at: datetime.datetime
) -> None:
    known = await sync_gaps.every(scope.transaction)
    gaps = after_import(known, scope.business.synced_at, changed_since, synced_at)
    if gaps != known:
        await sync_gaps.replace(scope.transaction, gaps)
        await scope.record(Change("sync_gaps", scope.business.business_id, known, gaps))


async def _must_exist(transaction: Transaction, business_id: str) -> None:
    if await businesses.find_settings(transaction) is None:
        raise not_found(business_id)
