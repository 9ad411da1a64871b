"""The data and the state behind the Decision Console."""

import dataclasses
import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from orchestrator_svc.domain import decisions as rules
from orchestrator_svc.domain.books import Books
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.decisions import Batch, Decision, Document, Draft
from orchestrator_svc.domain.errors import (
    BillNotFound,
    DecisionAlreadyQueued,
    DecisionNotFound,
    DecisionQueueEmpty,
    DecisionQueueFull,
    InvalidField,
    InvoiceNotFound,
)
from orchestrator_svc.orchestrators.ledgers import read_books
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
)
from orchestrator_svc.orchestrators.planning import as_uuid
from orchestrator_svc.store import decisions
from orchestrator_svc.store.database import Database, Transaction
from orchestrator_svc.store.journal import Change

UPDATABLE = {"action", "note"}


@dataclasses.dataclass(frozen=True, slots=True)
class Queued:
    """A decision as it now stands, and the queue's version."""

    decision: Decision
    queue_version: int


@dataclasses.dataclass(frozen=True, slots=True)
class Removed:
    """How many decisions were removed, and the queue's version."""

    count: int
    queue_version: int


@dataclasses.dataclass(frozen=True, slots=True)
class Finalized:
    """The finalised batch, and the version of the queue, now empty."""

    batch: Batch
    queue_version: int


class DecisionConsoleDataOrchestrator:
    """Gives the books of a day with the decision queue, and keeps the queue."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

    async def get_console_data(self, business_id: str, as_of: datetime.date | None) -> Books:
        """Return the books of a day and the decision queue, all from one snapshot.

        Raises BusinessNotFound.
        """
        async with self._database.snapshot(business_id) as snapshot:
            return await read_books(snapshot, business_id, as_of, self._clock())

    async def add(self, business_id: str, draft: Draft, mutation: Mutation[Answer]) -> Answer:
        """Queue a decision.

        Raises BusinessNotFound, BillNotFound, InvoiceNotFound, BillNotOpen, InvoiceNotOpen,
        CurrencyMismatch, InvalidField, DecisionAlreadyQueued, DecisionQueueFull, RequestIdReused.
        """

        async def work(scope: Scope) -> Queued:
            document = await _document(scope.transaction, draft)
            rules.check_currency(document, scope.business.currency)
            rules.check(draft, document, scope.today)
            queue = await decisions.queue(scope.transaction)
            _check_room(queue, draft)
            decision = Decision(
                decision_id=uuid.uuid4(),
                position=max((queued.position for queued in queue), default=0) + 1,
                action=draft.action,
                bill_id=draft.bill_id,
                invoice_id=draft.invoice_id,
                amount_minor=draft.amount_minor,
                currency=document.currency,
                action_date=draft.action_date,
                note=draft.note,
                version=1,
                created_at=scope.now,
                updated_at=scope.now,
            )
            await decisions.add(scope.transaction, decision)
            await scope.record(_change(None, decision))
            return Queued(decision, await scope.touch_queue())

        return await self._mutations.run(business_id, mutation, work)

    async def update(
        self,
        business_id: str,
        decision_id: str,
        draft: Draft,
        etag: str,
        paths: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Take the fields that `paths` names from `draft`.

        Raises what `add` raises, DecisionNotFound, EtagMismatch.
        """
        if not paths or not set(paths) <= UPDATABLE:
            raise InvalidField("must name some of action, note", field="update_mask")

        async def work(scope: Scope) -> Queued:
            old = await _find(scope.transaction, decision_id)
            check_etag(etag, old.version, "decision.etag")
            if (draft.bill_id, draft.invoice_id) != (old.bill_id, old.invoice_id):
                raise InvalidField(
                    "must be for the same document", field=f"decision.{draft.action}"
                )
            changed: dict[str, Any] = {"note": draft.note} if "note" in paths else {}
            if "action" in paths:
                document = await _document(scope.transaction, draft)
                rules.check(draft, document, scope.today)
                action = ("action", "amount_minor", "action_date")
                changed |= {name: getattr(draft, name) for name in action}
            new = dataclasses.replace(old, **changed, version=old.version + 1, updated_at=scope.now)
            await decisions.save(scope.transaction, new)
            await scope.record(_change(old, new))
            return Queued(new, await scope.touch_queue())

        return await self._mutations.run(business_id, mutation, work)

    async def remove(
        self, business_id: str, decision_id: str, etag: str, mutation: Mutation[Answer]
    ) -> Answer:
        """Drop a decision from the queue.

        Raises BusinessNotFound, DecisionNotFound, EtagMismatch, RequestIdReused.
        """

        async def work(scope: Scope) -> Removed:
            old = await _find(scope.transaction, decision_id)
            check_etag(etag, old.version, "etag")
            await decisions.remove(scope.transaction, old.decision_id)
            await scope.record(_change(old, None))
            return Removed(1, await scope.touch_queue())

        return await self._mutations.run(business_id, mutation, work)

    async def clear(self, business_id: str, etag: str, mutation: Mutation[Answer]) -> Answer:
        """Drop every decision from the queue.

        Raises BusinessNotFound, EtagMismatch, RequestIdReused.
        """

        async def work(scope: Scope) -> Removed:
            check_etag(etag, scope.business.queue_version, "etag")
            queue = await decisions.queue(scope.transaction)
            removed = await decisions.clear(scope.transaction)
            await scope.record(*(_change(decision, None) for decision in queue))
            return Removed(removed, await scope.touch_queue())

        return await self._mutations.run(business_id, mutation, work)

    async def finalize(self, business_id: str, etag: str, mutation: Mutation[Answer]) -> Answer:
        """Turn the queue into a batch that never changes, and empty it.

        Raises BusinessNotFound, EtagMismatch, DecisionQueueEmpty, BillNotOpen, InvoiceNotOpen,
        RequestIdReused.
        """

        async def work(scope: Scope) -> Finalized:
            check_etag(etag, scope.business.queue_version, "etag")
            queue = await decisions.queue(scope.transaction)
            if not queue:
                raise DecisionQueueEmpty("There is no queued decision to finalise.")
            balances = [await _open_balance(scope.transaction, decision) for decision in queue]
            batch = Batch(
                batch_id=uuid.uuid4(),
                finalized_at=scope.now,
                actor=scope.by.actor,
                currency=scope.business.currency,
                decisions=queue,
                totals=rules.totals(list(zip(queue, balances, strict=True))),
            )
            await decisions.finalize(scope.transaction, batch, balances)
            await decisions.clear(scope.transaction)
            await scope.record(Change("decision_batch", str(batch.batch_id), None, batch))
            return Finalized(batch, await scope.touch_queue())

        return await self._mutations.run(business_id, mutation, work)


