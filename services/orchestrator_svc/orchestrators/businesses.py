"""Creating, reading and updating businesses."""

import dataclasses
from collections.abc import Sequence

from orchestrator_svc.domain import business as rules
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.domain.errors import BusinessAlreadyExists, CurrencyInUse, InvalidField
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    check_etag,
    not_found,
)
from orchestrator_svc.store import businesses
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change

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


class BusinessOrchestrator:
    """Keeps what a business is and how it wants to be looked at."""

    def __init__(self, database: Database, mutations: Mutations, clock: Clock) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock

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
        taken = BusinessAlreadyExists(
            f"There is a business {new.business_id} already.", field="business_id"
        )
        return await self._mutations.create(stamped, mutation, lambda: taken)

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
            check_etag(etag, old.version, "business.etag")
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
