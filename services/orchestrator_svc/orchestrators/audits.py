"""Reading the audit of a business, and verifying that it is as it was written."""

from orchestrator_svc.domain import paging
from orchestrator_svc.domain.audit import Event, Head, Verification
from orchestrator_svc.domain.errors import PageTokenInvalid
from orchestrator_svc.orchestrators.mutations import not_found
from orchestrator_svc.store import businesses, journal
from orchestrator_svc.store.database import Database, Transaction

AT_ONCE = 1000
LONGEST_NUMBER = 18


class AuditOrchestrator:
    """Shows who changed what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, business_id: str, size: int, token: str
    ) -> tuple[list[tuple[Event, bytes]], str]:
        """Return a page of events with their hashes, oldest first, and the next page's token.

        Raises BusinessNotFound, PageTokenInvalid.
        """
        query = "audit events"
        page = paging.page(business_id, query, size, token)
        after = _number(page.after)
        async with self._database.transaction(business_id) as transaction:
            await _must_exist(transaction)
            found = await journal.events(transaction, after, page.size + 1)
        shown = found[: page.size]
        if len(found) == len(shown):
            return shown, ""
        return shown, paging.next_token(business_id, query, str(shown[-1][0].sequence_number))

    async def verify(self, business_id: str, expected: Head | None) -> Verification:
        """Follow the whole audit, and say where it is not as it was written, if anywhere.

        Raises BusinessNotFound.
        """
        async with self._database.transaction(business_id) as transaction:
            await _must_exist(transaction)
            return await verified(transaction, expected)


async def verified(transaction: Transaction, expected: Head | None = None) -> Verification:
    """Return what there is to say of the audit of a transaction's business."""
    verification = Verification(transaction.business_id, expected)
    while not verification.fault:
        after = verification.head.sequence_number
        found = await journal.events(transaction, after, AT_ONCE)
        verification.follow(found)
        if len(found) < AT_ONCE:
            break
    verification.end()
    return verification


async def _must_exist(transaction: Transaction) -> None:
    if await businesses.find_settings(transaction) is None:
        raise not_found(transaction.business_id)


def _number(after: str) -> int:
    """Read what a token says, which anybody can make.

    Raises PageTokenInvalid.
    """
    if not after:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) <= LONGEST_NUMBER):
        raise PageTokenInvalid("is not a token of this listing", field="page_token")
    return int(after)
