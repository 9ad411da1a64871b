"""Creating, reading, updating, exporting, restoring and erasing businesses."""

import dataclasses
import uuid
from collections.abc import Awaitable, Callable, Sequence

import structlog

from orchestrator_svc.domain import business as rules
from orchestrator_svc.domain.archives import packed, unpacked
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.errors import (
    ArchiveInvalid,
    BusinessAlreadyExists,
    Contended,
    CurrencyInUse,
    DatabaseUnavailable,
    InvalidField,
    OrchestratorError,
)
from orchestrator_svc.orchestrators.audits import verified
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.store import archives, businesses
from orchestrator_svc.store.database import Database, Transaction, Within
from orchestrator_svc.store.journal import Change
from service_kit.threads import in_thread

# A mask's path, and the fields that it names.
UPDATABLE = {
    "display_name": ("display_name",),
    "currency_code": ("currency",),
    "time_zone": ("time_zone",),
    "runway_thresholds": ("critical_days", "warning_days", "healthy_days"),
    "cash_floor": ("cash_floor_minor",),
    "vendor_tiers": ("vendor_tiers",),
    "restricted_account_ids": ("restricted_account_ids",),
}


ReadBack = Callable[[Database, str], Awaitable[None]]
"""Reads a business in every way in which it is read; raises whatever comes in the way."""

log = structlog.get_logger()


class BusinessOrchestrator:
    """Keeps what a business is and how it wants to be looked at."""

    def __init__(
        self, database: Database, mutations: Mutations, clock: Clock, read_back: ReadBack
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._read_back = read_back

    async def create(self, new: Business, mutation: Mutation[Answer]) -> Answer:
        """Create a business.

        Raises InvalidField, BusinessAlreadyExists, RequestIdReused.
        """
        rules.check(new)
        for field in ("vendor_tiers", "restricted_account_ids"):
            if getattr(new, field):
                raise InvalidField("must be empty before the first import", f"business.{field}")
        now = self._clock()
        stamped = dataclasses.replace(new, created_at=now, updated_at=now)

        async def insert(transaction: Transaction) -> bool:
            return await businesses.create(transaction, stamped)

        async def work(scope: Scope) -> Business:
            await scope.record(Change("business", new.business_id, None, stamped))
            return stamped

        return await self._mutations.begin(
            new.business_id, mutation, insert, already_exists(new.business_id), work
        )

    async def get(self, business_id: str) -> Business:
        """Return a business.

        Raises BusinessNotFound.
        """
        async with self._database.transaction(business_id) as transaction:
            business = await businesses.find(transaction)
        if business is None:
            raise not_found(business_id)
        return business

    async def update(
        self,
        business_id: str,
        given: Business,
        etag: str,
        paths: Sequence[str],
        mutation: Mutation[Answer],
    ) -> Answer:
        """Take the fields that `paths` names from `given`.

        Raises InvalidField, EtagMismatch, CurrencyInUse, VendorNotFound, AccountNotFound,
        BusinessNotFound, RequestIdReused.
        """
        if not paths or not set(paths) <= UPDATABLE.keys():
            raise InvalidField(f"must name some of {', '.join(UPDATABLE)}", field="update_mask")

        async def work(scope: Scope) -> Business:
            old = scope.business
            check_etag(etag, old.etag, "business.etag")
            values = {name: getattr(given, name) for path in paths for name in UPDATABLE[path]}
            new = dataclasses.replace(old, **values, version=old.version + 1, updated_at=scope.now)
            rules.check(new)
            if new.currency != old.currency and await businesses.has_books(scope.transaction):
                raise CurrencyInUse(
                    "cannot change once there are books", field="business.currency_code"
                )
            await businesses.save(scope.transaction, old, new)
            await scope.record(Change("business", business_id, old, new))
            return new

        return await self._mutations.run(business_id, mutation, work)

    async def export(self, business_id: str) -> tuple[bytes, int]:
        """Return the archive of a business, and how many rows it holds.

        Raises BusinessNotFound, ArchiveTooLarge.
        """
        async with self._database.transaction(business_id) as transaction:
            # Locked, so that all tables are read as they stand at one instant.
            if await businesses.lock(transaction) is None:
                raise not_found(business_id)
            rows = await archives.every_row(transaction)
        return await in_thread(packed, business_id, rows)

    async def restore(
        self, business_id: str, archive: bytes | bytearray, mutation: Mutation[Answer]
    ) -> Answer:
        """Restore a business from its archive; the result is the number of rows.

        Raises ArchiveInvalid, ArchiveTooLarge, BusinessAlreadyExists, RequestIdReused.
        """
        count = 0

        async def insert(transaction: Transaction) -> bool:
            nonlocal count
            rows = unpacked(business_id, archive)
            restored = await archives.restore(transaction, rows, uuid.uuid4())
            count = restored or 0
            return restored is not None

        async def work(scope: Scope) -> int:
            await self._check_restored(scope)
            await scope.record(Change("archive", business_id, None, {"rows": count}))
            return count

        return await self._mutations.begin(
            business_id, mutation, insert, already_exists(business_id), work
        )

    async def erase(self, business_id: str, etag: str, allow_missing: bool) -> int:
        """Erase everything of a business, and return how many rows that was.

        Raises BusinessNotFound unless it may be missing, EtagMismatch.
        """
        async with self._database.transaction(business_id) as transaction:
            business = await businesses.lock(transaction)
            if business is None:
                if allow_missing:
                    return 0
                raise not_found(business_id)
            check_etag(etag, business.etag, "etag")
            return await archives.erase(transaction)

    async def _check_restored(self, scope: Scope) -> None:
        """Check what no table can: that settings are within their rules, that the audit is whole,
        and that the business can be read as any other.

        Raises ArchiveInvalid.
        """
        try:
            rules.check(scope.business)
        except OrchestratorError:
            raise ArchiveInvalid("holds settings that are not allowed", "archive_part") from None
        verification = await verified(scope.transaction)
        if verification.fault:
            raise ArchiveInvalid(
                f"holds an audit that is not whole from event {verification.fault_at} on",
                field="archive_part",
            )
        try:
            await self._read_back(Within(scope.transaction), scope.business.business_id)
        except (DatabaseUnavailable, Contended, TimeoutError):
            raise
        # Whatever it is that a read cannot take, it came with the archive.
        except Exception as error:
            log.warning("archive cannot be read back", kind=type(error).__name__)
            raise ArchiveInvalid("holds values that cannot be read", "archive_part") from None


def already_exists(business_id: str) -> BusinessAlreadyExists:
    """Return the error for an id that is taken."""
    return BusinessAlreadyExists(f"There is a business {business_id} already.", field="business_id")
