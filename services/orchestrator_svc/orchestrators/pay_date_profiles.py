"""Keeping how the customers of a business pay. The books of a day carry it: `read_books`."""

from orchestrator_svc.domain.pay_date_profile import PayDateProfile, check
from orchestrator_svc.orchestrators.mutations import Answer, Mutation, Mutations, Scope
from orchestrator_svc.store import pay_date_profiles
from orchestrator_svc.store.journal import Change


class PayDateProfileOrchestrator:
    """Keeps the latest profile of each business."""

    def __init__(self, mutations: Mutations) -> None:
        self._mutations = mutations

    async def record(
        self, business_id: str, new: PayDateProfile, mutation: Mutation[Answer]
    ) -> Answer:
        """Keep a profile in the place of the one before.

        Raises BusinessNotFound, InvalidField, RequestIdReused.
        """

        async def work(scope: Scope) -> PayDateProfile:
            check(new, scope.today)
            old = await pay_date_profiles.find(scope.transaction)
            if new != old:
                await pay_date_profiles.keep(scope.transaction, new)
                before = old.audited() if old else None
                await scope.record(Change("pay_date_profile", business_id, before, new.audited()))
            return new

        return await self._mutations.run(business_id, mutation, work)
