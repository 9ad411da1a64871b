"""Planned items and earmarks: creating, changing, deleting and listing them."""

import dataclasses
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from orchestrator_svc.domain import paging
from orchestrator_svc.domain.errors import InvalidField, OrchestratorError
from orchestrator_svc.domain.planning import Earmark, PlannedItem
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.store import businesses, planning
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change

Entry = TypeVar("Entry", PlannedItem, Earmark)


@dataclasses.dataclass(frozen=True, slots=True)
class EntryKind(Generic[Entry]):
    """What sets one kind of entry apart: its name, its rules, the error when one is missing, and
    what can be changed: the entry's fields by each path of an update mask.
    """

    entry: type[Entry]
    name: str
    check: Callable[[Entry, str], None]
    missing: type[OrchestratorError]
    updatable: Mapping[str, Sequence[str]]

    @property
    def id_field(self) -> str:
        """Return the name of the entry's id."""
        return f"{self.name}_id"


class PlanningOrchestrator(Generic[Entry]):
    """Keeps entries of one kind."""

    def __init__(self, database: Database, mutations: Mutations, kind: EntryKind[Entry]) -> None:
        self._database = database
        self._mutations = mutations
        self._kind: EntryKind[Entry] = kind

    async def create(self, business_id: str, draft: Entry, mutation: Mutation[Answer]) -> Answer:
        """Create an entry; id, version and time of `draft` are given anew.

        Raises BusinessNotFound, CurrencyMismatch, InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> Entry:
            self._kind.check(draft, scope.business.currency)
            stamp: dict[str, Any] = {self._kind.id_field: uuid.uuid4(), "version": 1}
            new = dataclasses.replace(draft, **stamp, updated_at=scope.now)
            await planning.add(scope.transaction, new)
            await scope.record(self._change(None, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def update(
        self,
        business_id: str,
        entry_id: str,
        draft: Entry,
        etag: str,
        paths: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Take the fields that `paths` names from `draft`.

        Raises what `create` raises, EtagMismatch, and the kind's error when the entry is missing.
        """
        if not paths or not set(paths) <= self._kind.updatable.keys():
            known = ", ".join(self._kind.updatable)
            raise InvalidField(f"must name some of {known}", field="update_mask")
        names = [name for path in paths for name in self._kind.updatable[path]]

        async def work(scope: Scope) -> Entry:
            old = await self._find(scope, entry_id)
            check_etag(etag, old.version, f"{self._kind.name}.etag")
            changed: dict[str, Any] = {name: getattr(draft, name) for name in names}
            new = dataclasses.replace(old, **changed, version=old.version + 1, updated_at=scope.now)
            self._kind.check(new, scope.business.currency)
            await planning.save(scope.transaction, new)
            await scope.record(self._change(old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def delete(
        self, business_id: str, entry_id: str, etag: str, mutation: Mutation[Answer]
    ) -> Answer:
        """Delete an entry.

        Raises BusinessNotFound, EtagMismatch, RequestIdReused, and the kind's error.
        """

        async def work(scope: Scope) -> None:
            old = await self._find(scope, entry_id)
            check_etag(etag, old.version, "etag")
            await planning.remove(
                scope.transaction, self._kind.entry, getattr(old, self._kind.id_field)
            )
            await scope.record(self._change(old, None))

        return await self._mutations.run(business_id, mutation, work)

    async def list(self, business_id: str, size: int, token: str) -> tuple[Sequence[Entry], str]:
        """Return a page of entries, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        page = paging.page(business_id, self._kind.name, size, token, by_uuid=True)
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            entries, more = await planning.page(transaction, self._kind.entry, page)
        if not more:
            return entries, ""
        last = str(getattr(entries[-1], self._kind.id_field))
        return entries, paging.next_token(business_id, self._kind.name, last)

    async def _find(self, scope: Scope, entry_id: str) -> Entry:
        key = as_uuid(entry_id)
        found: Entry | None = None
        if key is not None:
            found = await planning.find(scope.transaction, self._kind.entry, key)
        if found is None:
            noun = self._kind.name.replace("_", " ")
            raise self._kind.missing(f"There is no {noun} {entry_id}.", field=self._kind.id_field)
        return found

    def _change(self, before: Entry | None, after: Entry | None) -> Change:
        subject = getattr(after or before, self._kind.id_field)
        return Change(self._kind.name, str(subject), before, after)


def as_uuid(text: str) -> uuid.UUID | None:
    """Return the id that a text spells in its one canonical form, or None."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text else None
