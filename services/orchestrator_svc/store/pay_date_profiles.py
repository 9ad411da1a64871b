"""The latest profile of how a business's customers pay."""

from dataclasses import fields

from sqlalchemy import insert, select, update

from orchestrator_svc.domain.pay_date_profile import PayDateProfile
from orchestrator_svc.store.database import Transaction
from orchestrator_svc.store.tables import here, pay_date_profile

COLUMNS = [pay_date_profile.c[field.name] for field in fields(PayDateProfile)]
"""The columns of a PayDateProfile in their order."""

_FIND = select(*COLUMNS).where(here(pay_date_profile))


async def find(transaction: Transaction) -> PayDateProfile | None:
    """Return the latest profile, or None; books have it from `businesses.find_with_present`."""
    row = await transaction.row(_FIND)
    return None if row is None else PayDateProfile(*row)


async def keep(transaction: Transaction, profile: PayDateProfile) -> None:
    """Keep a profile in the place of the one before. The caller holds the business's lock."""
    values = {column.name: getattr(profile, column.name) for column in COLUMNS}
    replaced = await transaction.change(
        update(pay_date_profile).where(here(pay_date_profile)).values(**values)
    )
    if not replaced:
        await transaction.insert(insert(pay_date_profile), values)
