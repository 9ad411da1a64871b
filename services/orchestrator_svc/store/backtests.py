"""The latest backtest of a business."""

import json

from sqlalchemy import insert, select, update

from orchestrator_svc.domain.backtest import BacktestRecord
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.tables import backtest_record, here

_FIND = Prepared(
    select(backtest_record.c.as_of, backtest_record.c.figures, backtest_record.c.recorded_at).where(
        here(backtest_record)
    )
)


async def find(transaction: Transaction | Snapshot) -> BacktestRecord | None:
    """Return the latest backtest, or None."""
    rows = await transaction.read(_FIND)
    if not rows:
        return None
    as_of, figures, recorded_at = rows[0]
    return BacktestRecord(
        as_of, json.loads(figures) if isinstance(figures, str) else figures, recorded_at
    )


async def keep(transaction: Transaction, record: BacktestRecord) -> None:
    """Keep a backtest in the place of the one before. The caller holds the business's lock."""
    values = {"as_of": record.as_of, "figures": record.figures, "recorded_at": record.recorded_at}
    replaced = await transaction.change(
        update(backtest_record).where(here(backtest_record)).values(**values)
    )
    if not replaced:
        await transaction.insert(insert(backtest_record), values)
