"""Sending digests: who does it, and what became of it."""

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator_svc.domain import paging
from orchestrator_svc.domain.digest_sendings import (
    DigestDraft,
    DigestSending,
    Recipient,
    begun,
    begun_again,
    delivered,
)
from orchestrator_svc.domain.digests import is_address
from orchestrator_svc.domain.errors import DigestSendingNotFound, InvalidField
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    not_found,
)
from orchestrator_svc.store import businesses, digests
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change

_KIND = "digest_sending"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sending, and the mail to send; empty where that is the one that was given, or none."""

    sending: DigestSending
    mail: bytes = b""


class DigestSendingOrchestrator:
    """Lets one caller at a time send a digest, and keeps what became of it."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    async def begin(
        self, business_id: str, draft: DigestDraft, mutation: Mutation[Answer]
    ) -> Answer:
        """Begin an attempt, which `Attempt` tells of, unless nobody is left to be reached.

        The first one keeps the digest and the mail; those that follow are given that mail.

        Raises BusinessNotFound, DigestBeingSent, InvalidField, RequestIdReused.
        """
        for place, address in enumerate(draft.recipients):
            if not is_address(address):
                raise InvalidField("is no e-mail address", field=f"recipients[{place}]")

        async def work(scope: Scope) -> Attempt:
            old = await digests.sending(scope.transaction, draft.sending_id)
            if old is None:
                return Attempt(await _keep(scope, draft))
            new = begun_again(old, draft, scope.now)
            if new is old:
                return Attempt(old)
            await digests.update_sending(scope.transaction, new)
            await scope.record(Change(_KIND, str(new.sending_id), old, new))
            mail = await digests.mail_of(scope.transaction, new.sending_id)
            return Attempt(new, b"" if mail == draft.mail else mail)

        return await self._mutations.run(business_id, mutation, work)

    async def record_delivery(
        self,
        business_id: str,
        sending_id: uuid.UUID,
        told: Sequence[Recipient],
        problem: str,
        mutation: Mutation[Answer],
    ) -> Answer:
        """Keep what became of an attempt.

        Raises BusinessNotFound, DigestSendingNotFound, InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> DigestSending:
            old = await digests.sending(scope.transaction, sending_id)
            if old is None:
                raise DigestSendingNotFound(
                    f"There is no sending {sending_id}.", field="sending_id"
                )
            new = delivered(old, told, problem, scope.now)
            await digests.update_sending(scope.transaction, new)
            await scope.record(Change(_KIND, str(sending_id), old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def list(
        self, business_id: str, size: int, token: str
    ) -> tuple[Sequence[DigestSending], str]:
        """Return a page of sendings, and the token of the next one.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = "ListDigestSendings"
        page = paging.page(business_id, query, size, token, by_uuid=True)
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            found, more = await digests.page_of_sendings(transaction, page)
        last = str(found[-1].sending_id) if more else ""
        return found, paging.next_token(business_id, query, last) if more else ""


async def _keep(scope: Scope, draft: DigestDraft) -> DigestSending:
    digest = dataclasses.replace(draft.digest, digest_id=uuid.uuid4(), created_at=scope.now)
    new = begun(draft, digest, scope.now)
    await digests.add(scope.transaction, digest)
    await digests.add_sending(scope.transaction, new, draft.mail)
    await scope.record(
        Change("digest", str(digest.digest_id), None, digest),
        Change(_KIND, str(new.sending_id), None, new),
    )
    return new
