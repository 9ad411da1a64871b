"""Changing state: once for each request_id, one after the other for each business, audited."""

import asyncio
import datetime
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.errors import (
    BusinessNotFound,
    Contended,
    EtagMismatch,
    RequestIdReused,
)
from orchestrator_svc.store import businesses, journal
from orchestrator_svc.store.database import Database, Transaction
from orchestrator_svc.store.journal import Authorship, Change, HandledRequest

Answer = TypeVar("Answer")

ATTEMPTS = 4
LONGEST_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Mutation(Generic[Answer]):
    """A request to change something: which, by whom, and how its answer is kept.

    `answer` turns what the use case returns into the answer; `serialize` and `parse` store it and
    read it back.
    """

    request_id: uuid.UUID
    method: str
    request_digest: bytes
    actor: str
    correlation_id: str
    answer: Callable[[Any], Answer]
    serialize: Callable[[Answer], bytes]
    parse: Callable[[bytes], Answer]


@dataclass(slots=True)
class Scope:
    """A transaction in which one business is being changed, by someone, at some time."""

    transaction: Transaction
    business: Business
    by: Authorship

    @property
    def now(self) -> datetime.datetime:
        """Return the instant of the change."""
        return self.by.occurred_at

    @property
    def today(self) -> datetime.date:
        """Return which day it is for the business."""
        return self.business.today(self.now)

    async def record(self, *changes: Change) -> None:
        """Append changes to the audit."""
        await journal.record(self.transaction, self.by, changes)

    async def touch_queue(self) -> int:
        """Give the decision queue its next version, and return it."""
        version = self.business.queue_version + 1
        await businesses.touch_queue(self.transaction, version)
        return version


Work = Callable[[Scope], Awaitable[Any]]


class Mutations:
    """Runs changes of state."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, business_id: str, mutation: Mutation[Answer], work: Work) -> Answer:
        """Do the work in one transaction and keep its answer, or return the answer kept before.

        The business's row is locked first: changes of one business happen one after the other, so
        that what `work` reads cannot change under it.

        Raises BusinessNotFound, RequestIdReused, Contended, and what `work` raises.
        """

        async def once(transaction: Transaction) -> Answer:
            business = await businesses.lock(transaction)
            if business is None:
                raise not_found(business_id)
            kept = await self._kept(transaction, mutation)
            if kept is not None:
                return kept
            return await self._first(transaction, business, mutation, work)

        return await self._whole(business_id, once)

    async def begin(
        self,
        business_id: str,
        mutation: Mutation[Answer],
        insert: Callable[[Transaction], Awaitable[bool]],
        taken: Exception,
        work: Work,
    ) -> Answer:
        """Do the work on a business that `insert` makes, or return the answer kept before.

        Raises `taken` when `insert` says that the id is, RequestIdReused, Contended, and what both
        raise.
        """

        async def once(transaction: Transaction) -> Answer:
            inserted = await insert(transaction)
            kept = await self._kept(transaction, mutation)
            if kept is not None:
                return kept
            business = await businesses.lock(transaction) if inserted else None
            if business is None:
                raise taken
            return await self._first(transaction, business, mutation, work)

        return await self._whole(business_id, once)

    async def _whole(
        self, business_id: str, once: Callable[[Transaction], Awaitable[Answer]]
    ) -> Answer:
        """Do something in one transaction, and from its beginning again when it collided."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.transaction(business_id) as transaction:
                    return await once(transaction)
            except Contended:
                if attempt == ATTEMPTS:
                    raise
                # At random, so that those who collided do not do so again.
                await asyncio.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS) * attempt)
        raise AssertionError

    async def _kept(self, transaction: Transaction, mutation: Mutation[Answer]) -> Answer | None:
        handled = await journal.find_request(transaction, mutation.request_id)
        if handled is None:
            return None
        if (handled.method, handled.request_digest) != (mutation.method, mutation.request_digest):
            raise RequestIdReused("was used before with another body", field="request_id")
        return mutation.parse(handled.response)

    async def _first(
        self,
        transaction: Transaction,
        business: Business,
        mutation: Mutation[Answer],
        work: Work,
    ) -> Answer:
        now = self._clock()
        by = Authorship(mutation.actor, mutation.method, mutation.correlation_id, now)
        answer = mutation.answer(await work(Scope(transaction, business, by)))
        handled = HandledRequest(
            mutation.method, mutation.request_digest, mutation.serialize(answer)
        )
        await journal.keep_request(transaction, mutation.request_id, handled, now)
        return answer


def not_found(business_id: str) -> BusinessNotFound:
    """Return the error for a business that is not there, or not the caller's."""
    return BusinessNotFound(f"There is no business {business_id}.", field="business_id")


def check_etag(given: str, version: int | str, field: str) -> None:
    """Check that what a caller read, of a version or with an etag, is what there is.

    Raises EtagMismatch.
    """
    if given != (version if isinstance(version, str) else etag(version)):
        raise EtagMismatch("has changed since it was read; read it again", field=field)


def etag(version: int) -> str:
    """Return the etag of a version."""
    return f"v{version}"
