"""Hand-overs: making, changing and listing them."""

from collections.abc import Sequence

from orchestrator_svc.domain import hand_overs as rules
from orchestrator_svc.domain import paging
from orchestrator_svc.domain.errors import (
    BillNotFound,
    HandOverNotFound,
    InvalidField,
    InvoiceNotFound,
    PageTokenInvalid,
)
from orchestrator_svc.domain.hand_overs import Draft, HandOver, HandOverStatus
from orchestrator_svc.domain.paging import Page
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.orchestrators.planning import as_uuid
from orchestrator_svc.store import businesses, decisions, hand_overs
from orchestrator_svc.store.database import Database, Transaction
from orchestrator_svc.store.journal import Change

LONGEST_POSITION = 18
"""How many digits a position has at most: so many fit into a bigint."""


class HandOverOrchestrator:
    """Keeps hand-overs."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    async def create(self, business_id: str, draft: Draft, mutation: Mutation[Answer]) -> Answer:
        """Hand something over.

        Raises BusinessNotFound, BillNotFound, InvoiceNotFound, InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> HandOver:
            await _check_subject(scope.transaction, draft)
            position = await hand_overs.next_position(scope.transaction)
            new = rules.created(draft, position, scope.now, scope.today)
            await hand_overs.add(scope.transaction, new)
            await scope.record(_change(None, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def update(
        self,
        business_id: str,
        hand_over_id: str,
        draft: Draft,
        etag: str,
        paths: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Take the fields that `paths` names from `draft`.

        Raises BusinessNotFound, HandOverNotFound, EtagMismatch, HandOverDone,
        HandOverStatusNotAllowed, InvalidField, RequestIdReused.
        """
        if not paths or not set(paths) <= set(rules.UPDATABLE):
            known = ", ".join(rules.UPDATABLE)
            raise InvalidField(f"must name some of {known}", field="update_mask")

        async def work(scope: Scope) -> HandOver:
            old = await _find(scope.transaction, hand_over_id)
            check_etag(etag, old.version, "hand_over.etag")
            new = rules.changed(old, draft, paths, scope.now, scope.today)
            await hand_overs.save(scope.transaction, new)
            await scope.record(_change(old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def list(
        self,
        business_id: str,
        size: int,
        token: str,
        statuses: Sequence[HandOverStatus],
        to_person: str,
    ) -> tuple[Sequence[HandOver], str]:
        """Return a page of hand-overs, oldest first, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = f"hand_overs {' '.join(sorted(statuses))}\n{to_person}"
        page = paging.page(business_id, query, size, token)
        _check_position(page)
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            found, more = await hand_overs.page(transaction, page, statuses, to_person)
        last = str(found[-1].position) if more else ""
        return found, paging.next_token(business_id, query, last) if more else ""


async def _check_subject(transaction: Transaction, draft: Draft) -> None:
    if draft.bill_id is None and draft.invoice_id is None:
        return
    if await decisions.document(transaction, draft.bill_id, draft.invoice_id) is not None:
        return
    if draft.bill_id is not None:
        raise BillNotFound(f"There is no bill {draft.bill_id}.", field="hand_over.bill_id")
    raise InvoiceNotFound(f"There is no invoice {draft.invoice_id}.", field="hand_over.invoice_id")


async def _find(transaction: Transaction, hand_over_id: str) -> HandOver:
    key = as_uuid(hand_over_id)
    found = await hand_overs.find(transaction, key) if key else None
    if found is None:
        raise HandOverNotFound(f"There is no hand-over {hand_over_id}.", field="hand_over_id")
    return found


def _check_position(page: Page) -> None:
    """Check what a token says, which anybody can make.

    Raises PageTokenInvalid.
    """
    after = page.after
    is_number = after.isascii() and after.isdecimal() and len(after) <= LONGEST_POSITION
    if after and not is_number:
        raise PageTokenInvalid("is not a token of this listing", field="page_token")


def _change(before: HandOver | None, after: HandOver) -> Change:
    return Change("hand_over", str(after.hand_over_id), before, after)
