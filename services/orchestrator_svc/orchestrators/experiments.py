"""Which variants of experiments a business has seen, and what came of it."""

import dataclasses

from orchestrator_svc.domain.errors import NotExposed
from orchestrator_svc.domain.experiments import Participation
from orchestrator_svc.orchestrators.mutations import (
    Answer,
    Mutation,
    Mutations,
    Scope,
    not_found,
)
from orchestrator_svc.store import businesses, experiments
from orchestrator_svc.store.database import Database
from orchestrator_svc.store.journal import Change


class ExperimentOrchestrator:
    """Keeps each business's part in experiments."""

    def __init__(self, database: Database, mutations: Mutations) -> None:
        self._database = database
        self._mutations = mutations

    async def get(self, business_id: str, experiment: str) -> Participation:
        """Return a business's part in an experiment.

        Raises BusinessNotFound.
        """
        async with self._database.transaction(business_id) as transaction:
            if await businesses.find_settings(transaction) is None:
                raise not_found(business_id)
            found = await experiments.find(transaction, experiment)
        return found or Participation(experiment)

    async def record_exposure(
        self, business_id: str, experiment: str, variant: str, mutation: Mutation[Answer]
    ) -> Answer:
        """Keep that a variant was shown; the first one stays.

        Raises BusinessNotFound, RequestIdReused.
        """

        async def work(scope: Scope) -> Participation:
            known = await experiments.find(scope.transaction, experiment)
            if known is not None:
                return known
            part = Participation(experiment, variant, scope.now)
            await experiments.add(scope.transaction, part)
            await scope.record(Change("experiment_participation", experiment, None, part))
            return part

        return await self._mutations.run(business_id, mutation, work)

    async def record_conversion(
        self, business_id: str, experiment: str, mutation: Mutation[Answer]
    ) -> Answer:
        """Keep when the business first converted.

        Raises BusinessNotFound, NotExposed, RequestIdReused.
        """

        async def work(scope: Scope) -> Participation:
            known = await experiments.find(scope.transaction, experiment)
            if known is None:
                raise NotExposed(f"No variant of {experiment} was shown to this business.")
            if known.converted_at is not None:
                return known
            part = dataclasses.replace(known, converted_at=scope.now)
            await experiments.note_conversion(scope.transaction, part)
            await scope.record(Change("experiment_participation", experiment, known, part))
            return part

        return await self._mutations.run(business_id, mutation, work)
