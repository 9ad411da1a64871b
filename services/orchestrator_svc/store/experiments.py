"""Which variants of experiments a business has seen."""

from dataclasses import asdict

from sqlalchemy import insert, select, update

from orchestrator_svc.domain.experiments import Participation
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import experiment_participation, here


async def find(transaction: Transaction, experiment: str) -> Participation | None:
    """Return a business's part in an experiment, None before anything was shown."""
    table = experiment_participation
    row = await transaction.row(select(table).where(here(table), table.c.experiment == experiment))
    if row is None:
        return None
    values = dict(row._mapping)
    del values["business_id"]
    return Participation(**values)


async def add(transaction: Transaction, part: Participation) -> None:
    """Keep that a variant was shown."""
    await transaction.insert(insert(experiment_participation), asdict(part))


async def note_conversion(transaction: Transaction, part: Participation) -> None:
    """Keep when the business converted."""
    table = experiment_participation
    await transaction.change(
        update(table)
        .where(here(table), table.c.experiment == part.experiment)
        .values(converted_at=part.converted_at)
    )
