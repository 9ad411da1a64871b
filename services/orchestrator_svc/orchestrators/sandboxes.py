"""Sandboxes: businesses with made-up books, for prospects without any of their own."""

import datetime

from orchestrator_svc.connectors.demo_company.reading import read_made_up_books
from orchestrator_svc.domain.business import Business
from orchestrator_svc.domain.clock import Clock
from orchestrator_svc.orchestrators.businesses import already_exists
from orchestrator_svc.orchestrators.ledgers import take_in
from orchestrator_svc.orchestrators.mutations import Answer, Mutation, Mutations, Scope
from orchestrator_svc.store import businesses
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.journal import Change
from service_kit.threads import in_thread

TIME_ZONE = "UTC"


class SandboxOrchestrator:
    """Makes businesses that somebody may try Runway on."""

    def __init__(self, mutations: Mutations, clock: Clock) -> None:
        self._mutations = mutations
        self._clock = clock

    async def create(self, business_id: str, mutation: Mutation[Answer]) -> Answer:
        """Create a business with the demo company's books of today, both or neither.

        Raises BusinessAlreadyExists, RequestIdReused.
        """
        now = self._clock()
        reading = await in_thread(read_made_up_books, now.astimezone(datetime.UTC).date())
        new = Business(
            business_id,
            reading.company_name,
            reading.currency,
            TIME_ZONE,
            created_at=now,
            updated_at=now,
        )

        async def insert(transaction: Transaction) -> bool:
            return await businesses.create(transaction, new)

        async def work(scope: Scope) -> Business:
            await scope.record(Change("business", business_id, None, new))
            await take_in(scope, reading.records, reading.unreadable, now)
            return new

        return await self._mutations.begin(
            business_id, mutation, insert, already_exists(business_id), work
        )
