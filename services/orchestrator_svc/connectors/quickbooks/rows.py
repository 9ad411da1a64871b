"""The records of a reading on their way in: where each was read, and what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from orchestrator_svc.connectors.quickbooks.fields import FieldError, Record, printable
from orchestrator_svc.domain.ledger import LedgerRecord, Rejection, SourcedRecord

Value = TypeVar("Value")
AnyRecord = TypeVar("AnyRecord", bound=LedgerRecord)


@dataclass(frozen=True, slots=True)
class Row:
    """A record as the source gave it, not yet looked into, and where it was read."""

    file: str
    entity: str
    content: object


@dataclass(slots=True)
class Gathering:
    """What a reading has found so far."""

    records: list[SourcedRecord] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def attempt(self, row: Row, read: Callable[[Record], Value]) -> Value | None:
        """Return what a row says, or note why it cannot be read."""
        try:
            return read(Record.of(row.content))
        except FieldError as error:
            self.rejections.append(rejection(row, error.field, error.reason))
            return None

    def keep(self, row: Row, read: Callable[[Record], AnyRecord]) -> AnyRecord | None:
        """Keep the ledger's record of a row, or note why there is none."""
        record = self.attempt(row, read)
        if record is not None:
            self.records.append(SourcedRecord(record, row.file[:512], row.entity[:64]))
        return record


def rejection(row: Row, name: str, reason: str) -> Rejection:
    """Return the rejection of a row, cut to what the books take."""
    found = row.content.get("Id") if isinstance(row.content, Mapping) else None
    row_id = printable(found)[:128] if isinstance(found, str) else ""
    entity = printable(row.entity)[:64]
    return Rejection(row.file[:512], entity, row_id, printable(name)[:128], reason[:1024])
