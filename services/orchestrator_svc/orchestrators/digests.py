"""The data and the state behind digests."""

import dataclasses
import datetime
import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from orchestrator_svc.domain import paging
from orchestrator_svc.domain.books import HISTORY_DAYS, Books
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.digest_schedule import ScheduledDigest, digest_after, next_digest
from orchestrator_svc.domain.digests import (
    UPDATABLE_OF_SETTINGS,
    DigestConfig,
    DigestRecord,
    DigestSettings,
    check_settings,
)
from orchestrator_svc.domain.errors import InvalidField
from orchestrator_svc.orchestrators.ledgers import read_books
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.store import businesses, digests
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change


@dataclasses.dataclass(frozen=True, slots=True)
class DigestData:
    """The books of a day, and those of the day that a digest looks back to."""

    now: Books
    before: Books


@dataclasses.dataclass(frozen=True, slots=True)
class DigestPlan:
    """When digests are wanted, in which time zone; and while they are, the one that is due, or else
    the next.
    """

    settings: DigestSettings
    time_zone: str
    scheduled: ScheduledDigest | None = None
    is_due: bool = False


class DigestDataOrchestrator:
    """Gives what digests are made from, and keeps when they are wanted and which were made."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

    async def get_digest_data(
        self, business_id: str, config: DigestConfig, as_of: datetime.date | None = None
    ) -> DigestData:
        """Return the books of a day and of the day before that the configuration asks for, all
        from one snapshot.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            now = await read_books(snapshot, business_id, as_of, self._clock())
            first = await digests.first_day(snapshot)
            if first is not None:
                # What the books keep of their history goes no farther back.
                oldest = now.as_of - datetime.timedelta(days=HISTORY_DAYS)
                first = max(first, oldest)
            day = config.look_back(now.as_of, first)
            before = await read_books(snapshot, business_id, day, self._clock())
        return DigestData(now, before)

    async def record(
        self, business_id: str, draft: DigestRecord, mutation: Mutation[Answer]
    ) -> Answer:
        """Keep a digest that was made; id and time of `draft` are given anew.

        Raises BusinessNotFound, RequestIdReused.
        """

        async def work(scope: Scope) -> DigestRecord:
            made = dataclasses.replace(draft, digest_id=uuid.uuid4(), created_at=scope.now)
            await digests.add(scope.transaction, made)
            await scope.record(Change("digest", str(made.digest_id), None, made))
            return made

        return await self._mutations.run(business_id, mutation, work)

    async def list(
        self, business_id: str, size: int, token: str
    ) -> tuple[Sequence[DigestRecord], str]:
        """Return a page of digests, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        page = paging.page(business_id, "digests", size, token, by_uuid=True)
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            found, more = await digests.page(transaction, page)
        last = str(found[-1].digest_id) if more else ""
        return found, paging.next_token(business_id, "digests", last) if more else ""

    async def settings(self, business_id: str) -> DigestPlan:
        """Return when digests are wanted, and the one that is due or the next.

        Raises BusinessNotFound.
        """
        async with self._database.transaction(business_id) as transaction:
            business = await businesses.find_settings(transaction)
            if business is None:
                raise not_found(business_id)
            settings = await digests.settings(transaction)
            time_zone = settings.time_zone or business.time_zone
            if not settings.enabled:
                return DigestPlan(settings, time_zone)
            zone, now = ZoneInfo(time_zone), self._clock()
            scheduled = next_digest(settings.weekday, settings.hour, zone, now)
            sent = await digests.sending(transaction, scheduled.request_id(business_id))
        if sent is not None and sent.finished_at is not None:
            scheduled = digest_after(scheduled, settings.hour, zone)
        return DigestPlan(settings, time_zone, scheduled, scheduled.is_due(now))

    async def update_settings(
        self,
        business_id: str,
        draft: DigestSettings,
        etag: str,
        paths: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Take the fields that `paths` names from `draft`.

        Raises BusinessNotFound, EtagMismatch, InvalidField, RequestIdReused.
        """
        if not paths or not set(paths) <= UPDATABLE_OF_SETTINGS.keys():
            known = ", ".join(UPDATABLE_OF_SETTINGS)
            raise InvalidField(f"must name some of {known}", field="update_mask")

        async def work(scope: Scope) -> DigestSettings:
            old = await digests.settings(scope.transaction)
            check_etag(etag, old.version, "settings.etag")
            changed: dict[str, Any] = {name: getattr(draft, name) for name in paths}
            new = dataclasses.replace(old, **changed, version=old.version + 1)
            check_settings(new)
            await digests.save_settings(scope.transaction, new)
            await scope.record(Change("digest_settings", business_id, old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)
