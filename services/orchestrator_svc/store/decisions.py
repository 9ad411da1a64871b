"""The decision queue and the finalised batches."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, Table, delete, insert, select, union_all, update

from orchestrator_svc.domain.decisions import (
    Action,
    Batch,
    Decision,
    Document,
    is_shown_by_books,
)
from orchestrator_svc.domain.ledger import DocumentState
from orchestrator_svc.domain.ledger_history import PendingDecisions
from orchestrator_svc.store.database import Prepared, Snapshot, Transaction
from orchestrator_svc.store.tables import (
    bill,
    decision_batch,
    finalized_decision,
    here,
    invoice,
    queued_decision,
)

_QUEUE = Prepared(
    select(queued_decision).where(here(queued_decision)).order_by(queued_decision.c.position)
)
_CARRIED = [
    "decision_id",
    "position",
    "action",
    "bill_id",
    "invoice_id",
    "amount_minor",
    "currency",
    "action_date",
    "note",
    "created_at",
    "updated_at",
]


def _pending_on(documents: Table, key: str) -> Select[Any]:
    """Select the finalised decisions on documents that are still open: the books show the
    others.
    """
    return (
        select(
            *(finalized_decision.c[name] for name in _CARRIED),
            finalized_decision.c.balance_at_finalization_minor,
            decision_batch.c.finalized_at,
            documents.c.balance_minor.label("balance_now_minor"),
        )
        .join_from(
            finalized_decision,
            decision_batch,
            (decision_batch.c.business_id == finalized_decision.c.business_id)
            & (decision_batch.c.batch_id == finalized_decision.c.batch_id),
        )
        .join(
            documents,
            (documents.c.business_id == finalized_decision.c.business_id)
            & (documents.c[key] == finalized_decision.c[key]),
        )
        .where(
            here(finalized_decision),
            here(decision_batch),
            here(documents),
            documents.c.state == DocumentState.OPEN.value,
        )
    )


_PENDING = Prepared(
    union_all(_pending_on(bill, "bill_id"), _pending_on(invoice, "invoice_id")).order_by(
        "finalized_at", "position"
    )
)


def _decision(row: Mapping[Any, Any], version: int) -> Decision:
    values = {name: row[name] for name in _CARRIED}
    values["action"] = Action(values["action"])
    return Decision(**values, version=version)


async def queue(transaction: Transaction | Snapshot) -> list[Decision]:
    """Return the queued decisions, oldest first."""
    return [_decision(row, row["version"]) for row in await transaction.read(_QUEUE)]


async def find(transaction: Transaction, decision_id: uuid.UUID) -> Decision | None:
    """Return a queued decision, or None."""
    row = await transaction.row(
        select(queued_decision).where(
            here(queued_decision), queued_decision.c.decision_id == decision_id
        )
    )
    return None if row is None else _decision(row._mapping, row.version)


async def add(transaction: Transaction, decision: Decision) -> None:
    """Add a decision to the queue."""
    await transaction.insert(insert(queued_decision), asdict(decision))


async def save(transaction: Transaction, decision: Decision) -> None:
    """Replace a queued decision."""
    values = asdict(decision)
    decision_id = values.pop("decision_id")
    await transaction.change(
        update(queued_decision)
        .where(here(queued_decision), queued_decision.c.decision_id == decision_id)
        .values(**values)
    )


async def remove(transaction: Transaction, decision_id: uuid.UUID) -> None:
    """Remove a decision from the queue."""
    await transaction.change(
        delete(queued_decision).where(
            here(queued_decision), queued_decision.c.decision_id == decision_id
        )
    )


async def clear(transaction: Transaction) -> int:
    """Remove every decision from the queue, and return how many there were."""
    return await transaction.change(delete(queued_decision).where(here(queued_decision)))


async def document(
    transaction: Transaction, bill_id: str | None, invoice_id: str | None
) -> Document | None:
    """Return the bill or invoice of an id, or None when this business has none."""
    table, key = (bill, "bill_id") if bill_id is not None else (invoice, "invoice_id")
    document_id = bill_id if bill_id is not None else invoice_id
    row = await transaction.row(
        select(table.c.balance_minor, table.c.currency, table.c.state).where(
            here(table), table.c[key] == document_id
        )
    )
    if row is None or document_id is None:
        return None
    return Document(
        document_id, table is bill, row.balance_minor, row.currency, DocumentState(row.state)
    )


async def finalize(transaction: Transaction, batch: Batch, balances_minor: Sequence[int]) -> None:
    """Keep a batch for ever; `balances_minor` are its documents' balances, in its order."""
    await transaction.insert(
        insert(decision_batch),
        {
            "batch_id": batch.batch_id,
            "finalized_at": batch.finalized_at,
            "actor": batch.actor,
            "currency": batch.currency,
            **{f"total_{name}": minor for name, minor in asdict(batch.totals).items()},
        },
    )
    await transaction.insert(
        insert(finalized_decision),
        *(
            {
                **{name: getattr(decision, name) for name in _CARRIED},
                "batch_id": batch.batch_id,
                "balance_at_finalization_minor": balance,
            }
            for decision, balance in zip(batch.decisions, balances_minor, strict=True)
        ),
    )


async def pending(snapshot: Snapshot, as_of: datetime.date) -> list[Decision]:
    """Return the finalised decisions that the books do not show yet, oldest first.

    Of several about one document the newest counts.
    """
    return _pending(await snapshot.read(_PENDING), as_of)


async def pending_by_day(
    snapshot: Snapshot, first: datetime.date, last: datetime.date
) -> list[PendingDecisions]:
    """Return what `pending` does of each day of a span on which it changes, the first day too."""
    rows = await snapshot.read(_PENDING)
    finalized = {row["finalized_at"].date() for row in rows}
    days = sorted({first, *(day for day in finalized if first < day <= last)})
    return [PendingDecisions(day, _pending(rows, day)) for day in days]


def _pending(rows: Sequence[Any], as_of: datetime.date) -> list[Decision]:
    newest: dict[tuple[str | None, str | None], Decision] = {}
    for row in rows:
        if row["finalized_at"].date() > as_of:
            continue
        decision = _decision(row, 1)
        key = (decision.bill_id, decision.invoice_id)
        newest.pop(key, None)
        if not is_shown_by_books(
            decision, row["balance_at_finalization_minor"], row["balance_now_minor"], is_open=True
        ):
            newest[key] = decision
    return list(newest.values())