async def _document(transaction: Transaction, draft: Draft) -> Document:
    document = await decisions.document(transaction, draft.bill_id, draft.invoice_id)
    if document is not None:
        return document
    path = f"decision.{draft.action}"
    if draft.bill_id is not None:
        raise BillNotFound(f"There is no bill {draft.bill_id}.", field=f"{path}.bill_id")
    raise InvoiceNotFound(f"There is no invoice {draft.invoice_id}.", field=f"{path}.invoice_id")


async def _open_balance(transaction: Transaction, decision: Decision) -> int:
    document = await decisions.document(transaction, decision.bill_id, decision.invoice_id)
    if document is None:
        raise LookupError("a queued decision refers to no document")
    rules.check_open(document)
    return document.balance_minor


async def _find(transaction: Transaction, decision_id: str) -> Decision:
    key = as_uuid(decision_id)
    found = await decisions.find(transaction, key) if key else None
    if found is None:
        raise DecisionNotFound(f"There is no queued decision {decision_id}.", field="decision_id")
    return found


def _check_room(queue: Sequence[Decision], draft: Draft) -> None:
    if len(queue) >= rules.MAXIMUM_QUEUED:
        raise DecisionQueueFull(f"The queue holds {rules.MAXIMUM_QUEUED} decisions at most.")
    document = (draft.bill_id, draft.invoice_id)
    if any((queued.bill_id, queued.invoice_id) == document for queued in queue):
        raise DecisionAlreadyQueued(
            "The document has a queued decision already; update or remove that one.",
            field=f"decision.{draft.action}",
        )


def _change(before: Decision | None, after: Decision | None) -> Change:
    subject = after or before
    return Change("decision", str(subject.decision_id) if subject else "", before, after)
