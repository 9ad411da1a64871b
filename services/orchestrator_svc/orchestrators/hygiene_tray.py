"""The data and the state behind the Hygiene Tray."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator_svc.domain import hygiene_tray as rules
from orchestrator_svc.domain import paging
from orchestrator_svc.domain.books import Books
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.errors import TrayItemNotFound
from orchestrator_svc.domain.hygiene_records import HygieneRecords
from orchestrator_svc.domain.hygiene_tray import Item, ItemChange, Recorded, Status
from orchestrator_svc.orchestrators.hygiene_records import read_hygiene_records
from orchestrator_svc.orchestrators.ledgers import read_books
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.store import businesses, hygiene_tray
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change


@dataclass(frozen=True, slots=True)
class TrayData:
    """The books of a day with the records behind them, every item of the tray, and the sync that
    the tray was last told of.
    """

    books: Books
    records: HygieneRecords
    items: Sequence[Item]
    recorded_synced_at: datetime.datetime | None


class HygieneTrayDataOrchestrator:
    """Gives the books of a day with the tray, and keeps the tray."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

    async def get_tray_data(self, business_id: str, as_of: datetime.date | None) -> TrayData:
        """Return the books of a day and the tray as it stands, all from one snapshot.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            now = self._clock()
            books = await read_books(snapshot, business_id, as_of, now)
            return TrayData(
                books,
                await read_hygiene_records(snapshot, books, now),
                await hygiene_tray.every(snapshot),
                await hygiene_tray.recorded_synced_at(snapshot),
            )

    async def list(
        self, business_id: str, size: int, token: str, status: Status | None
    ) -> tuple[Sequence[Item], str]:
        """Return a page of items, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = f"tray items {status or ''}"
        page = paging.page(business_id, query, size, token)
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            items, more = await hygiene_tray.page(transaction, page, status)
        return items, paging.next_token(business_id, query, items[-1].issue_key) if more else ""

    async def update(
        self, business_id: str, changes: Sequence[ItemChange], mutation: Mutation[Answer]
    ) -> Answer:
        """Change items as a person wants them: all, or none when one change is refused.

        Raises BusinessNotFound, TrayItemNotFound, EtagMismatch, TransitionNotAllowed, InvalidField,
        RequestIdReused.
        """
        rules.check_changes(changes)

        async def work(scope: Scope) -> Sequence[Item]:
            keys = [change.draft.issue_key for change in changes]
            olds = await hygiene_tray.find(scope.transaction, keys)
            news = [_changed(scope, olds, change) for change in changes]
            await hygiene_tray.save(scope.transaction, news)
            await scope.record(*(_audited(olds[new.issue_key], new) for new in news))
            return news

        return await self._mutations.run(business_id, mutation, work)

    async def record_findings(
        self,
        business_id: str,
        findings: Mapping[str, str],
        synced_at: datetime.datetime | None,
        mutation: Mutation[Answer],
    ) -> Answer:
        """Have the tray follow what was found in the books of a sync: rules by issue key.

        Raises BusinessNotFound, FindingsOutdated, InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> Recorded:
            last = await hygiene_tray.recorded_synced_at(scope.transaction)
            rules.check_synced_at(synced_at, last, scope.business.synced_at)
            items = {item.issue_key: item for item in await hygiene_tray.every(scope.transaction)}
            recorded = rules.record(items, findings, synced_at, scope.now)
            await hygiene_tray.save(scope.transaction, [new for _, new in recorded.changes])
            await hygiene_tray.note_recording(scope.transaction, synced_at, scope.now)
            await scope.record(
                *(_audited(old, new) for old, new in recorded.changes),
                Change("hygiene_tray_recording", business_id, last, synced_at),
            )
            return recorded

        return await self._mutations.run(business_id, mutation, work)


def _changed(scope: Scope, olds: Mapping[str, Item], change: ItemChange) -> Item:
    key = change.draft.issue_key
    old = olds.get(key)
    if old is None:
        field = f"{change.field}.issue_key"
        raise TrayItemNotFound(f"The tray has no issue {key}.", field=field)
    check_etag(change.draft.etag, old.version, f"{change.field}.etag")
    return rules.changed(old, change, scope.today, scope.now)


def _audited(before: Item | None, after: Item) -> Change:
    return Change("hygiene_tray_item", after.issue_key, before, after)
